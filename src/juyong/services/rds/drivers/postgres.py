"""PostgreSQL: accounts are roles that can log in.

Passwords never reach the server: libpq hashes them as the server is set to (SCRAM-SHA-256 by
default), so that neither its statement log nor the wire holds one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.rows import class_row

from juyong.base.cutting import cut_after
from juyong.base.secret import Secret
from juyong.services.rds.errors import (
    AccountOwnsObjects,
    AccountTaken,
    DatabaseBusy,
    DatabaseTaken,
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

OWNER = "DBOwner"
privileges: tuple[str, ...] = (OWNER,)

_HOME = "postgres"
_CONNECT_SECONDS = 5
_STATEMENT_MILLISECONDS = 5000
_WHOLE_SECONDS = 15.0
"""A connection is cut after this long, whatever the server does."""

_POWERFUL = [
    *("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"),
    *("pg_read_all_data", "pg_write_all_data", "pg_maintain", "pg_create_subscription"),
]
"""The server's own roles that reach beyond databases of one's own."""
_ACCOUNTS = """
SELECT r.rolname AS name, r.rolcreatedb AS create_db, r.rolcreaterole AS create_role,
       r.rolreplication AS replication, r.rolbypassrls AS bypass_rls,
       to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS valid_until,
       EXISTS (
           SELECT 1 FROM pg_catalog.pg_roles s
           WHERE (s.rolsuper OR s.rolcreaterole OR s.rolreplication OR s.rolbypassrls
                  OR s.rolname = current_user OR s.rolname = ANY (%s))
             AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')) AS protected
FROM pg_catalog.pg_roles r
WHERE r.rolcanlogin
ORDER BY r.rolname COLLATE "C"
"""
_DATABASES = """
SELECT d.datname AS name, pg_catalog.pg_encoding_to_char(d.encoding) AS character_set,
       d.datcollate AS collate, d.datctype AS ctype, d.datconnlimit AS connection_limit,
       t.spcname AS tablespace, pg_catalog.pg_get_userbyid(d.datdba) AS owner
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
WHERE NOT d.datistemplate AND d.datallowconn AND d.datname <> 'postgres'
ORDER BY d.datname COLLATE "C"
"""
_SETTINGS = """
SELECT d.datname, pg_catalog.unnest(s.setconfig)
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
WHERE r.rolname = %s
"""
_GIVE: LiteralString = "ALTER DATABASE {} OWNER TO {}"
_LOCALES = 2


def probe(target: Target) -> str:
    """Log in as the administrator and return the server's version."""
    with _administering(target) as connection:
        return str(connection.info.server_version // 10000)


def accounts(target: Target) -> list[LiveAccount]:
    """Return the roles that can log in."""
    with _administering(target) as connection:
        return _accounts(connection)


def held(target: Target) -> list[LivePrivilege]:
    """Return the owner of each database."""
    with _administering(target) as connection:
        return [
            LivePrivilege(
                account_name=each.owner, db_name=each.name, privilege=OWNER, detail="OWNER"
            )
            for each in _databases(connection)
        ]


def create_account(target: Target, name: str, password: Secret) -> None:
    """Create a role that can log in and nothing else."""
    with _administering(target) as connection:
        verifier = _verifier(connection, name, password)
        _run(connection, "CREATE ROLE {} LOGIN PASSWORD {}", sql.Identifier(name), verifier)


def set_password(target: Target, name: str, password: Secret) -> None:
    """Replace a role's password."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection), name)
        verifier = _verifier(connection, name, password)
        _run(connection, "ALTER ROLE {} PASSWORD {}", sql.Identifier(name), verifier)


def drop_account(target: Target, name: str) -> None:
    """Drop a role that owns nothing."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection), name)
        _run(connection, "DROP ROLE {}", sql.Identifier(name))


def clone_privileges(target: Target, source: str, copy: str) -> None:
    """Make `copy` a member of `source` that acts as it from log-in on, with its settings.

    An object that either of them creates then belongs to `source`, so that both can use and change
    the object.
    """
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection), source)
        refuse_unmanaged(_accounts(connection), copy)
        original, member = sql.Identifier(source), sql.Identifier(copy)
        with connection.transaction():
            _run(connection, "GRANT {} TO {}", original, member)
            _run(connection, "ALTER ROLE {} SET role TO {}", member, original)
            for database, setting in connection.execute(_SETTINGS, (source,)).fetchall():
                _copy_setting(connection, member, database, setting)


def can_log_in(target: Target, name: str, password: Secret) -> bool:
    """Try a password; False when the server answers its administrator and not this account."""
    try:
        with _connected(target, name, password):
            return True
    except Unreachable:
        probe(target)
        return False


def databases(target: Target) -> list[LiveDatabase]:
    """Return the databases, without the one that administrators log in to."""
    with _administering(target) as connection:
        return _databases(connection)


def create_database(target: Target, name: str, character_set: str) -> None:
    """Create a database; the character set may be followed by `,<Collate>,<Ctype>`."""
    encoding, *locales = character_set.split(",")
    parts = [sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))]
    parts.append(sql.SQL("ENCODING {}").format(sql.Literal(encoding)))
    if len(locales) == _LOCALES:
        collate, ctype = map(sql.Literal, locales)
        parts.append(sql.SQL("LC_COLLATE {} LC_CTYPE {}").format(collate, ctype))
    elif locales:
        raise Refused("a character set is `Character set` or `Character set,Collate,Ctype`")
    with _administering(target) as connection:
        connection.execute(sql.SQL(" ").join(parts))


def drop_database(target: Target, name: str) -> None:
    """Drop a database that has no sessions."""
    with _administering(target) as connection:
        _known(connection, name)
        _run(connection, "DROP DATABASE {}", sql.Identifier(name))


def grant(target: Target, account: str, database: str, privilege: str) -> None:
    """Make an account the owner of a database."""
    if privilege != OWNER:
        raise Refused(f"PostgreSQL has no privilege {privilege} of a database")
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection), account)
        _known(connection, database)
        _run(connection, _GIVE, sql.Identifier(database), sql.Identifier(account))


def revoke(target: Target, account: str, database: str) -> None:
    """Give a database that the account owns back to the administrator."""
    with _administering(target) as connection:
        refuse_unmanaged(_accounts(connection), account)
        if _known(connection, database) == account:
            _run(connection, _GIVE, sql.Identifier(database), sql.SQL("CURRENT_USER"))


def _run(
    connection: psycopg.Connection[Any], statement: LiteralString, *parts: sql.Composable
) -> None:
    connection.execute(sql.SQL(statement).format(*parts))


def _accounts(connection: psycopg.Connection[Any]) -> list[LiveAccount]:
    cursor = connection.cursor(row_factory=class_row(LiveAccount))
    return cursor.execute(_ACCOUNTS, (_POWERFUL,)).fetchall()


def _databases(connection: psycopg.Connection[Any]) -> list[LiveDatabase]:
    return connection.cursor(row_factory=class_row(LiveDatabase)).execute(_DATABASES).fetchall()


def _known(connection: psycopg.Connection[Any], database: str) -> str:
    """Return a database's owner; NoSuchDatabase."""
    for each in _databases(connection):
        if each.name == database:
            return each.owner
    raise NoSuchDatabase(database)


def _verifier(connection: psycopg.Connection[Any], name: str, password: Secret) -> sql.Literal:
    raw = connection.pgconn.encrypt_password(password.reveal().encode(), name.encode())
    return sql.Literal(raw.decode())


def _copy_setting(
    connection: psycopg.Connection[Any], member: sql.Identifier, database: str | None, setting: str
) -> None:
    """Give `name=value` to a role, by way of this transaction's own setting.

    A list, such as search_path has, could not be written as a literal.
    """
    name, _, value = setting.partition("=")
    if name == "role":
        return
    connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
    place = sql.SQL("IN DATABASE {}").format(sql.Identifier(database)) if database else sql.SQL("")
    setting_name = sql.Identifier(*name.split("."))
    _run(connection, "ALTER ROLE {} {} SET {} FROM CURRENT", member, place, setting_name)


@contextmanager
def _administering(target: Target) -> Iterator[psycopg.Connection[Any]]:
    with _connected(target, target.user, target.password) as connection, _told():
        yield connection


@contextmanager
def _connected(target: Target, user: str, password: Secret) -> Iterator[psycopg.Connection[Any]]:
    """Log in.

    SECURITY: only exchanges that do not send the password itself are taken part in. A server that
    asks for none (`trust`) is refused too: there, any password would seem to be the right one.
    """
    try:
        connection: psycopg.Connection[Any] = psycopg.connect(
            host=target.host,
            port=target.port,
            user=user,
            password=password.reveal(),
            dbname=_HOME,
            sslmode=target.tls,
            require_auth="scram-sha-256,md5",
            gssencmode="disable",
            connect_timeout=_CONNECT_SECONDS,
            client_encoding="utf8",
            application_name="juyong",
            options=f"-c statement_timeout={_STATEMENT_MILLISECONDS}"
            f" -c lock_timeout={_STATEMENT_MILLISECONDS}",
            autocommit=True,
        )
    except psycopg.OperationalError:
        # The driver's text is left out: it repeats the connection's parameters.
        place = f"PostgreSQL at {target.host}:{target.port}"
        raise Unreachable(
            f"cannot log in to {place}: it does not answer, or refuses the name, the password, "
            "or to ask for it by SCRAM or MD5"
        ) from None
    with connection, cut_after(connection.fileno(), _WHOLE_SECONDS):
        yield connection


@contextmanager
def _told() -> Iterator[None]:
    """Turn the server's errors into TargetFailures; the text holds no statement and no value."""
    try:
        yield
    except errors.DuplicateObject:
        raise AccountTaken("the role exists") from None
    except errors.DuplicateDatabase:
        raise DatabaseTaken("the database exists") from None
    except errors.InvalidCatalogName:
        raise NoSuchDatabase("the database is gone") from None
    except errors.DependentObjectsStillExist:
        raise AccountOwnsObjects("the role owns objects") from None
    except errors.ObjectInUse:
        raise DatabaseBusy("the database has sessions") from None
    except psycopg.Error as refusal:
        if refusal.sqlstate is None or refusal.sqlstate.startswith("57P"):
            raise Unreachable("the connection broke") from None
        raise Refused(f"SQLSTATE {refusal.sqlstate}") from None
