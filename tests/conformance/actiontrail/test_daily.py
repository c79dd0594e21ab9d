"""Events are counted by day."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from tests.conformance.harness import Server, refused

from juyong.base.clock import DAY_SECONDS, Instant, iso


def counted(trail: Client, start: str | None = None, end: str | None = None) -> dict[str, int]:
    request = m.DescribeUserLogCountRequest(start_date=start, end_date=end)
    data: Any = trail.describe_user_log_count(request).body.data
    assert len(data.dates) == len(data.counts)
    return dict(zip(data.dates, data.counts, strict=True))


@pytest.fixture
def day(server: Server) -> Callable[[int], str]:
    """Return the date so many days ago."""
    now = int(server.clock())
    return lambda ago: iso(Instant(now - ago * DAY_SECONDS))[:10]


def test_a_call_without_dates_counts_thirty_days_up_to_yesterday(
    server: Server, trail: Client, plant: Callable[..., None], day: Callable[[int], str]
) -> None:
    midnight = int(server.clock()) // DAY_SECONDS * DAY_SECONDS
    edges = (midnight, midnight - 1, midnight - DAY_SECONDS, midnight - DAY_SECONDS - 1)
    for at in (*edges, midnight - 30 * DAY_SECONDS, midnight - 30 * DAY_SECONDS - 1):
        plant("Planted", at=at)
    found = counted(trail)
    assert list(found) == [day(ago) for ago in range(30, 0, -1)]
    assert (found[day(1)], found[day(2)], found[day(30)]) == (2, 1, 1)
    assert sum(found.values()) == 4


def test_the_days_that_are_asked_for_are_counted(
    server: Server, trail: Client, plant: Callable[..., None], day: Callable[[int], str]
) -> None:
    plant("Planted", at=int(server.clock()) - 89 * DAY_SECONDS)
    found = counted(trail, day(89), day(88))
    assert found == {day(89): 1, day(88): 0}
    assert list(counted(trail, day(0), day(0))) == [day(0)]
    assert list(counted(trail, day(90), day(90))) == [day(90)]
    other = server.new_account()
    stranger = Client(server.config(other.access_key_id, other.secret.reveal()))
    assert counted(stranger, day(89), day(88)) == {day(89): 0, day(88): 0}


def test_dates_that_make_no_range_are_refused(trail: Client, day: Callable[[int], str]) -> None:
    with refused("InvalidParameterCombination", 400):
        counted(trail, day(1), day(2))
    for start, end in (
        *((day(91), day(1)), (day(1), day(-1)), (day(1), None), (None, day(1))),
        *(("2026-13-01", day(1)), ("20260101", day(1)), (day(1), f"{day(0)}T00:00:00Z")),
    ):
        with refused("InvalidQueryParameter", 400):
            counted(trail, start, end)
