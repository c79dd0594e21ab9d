"""Open a database by its URL: the schema made sure of, an executor ready."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.store import schema
from juyong.store.errors import Unavailable
from juyong.store.executor import Executor
from juyong.store.intake import ensure_intake, has_intake, intake_path, renew_table
from juyong.store.seal import Sealer
from juyong.store.sqlite_executor import SqliteExecutor

if TYPE_CHECKING:
    import sqlalchemy as sa

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"
_BUSY_SECONDS = 10.0


class UnknownDatabase(ValueError):
    """The setting names no database we speak."""


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the state lives.

    url: `sqlite:///PATH` or `postgresql://…` (libpq form).
    durable: SQLite only; False trades an fsync a commit for the last moments before a power cut.
    """

    url: str
    durable: bool = True
    connections: int = 8


def open_database(
    settings: StoreSettings, sealer: Sealer, load_tables: Callable[[], None]
) -> Executor:
    """Open, create or migrate the database and return what runs transactions on it.

    Raises:
        UnknownDatabase: no such kind.
        SchemaMismatch: written by a newer version.
        Unavailable: it does not open.
    """
    if settings.url.startswith(_SQLITE):
        path = sqlite_path(settings.url)
        if not _sqlite_is_ready(path, load_tables):
            # Events that wait in the intake log have the columns of the old schema.
            _merge_all(path, sealer, load_tables)
            _migrate(settings.url, load_tables)
            renew_table(path)
        if not intake_path(path).exists():
            # Here, since making the log imports every table, and the event loop must not.
            ensure_intake(path, load_tables, durable=settings.durable)
        return SqliteExecutor(path, sealer, load_tables, durable=settings.durable)
    if not settings.url.startswith(_POSTGRES):
        raise _unknown(settings.url)
    from juyong.store.postgres import PostgresExecutor, revision_in  # noqa: PLC0415  # an extra

    if revision_in(settings.url) != schema.head():
        _migrate(settings.url, load_tables)
    return PostgresExecutor(settings.url, sealer, connections=settings.connections)


def _sqlite_is_ready(path: Path, load_tables: Callable[[], None]) -> bool:
    """Make the tables of an empty file; False when there is something to migrate or refuse."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
            found = schema.revision_in_sqlite(raw)
            if found is None:
                load_tables()
                schema.create_in_sqlite(raw)
                found = schema.revision_in_sqlite(raw)
            return found == schema.head()
    except sqlite3.Error as failure:
        raise Unavailable(f"`{path}`: {failure}") from failure


def _merge_all(path: Path, sealer: Sealer, load_tables: Callable[[], None]) -> None:
    """Merge what waits for a database that is not served yet."""
    if has_intake(path):
        store = SqliteExecutor(path, sealer, load_tables)
        try:
            store.settle()
        finally:
            store.close()


def _migrate(url: str, load_tables: Callable[[], None]) -> None:
    engine = engine_of(url)
    try:
        load_tables()
        schema.ensure(engine)
    finally:
        engine.dispose()


def sqlite_path(url: str) -> Path:
    """Return the file a SQLite URL names."""
    return Path(url.removeprefix(_SQLITE))


def engine_of(url: str) -> "sa.Engine":
    """Return a SQLAlchemy engine for schema work and whole-database reads.

    Raises:
        UnknownDatabase: no such kind.
    """
    import sqlalchemy as sa  # noqa: PLC0415  # a server at the newest revision never needs it
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    if url.startswith(_SQLITE):
        engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})
        sa.event.listen(engine, "connect", _explicit_transactions)
        return engine
    if url.startswith(_POSTGRES):
        return sa.create_engine(
            url.replace(_POSTGRES, "postgresql+psycopg://", 1), poolclass=NullPool
        )
    raise _unknown(url)


def _unknown(url: str) -> UnknownDatabase:
    return UnknownDatabase(f"`{url.split(':', 1)[0]}` is no database juyong can use")


def _explicit_transactions(connection: object, _record: object) -> None:
    # pysqlite otherwise commits before DDL, which would tear schema creation apart.
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
