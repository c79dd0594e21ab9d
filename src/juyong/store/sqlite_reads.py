"""Reads: on the event loop those that look up a few rows, on threads those that may read many.

A reading connection sees the database as it was when its transaction began, and never waits for a
writer. What the reads of a moment leave (events, nonces) goes to the intake log in one transaction,
and only then they are answered.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec

from juyong.store.committing import Committer
from juyong.store.errors import NonceTaken, Unavailable
from juyong.store.executor import settle
from juyong.store.intake import IN_INTAKE, LOOK, IntakeLog
from juyong.store.merging import Merger
from juyong.store.nonces import NonceRow
from juyong.store.sqlite import (
    BUSY_SECONDS,
    SqliteConnection,
    is_busy,
    is_mistake,
    sound_or_closed,
    unavailable,
)
from juyong.store.sqlite_files import SqliteFiles
from juyong.store.transaction import Transaction

T = TypeVar("T")
_SCANNERS = 2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02
"""Seconds between two tries while another process writes to the intake log."""


class Read(msgspec.Struct, eq=False):
    """A unit of work that reads, the rows it leaves, and its outcome.

    It is the ledger of its own transaction: a nonce of another unit under way is refused at once; a
    nonce that was used before is refused when the intake log is asked.
    """

    work: Callable[[Transaction], Any]
    future: "asyncio.Future[Any]"
    under_way: "dict[tuple[str, str], Read]"
    deadline: float
    outcome: Any = None
    nonces: list[NonceRow] = msgspec.field(default_factory=list)
    rows: list[Any] = msgspec.field(default_factory=list)

    def use(self, _tx: Transaction, row: NonceRow) -> bool:
        """Hold a nonce until this unit is answered; False if another one holds it."""
        if self.under_way.setdefault((row.access_key_id, row.nonce), self) is not self:
            return False
        self.nonces.append(row)
        return True

    def knows(self, tx: Transaction, row: NonceRow) -> bool:
        """Tell whether a read used a nonce."""
        return tx.exists(IN_INTAKE, (row.access_key_id, row.nonce))

    def forget(self, before: int) -> None:
        """Reads forget nothing."""

    def answer(self) -> None:
        """Let the waiter have the outcome."""
        for row in self.nonces:
            self.under_way.pop((row.access_key_id, row.nonce), None)
        settle(self.future, self.outcome)


class Reads:
    """Runs reading units."""

    def __init__(self, files: SqliteFiles, merger: Merger) -> None:
        self._files, self._merger = files, merger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Read] = []
        self._leaving: list[Read] = []
        self._under_log: list[Read] = []
        """The units whose rows and nonces are being committed to the log."""
        self._retry: asyncio.TimerHandle | None = None
        self._committer = Committer("commit-log")
        self._pause = _FIRST_PAUSE
        self._under_way: dict[tuple[str, str], Read] = {}
        self._scanners: ThreadPoolExecutor | None = None
        self._of_scanner = threading.local()
        self._of_scanners: list[SqliteConnection] = []
        self.connection: SqliteConnection | None = None
        self.log: IntakeLog | None = None
        self.closed = False

    async def run(self, work: Callable[[Transaction], T], *, scans: bool) -> T:
        """Run work and return its result once the rows it leaves are durable.

        Raises:
            MustWrite: it tried to write.
            MustScan: it was to read many rows on the loop.
            NonceTaken: another request had its nonce.
            Unavailable: the database or the log did not take it.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Calls of an earlier loop are gone: no caller waits for these units.
            self._waiting, self._leaving, self._loop = [], [], loop
            self._under_log, self._retry = [], None
            self._under_way.clear()
        read = Read(work, loop.create_future(), self._under_way, loop.time() + BUSY_SECONDS)
        if scans:
            await loop.run_in_executor(self._pool(), self._scan, read)
            self._leave([read])
        else:
            if not self._waiting:
                # PERF: as for writes; reads that came in meanwhile share the log's commit.
                loop.call_soon(loop.call_soon, self._drain)
            self._waiting.append(read)
        result: T = await read.future
        return result

    def close(self) -> None:
        """Let go of the database."""
        self.closed = True
        self._committer.close()
        if self._scanners is not None:
            self._scanners.shutdown(wait=True)
        found = [self.connection, self.log.connection if self.log else None, *self._of_scanners]
        for connection in found:
            if connection is not None:
                connection.raw.close()

    def _drain(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            if self.connection is None and not self.closed:
                self.connection = self._files.reader()
        except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
            why = unavailable(failure) if isinstance(failure, sqlite3.Error) else failure
            self._fail(batch, why)
            return
        if self.closed or self.connection is None:
            self._fail(batch, Unavailable("the store is closed"))
            return
        self._read(self.connection, batch, on_loop=True)
        self._leave(batch)

    def _scan(self, read: Read) -> None:
        """Run one unit on the present thread, over its own connection."""
        connection: SqliteConnection | None = getattr(self._of_scanner, "connection", None)
        try:
            if connection is None:
                connection = self._of_scanner.connection = self._files.reader()
                self._of_scanners.append(connection)
        except sqlite3.Error as failure:
            read.outcome = unavailable(failure)
            return
        self._read(connection, [read], on_loop=False)

    def _read(self, connection: SqliteConnection, batch: list[Read], *, on_loop: bool) -> None:
        """Run units in one view of the database; none can disturb another."""
        transaction = self._files.reading(connection, on_loop=on_loop)
        try:
            if connection.raw.in_transaction:
                # An earlier transaction could not be ended; it delays no other.
                connection.execute("ROLLBACK")
            connection.execute("BEGIN")
            connection.execute(LOOK).fetchone()
            for read in batch:
                transaction.ledger = read
                _run_one(transaction, read)
            connection.execute("COMMIT")
        except sqlite3.Error as failure:
            for read in batch:
                read.outcome = unavailable(failure)
        except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
            for read in batch:
                read.outcome = failure

    def _leave(self, reads: list[Read]) -> None:
        """Answer reads that leave nothing or failed; the others go to the log first."""
        for read in reads:
            if isinstance(read.outcome, BaseException) or not (read.rows or read.nonces):
                read.answer()
            else:
                self._leaving.append(read)
        if self._leaving and not self._under_log:
            self._write_log()

    def _write_log(self) -> None:
        """Write what waits to the log, and have it committed."""
        assert self._loop is not None  # noqa: S101  # somebody waits on it
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self.closed:
            self._fail_leaving(Unavailable("the store is closed"))
            return
        try:
            if self.log is None:
                self.log = self._files.log(wait=False)
            kept = self.log.write(self._leaving)
        except sqlite3.Error as failure:
            self._log_ends()
            if is_busy(failure):
                self._try_later(unavailable(failure))
            else:
                self._fail_leaving(unavailable(failure))
            return
        except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
            self._log_ends()
            self._fail_leaving(failure)
            return
        self._pause = _FIRST_PAUSE
        batch, self._leaving = self._leaving, []
        for read, was_free in zip(batch, kept, strict=True):
            if not was_free:
                read.outcome = NonceTaken()
        self._under_log = batch
        self._committer.commit(self._loop, self.log.connection, self._committed)

    def _committed(self, failure: BaseException | None) -> None:
        batch, self._under_log = self._under_log, []
        self._log_ends()
        if failure is None:
            for read in batch:
                read.answer()
            self._merger.left()
        else:
            why = unavailable(failure) if isinstance(failure, sqlite3.Error) else failure
            self._fail(batch, why)
        if self._leaving:
            self._write_log()

    def _log_ends(self) -> None:
        if self.log is not None and sound_or_closed(self.log.connection) is None:
            self.log = None

    def _try_later(self, why: Unavailable) -> None:
        assert self._loop is not None  # noqa: S101
        now = self._loop.time()
        overdue = [read for read in self._leaving if read.deadline <= now]
        self._leaving = [read for read in self._leaving if read.deadline > now]
        self._fail(overdue, why)
        if self._leaving:
            self._retry = self._loop.call_later(self._pause, self._write_log)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _fail_leaving(self, why: BaseException) -> None:
        batch, self._leaving = self._leaving, []
        self._fail(batch, why)

    def _fail(self, batch: list[Read], why: BaseException) -> None:
        for read in batch:
            read.outcome = why
            read.answer()

    def _pool(self) -> ThreadPoolExecutor:
        if self._scanners is None:
            self._scanners = ThreadPoolExecutor(_SCANNERS, thread_name_prefix="scan")
        return self._scanners


def _run_one(transaction: Transaction, read: Read) -> None:
    try:
        read.outcome = read.work(transaction)
        read.rows = transaction.taken()
    except sqlite3.Error as failure:
        if not is_mistake(failure):
            raise
        read.outcome = failure
        transaction.taken()
    except BaseException as failure:  # noqa: BLE001  # handed to the waiter, not swallowed
        read.outcome = failure
        transaction.taken()
