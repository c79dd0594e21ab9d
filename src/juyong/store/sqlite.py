"""SQLite in WAL mode: one writer thread, and a commit shared by all calls that wait for it.

Calls that arrive while a commit is under way join the next one, each inside its own savepoint, so
that a durable commit (one fsync) costs the same for one call as for a hundred.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from juyong.store.errors import Unavailable
from juyong.store.executor import settle
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.transaction import Transaction

T = TypeVar("T")
_BATCH = 256
_BUSY_MS = 10_000


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
            "cache_size=-16000",
        ):
            self.raw.execute(f"PRAGMA {pragma}")
        self.execute = self.raw.execute

    def execute_many(self, sql: str, params: Sequence[Mapping[str, Any]]) -> None:
        """Run one statement for each of the parameter sets."""
        self.raw.executemany(sql, params)


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Transaction], Any]
    deliver: Callable[[Any], None]
    outcome: Any = None


class SqliteExecutor:
    """Runs units of work on one SQLite file; several processes may share the file."""

    def __init__(self, path: Path, sealer: Sealer, *, durable: bool = True) -> None:
        self._connection = SqliteConnection(path, durable=durable)
        self._statements = Statements(sqlite_dialect(paramstyle="named"))
        self._sealer = sealer
        self._waiting: list[_Job] = []
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work and return its result once it is committed durably."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def deliver(outcome: Any) -> None:
            loop.call_soon_threadsafe(settle, future, outcome)

        self._enqueue(_Job(work, deliver))
        return await future

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread's behalf and wait."""
        future: Future[T] = Future()

        def deliver(outcome: Any) -> None:
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self._enqueue(_Job(work, deliver))
        return future.result()

    def close(self) -> None:
        """Finish what was accepted and let go of the database."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._connection.raw.close()

    def _enqueue(self, job: _Job) -> None:
        with self._wake:
            if self._closing:
                raise Unavailable("the store is closed")
            self._waiting.append(job)
            self._wake.notify()

    def _loop(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if not self._waiting:
                    return
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            self._commit_together(batch)
            for job in batch:
                job.deliver(job.outcome)

    def _commit_together(self, batch: Sequence[_Job]) -> None:
        connection = self._connection
        transaction = Transaction(connection, self._statements, self._sealer)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._run_one(transaction, job)
            transaction.flush()
            connection.execute("COMMIT")
        except sqlite3.Error as failure:
            self._roll_back()
            for job in batch:
                job.outcome = Unavailable("the database did not take the transaction")
                job.outcome.__cause__ = failure

    def _run_one(self, transaction: Transaction, job: _Job) -> None:
        try:
            with transaction.savepoint():
                job.outcome = job.work(transaction)
        except sqlite3.OperationalError:
            raise
        except BaseException as failure:  # noqa: BLE001  # handed to the waiter, not swallowed
            job.outcome = failure

    def _roll_back(self) -> None:
        if self._connection.raw.in_transaction:
            self._connection.execute("ROLLBACK")
