"""SQLite in WAL mode: a commit shared by all calls that arrived in two turns of the event loop.

Each call runs inside its own savepoint, on the loop's thread, and a durable commit (one fsync)
costs the same for one call as for a hundred. A writer thread was measured at half the throughput:
the driver gives the interpreter lock away at every statement, and two threads fight over it.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from juyong.store.errors import Unavailable
from juyong.store.executor import settle
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.transaction import Parameters, Transaction

T = TypeVar("T")
_BUSY_MS = 10_000
_CHECKPOINT_PAGES = 4000
"""PERF: pages that many calls touch are written back once for more of them; 16 MB of log at most,
and nothing is less durable, since every commit is in the log."""
_MISTAKES = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""Errors a statement of one call brings upon itself; any other is the database's trouble."""


class SqliteConnection:
    """A sqlite3 connection in explicit-transaction mode."""

    duplicate: type[Exception] = sqlite3.IntegrityError
    error_ends_transaction = False

    def __init__(self, path: Path, *, durable: bool) -> None:
        self.raw = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        level = "FULL" if durable else "NORMAL"
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            f"synchronous={level}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            # SECURITY: what is deleted, such as a key's material, is overwritten in its page.
            "secure_delete=ON",
            "cache_size=-16000",
            f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
        ):
            self.raw.execute(f"PRAGMA {pragma}")
        self.execute = self.raw.execute

    def execute_many(self, sql: str, params: Sequence[Parameters]) -> None:
        """Run one statement for each of the parameter sets."""
        self.raw.executemany(sql, params)


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Transaction], Any]
    future: "asyncio.Future[Any] | Future[Any]"
    outcome: Any = None


class SqliteExecutor:
    """Runs units of work on one SQLite file; several processes may share the file."""

    def __init__(self, path: Path, sealer: Sealer, *, durable: bool = True) -> None:
        self._connection = SqliteConnection(path, durable=durable)
        self._statements = Statements("sqlite")
        self._sealer = sealer
        self._waiting: list[_Job] = []
        self._one_at_a_time = threading.Lock()
        self._closed = False

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work and return its result once it is committed durably."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if not self._waiting:
            # PERF: the loop looks for input once more before the commit; calls that came in while
            # these were read then share it, which more than doubles a batch under load.
            loop.call_soon(loop.call_soon, self._drain)
        self._waiting.append(_Job(work, future))
        return await future

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread and wait."""
        future: Future[T] = Future()
        self._commit_together([_Job(work, future)])
        return future.result()

    def close(self) -> None:
        """Let go of the database."""
        with self._one_at_a_time:
            self._closed = True
            self._connection.raw.close()

    def _drain(self) -> None:
        """Commit everything that came in during the last turns of the event loop."""
        batch, self._waiting = self._waiting, []
        self._commit_together(batch)

    def _commit_together(self, batch: Sequence[_Job]) -> None:
        with self._one_at_a_time:
            if self._closed:
                for job in batch:
                    job.outcome = Unavailable("the store is closed")
            else:
                self._transact(batch)
        for job in batch:
            settle(job.future, job.outcome)

    def _transact(self, batch: Sequence[_Job]) -> None:
        """Run a batch in one transaction; whatever goes wrong outside a call undoes all of it."""
        connection = self._connection
        transaction = Transaction(connection, self._statements, self._sealer)
        try:
            if connection.raw.in_transaction:
                # An earlier one could not be rolled back when it failed.
                connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._run_one(transaction, job)
            transaction.flush()
            connection.execute("COMMIT")
        except sqlite3.Error as failure:
            unavailable = Unavailable("the database did not take the transaction")
            unavailable.__cause__ = failure
            self._undo(batch, unavailable)
        except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
            self._undo(batch, failure)

    def _run_one(self, transaction: Transaction, job: _Job) -> None:
        try:
            with transaction.savepoint():
                job.outcome = job.work(transaction)
        except sqlite3.Error as failure:
            if not isinstance(failure, _MISTAKES):
                raise
            job.outcome = failure
        except BaseException as failure:  # noqa: BLE001  # handed to the waiter, not swallowed
            job.outcome = failure

    def _undo(self, batch: Sequence[_Job], failure: BaseException) -> None:
        for job in batch:
            job.outcome = failure
        if self._connection.raw.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
