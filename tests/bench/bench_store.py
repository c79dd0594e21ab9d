"""A keyed read and an insert: through a Transaction, SQLAlchemy Core's own execute, raw sqlite3.

    python tests/bench/bench_store.py

All three work on one file with the same schema and the same pragmas, inside one transaction each,
and take turns; the best round counts. The first two hand back the same typed row. No row is read
twice in a row of reads, since a transaction keeps what it has read.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import sqlalchemy as sa
from tests.bench.report import Row

from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, UserId
from juyong.services.identity.users.tables import UserRow
from juyong.store.database import StoreSettings, open_database
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

ROUNDS, OPERATIONS, USERS = 12, 400, 1000
LEAST_TIMES_CORE = 2.0
_ACCOUNT = AccountId("1000000000000000")
_KEY = str(USERS // 2)
_users = spec_of(UserRow).table
_READ = sa.select(_users).where(_users.c.user_id == sa.bindparam("user_id"))
_INSERT = sa.insert(_users)
_COLUMNS = [column.name for column in _users.columns]
_RAW_READ = f"SELECT {', '.join(_COLUMNS)} FROM ram_user WHERE user_id = ?"  # noqa: S608
_RAW_INSERT = f"INSERT INTO ram_user VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608

_next_key = cycle(str(number) for number in range(USERS)).__next__

Operation = Callable[[], object]


def user(number: int) -> UserRow:
    """Make a row."""
    return UserRow(
        user_id=UserId(str(number)),
        account_id=_ACCOUNT,
        user_name=f"user-{number}",
        created_at=Instant(0),
        updated_at=Instant(0),
    )


def measure() -> list[Row]:
    """Time the three ways and compare them."""
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        path = Path(folder) / "bench.db"
        store = open_database(
            StoreSettings(url=f"sqlite:///{path}"), AesSealer(bytes(32)), load_tables
        )
        numbers = count()
        best: dict[tuple[str, str], float] = {}
        with closing(store):
            store.call(lambda tx: [tx.insert(user(next(numbers))) for _ in range(USERS)])
            for _ in range(ROUNDS):
                for way in (_through_store, _through_core, _through_sqlite3):
                    for name, seconds in way(store, path, numbers):
                        key = (way.__name__.removeprefix("_through_"), name)
                        best[key] = min(best.get(key, seconds), seconds)
    return [
        Row.times_first(
            f"{name} through the store",
            best["store", name] * 1e6,
            {"Core": best["core", name] * 1e6, "sqlite3": best["sqlite3", name] * 1e6},
            unit="us",
            floor=LEAST_TIMES_CORE,
        )
        for name in ("keyed read", "insert")
    ]


class _Undo(Exception):
    """Ends a round without keeping its rows: each round inserts into the same table."""


def _through_store(store: Executor, _path: Path, numbers: Iterator[int]) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []

    def work(tx: Transaction) -> None:
        assert tx.get(UserRow, _KEY) == user(int(_KEY))
        found.append(("keyed read", _time(lambda: tx.get(UserRow, _next_key()))))
        found.append(("insert", _time(lambda: tx.insert(user(next(numbers))))))
        raise _Undo

    try:
        store.call(work)
    except _Undo:
        return found
    raise AssertionError("the round was kept")


def _through_core(_store: Executor, path: Path, numbers: Iterator[int]) -> list[tuple[str, float]]:
    engine = sa.create_engine(f"sqlite:///{path}")
    with closing(engine.connect()) as connection:

        def read(key: str | None = None) -> UserRow:
            row = connection.execute(_READ, {"user_id": key or _next_key()}).one()
            return UserRow(**row._mapping)

        def insert() -> None:
            row = user(next(numbers))
            connection.execute(_INSERT, {name: getattr(row, name) for name in _COLUMNS})

        assert read(_KEY) == user(int(_KEY))
        found = [("keyed read", _time(read)), ("insert", _time(insert))]
        connection.rollback()
    engine.dispose()
    return found


def _through_sqlite3(
    _store: Executor, path: Path, numbers: Iterator[int]
) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")

        def read() -> object:
            return connection.execute(_RAW_READ, (_next_key(),)).fetchone()

        def insert() -> None:
            row = user(next(numbers))
            connection.execute(_RAW_INSERT, [getattr(row, name) for name in _COLUMNS])

        assert read()
        found = [("keyed read", _time(read)), ("insert", _time(insert))]
        connection.execute("ROLLBACK")
    return found


def _time(operation: Operation) -> float:
    """Return the seconds one operation takes."""
    start = time.perf_counter()
    for _ in range(OPERATIONS):
        operation()
    return (time.perf_counter() - start) / OPERATIONS


def main() -> int:
    """Measure; 0 when the bounds hold."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
