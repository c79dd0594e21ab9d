"""Whole-database access: a frozen view to read, an exclusive transaction to replace."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from juyong.app.state.state import State
from juyong.store.core import metadata
from juyong.store.database import sqlite_path
from juyong.store.errors import Unavailable
from juyong.store.intake import LOOK, intake_path, show_together
from juyong.store.seal import AesSealer, Sealer
from juyong.store.sqlite import SqliteConnection
from juyong.store.statements import statements_of
from juyong.store.transaction import Transaction

_BATCH = 500
_FIRST = ("ram_account", "ram_access_key", "store_epoch", "store_nonce")
_LOCK_MS = 250


@contextmanager
def reachable() -> Iterator[None]:
    """Tell a database that cannot be reached from one that is damaged.

    Raises:
        Unavailable: it is locked, full, or does not answer.
    """
    try:
        yield
    except (sa.exc.OperationalError, sqlite3.OperationalError) as failure:
        raise Unavailable("the database did not answer") from failure


@contextmanager
def frozen_connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Read the database as it is now, whatever is committed meanwhile; writers go on."""
    with engine.connect() as plain:
        if engine.dialect.name == "sqlite":
            connection = plain.execution_options(yield_per=_BATCH)
            connection.exec_driver_sql("BEGIN")
        else:
            connection = plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True, yield_per=_BATCH
            )
        yield connection
        connection.rollback()


@contextmanager
def frozen_transaction(state: State) -> Iterator[Transaction]:
    """As frozen_connection, with typed rows, sealed columns opened, and the events of reads."""
    with frozen_view(state.url, AesSealer(state.keys["columns"]), lenient=True) as tx:
        yield tx


@contextmanager
def frozen_view(
    url: str, sealer: Sealer, *, lenient: bool = False, merged_only: bool = False
) -> Iterator[Transaction]:
    """As frozen_transaction, for what needs no home.

    Args:
        url: The database.
        sealer: Opens sealed columns.
        lenient: Read text that is no Unicode, which only somebody else can have stored in SQLite,
            with surrogates. COST: half of the time of reading text.
        merged_only: Leave out the events of reads that are not in the database yet. PERF: to read
            both as one table takes twice as long.
    """
    if url.startswith("sqlite"):
        database = sqlite_path(url)
        connection = SqliteConnection(database, durable=True)
        connection.raw.text_factory = _with_surrogates if lenient else str
        try:
            intake = intake_path(database)
            together = intake.exists() and not merged_only
            if together:
                show_together(connection, intake)
            connection.execute("BEGIN")
            if together:
                connection.execute(LOOK).fetchone()
            yield Transaction(connection, statements_of("sqlite"), sealer)
        finally:
            connection.raw.rollback()
            connection.raw.close()
        return
    import psycopg  # noqa: PLC0415  # an optional extra

    from juyong.store.postgres import PostgresConnection  # noqa: PLC0415

    with psycopg.connect(url) as raw:
        raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        raw.read_only = True
        face = PostgresConnection(raw, psycopg.errors.UniqueViolation)
        yield Transaction(face, statements_of("postgresql"), sealer)
        raw.rollback()


def _with_surrogates(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


@contextmanager
def exclusive_connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Replace rows while no other code reads or writes; commits unless the block raises.

    Calls that arrive meanwhile wait. On PostgreSQL the locks come before the snapshot, and the
    serializable level undoes what a waiting call had concluded from the rows replaced.

    Raises:
        sqlalchemy.exc.OperationalError: the locks were not to be had now; try again.
    """
    with engine.connect() as plain:
        if engine.dialect.name == "sqlite":
            connection = plain
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection = plain.execution_options(isolation_level="SERIALIZABLE")
            _lock_everything(connection)
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def _lock_everything(connection: sa.Connection) -> None:
    """Lock every table, those that calls touch first before the others.

    A call under way that holds a table and waits for one that is locked here would be a deadlock:
    this gives way quickly, long before the database would choose a victim.
    """
    prepare = connection.dialect.identifier_preparer
    tables = sorted(metadata().tables.values(), key=_lock_order)
    names = ", ".join(prepare.format_table(table) for table in tables)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'")
    connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _lock_order(table: sa.Table) -> tuple[int, str]:
    return (_FIRST.index(table.name) if table.name in _FIRST else len(_FIRST), table.name)
