"""Return to the state after the first start."""

import sqlalchemy as sa

from juyong.api.registry import load_tables
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.state.files import forget_files
from juyong.app.state.follow import follow
from juyong.app.state.once import used_once
from juyong.app.state.state import State
from juyong.audit.ledger.sequencing import new_log
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.stored import log_of
from juyong.base.clock import Instant, system_clock
from juyong.base.ids import AccessKeyId, AccountId, UserId, new_user_id
from juyong.base.secret import Secret
from juyong.blobs.blob import GRACE_SECONDS
from juyong.blobs.tables import GoneBlobRow
from juyong.services.identity.facade import (
    FIRST_ACCOUNT,
    AccessKeyRow,
    AccountRow,
    NewAccount,
    store_account,
)
from juyong.store.core import metadata
from juyong.store.epoch import EpochRow
from juyong.store.intake import IntakeRow
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction


def reset(state: State, *, now: Instant | None = None) -> None:
    """Empty the store except for the first account and its administrator, in one transaction.

    The administrator keeps user id and AccessKey, so credentials that clients hold stay valid,
    even if the user was changed or deleted. The audit log is emptied too: a new one begins, whose
    first leaf names the old one. Files of blobs are
    removed as if their objects had been deleted. What was used once stays used.

    Raises:
        FileNotFoundError: the platform was never started with this home.
        StoreError: the database did not take the transaction; nothing was changed.

    Cost: one DELETE a table.
    """
    credentials = read_credentials(state.home)
    load_tables()
    at = now or system_clock()
    state.settle()
    signer = LogSigner(state.keys[PURPOSE])
    state.transact(lambda tx: _empty(tx, credentials, at, signer))
    follow(state, signer)


def _empty(tx: Transaction, credentials: Credentials, now: Instant, signer: LogSigner) -> None:
    account_id = AccountId(credentials.account_id)
    account = tx.get(AccountRow, account_id)
    user_id = _user_id(tx, credentials.access_key_id)
    accounts = [str(row[0]) for row in tx.query(_ACCOUNTS)]
    tx.change(forget_files, due=now + GRACE_SECONDS)
    old = log_of(tx)
    for table in _emptied():
        tx.change(_delete(table))
    for row in new_log(old, "reset", signer, now) if old else ():
        tx.insert(row)
    made = NewAccount(
        account_id=account_id,
        account_name=FIRST_ACCOUNT,
        user_name=credentials.user_name,
        access_key_id=AccessKeyId(credentials.access_key_id),
        secret=Secret(credentials.access_key_secret),
    )
    store_account(tx, made, user_id, account.created_at if account else now)
    for name in accounts:
        tx.touch(AccountId(name))


_ACCOUNTS = sa.select(spec_of(AccountRow).table.c.account_id)
_key = spec_of(AccessKeyRow).table
_OWNER = sa.select(_key.c.owner_id).where(_key.c.access_key_id == sa.bindparam("key_id"))
_deletes: dict[str, sa.Delete] = {}


def _emptied() -> list[sa.Table]:
    kept = {*(spec_of(each).table for each in (EpochRow, GoneBlobRow, IntakeRow)), *used_once()}
    return [table for table in metadata().sorted_tables if table not in kept]


def _delete(table: sa.Table) -> sa.Delete:
    """Return the same statement each time, since SQL is kept by identity."""
    return _deletes.setdefault(table.name, sa.delete(table))


def _user_id(tx: Transaction, key_id: str) -> UserId:
    rows = tx.query(_OWNER, key_id=key_id)
    return UserId(rows[0][0]) if rows else new_user_id()
