"""Where a registered database is, who administers it, and the driver that speaks its protocol."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import msgspec

from juyong.api.shape import to_wire
from juyong.base.secret import Secret
from juyong.services.rds.errors import DriverMissing, NoSuchAccount, Protected

POSTGRESQL, MYSQL = "PostgreSQL", "MySQL"
ENGINES = (POSTGRESQL, MYSQL)
Tls = Literal["prefer", "require"]

_MODULES = {POSTGRESQL: ("postgres", "psycopg"), MYSQL: ("mysql", "pymysql")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One database server and its administrator.

    tls: `prefer` encrypts when the server offers it, `require` refuses a server that does not.
    """

    engine: str
    host: str
    port: int
    user: str
    password: Secret
    tls: Tls = "prefer"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAccount:
    """An account as its server knows it.

    protected: The account is the administrator or has such powers, and so is not managed here.
    """

    name: str
    protected: bool
    create_db: bool | None = None
    create_role: bool | None = None
    replication: bool | None = None
    bypass_rls: bool | None = None
    valid_until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePrivilege:
    """A privilege of an account in a database: the product's name for it, and the server's."""

    account_name: str
    db_name: str
    privilege: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDatabase:
    """A database as its server knows it; `owner` is an account, if the engine has owners."""

    name: str
    character_set: str
    collate: str
    ctype: str | None = None
    connection_limit: int | None = None
    tablespace: str | None = None
    owner: str = ""


def refuse_unmanaged(accounts: Iterable[LiveAccount], name: str) -> None:
    """Refuse an account that is not there, or is not managed here.

    Raises:
        NoSuchAccount, Protected: as named.
    """
    found = next((account for account in accounts if account.name == name), None)
    if found is None:
        raise NoSuchAccount(name)
    if found.protected:
        raise Protected(name)


class Driver(Protocol):
    """The functions of an engine; each is bounded in time and raises TargetFailure only.

    Those that change something refuse protected accounts (Protected).
    """

    privileges: tuple[str, ...]
    """The privileges that GrantAccountPrivilege takes."""

    def probe(self, target: Target) -> str:
        """Log in as the administrator and return the server's version."""

    def accounts(self, target: Target) -> Sequence[LiveAccount]:
        """Return the accounts, by name."""

    def held(self, target: Target) -> Sequence[LivePrivilege]:
        """Return what accounts may do in databases."""

    def create_account(self, target: Target, name: str, password: Secret) -> None:
        """Create an account without privileges; AccountTaken."""

    def set_password(self, target: Target, name: str, password: Secret) -> None:
        """Give an account a password; NoSuchAccount."""

    def drop_account(self, target: Target, name: str) -> None:
        """Delete an account; NoSuchAccount, InUse."""

    def clone_privileges(self, target: Target, source: str, copy: str) -> None:
        """Let one account do what another may; NoSuchAccount."""

    def can_log_in(self, target: Target, name: str, password: Secret) -> bool:
        """Try an account's password."""

    def databases(self, target: Target) -> Sequence[LiveDatabase]:
        """Return the databases that users may have, by name."""

    def create_database(self, target: Target, name: str, character_set: str) -> None:
        """Create a database; DatabaseTaken."""

    def drop_database(self, target: Target, name: str) -> None:
        """Delete a database with everything in it; NoSuchDatabase, InUse."""

    def grant(self, target: Target, account: str, database: str, privilege: str) -> None:
        """Make a privilege the one an account has in a database; NoSuchAccount, NoSuchDatabase."""

    def revoke(self, target: Target, account: str, database: str) -> None:
        """Take an account's privileges in a database away; NoSuchAccount, NoSuchDatabase."""


def driver_of(engine: str) -> Driver:
    """Return the driver of an engine, loaded at first use.

    Raises:
        DriverMissing: its extra is not installed.
    """
    module, package = _MODULES[engine]
    try:
        return cast("Driver", importlib.import_module(f"juyong.services.rds.drivers.{module}"))
    except ModuleNotFoundError as absent:
        if absent.name is None or absent.name.split(".")[0] != package:
            raise
        raise DriverMissing(
            f"{engine} instances need `{package}`; install it: pip install 'juyong[{module}]'"
        ) from None


def sealed_text(target: Target) -> Secret:
    """Write a target as the text that is stored sealed."""
    return Secret(to_wire(target).decode())


def target_of(sealed: Secret) -> Target:
    """Read a target back."""
    return msgspec.json.decode(sealed.reveal(), type=Target, dec_hook=_concealed)


def _concealed(kind: type[Any], value: object) -> Secret:
    """Make the Secret in a target."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(kind.__name__)
