"""The operator's acts on a home whose store is opened: accounts and their credentials.

Every command opens the store itself and works while a server runs: both see each other's commits,
and every change of permissions gives the account another epoch. Acts on the state as a whole stand
in juyong.app.state_work.

PERF: a command for one account or one call imports no SQLAlchemy, which takes 0.2 s.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from juyong.api.command import OperatorError
from juyong.app.bootstrap import Credentials
from juyong.app.home import Home, open_home, serve_command
from juyong.app.keys import KeyRing, has_keys, open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.platform import open_store
from juyong.app.settings import Settings, load_settings
from juyong.base.clock import system_clock
from juyong.base.secret import Secret
from juyong.services.identity.facade import (
    NewAccount,
    account_named,
    active_key_of,
    create_account,
)
from juyong.store.errors import Duplicate, StoreError
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A home whose store is open."""

    home: Home
    settings: Settings
    keys: KeyRing
    store: Executor

    @property
    def region(self) -> str:
        """The platform's own region."""
        return self.settings.region

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work in one transaction."""
        return self.store.call(work)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a home that was started at least once.

    Raises:
        OperatorError: it never was, or its store cannot be opened.
    """
    home = home_at(path)
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


def home_at(path: Path) -> Home:
    """Return a home that was started at least once, whose store stays closed.

    Raises:
        OperatorError: it never was.
    """
    home = Home(path)
    if path.is_file():
        raise OperatorError(f"`{path}` is a file; --home and JUYONG_HOME name a folder")
    if not has_keys(home):
        raise OperatorError(f"`{path}` holds no platform yet; start one: {serve_command(path)}")
    return open_home(path)


def ask_passphrase() -> Secret | None:
    """Ask on the terminal for the passphrase of a home."""
    from juyong.app.keys.passphrase import from_terminal  # noqa: PLC0415  # only if needed

    return from_terminal("Passphrase of the home")


def create_named_account(path: Path, name: str) -> NewAccount:
    """Create an account with an administrator.

    Raises:
        OperatorError: the name is taken.
    """
    with opened(path) as at:
        try:
            return at.store.call(lambda tx: create_account(tx, name, system_clock()))
        except Duplicate:
            raise OperatorError(f"there is an account `{name}` already") from None


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
            f"make one: juyong exec --account {account} -- "
            f"aliyun ram CreateAccessKey --UserName {wanted}"
        )
    return Credentials(
        account_id=row.account_id,
        user_name=wanted,
        access_key_id=key.access_key_id,
        access_key_secret=key.secret.reveal(),
    )
