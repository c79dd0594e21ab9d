"""MySQL and MariaDB: accounts are users from any host (`name`@`%`).

A password is no part of a statement on MariaDB: its native hash is made here, so that neither the
statement log nor the wire holds the password. MySQL 8 hashes with a salt of its own and keeps
passwords out of its logs itself; it is sent one over an encrypted connection only.
"""

import hashlib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pymysql
from pymysql.constants import ER

from juyong.base.secret import Secret
from juyong.services.rds.drivers.powers import powerful
from juyong.services.rds.errors import (
    AccountTaken,
    DatabaseTaken,
    NoSuchAccount,
    NoSuchDatabase,
    Refused,
    Unreachable,
)
from juyong.services.rds.targets import (
    LiveAccount,
    LiveDatabase,
    LivePrivilege,
    Target,
    refuse_unmanaged,
)

_READ = frozenset({"SELECT", "LOCK TABLES", "SHOW VIEW"})
_DDL = frozenset(
    {
        *("CREATE", "DROP", "ALTER", "INDEX", "CREATE TEMPORARY TABLES", "LOCK TABLES"),
        *("CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE"),
    }
)
_DML = frozenset(
    {
        *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE TEMPORARY TABLES", "LOCK TABLES"),
        *("EXECUTE", "SHOW VIEW", "EVENT", "TRIGGER"),
    }
)
_SETS = {
    "ReadWrite": _DDL | _DML | {"REFERENCES"},
    "ReadOnly": _READ,
    "DDLOnly": _DDL,
    "DMLOnly": _DML,
}
privileges: tuple[str, ...] = tuple(_SETS)

_CUSTOM = "Custom"
_CONNECT_SECONDS = 5
_WAIT_SECONDS = 5
_SYSTEM_DATABASES = ("information_schema", "mysql", "performance_schema", "sys")
_NOT_THAT_ACCOUNT = (ER.ACCESS_DENIED_ERROR, 1698, 1862, 3118, 4151)
"""Wrong password, no password, expired, locked (MySQL), locked (MariaDB)."""
_GONE = (2003, 2006, 2013, 1053, 1040, 1205)
_NATIVE = ("", "mysql_native_password")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.$-]{0,63}", re.ASCII)
_EVERYWHERE = "%"
"""The host part of the accounts that are managed: from any address."""
_USERS = "SELECT User FROM mysql.user WHERE Host = '%' AND User <> '' ORDER BY User"
_DATABASES = (
    "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME"
    " FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN %s ORDER BY SCHEMA_NAME"
)
_HELD = "SELECT GRANTEE, TABLE_SCHEMA, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES"
_PLUGIN = "SELECT plugin, ssl_type FROM mysql.user WHERE User = %s AND Host = '%%'"
_CIPHER = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
_REQUIRED = {"": "NONE", "ANY": "SSL", "X509": "X509"}


def probe(target: Target) -> str:
    """Log in as the administrator and return the server's version."""
    with _administering(target) as connection:
        return ".".join(_version(connection).split("-")[0].split(".")[:2])


def accounts(target: Target) -> list[LiveAccount]:
    """Return the users from any host."""
    with _administering(target) as connection:
        return _accounts(connection, target)


def held(target: Target) -> list[LivePrivilege]:
    """Return what users from any host may do in databases."""
    with _administering(target) as connection:
        return [
            LivePrivilege(
                account_name=name,
                db_name=database,
                privilege=next((n for n, s in _SETS.items() if s == kinds), _CUSTOM),
                detail=",".join(sorted(kinds)),
            )
            for (name, database), kinds in sorted(_held(connection).items())
        ]


def create_account(target: Target, name: str, password: Secret) -> None:
    """Create a user without privileges."""
    with _administering(target) as connection:
        if any(a.name == name for a in _accounts(connection, target)):
            raise AccountTaken(name)
        _identify(connection, f"CREATE USER {account(name)}", password)


def set_password(target: Target, name: str, password: Secret) -> None:
    """Replace a user's password; a user that logs in by another method keeps it."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection, target), name)
        plugin = _plugin(connection, name)[0]
        if _is_mariadb(connection) and plugin not in _NATIVE:
            raise Refused(f"the account logs in by {plugin}")
        _identify(connection, f"ALTER USER {account(name)}", password)


def drop_account(target: Target, name: str) -> None:
    """Drop a user with its privileges."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection, target), name)
        _run(connection, f"DROP USER {account(name)}")


def clone_privileges(target: Target, source: str, copy: str) -> None:
    """Give `copy` the grants of `source`, its roles and its demand for TLS among them."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection, target), source)
        refuse_unmanaged(_accounts(connection, target), copy)
        required = _REQUIRED.get(_plugin(connection, source)[1])
        if required is None:
            raise Refused("the account must show a particular certificate")
        _run(connection, f"ALTER USER {account(copy)} REQUIRE {required}")
        for (granted,) in _run(connection, f"SHOW GRANTS FOR {account(source)}"):
            statement = _regranted(granted, source, copy)
            if statement:
                _run(connection, statement)


def can_log_in(target: Target, name: str, password: Secret) -> bool:
    """Try a password; False when the server says that it is not the account's."""
    try:
        with _connected(target, name, password):
            return True
    except _NotLetIn:
        return False


def databases(target: Target) -> list[LiveDatabase]:
    """Return the databases, without the system's own."""
    with _administering(target) as connection:
        return [
            LiveDatabase(name=name, character_set=charset, collate=collation)
            for name, charset, collation in _run(connection, _DATABASES, (_SYSTEM_DATABASES,))
        ]


def create_database(target: Target, name: str, character_set: str) -> None:
    """Create a database."""
    with _administering(target) as connection:
        _run(connection, f"CREATE DATABASE {quoted(name)} CHARACTER SET %s", (character_set,))


def drop_database(target: Target, name: str) -> None:
    """Drop a database with everything in it."""
    with _administering(target) as connection:
        _known(connection, name)
        _run(connection, f"DROP DATABASE {quoted(name)}")


def grant(target: Target, account_name: str, database: str, privilege: str) -> None:
    """Give the privileges of a set, then take those away that are not in it."""
    wanted = _SETS.get(privilege)
    if wanted is None:
        raise Refused(f"MySQL has no privilege {privilege} of a database")
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection, target), account_name)
        _known(connection, database)
        place, who = f"{database_in_grant(database)}.*", account(account_name)
        _run(connection, f"GRANT {_listed(wanted)} ON {place} TO {who}")
        extra = _held(connection).get((account_name, database), frozenset()) - wanted
        if extra:
            _run(connection, f"REVOKE {_listed(extra)} ON {place} FROM {who}")


def revoke(target: Target, account_name: str, database: str) -> None:
    """Take every privilege in a database away."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection, target), account_name)
        _known(connection, database)
        if (account_name, database) in _held(connection):
            place = f"{database_in_grant(database)}.*"
            _run(connection, f"REVOKE ALL PRIVILEGES ON {place} FROM {account(account_name)}")


def quoted(name: str) -> str:
    """Quote an account's or a database's name.

    Raises:
        Refused: it holds anything but ASCII letters, digits and `_ . $ -`.
    """
    if not _NAME.fullmatch(name):
        raise Refused("a name has 1 to 64 ASCII letters, digits, `_`, `.`, `$` or `-`")
    return f"`{name}`"


def account(name: str) -> str:
    """Quote an account's name with its host part."""
    return f"{quoted(name)}@`{_EVERYWHERE}`"


def database_in_grant(name: str) -> str:
    """Quote a database's name where it is a pattern: `_` would stand for any character."""
    return quoted(name).replace("_", r"\_")


def from_grant(pattern: str) -> str:
    """Return the database that a pattern made by database_in_grant is for."""
    return pattern.replace(r"\_", "_")


def _listed(kinds: frozenset[str]) -> str:
    return ", ".join(sorted(kinds))


def _identify(connection: Any, statement: str, password: Secret) -> None:
    """Finish CREATE USER or ALTER USER with a password."""
    if _is_mariadb(connection):
        how = "IDENTIFIED VIA mysql_native_password USING %s"
        _run(connection, f"{_literal(statement)} {how}", (native_hash(password),))
        return
    if not _run(connection, _CIPHER)[0][1]:
        raise Refused("the connection is not encrypted, and MySQL needs the password itself")
    _run(connection, f"{_literal(statement)} IDENTIFIED BY %s", (password.reveal(),))


def native_hash(password: Secret) -> str:
    """Hash a password as `mysql_native_password` stores it."""
    once = hashlib.sha1(password.reveal().encode()).digest()  # noqa: S324  # the protocol's own
    return "*" + hashlib.sha1(once).hexdigest().upper()  # noqa: S324


def _literal(statement: str) -> str:
    """Keep a statement's own `%` where the driver fills in values."""
    return statement.replace("%", "%%")


def _regranted(granted: str, source: str, copy: str) -> str | None:
    """Rewrite one line of SHOW GRANTS for another account; None for what carries no privilege.

    Names are quoted, and a backtick in one is doubled: the account is found in one place only.
    """
    head, found, tail = granted.rpartition(f" TO {account(source)}")
    if not found or head.startswith("GRANT USAGE ON *.*"):
        return None
    option = " WITH GRANT OPTION" if tail.endswith(" WITH GRANT OPTION") else ""
    admin = " WITH ADMIN OPTION" if tail.endswith(" WITH ADMIN OPTION") else ""
    return f"{head} TO {account(copy)}{option}{admin}"


def _accounts(connection: Any, target: Target) -> list[LiveAccount]:
    strong = powerful(partial(_run, connection), mariadb=_is_mariadb(connection))
    return [
        LiveAccount(name=name, protected=name == target.user or f"'{name}'@'%'" in strong)
        for (name,) in _run(connection, _USERS)
    ]


def _known(connection: Any, database: str) -> None:
    """Raise NoSuchDatabase."""
    if database not in {row[0] for row in _run(connection, _DATABASES, (_SYSTEM_DATABASES,))}:
        raise NoSuchDatabase(database)


def _held(connection: Any) -> dict[tuple[str, str], frozenset[str]]:
    """Return the privileges of each (account, database)."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for grantee, pattern, kind in _run(connection, _HELD):
        name, _, host = grantee.rpartition("@")
        if host == "'%'":
            place = (name.strip("'"), from_grant(pattern))
            found[place] = found.get(place, frozenset()) | {kind}
    return found


def _plugin(connection: Any, name: str) -> tuple[str, str]:
    """Return an account's way to log in, and its demands on the connection."""
    rows = _run(connection, _PLUGIN, (name,))
    if not rows:
        raise NoSuchAccount(name)
    return rows[0][0], rows[0][1]


def _version(connection: Any) -> str:
    return str(_run(connection, "SELECT VERSION()")[0][0])


def _is_mariadb(connection: Any) -> bool:
    return "mariadb" in _version(connection).lower()


def _run(connection: Any, statement: str, values: tuple[Any, ...] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


class _NotLetIn(Unreachable):
    """The server answers, and refuses this account."""


class _NoCleartext:
    """SECURITY: a server that asks for the password itself is not answered."""

    def __init__(self, _connection: object) -> None:
        raise pymysql.OperationalError(2059, "cleartext")


@contextmanager
def _administering(target: Target) -> Iterator[Any]:
    with _connected(target, target.user, target.password) as connection, _told():
        yield connection


@contextmanager
def _connected(target: Target, user: str, password: Secret) -> Iterator[Any]:
    place = f"{target.engine} at {target.host}:{target.port}"
    try:
        connection = _Connection(
            host=target.host,
            port=target.port,
            user=user,
            password=password.reveal().encode(),
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_WAIT_SECONDS,
            write_timeout=_WAIT_SECONDS,
            charset="utf8mb4",
            sql_mode="STRICT_ALL_TABLES",
            autocommit=True,
            auth_plugin_map={"mysql_clear_password": _NoCleartext},
            ssl=_encrypted() if target.tls == "require" else None,
        )
    except pymysql.MySQLError as failure:
        kind = _NotLetIn if _number(failure) in _NOT_THAT_ACCOUNT else Unreachable
        raise kind(f"cannot log in to {place} (its error {_number(failure)})") from None
    try:
        yield connection
    finally:
        with suppress(pymysql.MySQLError):
            connection.close()


class _Connection(pymysql.connections.Connection):  # type: ignore[misc]  # has no types
    """PERF: no certificate is judged, so no authorities are read: 20 ms of each connection."""

    def _create_ssl_ctx(self, _wanted: object) -> ssl.SSLContext:
        return _encrypted()


def _encrypted() -> ssl.SSLContext:
    """Encrypt without judging the certificate, which such servers make for themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _number(failure: pymysql.MySQLError) -> int:
    first = failure.args[0] if failure.args else 0
    return first if isinstance(first, int) else 0


@contextmanager
def _told() -> Iterator[None]:
    """Turn the server's errors into TargetFailures; the text holds no statement and no value."""
    try:
        yield
    except pymysql.MySQLError as failure:
        number = _number(failure)
        if number == ER.DB_CREATE_EXISTS:
            raise DatabaseTaken("the database exists") from None
        if number == ER.DB_DROP_EXISTS:
            raise NoSuchDatabase("the database is gone") from None
        if number in _GONE or number == 0:
            raise Unreachable("the connection broke") from None
        raise Refused(f"error {number}") from None
