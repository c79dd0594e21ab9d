"""Insights are sound events, rows that are over go, and objects are counted up to a bound."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sequencing import sequence
from tests.trails import bench_of
from tests.unit.app.state.conftest import write_event

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.app.state import check, state_of
from juyong.base.clock import DAY_SECONDS, Instant, system_clock
from juyong.engines import insight
from juyong.engines.insight import BASELINE_HOURS, HOUR_SECONDS, Kind
from juyong.services.actiontrail.insights.jobs import find_insights
from juyong.services.actiontrail.insights.sweeps import sweep
from juyong.services.actiontrail.insights.tables import (
    InsightRow,
    InsightSeriesRow,
    InsightSwitchRow,
)
from juyong.services.identity.facade import create_account


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Running, Instant]]:
    """A home in which 25 calls of each of three operations are counted, at most two by name."""
    monkeypatch.setattr(insight.watch, "MOST_OBJECTS", 2)
    running = open_platform(tmp_path / "home", settings=Settings())
    now = system_clock()
    account = running.store.call(lambda tx: create_account(tx, "second", now))
    since = Instant(now - 40 * HOUR_SECONDS)
    row = InsightSwitchRow(
        account_id=account.account_id, insight_type=Kind.RATE.value, since_at=since
    )
    running.store.call(lambda tx: tx.insert(row))
    key = running.keys["audit"]
    for name in ("A", "B", "C"):
        running.store.call(
            lambda tx, name=name: [write_event(tx, account, key, name, now) for _ in range(25)]
        )
    assert sequence(running) == []
    find_insights(bench_of(running))
    yield running, now
    running.close()


def test_objects_beyond_the_bound_are_counted_as_one(counted: tuple[Running, Instant]) -> None:
    running, _ = counted
    series = running.store.call(lambda tx: tx.find(InsightSeriesRow, order=("object",)))
    assert [each.object for each in series] == ["(others)", "Ram:A", "Ram:B"]
    found = running.store.call(lambda tx: tx.find(InsightRow))
    assert sorted(each.insight_object for each in found) == ["A", "B", "C"]


def test_what_is_over_is_swept_and_what_counts_stays(counted: tuple[Running, Instant]) -> None:
    running, now = counted

    def swept(after_seconds: int, most: int = 500) -> int:
        return running.store.call(lambda tx: sweep(tx, Instant(now + after_seconds), most))

    silent = (BASELINE_HOURS + 24) * HOUR_SECONDS
    assert swept(silent) == 0
    assert swept(silent + HOUR_SECONDS, most=2) == 2
    assert swept(silent + HOUR_SECONDS) == 1
    assert running.store.call(lambda tx: tx.count(InsightRow)) == 3
    assert swept(93 * DAY_SECONDS) == 0
    assert swept(93 * DAY_SECONDS + 1) == 3
    assert running.store.call(lambda tx: tx.count(InsightRow)) == 0


def test_insights_are_sound_events_of_the_record(counted: tuple[Running, Instant]) -> None:
    running, now = counted
    assert sequence(running) == []
    found = check(state_of(running), now=now)
    assert [each for each in found if each.severity == "damage"] == []
