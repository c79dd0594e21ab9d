"""A connection to a SQLite file in WAL mode, and units of work that share one transaction of it."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from juyong.store.connection import Parameters
from juyong.store.errors import NotUndone, Unavailable
from juyong.store.transaction import Transaction

T = TypeVar("T")
BUSY_SECONDS = 10.0
CHECKPOINT_PAGES = 4000
"""PERF: pages that many calls touch are written back once for more of them; 16 MB of log at most,
and nothing is less durable, since every commit is in the log."""
_MISTAKES = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""Errors that a statement of one call causes; any other error is the database's."""


def _same(value: T) -> T:
    return value


# PERF: the driver asks a value of any type that is not registered for its protocol, and then for
# the other's, by errors that nothing sees; that took longer than to store the value.
for _kind in (bool, bytes, type(None)):
    sqlite3.register_adapter(_kind, _same)


class SqliteConnection:
    """A sqlite3 connection in explicit-transaction mode.

    durable: Whether a commit waits until the log is on the disk.
    busy_ms: How long a statement waits for the lock of another connection.
    checkpoint_pages: After how many pages of log a commit writes them back.
    cache_kib: How much of the file it keeps in memory.
    """

    duplicate: type[Exception] = sqlite3.IntegrityError
    error_ends_transaction = False

    def __init__(
        self,
        path: Path,
        *,
        durable: bool,
        busy_ms: int = int(BUSY_SECONDS * 1000),
        checkpoint_pages: int = CHECKPOINT_PAGES,
        cache_kib: int = 16_000,
    ) -> None:
        self.raw = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            uri=True,
        )
        level = "FULL" if durable else "NORMAL"
        for pragma in (
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
            "journal_mode=WAL",
            f"synchronous={level}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            # SECURITY: deleted values, such as a key's material, are overwritten in their page.
            "secure_delete=ON",
            f"cache_size=-{cache_kib}",
            f"wal_autocheckpoint={checkpoint_pages}",
            f"busy_timeout={busy_ms}",
        ):
            self.raw.execute(f"PRAGMA {pragma}")
        self.execute = self.raw.execute

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite ends one itself when, say, the disk is full."""
        return self.raw.in_transaction

    def attach(self, address: str, name: str) -> None:
        """Attach another file under a name."""
        self.raw.execute(f"ATTACH ? AS {name}", (address,))

    def execute_many(self, sql: str, params: Sequence[Parameters]) -> int:
        """Run one statement for each of the parameter sets; returns how many rows they changed."""
        return self.raw.executemany(sql, params).rowcount

    def await_turn(self) -> None:
        """SQLite has one writer at a time."""


def sound_or_closed(connection: SqliteConnection) -> SqliteConnection | None:
    """Return a connection that is between transactions, or close it.

    A connection whose rollback failed holds the lock, and all other connections would wait.
    """
    if not connection.raw.in_transaction:
        return connection
    connection.raw.close()
    return None


def is_busy(failure: sqlite3.Error) -> bool:
    """Tell whether another connection holds the lock."""
    code = getattr(failure, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


class Unit(msgspec.Struct, eq=False):
    """A piece of work, its outcome, and the future that waits for the outcome."""

    work: Callable[[Transaction], Any]
    future: "asyncio.Future[Any] | Future[Any]"
    deadline: float = 0.0
    """When waiting for the lock ends, on the loop's clock."""
    outcome: Any = None


def begin(connection: SqliteConnection) -> None:
    """Open a write transaction.

    Raises:
        sqlite3.Error: it cannot be had; see is_busy.
    """
    connection.execute("BEGIN IMMEDIATE")


def run_all(transaction: Transaction, connection: SqliteConnection, units: Sequence[Unit]) -> bool:
    """Run units in the transaction that is open, each in a savepoint; True if it can be committed.

    A failure outside of a unit undoes all units.
    """
    try:
        for unit in units:
            _run_one(transaction, unit)
        transaction.flush()
    except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
        undo(connection, units, failure)
        return False
    return True


def undo(connection: SqliteConnection, units: Sequence[Unit], failure: BaseException) -> None:
    """Roll back, and let every unit end in a failure."""
    for unit in units:
        unit.outcome = unavailable(failure) if isinstance(failure, sqlite3.Error) else failure
    if connection.raw.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def unavailable(cause: sqlite3.Error) -> Unavailable:
    """Return what a unit ends in when the database fails under it."""
    made = Unavailable("the database did not take the transaction")
    made.__cause__ = cause
    return made


def _run_one(transaction: Transaction, unit: Unit) -> None:
    try:
        with transaction.savepoint():
            unit.outcome = unit.work(transaction)
    except sqlite3.Error as failure:
        if not is_mistake(failure):
            raise
        unit.outcome = failure
    except BaseException as failure:  # noqa: BLE001  # handed to the waiter, not swallowed
        unit.outcome = failure
    if transaction.is_torn:
        raise NotUndone


def is_mistake(failure: sqlite3.Error) -> bool:
    """Tell whether the statement itself caused its error."""
    return isinstance(failure, _MISTAKES)
