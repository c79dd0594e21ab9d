"""Open a database by its URL: the schema made sure of, an executor ready."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.store import schema
from juyong.store.errors import Unavailable
from juyong.store.executor import Executor
from juyong.store.intake import ensure_intake, has_intake, intake_path, renew_table
from juyong.store.seal import Sealer
from juyong.store.sqlite import is_busy
from juyong.store.sqlite_executor import SqliteExecutor

if TYPE_CHECKING:
    import sqlalchemy as sa

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"
_BUSY_SECONDS = 10.0
_LOOK_SECONDS = 0.1


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
        Unavailable: it does not open, or another process has a file of an older version open.
    """
    if settings.url.startswith(_SQLITE):
        path = sqlite_path(settings.url)
        found = _revision(path, load_tables)
        if found < schema.head():
            found = _revision_alone(path, load_tables)
        if found != schema.head():
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


def _revision(path: Path, load_tables: Callable[[], None]) -> str:
    """Return the revision of a SQLite file; an empty file gets the tables of the newest."""
    with _sqlite(path, _BUSY_SECONDS) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        found = schema.revision_in_sqlite(raw)
        if found is None:
            load_tables()
            schema.create_in_sqlite(raw)
            found = schema.revision_in_sqlite(raw)
        return found or ""


def _revision_alone(path: Path, load_tables: Callable[[], None]) -> str:
    """Return the revision once no other process has the file open, or one has migrated it.

    A server of an older version would go on writing without the tables of this one.

    Raises:
        Unavailable: another process still has the file open.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        alone = _is_alone(path)
        found = _revision(path, load_tables)
        if alone or found >= schema.head():
            return found
        if time.monotonic() > deadline:
            raise Unavailable(
                f"`{path}` is of an older version, and another process has it open: "
                "stop the server of that version, then start again"
            )
        time.sleep(_LOOK_SECONDS)


def _is_alone(path: Path) -> bool:
    """Tell whether no other connection is open: each shares a lock on the file."""
    with _sqlite(path, 0) as raw:
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            raw.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as failure:
            if is_busy(failure):
                return False
            raise
        return True


@contextmanager
def _sqlite(path: Path, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    try:
        connected = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
        with closing(connected) as raw:
            yield raw
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
