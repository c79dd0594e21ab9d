"""The hours of a policy: read from a call, and the next one after a time.

Source: ECS API reference, CreateAutoSnapshotPolicy (documented: full hours of UTC+8, Monday is 1).
"""

import msgspec

from juyong.base.clock import DAY_SECONDS, Instant

_HOUR = 3600
_AHEAD = 8 * _HOUR
"""Of UTC+8 before UTC."""
_THURSDAY = 3
"""The day of the epoch, where Monday is 0."""
HOURS = tuple(str(hour) for hour in range(24))
WEEKDAYS = tuple(str(day) for day in range(1, 8))


class BadTimes(ValueError):
    """A text is no JSON array of the numbers that it may hold."""


def read_times(text: str, known: tuple[str, ...]) -> str:
    """Read hours or weekdays, a JSON array of texts or numbers; each counts once, in their order.

    Raises:
        BadTimes: the text is another one, or empty.
    """
    try:
        found = {str(each) for each in msgspec.json.decode(text, type=list[str | int])}
    except (msgspec.DecodeError, RecursionError):
        raise BadTimes(text) from None
    if not found or not found <= set(known):
        raise BadTimes(text)
    return msgspec.json.encode([each for each in known if each in found]).decode()


def next_after(hours: str, weekdays: str, at: Instant) -> Instant:
    """Return the first hour of a policy that is later than a time."""
    wanted = set(msgspec.json.decode(hours, type=list[str]))
    days = set(msgspec.json.decode(weekdays, type=list[str]))
    hour = (at + _AHEAD) // _HOUR + 1
    while str(hour % 24) not in wanted or _weekday(hour * _HOUR) not in days:
        hour += 1
    return Instant(hour * _HOUR - _AHEAD)


def day_of(at: Instant) -> Instant:
    """Return the time whose date in UTC is that of a time in UTC+8."""
    return Instant(at + _AHEAD)


def _weekday(ahead: int) -> str:
    return WEEKDAYS[(ahead // DAY_SECONDS + _THURSDAY) % 7]
