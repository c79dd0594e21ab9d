"""Units of work on one SQLite file, which several processes may share."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from juyong.store import row_sql
from juyong.store.errors import NonceTaken, Unavailable
from juyong.store.executor import settle
from juyong.store.hearing import FileHearing
from juyong.store.intake import IN_INTAKE, IntakeLog, intake_path
from juyong.store.merging import Merger
from juyong.store.nonces import NonceRow
from juyong.store.seal import Sealer
from juyong.store.sqlite import (
    BUSY_SECONDS,
    SqliteConnection,
    Unit,
    begin,
    is_mistake,
    run_all,
    sound_or_closed,
    unavailable,
    undo,
)
from juyong.store.sqlite_files import SqliteFiles
from juyong.store.sqlite_reads import Reads
from juyong.store.sqlite_writes import Writes
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction
from juyong.store.turn import WriteTurn

T = TypeVar("T")
_IN_DATABASE = "SELECT 1 FROM main.store_nonce WHERE access_key_id = ?1 AND nonce = ?2"
_IN_EITHER = f"{_IN_DATABASE} UNION ALL {IN_INTAKE}"


class _OfWrites(msgspec.Struct, frozen=True):
    """Keeps the nonces of writes in their table, at the end; `used` looks for them before."""

    merger: Merger
    used: str

    def use(self, tx: Transaction, row: NonceRow) -> bool:
        """Keep a nonce; False if this transaction, another write or a read used it before."""
        nonce = (row.access_key_id, row.nonce)
        # The write lock is held, so no other write uses the nonce between here and the end.
        if tx.exists(self.used, nonce) or not tx.claim(nonce):
            return False
        tx.insert_later(row)
        return True

    def knows(self, _tx: Transaction, _row: NonceRow) -> bool:
        """Only those that use a nonce ask here."""
        return False

    def forget(self, before: int) -> None:
        """Have the log forget what expired."""
        self.merger.forget(before)


class _OfRedone(msgspec.Struct):
    """Holds the nonces of a read that is done again as a write, until it commits."""

    nonces: list[NonceRow] = msgspec.field(default_factory=list)
    rows: list[Any] = msgspec.field(default_factory=list)

    def use(self, _tx: Transaction, row: NonceRow) -> bool:
        """Hold a nonce; the log is asked at the end."""
        self.nonces.append(row)
        return True

    def knows(self, _tx: Transaction, _row: NonceRow) -> bool:
        """Only those that use a nonce ask here."""
        return False

    def forget(self, before: int) -> None:
        """A call forgets nothing."""


class SqliteExecutor:
    """Runs reads and writes of the event loop, and whole transactions of other threads.

    Connections are opened at first need; those of the loop wait for no lock.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealer,
        load_tables: Callable[[], None],
        *,
        durable: bool = True,
    ) -> None:
        self._files = SqliteFiles(path, sealer, load_tables, durable=durable)
        self._turn = WriteTurn()
        self.merger = Merger(self._files, self._turn)
        self._own: SqliteConnection | None = None
        """The connection of `call`, used by the thread that has the turn."""
        self._redo_log: IntakeLog | None = None
        self._closed = False
        ledger = _OfWrites(self.merger, _IN_EITHER)
        self.writes = Writes(self._files, ledger, self._turn, self.merger)
        self.reads = Reads(self._files, self.merger)

    def run(self, work: Callable[[Transaction], T]) -> Coroutine[Any, Any, T]:
        """Run work that may write, and return its result once it is committed durably."""
        return self.writes.run(work)

    def read(
        self, work: Callable[[Transaction], T], *, scans: bool = False
    ) -> Coroutine[Any, Any, T]:
        """Run work that reads; see Executor."""
        return self.reads.run(work, scans=scans)

    async def redo(self, work: Callable[[Transaction], T]) -> T:
        """Run work again with leave to write, alone; its nonce goes to the log before it commits.

        So the same request always meets the same unique key, whichever way the request is run.
        """
        return await asyncio.to_thread(self._redo, work)

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread and wait, over a connection of its own."""
        future: Future[T] = Future()
        unit = Unit(work, future)
        connection = self._begin()
        try:
            transaction = self._files.writing(connection, _OfWrites(self.merger, _IN_DATABASE))
            if run_all(transaction, connection, [unit]):
                connection.execute("COMMIT")
                self._files.committed(transaction)
        except BaseException as failure:  # noqa: BLE001  # handed to the waiter, not swallowed
            undo(connection, [unit], failure)
        finally:
            self._end(connection)
        settle(future, unit.outcome)
        return future.result()

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Run work that reads, over a connection of its own."""
        with self._look() as connection:
            return work(self._files.reading(connection, on_loop=False))

    def settle(self) -> None:
        """Merge everything that reads left so far."""
        if intake_path(self._files.path).exists():
            self.merger.settle()

    def settled(self, row_type: type[Any]) -> int | None:
        """Merge, and return the newest number: with one writer at a time, none comes later."""
        self.settle()
        newest = row_sql.newest(spec_of(row_type))
        with self._look() as connection:
            return int(connection.execute(newest).fetchone()[0] or 0)

    def wait_for_calm(self, seconds: float) -> None:
        """Wait as the merger does."""
        self.merger.wait_for_calm(seconds)

    def listen(self) -> FileHearing | None:
        """Listen at the database's bell; see Executor."""
        try:
            return self._files.listen()
        except OSError as failure:
            raise Unavailable("the bell of the database cannot be had") from failure

    def ring_for(self, kinds: tuple[str, ...]) -> None:
        """Ring for changes of these types alone; see Executor."""
        self._files.interest.kinds = kinds

    def ring(self) -> None:
        """Wake the listener."""
        self._files.ring()

    def close(self) -> None:
        """Close the database; rows that reads left are merged now or at the next opening."""
        self.merger.close()
        self.reads.close()
        self.writes.close()
        self._closed = True
        # SECURITY: a connection that a thread still uses must not be closed under it, which the
        # driver does not survive; that thread closes it when its transaction ends.
        if self._turn.wait(BUSY_SECONDS):
            self._let_go()
            self._turn.give_back()
        self._files.close()

    @contextmanager
    def _look(self) -> Iterator[SqliteConnection]:
        """Open a connection whose view stays the same.

        Raises:
            Unavailable: the database does not answer, or the store is closed.
        """
        if self._closed:
            raise Unavailable("the store is closed")
        try:
            connection = self._files.onlooker()
            with closing(connection.raw):
                connection.execute("BEGIN")
                yield connection
        except sqlite3.Error as failure:
            if is_mistake(failure):
                raise
            raise unavailable(failure) from failure

    def _redo(self, work: Callable[[Transaction], T]) -> T:
        connection, ledger = self._begin(), _OfRedone()
        transaction = self._files.writing(connection, ledger)
        try:
            result = work(transaction)
            transaction.flush()
            if self._redo_log is None:
                self._redo_log = self._files.log(wait=True)
            if not all(self._redo_log.keep([ledger])):
                raise NonceTaken
            connection.execute("COMMIT")
            self._files.committed(transaction)
        except sqlite3.Error as failure:
            raise unavailable(failure) from failure
        else:
            return result
        finally:
            if connection.raw.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            self._end(connection)

    def _begin(self) -> SqliteConnection:
        """Take the turn and open a transaction on the connection of threads.

        Raises:
            Unavailable: another process or thread keeps the lock.
        """
        if not self._turn.wait(BUSY_SECONDS):
            raise Unavailable("the database is locked")
        if self._closed:
            self._turn.give_back()
            raise Unavailable("the store is closed")
        try:
            if self._own is None:
                self._own = self._files.waiting_writer()
            begin(self._own)
        except sqlite3.Error as failure:
            self._turn.give_back()
            raise unavailable(failure) from failure
        except BaseException:
            self._turn.give_back()
            raise
        return self._own

    def _end(self, connection: SqliteConnection) -> None:
        self._own = sound_or_closed(connection)
        if self._closed:
            self._let_go()
        self._turn.give_back()

    def _let_go(self) -> None:
        """Close the connections of threads; the caller must have the turn."""
        log = self._redo_log.connection if self._redo_log else None
        for connection in (self._own, log):
            if connection is not None:
                connection.raw.close()
        self._own = self._redo_log = None
