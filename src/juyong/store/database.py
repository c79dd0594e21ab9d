"""Open a database by its URL: the schema made sure of, an executor ready."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from juyong.store import schema
from juyong.store.executor import Executor
from juyong.store.seal import Sealer
from juyong.store.sqlite import SqliteExecutor

_SQLITE = "sqlite:///"
_POSTGRES = "postgresql://"


class UnknownDatabase(ValueError):
    """The setting names no database we speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
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
    """
    engine = engine_of(settings.url)
    try:
        if schema.revision_of(engine) != schema.head():
            load_tables()
            schema.ensure(engine)
    finally:
        engine.dispose()
    if settings.url.startswith(_SQLITE):
        return SqliteExecutor(sqlite_path(settings.url), sealer, durable=settings.durable)
    from juyong.store.postgres import PostgresExecutor  # noqa: PLC0415  # an optional extra

    return PostgresExecutor(settings.url, sealer, connections=settings.connections)


def sqlite_path(url: str) -> Path:
    """Return the file a SQLite URL names."""
    return Path(url.removeprefix(_SQLITE))


def engine_of(url: str) -> sa.Engine:
    """Return a SQLAlchemy engine for schema work and whole-database reads.

    Raises:
        UnknownDatabase: no such kind.
    """
    if url.startswith(_SQLITE):
        engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": 10})
        sa.event.listen(engine, "connect", _explicit_transactions)
        return engine
    if url.startswith(_POSTGRES):
        return sa.create_engine(
            url.replace(_POSTGRES, "postgresql+psycopg://", 1), poolclass=NullPool
        )
    raise UnknownDatabase(f"`{url.split(':', 1)[0]}` is no database juyong can use")


def _explicit_transactions(connection: object, _record: object) -> None:
    # pysqlite otherwise commits before DDL, which would tear schema creation apart.
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
