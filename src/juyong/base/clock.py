"""Instants and the clock that is injected wherever time matters."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NewType

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01T00:00:00Z, the resolution of the wire."""

Clock = Callable[[], Instant]

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def system_clock() -> Instant:
    """Read the system's UTC clock."""
    return Instant(int(time.time()))


def iso(at: Instant) -> str:
    """Render an instant as `YYYY-MM-DDThh:mm:ssZ`."""
    return time.strftime(_FORMAT, time.gmtime(at))


def iso_or_empty(at: Instant | None) -> str:
    """Render an instant, or the empty string the API uses for "never"."""
    return "" if at is None else iso(at)


def parse_iso(text: str) -> Instant:
    """Read `YYYY-MM-DDThh:mm:ssZ` (UTC only).

    Raises:
        ValueError: any other form.
    """
    if len(text) != len("2024-05-01T12:00:00Z"):
        raise ValueError("not an instant")
    moment = datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    return Instant(int(moment.timestamp()))
