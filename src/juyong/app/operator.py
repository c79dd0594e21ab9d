"""What the operator does to a home: accounts, snapshots, backups, checks.

Every command opens the store itself and works beside a running server: both see each other's
commits, and whatever changes who may do what gives the account another epoch.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from juyong.app.bootstrap import Credentials
from juyong.app.home import Home, open_home
from juyong.app.keys import KeyRing, has_keys, open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.platform import open_store
from juyong.app.refusals import OperatorError
from juyong.app.settings import Settings, load_settings
from juyong.app.state import (
    BadArchive,
    BadSnapshotName,
    NoSnapshot,
    SnapshotExists,
    State,
    backup,
    check,
    reset,
    restore,
    restore_snapshot,
    snapshot,
    state_at,
)
from juyong.base.clock import iso, system_clock
from juyong.base.secret import Secret
from juyong.services.ram.facade import (
    AccountRow,
    account_named,
    active_key_of,
    create_account,
)
from juyong.store.errors import Duplicate, StoreError
from juyong.store.executor import Executor
from juyong.store.queue import dead_items, hasten

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Opened:
    """A home whose store is open."""

    home: Home
    settings: Settings
    keys: KeyRing
    store: Executor


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a home that was started at least once.

    Raises:
        OperatorError: it never was, or its store cannot be opened.
    """
    home = _home_at(path)
    settings = load_settings(home.settings)
    keys = open_keys(home, by_settings(settings, ask_passphrase))
    try:
        store = open_store(home, settings, keys)
    except StoreError as failure:
        keys.forget()
        raise OperatorError(f"the store cannot be opened: {failure}") from failure
    try:
        yield Opened(home, settings, keys, store)
    finally:
        store.close()
        keys.forget()


def _home_at(path: Path) -> Home:
    home = Home(path)
    if not has_keys(home):
        raise OperatorError(f"`{path}` holds no platform yet; start one: juyong serve")
    return open_home(path)


def ask_passphrase() -> Secret | None:
    """Ask whoever sits at the terminal for the passphrase of a home."""
    from juyong.app.keys.passphrase import from_terminal  # noqa: PLC0415  # only if needed

    return from_terminal("Passphrase of the home")


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
            f"account `{account}` has no user `{wanted}` with an active AccessKey; "
            f"make one: juyong exec -- … CreateAccessKey"
        )
    return Credentials(
        account_id=row.account_id,
        user_name=wanted,
        access_key_id=key.access_key_id,
        access_key_secret=key.secret.reveal(),
    )


def reset_home(path: Path) -> str:
    """Return to the state after the first start."""
    with _state_of(path) as state:
        reset(state)
    return "back to the state after the first start; the administrator's AccessKey is unchanged"


def snapshot_home(path: Path, name: str) -> str:
    """Keep the present state under a name."""
    with _state_of(path) as state:
        kept = snapshot(state, name)
    return f"snapshot {kept.name}: {kept.size_bytes} bytes"


def backup_home(path: Path, target: Path) -> str:
    """Write the state to a file."""
    with _state_of(path) as state:
        rows = backup(state, target)
    return f"{target}: {rows} rows; it opens only with the keys of `{path}`"


def restore_home(path: Path, source: str) -> str:
    """Bring back a snapshot by name, or a backup by its path."""
    with _state_of(path) as state:
        if "/" in source or Path(source).exists():
            done = restore(state, Path(source))
        else:
            done = restore_snapshot(state, source)
    return f"restored {done.rows} rows as of {done.created_at}"


def check_home(path: Path) -> tuple[list[str], str, bool]:
    """Prove store and audit log sound; returns (damage and notices, summary, whether sound)."""
    with _state_of(path) as state:
        findings = check(state)
    lines = [f"{f.severity}: {f.code}: {f.where}: {f.what}" for f in findings]
    damage = sum(f.severity == "damage" for f in findings)
    summary = f"{damage} damaged, {len(findings) - damage} to look at"
    return lines, summary if findings else "sound: store, sealed columns, audit log", not damage


def retry_work(path: Path) -> int:
    """Make work that was given up due again; returns how many items that were."""
    with _state_of(path) as state:
        dead = state.transact(lambda tx: [(item.kind, item.key) for item in dead_items(tx)])
        for kind, key in dead:
            state.transact(partial(hasten, kind=kind, key=key, now=system_clock()))
    return len(dead)


@contextmanager
def _state_of(path: Path) -> Iterator[State]:
    home = _home_at(path)
    try:
        yield state_at(home, load_settings(home.settings), ask_passphrase)
    except (BadArchive, BadSnapshotName, NoSnapshot, SnapshotExists, OSError) as refusal:
        raise OperatorError(str(refusal)) from refusal
    except StoreError as failure:
        raise OperatorError(f"the store refuses: {failure}") from failure
