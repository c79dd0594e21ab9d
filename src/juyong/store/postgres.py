"""PostgreSQL: several stateless gateway processes may share one database.

A unit of work that may write is one SERIALIZABLE transaction, run again when the database reports a
conflict. A unit that only reads is a REPEATABLE READ transaction: it sees one moment. The rows it
leaves at its end decide nothing that other transactions rely on (a nonce is unique at every level).
It does not wait for a writer, and does not make a writer run again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from juyong.base.chance import spread
from juyong.store.errors import Conflict, Unavailable
from juyong.store.seal import Sealer
from juyong.store.statements import Statements
from juyong.store.transaction import Parameters, Transaction

T = TypeVar("T")
Work = Callable[[Transaction], T]
_TRIES = 12
_TAKE_TURN = "SELECT pg_advisory_xact_lock(7310891)"
"""The number is juyong's own; nothing else in the database takes this lock."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05
"""Seconds, at most, between two tries of one unit of work."""


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

    def await_turn(self) -> None:
        """Take the lock that a transaction keeps until its commit is over."""
        self.raw.execute(_TAKE_TURN)


class PostgresExecutor:
    """Runs units of work over a bounded pool of connections."""

    def __init__(self, url: str, sealer: Sealer, *, connections: int = 8) -> None:
        import psycopg  # noqa: PLC0415  # an optional extra
        import psycopg_pool  # noqa: PLC0415

        self._errors = psycopg.errors
        self._sealer = sealer
        self._statements = Statements("postgresql")
        self._pool = psycopg_pool.ConnectionPool(url, min_size=1, max_size=connections, open=True)
        self._levels = {
            False: psycopg.IsolationLevel.SERIALIZABLE,
            True: psycopg.IsolationLevel.REPEATABLE_READ,
        }
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
        return self._until_done(work, reads_only=False)

    def settle(self) -> None:
        """Return at once: rows that reads leave are in their tables when the reads are answered."""

    async def _on_thread(self, run: Callable[[Work[T]], T], work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, work)

    def _read(self, work: Work[T]) -> T:
        return self._until_done(work, reads_only=True)

    def _until_done(self, work: Work[T], *, reads_only: bool) -> T:
        errors = self._errors
        for tried in range(_TRIES):
            try:
                return self._once(work, reads_only=reads_only)
            except (errors.SerializationFailure, errors.DeadlockDetected, Conflict):
                # Transactions that conflicted meet again at once unless they spread out.
                time.sleep(spread(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**tried)))
            except errors.OperationalError as failure:
                raise Unavailable("the database did not take the transaction") from failure
        raise Unavailable("the transaction kept conflicting with others")

    def close(self) -> None:
        """Finish accepted work and close the database."""
        self._threads.shutdown(wait=True)
        self._pool.close()

    def _once(self, work: Work[T], *, reads_only: bool) -> T:
        with self._pool.connection() as raw:
            raw.isolation_level = self._levels[reads_only]
            face = PostgresConnection(raw, self._errors.UniqueViolation)
            transaction = Transaction(face, self._statements, self._sealer, reads_only=reads_only)
            result = work(transaction)
            transaction.flush()
            return result


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
