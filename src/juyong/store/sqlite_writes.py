"""Writes of the event loop: those that arrived in two turns of it share a transaction and a commit.

While calls keep coming and the disk is quick, two groups take turns (see pace.py).

Each call runs inside its own savepoint, on the loop's thread, and a durable commit (one fsync)
costs the same for one call as for a hundred. A writer thread was measured at half the throughput:
the driver gives the interpreter lock away at every statement, and two threads fight over it.

The loop never waits for the lock: while another connection holds it, the batch waits, takes in what
arrives, and is tried again.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from juyong.store.committing import Committer
from juyong.store.errors import Unavailable
from juyong.store.executor import settle
from juyong.store.merging import Merger
from juyong.store.pace import Pace
from juyong.store.sqlite import (
    BUSY_SECONDS,
    SqliteConnection,
    Unit,
    begin,
    is_busy,
    run_all,
    sound_or_closed,
    unavailable,
    undo,
)
from juyong.store.sqlite_files import SqliteFiles
from juyong.store.transaction import Ledger, Transaction
from juyong.store.turn import WriteTurn

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05
"""Seconds between two tries while another process holds the lock."""


class Writes:
    """Runs the loop's writing units in batches."""

    def __init__(self, files: SqliteFiles, ledger: Ledger, turn: WriteTurn, merger: Merger) -> None:
        self._files, self._ledger, self._turn, self._merger = files, ledger, turn, merger
        self._committer = Committer("commit")
        self._under_way: list[Unit] = []
        """The units that are being committed."""
        self._committing: Transaction | None = None
        self._waiting: list[Unit] = []
        self._pace = Pace()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pause = _FIRST_PAUSE
        self._retry: asyncio.TimerHandle | None = None
        self.connection: SqliteConnection | None = None
        self.closed = False

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work and return its result once it is committed durably."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Calls of an earlier loop are gone: no caller waits for these units.
            self._waiting, self._loop, self._retry = [], loop, None
            self._under_way = []
        future: asyncio.Future[T] = loop.create_future()
        if not self._waiting:
            # PERF: the loop looks for input once more before the commit; calls that came in while
            # these were read then share it, which more than doubles a batch under load.
            loop.call_soon(loop.call_soon, self._drain)
        self._waiting.append(Unit(work, future, loop.time() + BUSY_SECONDS))
        return await future

    def close(self) -> None:
        """Let go of the database."""
        self.closed = True
        self._committer.close()
        if self.connection is not None:
            self.connection.raw.close()

    def _drain(self) -> None:
        """Commit what waits, while no answers are about to go out; see `_go_on`."""
        self._go_on(answered=0)

    def _go_on(self, *, answered: int) -> None:
        """Commit what waits, or arrange that this is tried again.

        Args:
            answered: The calls whose answers are about to go out.
        """
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._under_way:
            return  # The end of that commit calls this method again.
        if not self._waiting:
            self._turn.forgo()
        elif self.closed:
            self._end_all(Unavailable("the store is closed"))
        elif not self._turn.ask(self._tell):
            self._try_later(Unavailable("the database is locked"))
        elif not self._begin_commit(answered):
            self._turn.give_back()

    def _begin_commit(self, answered: int) -> bool:
        """Run what waits, and have it committed; False if there is nothing to commit."""
        assert self._loop is not None  # noqa: S101  # somebody waits on it
        try:
            if self.connection is None:
                self.connection = self._files.writer()
            begin(self.connection)
        except sqlite3.Error as failure:
            if is_busy(failure):
                self._try_later(unavailable(failure))
            else:
                self._end_all(unavailable(failure))
            return False
        except BaseException as failure:  # noqa: BLE001  # handed to the waiters, not swallowed
            self._end_all(failure)
            return False
        self._pause = _FIRST_PAUSE
        share = self._pace.share(len(self._waiting), answered)
        batch, self._waiting = self._waiting[:share], self._waiting[share:]
        transaction = self._files.writing(self.connection, self._ledger)
        self._pace.begin()
        if not run_all(transaction, self.connection, batch):
            self.connection = sound_or_closed(self.connection)
            self._answer(batch)
            if self._waiting:
                self._loop.call_soon(self._drain)
            return False
        self._pace.commit(len(batch))
        self._under_way, self._committing = batch, transaction
        self._committer.commit(self._loop, self.connection, self._committed)
        return True

    def _committed(self, failure: BaseException | None) -> None:
        self._pace.done()
        batch, self._under_way = self._under_way, []
        transaction, self._committing = self._committing, None
        if failure is not None and self.connection is not None:
            undo(self.connection, batch, failure)
        elif transaction is not None:
            self._files.committed(transaction)
        if self.connection is not None:
            self.connection = sound_or_closed(self.connection)
        self._turn.give_back()
        self._merger.committed()
        self._answer(batch)
        if self._waiting:
            self._go_on(answered=len(batch))

    def _answer(self, batch: list[Unit]) -> None:
        for unit in batch:
            settle(unit.future, unit.outcome)

    def _tell(self) -> None:
        """Hear, on any thread, that the turn is free."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drain)

    def _try_later(self, why: Unavailable) -> None:
        """Try again in a moment; units that waited long enough fail with the reason `why`."""
        assert self._loop is not None  # noqa: S101  # somebody waits on it
        now = self._loop.time()
        for unit in self._waiting:
            if unit.deadline <= now:
                settle(unit.future, why)
        self._waiting = [unit for unit in self._waiting if unit.deadline > now]
        if self._waiting:
            self._retry = self._loop.call_later(self._pause, self._drain)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        else:
            self._turn.forgo()

    def _end_all(self, why: BaseException) -> None:
        batch, self._waiting = self._waiting, []
        for unit in batch:
            settle(unit.future, why)
