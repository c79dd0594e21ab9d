"""PostgreSQL: several stateless gateway processes may share one database.

A unit of work that may write is one SERIALIZABLE transaction. It passes a gate before its snapshot
is taken: side by side with others at first, alone once it met a conflict (see contention.py). A
unit that only reads is a REPEATABLE READ transaction: it sees one moment. The rows it leaves at its
end decide nothing that other transactions rely on (a nonce is unique at every level). It passes no
gate, does not wait for a writer, and does not make a writer run again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from juyong.store.connection import Parameters
from juyong.store.contention import Again, Contention
from juyong.store.errors import Conflict, Unavailable
from juyong.store.hearing import Interest
from juyong.store.postgres_hearing import NOTIFY, PostgresHearing, hearing_at
from juyong.store.row_sql import newest
from juyong.store.seal import Sealer
from juyong.store.statements import statements_of
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], T]
_TAKE_TURN = "SELECT pg_advisory_xact_lock(7310891)"
"""The number is juyong's own; nothing else in the database takes this lock."""
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ"
_WRITE = """BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL idle_in_transaction_session_timeout = {idle};
SET LOCAL lock_timeout = {wait};
LOCK TABLE alembic_version IN {mode} MODE;
SET LOCAL lock_timeout TO DEFAULT"""
"""PERF: one message, and so one round trip, as BEGIN alone would be.

The gate is the lock of a table that every database has and no call reads or writes. LOCK TABLE
takes no snapshot: a unit that waited sees what others committed meanwhile. Times in milliseconds.
"""
_ADDING = """SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = %s::regclass
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()"""
"""The transactions that add rows to a table: each has this lock from before it takes a serial
number until it has ended."""
_SETTLED_SECONDS, _LOOK_SECONDS = 1.0, 0.005
_BESIDE_OTHERS, _ALONE = "ROW SHARE", "EXCLUSIVE"
"""EXCLUSIVE keeps out ROW SHARE and itself, but no SELECT; whoever waits longest is next."""
_IDLE_MS = 5000
"""After so long without a statement the database ends a transaction: its process is frozen or out
of reach. Others wait longer than this at the gate (contention.PATIENCE), and are served then."""


class PostgresConnection:
    """A psycopg connection behind the small face that transactions use."""

    error_ends_transaction = True

    def __init__(self, raw: Any, duplicate: type[Exception]) -> None:
        self.raw = raw
        self.duplicate = duplicate

    def execute(self, sql: str, params: Parameters) -> Any:
        """Run one statement and return the driver's cursor."""
        return self.raw.execute(sql, params or None)

    def execute_many(self, sql: str, params: Sequence[Parameters]) -> None:
        """Run one statement for each of the parameter sets."""
        with self.raw.cursor() as cursor:
            cursor.executemany(sql, params)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, failed or not."""
        return bool(self.raw.info.transaction_status)

    def await_turn(self) -> None:
        """Take the lock that a transaction keeps until its commit is over."""
        self.raw.execute(_TAKE_TURN)


class PostgresExecutor:
    """Runs units of work over a bounded pool of connections."""

    def __init__(self, url: str, sealer: Sealer, *, connections: int = 8) -> None:
        import psycopg  # noqa: PLC0415  # an optional extra
        import psycopg_pool  # noqa: PLC0415

        self._errors = psycopg.errors
        self._url, self._sealer = url, sealer
        self._interest = Interest()
        self._statements = statements_of("postgresql")
        # Transactions are begun by a text of our own.
        self._pool = psycopg_pool.ConnectionPool(
            url, kwargs={"autocommit": True}, min_size=1, max_size=connections, open=True
        )
        self._writers, self._readers = Contention(), Contention()
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="store")

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run work and return its result once it is committed durably."""
        return await self._on_thread(self.call, work)

    async def read(self, work: Callable[[Transaction], T], *, scans: bool = False) -> T:
        """Run work that reads; see Executor. Every unit has a thread here, also one that scans."""
        del scans
        return await self._on_thread(self._read, work)

    async def redo(self, work: Callable[[Transaction], T]) -> T:
        """Run work again with leave to write."""
        return await self._on_thread(self.call, work)

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Run work on the calling thread and wait."""

        def attempt(*, alone: bool, seconds: float) -> T:
            mode = _ALONE if alone else _BESIDE_OTHERS
            wait = max(1, round(seconds * 1000))
            begin = _WRITE.format(idle=_IDLE_MS, wait=wait, mode=mode)
            return self._once(work, begin, reads_only=False)

        return self._writers.until_done(attempt)

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Run work that reads."""
        return self._read(work)

    def settle(self) -> None:
        """Return at once: rows that reads leave are in their tables when the reads are answered."""

    def settled(self, row_type: type[Any]) -> int | None:
        """Return the newest number once the transactions that were adding rows then have ended.

        A number is given before the commit. Whoever has a lower one took the lock of the table
        before that, and is seen to hold the lock or has ended. No transaction waits for this one.

        Returns:
            None if they have not ended in a second.
        """
        spec, deadline = spec_of(row_type), time.monotonic() + _SETTLED_SECONDS
        try:
            with self._pool.connection() as raw:
                (last,) = raw.execute(newest(spec)).fetchone() or (None,)
                adding = set(raw.execute(_ADDING, (spec.name,)).fetchall())
                while adding:
                    if time.monotonic() > deadline:
                        return None
                    time.sleep(_LOOK_SECONDS)
                    adding &= set(raw.execute(_ADDING, (spec.name,)).fetchall())
        except self._errors.OperationalError as failure:
            raise Unavailable("the database did not take the transaction") from failure
        return int(last or 0)

    def wait_for_calm(self, seconds: float) -> None:
        """Return at once: calls do not wait for the commits of others."""

    def listen(self) -> PostgresHearing | None:
        """Listen for the notifications of transactions; see Executor."""
        return hearing_at(self._url)

    def ring_for(self, kinds: tuple[str, ...]) -> None:
        """Notify of changes of these types alone; see Executor."""
        self._interest.kinds = kinds

    def ring(self) -> None:
        """Notify, in a transaction of its own."""
        with self._pool.connection() as raw:
            raw.execute(NOTIFY)

    async def _on_thread(self, run: Callable[[Work[T]], T], work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, work)

    def _read(self, work: Work[T]) -> T:
        def attempt(*, alone: bool, seconds: float) -> T:
            del alone, seconds
            return self._once(work, _READ, reads_only=True)

        return self._readers.until_done(attempt)

    def close(self) -> None:
        """Finish accepted work and close the database."""
        self._threads.shutdown(wait=True)
        self._pool.close()

    def _once(self, work: Work[T], begin: str, *, reads_only: bool) -> T:
        errors = self._errors
        try:
            with self._pool.connection() as raw:
                raw.execute(begin, prepare=False)
                face = PostgresConnection(raw, errors.UniqueViolation)
                transaction = Transaction(
                    face, self._statements, self._sealer, reads_only=reads_only
                )
                result = work(transaction)
                transaction.flush()
                if self._interest.hears(transaction.feeds):
                    raw.execute(NOTIFY)
                return result
        except (
            errors.SerializationFailure,
            errors.DeadlockDetected,
            errors.IdleInTransactionSessionTimeout,
            # Of a row that was added at the end of the unit: others became durable since it began.
            errors.UniqueViolation,
            Conflict,
        ) as conflict:
            raise Again from conflict
        except errors.OperationalError as failure:
            raise Unavailable("the database did not take the transaction") from failure


def revision_in(url: str) -> str | None:
    """Return the schema revision a database is at, None for an empty one.

    Raises:
        Unavailable: it cannot be reached.
    """
    import psycopg  # noqa: PLC0415

    try:
        with psycopg.connect(url) as raw:
            if raw.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
                return None
            found = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.OperationalError as failure:
        raise Unavailable("the database cannot be reached") from failure
    return None if found is None else str(found[0])
