"""Rotate an account of a database.

prepare: a new password is drawn, sealed and stored as a pending version. set: it is given to the
account, tried, and the version published. A password is never set that is not stored, and the
version that is current works until the new one does: with two accounts throughout, with one but
for the moment between the two (documented: a brief outage).

Source: KMS, "Dynamic ApsaraDB RDS secrets" (documented); the account `<name>_clone`, which is made
when a secret of two accounts was given one (documented for Redis and PolarDB, assumed here).
"""

import string
from dataclasses import dataclass

from juyong.api.context import Context
from juyong.base.ids import new_password
from juyong.services.kms.secrets.config import SINGLE, RdsConfig
from juyong.services.kms.secrets.rotation.databases import DatabaseFailure, Databases
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.sealing import open_value
from juyong.services.kms.secrets.stages import CURRENT, PREVIOUS
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.values import Account, account_of
from juyong.services.kms.secrets.versions import board_of, version_named
from juyong.services.rds.facade import Target

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!#$%^&*()_+-=")
_LENGTH = 32
_CLONE = "_clone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done at the database.

    account: With its new password. source: Whose privileges it gets; None for an account that is
    there. current: The account of the current version.
    """

    target: Target
    account: Account
    source: str | None
    current: Account


def new_account(ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig) -> Account:
    """Return the account that comes next, with a new password.

    Raises:
        RotationFailed: the account to be made exists already, and is nobody's to take.
    """
    current = _account(ctx, row, CURRENT)
    if config.secret_sub_type == SINGLE:
        name = current.account_name
    elif (previous := _account_or_none(ctx, row, PREVIOUS)) is not None:
        name = previous.account_name
    else:
        name = current.account_name + _CLONE
        _refuse_taken(ctx, databases, row, config, name)
    drawn = new_password(_LENGTH, _CLASSES, each=True)
    return Account(account_name=name, account_password=drawn)


def change_of(
    ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig, pending: SecretVersionRow
) -> Change:
    """Read what is to be done at the database."""
    account = account_of(open_value(ctx, row, pending))
    current = _account(ctx, row, CURRENT)
    is_clone = config.secret_sub_type != SINGLE and _account_or_none(ctx, row, PREVIOUS) is None
    return Change(
        target=_target(ctx, databases, row, config),
        account=account,
        source=current.account_name if is_clone else None,
        current=current,
    )


def apply(databases: Databases, change: Change) -> None:
    """Give the account its new password and try it; may be repeated.

    Raises:
        RotationFailed: the database did not do it.
    """
    name, password = change.account.account_name, change.account.account_password
    try:
        if change.source is None:
            databases.set_password(change.target, name, password)
        else:
            databases.create_account(change.target, name, password)
            databases.clone_privileges(change.target, change.source, name)
        works = databases.can_log_in(change.target, name, password)
    except DatabaseFailure as failure:
        raise RotationFailed(reason=str(failure)) from failure
    if not works:
        raise RotationFailed(reason=f"the account `{name}` does not log in with its new password")


def _target(ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig) -> Target:
    target = databases.find_instance(ctx.tx, row.account_id, row.region, config.db_instance_id)
    if target is None:
        raise RotationFailed(reason=f"there is no instance `{config.db_instance_id}`")
    return target


def _refuse_taken(
    ctx: Context, databases: Databases, row: SecretRow, config: RdsConfig, name: str
) -> None:
    target = _target(ctx, databases, row, config)

    def is_taken() -> bool:
        try:
            return databases.has_account(target, name)
        except DatabaseFailure as failure:
            raise RotationFailed(reason=str(failure)) from failure

    # SECURITY: an account of that name that we did not make must not get a password of ours.
    if ctx.outside(("is the account taken", config.db_instance_id, name), is_taken):
        raise RotationFailed(reason=f"there is an account `{name}` already")


def _account(ctx: Context, row: SecretRow, stage: str) -> Account:
    found = _account_or_none(ctx, row, stage)
    if found is None:
        raise RotationFailed(reason="the secret has no current version")
    return found


def _account_or_none(ctx: Context, row: SecretRow, stage: str) -> Account | None:
    at = board_of(ctx, row).stages.get(stage)
    version = version_named(ctx, row, at) if at is not None else None
    return account_of(open_value(ctx, row, version)) if version is not None else None
