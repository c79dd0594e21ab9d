"""Bring what reads left in the intake log into the database: once each, and in order.

A step takes the write lock for some milliseconds, on a thread; its one INSERT … SELECT runs without
the interpreter lock. The database's own transaction says how far the log was merged; only then are
those rows deleted from the log, where they have no meaning any more.
"""

import sqlite3
import threading
import time
from contextlib import suppress

from juyong.store.errors import StoreError, Unavailable
from juyong.store.log_sql import HOW_FAR, log_table
from juyong.store.sqlite import BUSY_SECONDS, SqliteConnection, begin, is_busy, sound_or_closed
from juyong.store.sqlite_files import SqliteFiles
from juyong.store.turn import WriteTurn

_AFTER_SECONDS = 0.4
_AT_MOST_SECONDS = 3.0
"""How long merging waits for a calm moment."""
_LOOK_SECONDS, _CALM_COMMITS = 0.1, 8
"""A moment of this length with fewer commits of calls is calm."""
_ROWS = 512
"""How many events one transaction brings."""
_NONCES = 512
_CHECKPOINT_COMMITS = 64
"""PERF: a log that is written back begins anew in blocks and pages of memory that it has."""
_BUSY_COMMITS = 64
_REMEMBER = (
    "INSERT INTO main.store_intake (log, seq) SELECT id, ? FROM intake.log WHERE true"
    " ON CONFLICT (log) DO UPDATE SET seq = excluded.seq"
)
_PAGE_OF_NONCES = (
    "SELECT access_key_id, nonce, expires_at FROM nonce WHERE (access_key_id, nonce) > (?, ?)"
    " ORDER BY access_key_id, nonce LIMIT ?"
)
_FORGET = "DELETE FROM nonce WHERE access_key_id = ? AND nonce = ?"


class Merger:
    """Merges a log some moments after something was left in it, on a thread of its own.

    Several processes may merge one log: each step looks up anew how far it was merged.
    """

    def __init__(self, files: SqliteFiles, turn: WriteTurn) -> None:
        self._files, self._turn = files, turn
        self._thread: threading.Thread | None = None
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._connections: tuple[SqliteConnection, SqliteConnection] | None = None
        self._forget_before: int | None = None
        self._commits = 0
        self._noted = 0
        self._has_room = False

    def left(self) -> None:
        """Note a commit to the log, which leaves something to be merged."""
        self._noted += 1
        self._something.set()
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is not None or self._stopping.is_set():
                return
            self._thread = threading.Thread(target=self._work, name="merge", daemon=True)
            self._thread.start()

    def committed(self) -> None:
        """Note a commit of the loop, which leaves writing pages back to the merger."""
        self._commits += 1
        self._noted += 1
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
        if not self._one_at_a_time.acquire(timeout=seconds):
            raise Unavailable("the database is locked")
        try:
            self._merge(deadline)
        except (sqlite3.Error, OSError) as failure:
            raise Unavailable("the intake log could not be merged") from failure
        finally:
            self._one_at_a_time.release()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join()
        self._let_go_of_files()

    def _let_go_of_files(self) -> None:
        with self._one_at_a_time:
            held, self._connections = self._connections, None
            for connection in held or ():
                connection.raw.close()

    def _work(self) -> None:
        while True:
            self._something.wait()
            self._stopping.wait(_AFTER_SECONDS)
            self._make_room()
            patience = time.monotonic() + _AT_MOST_SECONDS
            self.wait_for_calm(_AT_MOST_SECONDS)
            if self._stopping.is_set():
                return
            self._something.clear()
            try:
                self._round(patience)
            except (sqlite3.Error, StoreError, OSError, ValueError):
                # The lock is held or the disk is full: the rows wait, and calls are answered.
                self._let_go_of_files()
                self._something.set()

    def _make_room(self) -> None:
        """Make room in the logs, once, of a server that is asked more than a few things."""
        if self._has_room or self._noted < _BUSY_COMMITS:
            return
        self._has_room = True
        with suppress(OSError):
            self._files.make_room()

    def wait_for_calm(self, seconds: float) -> None:
        """Wait until few calls commit, so many seconds at most.

        PERF: a merge takes the write lock and a core from the calls of a burst, each of which then
        costs half as much again.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stopping.is_set():
            before = self._noted
            self._stopping.wait(_LOOK_SECONDS)
            if self._noted - before < _CALM_COMMITS:
                return

    def _round(self, patience: float) -> None:
        """Merge the log's present rows, and look after both files.

        PERF: when calls commit again, the rest waits for their calm too, until the moment at which
        the patience ends.
        """
        with self._one_at_a_time:
            last = self._newest()
        while not self._stopping.is_set():
            before = self._noted
            with self._one_at_a_time:
                if self._is_merged(last):
                    self._forget_some()
                    self._write_back()
                    return
                self._step(time.monotonic() + BUSY_SECONDS)
            if self._noted != before:
                self.wait_for_calm(patience - time.monotonic())

    def _write_back(self) -> None:
        """Write pages back after many commits of the loop, which leaves that to the merger."""
        if self._commits >= _CHECKPOINT_COMMITS:
            self._commits = 0
            self._open()[0].execute("PRAGMA main.wal_checkpoint(PASSIVE)").fetchone()

    def _open(self) -> tuple[SqliteConnection, SqliteConnection]:
        if self._connections is None:
            self._connections = self._files.merging()
        return self._connections

    def _merge(self, deadline: float) -> None:
        """Merge the log's present rows, in steps that let others write in between."""
        last = self._newest()
        while not self._is_merged(last):
            self._step(deadline)

    def _newest(self) -> int:
        """Return the number of the log's newest row."""
        _, log = self._open()
        return _number(log, log_table(log.raw, "main").newest)

    def _is_merged(self, last: int) -> bool:
        """Tell whether the log is merged up to a row."""
        main, _ = self._open()
        return _number(main, HOW_FAR) >= last

    def _step(self, deadline: float) -> None:
        main, log = self._open()
        self._begin(main, deadline)
        try:
            up_to = merge(main)
            main.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                main.execute("ROLLBACK")
            raise
        finally:
            if sound_or_closed(main) is None:
                log.raw.close()
                self._connections = None
            self._turn.give_back()
        if up_to is not None:
            # PERF: calls that write go on meanwhile. A power cut before it takes back the rows and
            # the note of them together, and they are still in the log.
            self._files.sync()
            let_go(log, up_to)

    def _begin(self, main: SqliteConnection, deadline: float) -> None:
        """Take the turn and the lock.

        Raises:
            Unavailable: not until the deadline.
        """
        while True:
            if self._stopping.is_set():
                raise Unavailable("the store is closed")
            if not self._turn.wait(max(0.0, deadline - time.monotonic())):
                raise Unavailable("the database is locked")
            try:
                begin(main)
            except BaseException as failure:
                self._turn.give_back()
                busy = isinstance(failure, sqlite3.Error) and is_busy(failure)
                if not busy or time.monotonic() > deadline:
                    raise
                # Another process writes; the loop may try meanwhile.
                time.sleep(0.01)
            else:
                return

    def _forget_some(self) -> None:
        """Walk through the nonces of the log, a page at a time, and delete what expired."""
        before, (_, log) = self._forget_before, self._open()
        if before is None:
            return
        at = ("", "")
        while not self._stopping.is_set():
            page = log.execute(_PAGE_OF_NONCES, (*at, _NONCES)).fetchall()
            expired = [row[:2] for row in page if row[2] < before]
            if expired:
                log.execute("BEGIN IMMEDIATE")
                log.execute_many(_FORGET, expired)
                log.execute("COMMIT")
            if len(page) < _NONCES:
                self._forget_before = None
                return
            at = page[-1][:2]


def merge(main: SqliteConnection) -> int | None:
    """Copy the next rows of the attached log, in the transaction that is open.

    Returns:
        The number up to which the log is merged; None when there was nothing.
    """
    table = log_table(main.raw, "intake")
    at = _number(main, HOW_FAR)
    (last,) = main.execute(table.page_end, (at, _ROWS)).fetchone()
    if last is None:
        return None
    main.execute(table.copy, (at, last))
    main.execute(_REMEMBER, (last,))
    return int(last)


def let_go(log: SqliteConnection, up_to: int) -> None:
    """Delete merged rows; if another process writes to the log, the next step does it."""
    with suppress(sqlite3.OperationalError):
        log.execute(log_table(log.raw, "main").let_go, (up_to,))


def _number(connection: SqliteConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0] or 0)
