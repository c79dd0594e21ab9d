"""The files of one SQLite database, with the connections and transactions on them."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from juyong.store.hearing import FileHearing, Interest, hearing_of, ring
from juyong.store.intake import (
    IntakeLog,
    ensure_intake,
    intake_path,
    read_only,
    show_together,
)
from juyong.store.log_room import make_room
from juyong.store.seal import Sealer
from juyong.store.sqlite import BUSY_SECONDS, CHECKPOINT_PAGES, SqliteConnection
from juyong.store.statements import statements_of
from juyong.store.transaction import Ledger, Transaction


class SqliteFiles:
    """The database and its intake log, which is made at first need.

    It has no reference to the code that uses it, so a closed store and its keys are freed at once.
    """

    def __init__(
        self, path: Path, sealer: Sealer, load_tables: Callable[[], None], *, durable: bool
    ) -> None:
        self.path = path
        self._sealer, self._load_tables, self._durable = sealer, load_tables, durable
        self._statements = statements_of("sqlite")
        self.interest = Interest()
        self._making = threading.Lock()
        self._intake: SqliteConnection | None = None

    def intake(self) -> Path:
        """Return the intake log, made and looked after once."""
        with self._making:
            if self._intake is None:
                # PERF: it stays open, since the last to close a file writes all pages back.
                self._intake = ensure_intake(self.path, self._load_tables, durable=self._durable)
        return intake_path(self.path)

    def close(self) -> None:
        """Close everything except the connections that were handed out."""
        with self._making:
            if self._intake is not None:
                self._intake.raw.close()

    def committed(self, transaction: Transaction) -> None:
        """Ring for the listener if a transaction that was committed changed resources."""
        if self.interest.hears(transaction.feeds):
            self.ring()

    def ring(self) -> None:
        """Wake the listener."""
        ring(self.path)

    def listen(self) -> FileHearing | None:
        """Listen; None where another one does."""
        return hearing_of(self.path)

    def log(self, *, wait: bool) -> IntakeLog:
        """Open a way into the intake log; `wait` for others that write to it."""
        return IntakeLog(
            self.intake(),
            self.path,
            self._statements,
            durable=self._durable,
            busy_ms=int(BUSY_SECONDS * 1000) if wait else 0,
        )

    def writer(self) -> SqliteConnection:
        """Open a connection for the event loop's writes, which never waits for a lock."""
        # PERF: the merger writes pages back; this is the fallback if it fails.
        connection = self._connect(busy_ms=0, checkpoint_pages=4 * CHECKPOINT_PAGES)
        connection.attach(read_only(self.intake()), "intake")
        return connection

    def waiting_writer(self) -> SqliteConnection:
        """Open a connection for threads, which waits for other processes."""
        return self._connect()

    def merging(self) -> tuple[SqliteConnection, SqliteConnection]:
        """Open connections that merge: to the database with its log, and to the log.

        Their commits do not wait for the disk; `sync` does, for those to the database.
        """
        main = self._connect(busy_ms=0, cache_kib=4000, waits_for_disk=False)
        main.attach(read_only(self.intake()), "intake")
        log = SqliteConnection(
            self.intake(),
            # PERF: rows whose deletion a power cut undoes were merged already.
            durable=False,
            checkpoint_pages=CHECKPOINT_PAGES // 4,
            cache_kib=4000,
        )
        # What the log holds is no secret, and all of it is in the database before it goes.
        log.execute("PRAGMA secure_delete=OFF")
        return main, log

    def sync(self) -> None:
        """Wait until all commits to the database, of every process, are on the disk.

        Raises:
            OSError: it is not.
        """
        if not self._durable:
            return
        log = os.open(f"{self.path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(log)
        finally:
            os.close(log)

    def make_room(self) -> None:
        """Let the logs of both files be as long as a burst makes them.

        Raises:
            OSError: the disk refuses.
        """
        if self._durable:
            for path in (self.path, self.intake()):
                make_room(path.with_name(f"{path.name}-wal"))

    def reader(self) -> SqliteConnection:
        """Open a connection that reads, and sees the events of both files as one table."""
        connection = self._connect(cache_kib=8000)
        show_together(connection, self.intake())
        connection.execute("PRAGMA query_only=ON")
        return connection

    def onlooker(self) -> SqliteConnection:
        """Open a connection that reads the database alone, for a thread."""
        connection = self._connect(cache_kib=4000)
        connection.execute("PRAGMA query_only=ON")
        return connection

    def reading(self, connection: SqliteConnection, *, on_loop: bool) -> Transaction:
        """Return a transaction that reads."""
        return Transaction(
            connection, self._statements, self._sealer, reads_only=True, on_loop=on_loop
        )

    def writing(self, connection: SqliteConnection, ledger: Ledger) -> Transaction:
        """Return a transaction that writes."""
        return Transaction(connection, self._statements, self._sealer, ledger=ledger)

    def _connect(
        self,
        *,
        busy_ms: int = int(BUSY_SECONDS * 1000),
        checkpoint_pages: int = CHECKPOINT_PAGES,
        cache_kib: int = 16_000,
        waits_for_disk: bool = True,
    ) -> SqliteConnection:
        return SqliteConnection(
            self.path,
            durable=self._durable and waits_for_disk,
            busy_ms=busy_ms,
            checkpoint_pages=checkpoint_pages,
            cache_kib=cache_kib,
        )
