"""When alerts are judged."""

from datetime import UTC, datetime
from typing import Any

import pytest

from juyong.engines.alerting.schedule import BadSchedule, Sent, read_schedule


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NEXT: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "FixedRate", "interval": "60s"}, "2026-01-01 00:00:00", "2026-01-01 00:01:00"),
    ({"type": "FixedRate", "interval": "15m"}, "2026-01-01 00:14:59", "2026-01-01 00:15:00"),
    ({"type": "Hourly"}, "2026-01-01 00:00:00", "2026-01-01 01:00:00"),
    ({"type": "Daily", "hour": 8}, "2026-01-01 08:00:00", "2026-01-02 08:00:00"),
    (
        {"type": "Daily", "hour": 8, "timeZone": "+0800"},
        "2026-01-01 08:00:00",
        "2026-01-02 00:00:00",
    ),
    ({"type": "Weekly", "dayOfWeek": 0, "hour": 1}, "2026-01-01 00:00:00", "2026-01-04 01:00:00"),
    (
        {"type": "Cron", "cronExpression": "*/20 9-10 * * 1-5"},
        "2026-01-02 10:40:00",
        "2026-01-05 09:00:00",
    ),
    (
        {"type": "Cron", "cronExpression": "0 0 29 2 *"},
        "2026-01-01 00:00:00",
        "2028-02-29 00:00:00",
    ),
    ({"type": "Cron", "cronExpression": "5 4 * * 7"}, "2026-01-01 00:00:00", "2026-01-04 04:05:00"),
    ({"type": "Cron", "cronExpression": "* * * * *"}, "2026-01-01 00:00:30", "2026-01-01 00:01:00"),
]


def sent(given: dict[str, Any]) -> Sent:
    import msgspec

    return msgspec.convert(given, Sent)


@pytest.mark.parametrize(("given", "now", "then"), NEXT)
def test_the_next_tick(given: dict[str, Any], now: str, then: str) -> None:
    assert read_schedule(sent(given)).next_after(at(now)) == at(then)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "Never"},
        {"type": "FixedRate"},
        {"type": "FixedRate", "interval": "59s"},
        {"type": "FixedRate", "interval": "2d"},
        {"type": "FixedRate", "interval": "-1m"},
        {"type": "FixedRate", "interval": "1m", "delay": -1},
        {"type": "Daily", "hour": 24},
        {"type": "Weekly", "dayOfWeek": 7},
        {"type": "Cron", "cronExpression": "* * * *"},
        {"type": "Cron", "cronExpression": "60 * * * *"},
        {"type": "Cron", "cronExpression": "5-1 * * * *"},
        {"type": "Cron", "cronExpression": "*/0 * * * *"},
        {"type": "Cron", "cronExpression": "a * * * *"},
        {"type": "Cron", "cronExpression": "0 0 30 2 *"},
        {"type": "Hourly", "timeZone": "Asia/Shanghai"},
    ],
)
def test_what_is_no_schedule(given: dict[str, Any]) -> None:
    with pytest.raises(BadSchedule):
        read_schedule(sent(given))


def test_ticks_that_were_missed_are_counted() -> None:
    minutes = read_schedule(sent({"type": "FixedRate", "interval": "1m"}))
    assert minutes.last_until(60, 60) == (60, 0)
    assert minutes.last_until(60, 119) == (60, 0)
    assert minutes.last_until(60, 300) == (300, 4)
    hours = read_schedule(sent({"type": "Hourly"}))
    assert hours.last_until(3600, 3 * 3600 + 5) == (3 * 3600, 2)
