"""When a job runs, such as an alert: each so many seconds, at an hour, or as cron says.

Source: SLS API reference, Schedule (documented). Assumed: a fixed rate is counted from 1970, so
that all servers agree; days of the week begin with Sunday as 0.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

MOST_DELAY: Final = 120
LEAST_INTERVAL: Final = 60
MOST_INTERVAL: Final = 86_400
_DAY: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": _DAY}
_INTERVAL = re.compile(r"(\d{1,7})([smhd])", re.ASCII)
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_PART = re.compile(r"(?:(\*)|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", re.ASCII)
_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_FARTHEST_DAYS: Final = 4 * 366


class BadSchedule(ValueError):
    """The schedule is none; the text says why."""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A fixed rate, or the minutes at which a clock strikes.

    interval_s: Of a fixed rate; else 0. fields: Minutes, hours, days of the month, months and days
    of the week; empty for any. offset_s: The zone east of UTC. delay_s: From the tick to the run.
    """

    interval_s: int = 0
    fields: tuple[frozenset[int], ...] = ()
    offset_s: int = 0
    delay_s: int = 0

    def next_after(self, at: int) -> int:
        """Return the first tick behind an instant.

        Raises:
            BadSchedule: none comes within four years.
        """
        if self.interval_s:
            return (at // self.interval_s + 1) * self.interval_s
        minute = (at + self.offset_s) // 60 * 60 + 60
        days = minute // _DAY
        for day in range(days, days + _FARTHEST_DAYS):
            if self._is_on(day):
                found = self._minute(max(minute - day * _DAY, 0))
                if found is not None:
                    return day * _DAY + found - self.offset_s
        raise BadSchedule("the schedule never comes")

    def last_until(self, tick: int, now: int) -> tuple[int, int]:
        """Return the newest tick that is not behind now, and how many from `tick` on it skips."""
        if self.interval_s:
            skipped = max(0, (now - tick) // self.interval_s)
            return tick + skipped * self.interval_s, skipped
        skipped = 0
        while (following := self.next_after(tick)) <= now and skipped < MOST_INTERVAL:
            tick, skipped = following, skipped + 1
        return tick, skipped

    def _is_on(self, day: int) -> bool:
        date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        _, _, of_month, months, of_week = self.fields
        if months and date.month not in months:
            return False
        named = [date.day in of_month] if of_month else []
        named += [date.isoweekday() % 7 in of_week] if of_week else []
        return any(named) or not named

    def _minute(self, least: int) -> int | None:
        minutes, hours = self.fields[:2]
        for hour in sorted(hours) or range(24):
            for minute in sorted(minutes) or range(60):
                if hour * 3600 + minute * 60 >= least:
                    return hour * 3600 + minute * 60
        return None


def read_interval(text: str) -> int:
    """Return the seconds of `60s`, `5m`, `1h` or `1d`.

    Raises:
        BadSchedule: it is none of these.
    """
    shape = _INTERVAL.fullmatch(text)
    if shape is None:
        raise BadSchedule("an interval is such as 60s, 5m, 1h or 1d")
    return int(shape[1]) * _UNITS[shape[2]]


class Sent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A schedule as calls send it."""

    type: str
    interval: str = ""
    cron_expression: str = ""
    hour: int = 0
    day_of_week: int = 0
    delay: int = 0
    time_zone: str = ""
    run_immediately: bool = False


def read_schedule(sent: Sent) -> Schedule:
    """Read a schedule.

    Raises:
        BadSchedule: it is none, or never comes.
    """
    if not 0 <= sent.delay <= MOST_DELAY:
        raise BadSchedule(f"delay is 0 to {MOST_DELAY} seconds")
    offset = _offset(sent.time_zone)
    if sent.type == "FixedRate":
        seconds = read_interval(sent.interval)
        if not LEAST_INTERVAL <= seconds <= MOST_INTERVAL:
            raise BadSchedule("an interval is a minute to a day")
        return Schedule(interval_s=seconds, offset_s=offset, delay_s=sent.delay)
    found = Schedule(fields=_fields(sent), offset_s=offset, delay_s=sent.delay)
    found.next_after(0)
    return found


def _fields(sent: Sent) -> tuple[frozenset[int], ...]:
    one = frozenset({0})
    if sent.type == "Hourly":
        return (one, *[frozenset[int]()] * 4)
    if sent.type == "Cron":
        return _cron(sent.cron_expression)
    if sent.type not in ("Daily", "Weekly"):
        raise BadSchedule("type is FixedRate, Hourly, Daily, Weekly or Cron")
    if not (0 <= sent.hour <= 23 and 0 <= sent.day_of_week <= 6):  # noqa: PLR2004
        raise BadSchedule("hour is 0 to 23, and dayOfWeek 0 to 6")
    days = frozenset({sent.day_of_week}) if sent.type == "Weekly" else frozenset[int]()
    return (one, frozenset({sent.hour}), frozenset(), frozenset(), days)


def _cron(text: str) -> tuple[frozenset[int], ...]:
    parts = text.split()
    if len(parts) != len(_RANGES):
        raise BadSchedule("a cron expression has 5 fields")
    found = [_field(part, *within) for part, within in zip(parts, _RANGES, strict=True)]
    found[4] = frozenset(day % 7 for day in found[4])
    return tuple(found)


def _field(text: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        shape = _PART.fullmatch(part)
        if shape is None:
            raise BadSchedule("a field of the cron expression is not understood")
        star, first, last, step = shape.groups()
        begin = least if star else int(first)
        end = most if star or (step and not last) else int(last or first)
        if not least <= begin <= end <= most or step in ("0", "00"):
            raise BadSchedule("a field of the cron expression is out of its range")
        if star and not step:
            return frozenset()
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _offset(zone: str) -> int:
    if not zone:
        return 0
    shape = _ZONE.fullmatch(zone)
    if shape is None:
        raise BadSchedule("timeZone is such as +0800")
    seconds = int(shape[2]) * 3600 + int(shape[3]) * 60
    return -seconds if shape[1] == "-" else seconds
