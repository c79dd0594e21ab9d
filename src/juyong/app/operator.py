"""What the operator does to a home: accounts, snapshots, backups, checks.

Every command opens the store itself and works beside a running server: both see each other's
commits, and whatever changes who may do what gives the account another epoch.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from juyong.app.bootstrap import Credentials
from juyong.app.home import Home, derived_keys, open_home
from juyong.app.platform import open_store
from juyong.app.refusals import OperatorError
from juyong.app.settings import Settings, load_settings
from juyong.base.clock import iso, system_clock
from juyong.services.ram.facade import (
    AccountRow,
    account_named,
    active_key_of,
    create_account,
)
from juyong.store.errors import Duplicate, StoreError
from juyong.store.executor import Executor

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A home whose store is open."""

    home: Home
    settings: Settings
    keys: dict[str, bytes]
    store: Executor


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a home that was started at least once.

    Raises:
        OperatorError: it never was, or its store cannot be opened.
    """
    if not (path / "root.key").exists():
        raise OperatorError(f"`{path}` holds no platform yet; start one: juyong serve")
    home = open_home(path)
    settings, keys = load_settings(home.settings), derived_keys(home)
    try:
        store = open_store(home, settings, keys)
    except StoreError as failure:
        raise OperatorError(f"the store cannot be opened: {failure}") from failure
    try:
        yield Opened(home, settings, keys, store)
    finally:
        store.close()


def create_named_account(path: Path, name: str) -> str:
    """Create an account and return what to tell the operator."""
    if not _NAME.fullmatch(name):
        raise OperatorError("an account name has 1 to 64 letters, digits, dots, dashes")
    with opened(path) as at:
        try:
            made = at.store.call(lambda tx: create_account(tx, name, system_clock()))
        except Duplicate:
            raise OperatorError(f"there is an account `{name}` already") from None
    return "\n".join(
        (
            f"account {made.account_id} ({name})",
            f"RAM user {made.user_name}, AccessKey {made.access_key_id}",
            f"secret (shown once): {made.secret.reveal()}",
            f"use it: juyong exec --account {name} -- CMD …",
        )
    )


def account_lines(path: Path) -> list[str]:
    """Return one line an account."""
    with opened(path) as at:
        rows = at.store.call(lambda tx: tx.find(AccountRow, order=("account_name",)))
    return [f"{row.account_id}  {row.account_name}  {iso(row.created_at)}" for row in rows]


def credentials_of(home: Home, account: str, user: str | None) -> Credentials:
    """Return an active AccessKey of a user: the operator holds the keys to all of them.

    Raises:
        OperatorError: no such account, or no active AccessKey.
    """
    wanted = user or "administrator"
    with opened(home.path) as at:
        row = at.store.call(lambda tx: account_named(tx, account))
        if row is None:
            raise OperatorError(f"there is no account `{account}`: juyong account list")
        key = at.store.call(lambda tx: active_key_of(tx, row.account_id, wanted))
    if key is None:
        raise OperatorError(
            f"user `{wanted}` of account `{account}` has no active AccessKey; "
            f"make one: juyong exec -- … CreateAccessKey"
        )
    return Credentials(
        account_id=row.account_id,
        user_name=wanted,
        access_key_id=key.access_key_id,
        access_key_secret=key.secret.reveal(),
    )
