"""When calls are unusual: both sides of each rule, and the rate of false insights."""

import pytest
from tests.insight_workload import DAYS, Account, insights_of, is_attack

from juyong.engines.insight import (
    BASELINE_HOURS,
    FLOOR,
    HOUR_SECONDS,
    LEARNING_HOURS,
    Insight,
    Kind,
    Seen,
    Series,
    Watch,
)
from juyong.engines.insight.series import is_unusual

START = 480_000


class Calls:
    """An account whose calls a test makes, in hours counted from the first one."""

    def __init__(self) -> None:
        self.series: dict[tuple[Kind, str], Series] = {}
        since = dict.fromkeys(Kind, START * HOUR_SECONDS)
        self.watch = Watch(since, lambda kind, name: self.series.get((kind, name)), {})

    def make(self, hour: int, count: int, **more: str) -> list[Insight]:
        given = {"service": "Ram", "name": "GetUser", "error": "", "address": "", "key": "", **more}
        at = (START + hour) * HOUR_SECONDS
        found = []
        for number in range(count):
            found += self.watch.take(Seen(event_id=f"{hour}-{number}", at=at + number, **given))
        return found


@pytest.mark.parametrize(
    ("counts", "hours", "least"),
    [
        ([], LEARNING_HOURS, FLOOR),
        ([50], BASELINE_HOURS, 101),  # more than twice the largest hour
        ([20] * BASELINE_HOURS, BASELINE_HOURS, 47),  # 20 + 6 * sqrt(20) is 46.8
        ([100] * 84, BASELINE_HOURS, 351),  # mean and deviation are 50
    ],
)
def test_an_hour_is_unusual_from_a_count_on(counts: list[int], hours: int, least: int) -> None:
    series = Series(counts=tuple(enumerate(counts)), first_hour=0)
    before = series.baseline(hours, 0)
    assert is_unusual(least, before)
    assert not is_unusual(least - 1, before)


def test_nothing_is_unusual_on_the_first_day() -> None:
    calls = Calls()
    assert calls.make(LEARNING_HOURS - 1, 500) == []
    calls = Calls()
    assert [each.kind for each in calls.make(LEARNING_HOURS, 500)] == [Kind.RATE]


def test_the_event_that_made_the_hour_unusual_is_told() -> None:
    calls = Calls()
    (found,) = calls.make(30, 45)
    assert (found.object, found.event.event_id) == ("Ram:GetUser", f"30-{FLOOR - 1}")
    assert (found.count, found.minutes, found.baseline.hours) == (FLOOR, 1, 30)


def test_an_incident_is_told_once_unless_it_more_than_doubles() -> None:
    calls = Calls()
    assert len(calls.make(30, 40)) == 1
    assert calls.make(30, 200) == []
    assert calls.make(31, 480) == []
    assert len(calls.make(31, 1)) == 1


def test_a_nightly_job_is_forgiven_from_the_second_night_on() -> None:
    calls = Calls()
    nights = [bool(calls.make(26 + 24 * night, 300 + night)) for night in range(10)]
    assert nights == [True] + [False] * 9


def test_failures_are_counted_by_their_code() -> None:
    calls = Calls()
    found = calls.make(30, FLOOR - 1, error="NoPermission")
    found += calls.make(30, FLOOR - 1, error="EntityNotExist.User")
    assert [each.kind for each in found] == [Kind.RATE]
    (found_too,) = calls.make(30, 1, error="NoPermission")
    assert (found_too.kind, found_too.object) == (Kind.ERRORS, "Ram:GetUser:NoPermission")


def test_keys_of_sessions_are_not_watched() -> None:
    calls = Calls()
    found = calls.make(30, 100, key="STS.abc") + calls.make(40, 100, key="LTAIx")
    assert {each.object for each in found if each.kind is Kind.KEY} == {"LTAIx"}


def test_an_account_with_new_addresses_each_day_is_not_told_of_each() -> None:
    calls = Calls()
    rang = [
        bool(calls.make(30 + 24 * day, 40, address=f"a{day}", name=f"N{day}")) for day in range(5)
    ]
    kinds = [calls.watch._series[Kind.ADDRESS, f"a{day}"].rang_hour >= 0 for day in range(5)]
    assert all(rang)
    assert kinds == [True, False, False, False, False]
    found = calls.make(30 + 24 * 5, 81, address="much more", name="M")
    assert Kind.ADDRESS in {each.kind for each in found}


def test_well_meant_calls_are_seldom_unusual_and_an_attack_is_by_every_kind() -> None:
    false = 0
    for seed in (100, 101):
        found = insights_of(Account(seed, is_attacked=True))
        false += sum(not is_attack(each) for each in found)
        assert {each.kind for each in found if is_attack(each)} == set(Kind)
    assert false / (2 * DAYS) <= 0.25
