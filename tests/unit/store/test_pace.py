"""How many calls share a commit: all in hand, or half of them where the disk is quick."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from juyong.api.registry import load_tables
from juyong.base.ids import AccountId
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import Unavailable
from juyong.store.pace import FEWEST, Pace
from juyong.store.seal import AesSealer
from juyong.store.sqlite_executor import SqliteExecutor
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction

CALLS = 40


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteExecutor]:
    settings = StoreSettings(url=f"sqlite:///{tmp_path / 'a.db'}")
    opened = open_database(settings, AesSealer(bytes(32)), load_tables)
    assert isinstance(opened, SqliteExecutor)
    opened.writes._pace = Pace(run_seconds=1.0)
    yield opened
    opened.close()


def write(tx: Transaction, name: int) -> None:
    tx.insert(TallyRow(account_id=AccountId("1"), name=str(name), value=1))


def fail(_: Transaction) -> None:
    raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize(
    ("run", "disk", "waiting", "answered", "share"),
    [
        pytest.param(0.0, 0.0, 64, 0, 64, id="nothing was measured yet"),
        pytest.param(1.0, 31.9, 64, 0, 32, id="half, whose run is longer than a commit"),
        pytest.param(1.0, 32.0, 64, 0, 64, id="all, where a commit takes as long as half"),
        pytest.param(1.0, 0.0, 61, 3, 32, id="half of those in hand"),
        pytest.param(1.0, 0.0, 3, 61, 32, id="no more wait than half"),
        pytest.param(1.0, 0.0, 2 * FEWEST + 2, 0, FEWEST + 1, id="above the fewest"),
        pytest.param(1.0, 0.0, FEWEST + 4, 0, FEWEST, id="no group is smaller than the fewest"),
    ],
)
def test_half_of_the_calls_in_hand_where_the_disk_is_quick(
    run: float, disk: float, waiting: int, answered: int, share: int
) -> None:
    assert Pace(run_seconds=run, disk_seconds=disk).share(waiting, answered) == share


def test_the_last_run_counts_and_the_last_commits_do(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([10.0, 14.0, 17.0, 20.0, 21.0, 24.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    pace = Pace(disk_seconds=11.0)
    for _ in range(2):
        pace.begin()
        pace.commit(4)
        pace.done()
    monkeypatch.undo()
    assert pace.run_seconds == 0.25
    assert pace.disk_seconds == 7.5, "from 11 to 9, and then to 7.5"


def test_calls_of_one_moment_commit_in_two_groups(store: SqliteExecutor) -> None:
    ran: Counter[str] = Counter()

    async def story() -> None:
        await store.run(lambda tx: write(tx, CALLS))
        connection = store.writes.connection
        assert connection is not None
        connection.raw.set_trace_callback(lambda sql: ran.update([sql]))
        store.writes._pace = Pace(run_seconds=1.0)
        await asyncio.gather(*(store.run(lambda tx, n=n: write(tx, n)) for n in range(CALLS)))
        connection.raw.set_trace_callback(None)

    asyncio.run(story())
    assert ran["COMMIT"] == 2
    assert store.call(lambda tx: tx.count(TallyRow)) == CALLS + 1


def test_a_group_that_fails_leaves_those_behind_it_to_the_next(store: SqliteExecutor) -> None:
    async def story() -> list[BaseException | None]:
        first = store.run(fail)
        others = [store.run(lambda tx, n=n: write(tx, n)) for n in range(1, CALLS)]
        return await asyncio.gather(first, *others, return_exceptions=True)

    outcomes = asyncio.run(story())
    refused = [isinstance(outcome, Unavailable) for outcome in outcomes]
    assert refused == [True] * (CALLS // 2) + [False] * (CALLS // 2)
    assert store.call(lambda tx: tx.count(TallyRow)) == CALLS // 2
