"""Registrations of databases, and descriptions that the databases themselves do not keep."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("rds_instance", key=("account_id", "instance_id"), index=(("account_id", "region"),))
class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One registered database server.

    target: Where it is and who administers it (see targets.py), sealed as one text: an attacker who
        can change stored rows cannot send the administrator's password to another host.
    """

    account_id: AccountId
    instance_id: str
    region: str
    engine: str
    engine_version: str
    description: str
    target: Secret
    created_at: Instant
    version: int = 0


@table("rds_account_note", key=("account_id", "instance_id", "account_name"))
class AccountNoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """The description of an account; the account itself is in its database only."""

    account_id: AccountId
    instance_id: str
    account_name: str
    description: str
    version: int = 0


@table("rds_database_note", key=("account_id", "instance_id", "db_name"))
class DatabaseNoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a database; the database itself is on its server only."""

    account_id: AccountId
    instance_id: str
    db_name: str
    description: str
    version: int = 0
