"""Instants and the clock that is injected wherever time matters."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NewType

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z, the resolution of the wire."""

Clock = Callable[[], Instant]

DAY_SECONDS = 86_400

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_SHAPE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z", re.ASCII)


def system_clock() -> Instant:
    """Read the system's UTC clock."""
    return Instant(int(time.time()))


system_nanoseconds = time.time_ns
"""Read the system's UTC clock in nanoseconds; PERF: without a step of Python."""


def system_milliseconds() -> int:
    """Read the system's UTC clock in milliseconds, for ids that must sort by time."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=4096)
def iso(at: Instant) -> str:
    """Render an instant as `YYYY-MM-DDThh:mm:ssZ`."""
    return time.strftime(_FORMAT, time.gmtime(at))


def http_date(at: Instant) -> str:
    """Render an instant as HTTP does, in English whatever the locale."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(at)
    return (
        f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04}"
        f" {hour:02}:{minute:02}:{second:02} GMT"
    )


def iso_or_empty(at: Instant | None) -> str:
    """Render an instant, or the empty string the API uses for "never"."""
    return "" if at is None else iso(at)


@lru_cache(maxsize=4096)
def parse_iso(text: str) -> Instant:
    """Read `YYYY-MM-DDThh:mm:ssZ` (UTC only); a fraction of the second is dropped.

    PERF: calls of one second carry one text, unless it has a fraction.

    Raises:
        ValueError: any other form. Without `Z` the zone would be unclear.

    Source: API references (documented); three clients for Node.js sign their requests with the
    milliseconds that `Date.toISOString()` writes (observed in their sources).
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError("not an instant")
    return Instant(int(datetime.fromisoformat(f"{shape[1]}Z").timestamp()))
