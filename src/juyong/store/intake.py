"""The intake log: a SQLite file next to the database, where reads leave their events and nonces.

A call that only reads must not wait for a writer to the database, but its event and its nonce must
be durable before the call is answered. They go to this file, in one short transaction for all reads
of a moment; store.merging brings the events into the database later. All processes of a home share
the file.

The view that `show_together` makes shows all events: first the events of the database, then the
events of the log that were not merged yet.

INVARIANT: serial numbers here begin far above those of the database, rise in the order of commits,
and never come back. The database says in store_intake up to which number a log was merged, in the
transaction that merged it; so each event is merged once, wherever a process was killed.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

import msgspec

from juyong.base.ids import random_bytes
from juyong.store.ddl import creation
from juyong.store.log_sql import log_table, table_names
from juyong.store.nonces import NonceRow
from juyong.store.sqlite import CHECKPOINT_PAGES, SqliteConnection
from juyong.store.statements import Statements
from juyong.store.table import all_specs, spec_of, table

FIRST = 1 << 52
"""Below it are the serial numbers of the database; a float still holds the numbers above."""


@table("store_intake", key=("log",))
class IntakeRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far an intake log was merged. No part of the state: it is neither archived nor reset."""

    log: str
    seq: int


_CLAIM = (
    "INSERT INTO nonce (access_key_id, nonce, expires_at) SELECT ?1, ?2, ?3 WHERE NOT EXISTS"
    " (SELECT 1 FROM store.store_nonce WHERE access_key_id = ?1 AND nonce = ?2)"
    " ON CONFLICT DO NOTHING"
)
_SCHEMA = (
    "CREATE TABLE log (id TEXT NOT NULL PRIMARY KEY)",
    # PERF: one tree, since each read adds a row; the merger walks through it for expired nonces.
    (
        "CREATE TABLE nonce (access_key_id TEXT NOT NULL, nonce TEXT NOT NULL,"
        " expires_at BIGINT NOT NULL, PRIMARY KEY (access_key_id, nonce)) WITHOUT ROWID"
    ),
)


def intake_path(database: Path) -> Path:
    """Return where the log of a database is: `juyong-intake.db` next to `juyong.db`."""
    return database.with_name(f"{database.stem}-intake{database.suffix}")


def ensure_intake(
    database: Path, load_tables: Callable[[], None], *, durable: bool
) -> SqliteConnection:
    """Make the log of a database unless it is there; returns a connection to it.

    A log that was restored from an older copy goes on after the rows that were merged from the
    newer one.
    """
    connection = SqliteConnection(intake_path(database), durable=durable, cache_kib=64)
    try:
        raw = connection.raw
        if not table_names(raw):
            load_tables()
            _create(raw)
        connection.attach(read_only(database), "main_database")
        behind = raw.execute(
            "SELECT seq FROM main_database.store_intake WHERE log = (SELECT id FROM log)"
            " AND seq > (SELECT max(seq) FROM sqlite_sequence)"
        ).fetchone()
        if behind is not None:
            raw.execute("UPDATE sqlite_sequence SET seq = ?", behind)
        raw.execute("DETACH main_database")
    except BaseException:
        connection.raw.close()
        raise
    return connection


def has_intake(database: Path) -> bool:
    """Tell whether a database has a log, and is of a schema that knows of logs."""
    if not (database.exists() and intake_path(database).exists()):
        return False
    with closing(sqlite3.connect(database)) as raw:
        return "store_intake" in table_names(raw)


def merged_logs(database: Path) -> list[str]:
    """Return the ids of the logs of which something was merged into a database."""
    with closing(sqlite3.connect(database)) as raw:
        if "store_intake" not in table_names(raw):
            return []
        return [str(row[0]) for row in raw.execute("SELECT log FROM store_intake")]


def renew_table(database: Path) -> None:
    """Give the log the columns that events have after a migration; it must have been merged."""
    path = intake_path(database)
    if not path.exists():
        return
    with closing(SqliteConnection(path, durable=True).raw) as raw:
        raw.execute("BEGIN IMMEDIATE")
        held = log_table(raw, "main")
        (last,) = raw.execute("SELECT max(seq) FROM sqlite_sequence").fetchone()
        if raw.execute(held.newest).fetchone() == (None,):
            raw.execute(held.drop)
            _make_table(raw, last)
        raw.execute("COMMIT")


def read_only(path: Path) -> str:
    """Return what attaches a file for reading: a write transaction then takes no lock of it."""
    return f"{path.resolve().as_uri()}?mode=ro"


def _create(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    try:
        if not table_names(raw):
            for statement in _SCHEMA:
                raw.execute(statement)
            raw.execute("INSERT INTO log (id) VALUES (?)", (random_bytes(16).hex(),))
            _make_table(raw)
    except BaseException:
        raw.execute("ROLLBACK")
        raise
    raw.execute("COMMIT")


def _make_table(raw: sqlite3.Connection, after: int = FIRST) -> None:
    """Make the table of what reads leave: without indexes, since rows do not stay."""
    (spec,) = (spec for spec in all_specs() if spec.from_reads and spec.serial is not None)
    raw.execute(next(creation(spec)))
    raw.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (spec.name, after))


def show_together(connection: SqliteConnection, intake: Path) -> None:
    """Let a reading connection see the events of the database and of its log as one table.

    Each transaction on it begins with LOOK, so that its view of the log is older than its view of
    the database: what is merged in between is then seen once, in the database.
    """
    connection.attach(read_only(intake), "intake")
    connection.execute(log_table(connection.raw, "intake").view)


IN_INTAKE = "SELECT 1 FROM intake.nonce WHERE access_key_id = ?1 AND nonce = ?2"
LOOK = "SELECT 1 FROM intake.log"


class Leaving(Protocol):
    """A unit of work that leaves rows in the log, if its nonces are free."""

    nonces: list[NonceRow]
    rows: list[Any]


class IntakeLog:
    """One process's way to leave rows and nonces in the log; for one thread at a time."""

    def __init__(
        self, path: Path, database: Path, statements: Statements, *, durable: bool, busy_ms: int
    ) -> None:
        self.connection = SqliteConnection(
            # The merger writes pages back; this is the fallback if it fails.
            path,
            durable=durable,
            busy_ms=busy_ms,
            checkpoint_pages=4 * CHECKPOINT_PAGES,
            cache_kib=8000,
        )
        self.connection.attach(read_only(database), "store")
        self._statements = statements

    def keep(self, units: "Sequence[Leaving]") -> list[bool]:
        """Keep what units of work leave, durably; False for each whose nonce was taken.

        Nothing is kept of a unit whose nonce was taken.

        Raises:
            sqlite3.Error: nothing was kept of any.
        """
        kept = self.write(units)
        try:
            self.connection.execute("COMMIT")
        except BaseException:
            self._undo()
            raise
        return kept

    def write(self, units: "Sequence[Leaving]") -> list[bool]:
        """Keep what units leave, as `keep` does, and leave the commit to the caller."""
        try:
            return self._all(units) or self._each(units)
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self.connection.raw.in_transaction:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def _all(self, units: "Sequence[Leaving]") -> list[bool]:
        """Keep everything, the usual case; keep nothing when one of the nonces was taken."""
        self.connection.execute("BEGIN IMMEDIATE")
        claims = [_claim(nonce) for unit in units for nonce in unit.nonces]
        if claims and self.connection.execute_many(_CLAIM, claims) != len(claims):
            self.connection.execute("ROLLBACK")
            return []
        self._insert(row for unit in units for row in unit.rows)
        return [True] * len(units)

    def _each(self, units: "Sequence[Leaving]") -> list[bool]:
        self.connection.execute("BEGIN IMMEDIATE")
        kept = []
        for unit in units:
            self.connection.execute("SAVEPOINT unit")
            free = all(
                self.connection.execute(_CLAIM, _claim(nonce)).rowcount == 1
                for nonce in unit.nonces
            )
            if free:
                self._insert(unit.rows)
            else:
                self.connection.execute("ROLLBACK TO unit")
            self.connection.execute("RELEASE unit")
            kept.append(free)
        return kept

    def _insert(self, rows: Iterable[Any]) -> None:
        by_type: dict[type[Any], list[Any]] = {}
        for row in rows:
            by_type.setdefault(type(row), []).append(row)
        for row_type, group in by_type.items():
            writes = self._statements.writes(spec_of(row_type))
            self.connection.execute_many(writes.insert, list(map(writes.pick_inserted, group)))


def _claim(row: NonceRow) -> tuple[str, str, int]:
    return (row.access_key_id, row.nonce, row.expires_at)
