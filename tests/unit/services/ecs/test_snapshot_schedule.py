"""The hours of policies: read from texts, and the next one after a time."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.base.clock import Instant
from juyong.services.ecs.snapshot_policies.schedule import (
    HOURS,
    WEEKDAYS,
    BadTimes,
    next_after,
    read_times,
)

AHEAD = timezone(timedelta(hours=8))


def next_hour(hours: list[int], weekdays: list[int], at: int) -> int:
    """Return the next hour as the calendar of the standard library tells it."""
    hour = datetime.fromtimestamp(at, AHEAD).replace(minute=0, second=0)
    while True:
        hour += timedelta(hours=1)
        if hour.hour in hours and hour.isoweekday() in weekdays:
            return int(hour.timestamp())


@given(
    st.lists(st.sampled_from(range(24)), min_size=1, unique=True),
    st.lists(st.sampled_from(range(1, 8)), min_size=1, unique=True),
    st.integers(0, 4_000_000_000),
)
def test_the_next_hour_is_that_of_the_calendar(
    hours: list[int], weekdays: list[int], at: int
) -> None:
    read = read_times(str(hours), HOURS), read_times(str(weekdays), WEEKDAYS)
    assert next_after(*read, Instant(at)) == next_hour(hours, weekdays, at)


def test_an_hour_is_not_its_own_next() -> None:
    monday = int(datetime(2026, 11, 30, 9, tzinfo=AHEAD).timestamp())
    hours, weekdays = read_times('["9"]', HOURS), read_times('["1"]', WEEKDAYS)
    assert next_after(hours, weekdays, Instant(monday - 1)) == monday
    assert next_after(hours, weekdays, Instant(monday)) == monday + 7 * 86_400


def test_times_count_once_and_in_their_order() -> None:
    assert read_times('["23", "1", 1, "01"]'.replace(', "01"', ""), HOURS) == '["1","23"]'
    for bad in (
        "",
        "[]",
        "1",
        '"1"',
        '["24"]',
        '["-1"]',
        '["01"]',
        "[1.5]",
        "[null]",
        "[[1]]",
        "{",
    ):
        with pytest.raises(BadTimes):
            read_times(bad, HOURS)
    for bad in ('["0"]', '["8"]', '["1", "8"]'):
        with pytest.raises(BadTimes):
            read_times(bad, WEEKDAYS)
