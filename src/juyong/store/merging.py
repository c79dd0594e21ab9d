"""Bring what reads left in the intake log into the database: once each, and in order.

A step takes the write lock for some milliseconds, on a thread; its one INSERT … SELECT runs without
the interpreter lock. The database's own transaction says how far the log was merged; only after it
the log lets go of those rows, which are of no account any more by then.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from juyong.store.errors import Unavailable
from juyong.store.intake import MERGED, log_table, read_only
from juyong.store.sqlite import BUSY_SECONDS, CHECKPOINT_PAGES, SqliteConnection, begin, is_busy
from juyong.store.turn import WriteTurn

_AFTER_SECONDS = 0.5
_ROWS = 256
"""How many events one transaction brings."""
_NONCES = 512
_CHECKPOINT_COMMITS = 256
_REMEMBER = (
    "INSERT INTO main.store_intake (log, seq) SELECT id, ? FROM intake.log WHERE true"
    " ON CONFLICT (log) DO UPDATE SET seq = excluded.seq"
)
_EXPIRED = (
    "DELETE FROM nonce WHERE expires_at < ? AND id IN (SELECT id FROM nonce ORDER BY id LIMIT ?)"
)


class Merger:
    """Merges a log some moments after something was left in it, on a thread of its own.

    Several processes may merge one log: each step looks up anew how far it was merged.
    """

    def __init__(
        self, database: Path, intake: Callable[[], Path], turn: WriteTurn, *, durable: bool
    ) -> None:
        self._database, self._intake, self._turn = database, intake, turn
        self._durable = durable
        self._thread: threading.Thread | None = None
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._connections: tuple[SqliteConnection, SqliteConnection] | None = None
        self._forget_before: int | None = None
        self._commits = 0

    def left(self) -> None:
        """Note that something is to be merged."""
        self._something.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="merge", daemon=True)
            self._thread.start()

    def committed(self) -> None:
        """Note a commit of the loop, which leaves writing pages back to the merger."""
        self._commits += 1
        if self._commits >= _CHECKPOINT_COMMITS:
            self.left()

    def forget(self, before: int) -> None:
        """Have expired nonces forgotten."""
        self._forget_before = before
        self.left()

    def settle(self, seconds: float = BUSY_SECONDS) -> None:
        """Return once everything is merged that was left before.

        Raises:
            Unavailable: not within this time.
        """
        deadline = time.monotonic() + seconds
        with self._one_at_a_time:
            try:
                main, log = self._open()
                newest = f'SELECT max("seq") FROM "{log_table(log.raw, "main").name}"'  # noqa: S608
                last = _number(log, newest)
                while _number(main, f"SELECT {MERGED}") < last:
                    self._step(max(0.0, deadline - time.monotonic()))
            except sqlite3.Error as failure:
                raise Unavailable("the intake log could not be merged") from failure

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join()
        if self._connections is not None:
            for connection in self._connections:
                connection.raw.close()

    def _work(self) -> None:
        while True:
            self._something.wait()
            self._stopping.wait(_AFTER_SECONDS)
            if self._stopping.is_set():
                return
            self._something.clear()
            try:
                self._round()
            except (sqlite3.Error, Unavailable):
                # Whoever holds the lock or fills the disk: the rows wait, and calls are answered.
                self._something.set()

    def _round(self) -> None:
        with self._one_at_a_time:
            while not self._stopping.is_set() and self._step(BUSY_SECONDS):
                pass
            self._forget_some()
            if self._commits >= _CHECKPOINT_COMMITS:
                self._commits = 0
                self._open()[0].execute("PRAGMA main.wal_checkpoint(PASSIVE)").fetchone()

    def _open(self) -> tuple[SqliteConnection, SqliteConnection]:
        if self._connections is None:
            path = self._intake()
            log = SqliteConnection(
                path, durable=self._durable, checkpoint_pages=CHECKPOINT_PAGES // 4, cache_kib=4000
            )
            # What the log holds is no secret, and all of it is in the database before it goes.
            log.execute("PRAGMA secure_delete=OFF")
            main = SqliteConnection(
                self._database, durable=self._durable, busy_ms=0, cache_kib=4000
            )
            main.attach(read_only(path), "intake")
            self._connections = (main, log)
        return self._connections

    def _step(self, seconds: float) -> bool:
        """Merge some rows; False when there were none."""
        main, log = self._open()
        self._begin(main, time.monotonic() + seconds)
        try:
            up_to = merge(main)
            main.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                main.execute("ROLLBACK")
            raise
        finally:
            self._turn.give_back()
        if up_to is not None:
            let_go(log, up_to)
        return up_to is not None

    def _begin(self, main: SqliteConnection, deadline: float) -> None:
        """Take the turn and the lock.

        Raises:
            Unavailable: not until the deadline.
        """
        while True:
            if not self._turn.wait(max(0.0, deadline - time.monotonic())):
                raise Unavailable("the database is locked")
            try:
                begin(main)
            except sqlite3.Error as failure:
                self._turn.give_back()
                if not is_busy(failure) or time.monotonic() > deadline:
                    raise
                # Another process writes; the loop may try meanwhile.
                time.sleep(0.01)
            else:
                return

    def _forget_some(self) -> None:
        before, (_, log) = self._forget_before, self._open()
        if before is None:
            return
        while not self._stopping.is_set():
            if log.execute(_EXPIRED, (before, _NONCES)).rowcount < _NONCES:
                self._forget_before = None
                return


def merge(main: SqliteConnection) -> int | None:
    """Copy the next rows of the attached log, in the transaction that is open.

    Returns:
        The number up to which the log is merged; None when there was nothing.
    """
    table = log_table(main.raw, "intake")
    at = _number(main, f"SELECT {MERGED}")
    page = f'SELECT "seq" FROM intake."{table.name}" WHERE "seq" > ? ORDER BY "seq" LIMIT ?'  # noqa: S608
    (last,) = main.execute(f"SELECT max(seq) FROM ({page})", (at, _ROWS)).fetchone()  # noqa: S608
    if last is None:
        return None
    main.execute(
        f'INSERT INTO main."{table.name}" ({table.columns}) SELECT {table.columns}'  # noqa: S608
        f' FROM intake."{table.name}" WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq"',
        (at, last),
    )
    main.execute(_REMEMBER, (last,))
    return int(last)


def let_go(log: SqliteConnection, up_to: int) -> None:
    """Delete what was merged; where the log is being written to, the next step does it."""
    with suppress(sqlite3.OperationalError):
        table = log_table(log.raw, "main")
        log.execute(f'DELETE FROM "{table.name}" WHERE "seq" <= ?', (up_to,))  # noqa: S608


def _number(connection: SqliteConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0] or 0)
