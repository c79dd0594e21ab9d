"""The time range of a look-up."""

from dataclasses import dataclass

from juyong.base.clock import Instant, parse_iso
from juyong.services.actiontrail.errors import InvalidEndTime, InvalidStartTime

HISTORY_SECONDS = 90 * 86400
DEFAULT_SECONDS = 7 * 86400
SKEW_SECONDS = 15 * 60
"""How far a caller's clock may run ahead, as for signatures."""


@dataclass(frozen=True, slots=True)
class Window:
    """A range of event times, both ends included."""

    start: Instant
    end: Instant


def window_of(start_time: str, end_time: str, now: Instant) -> Window:
    """Read StartTime, seven days ago by default, and EndTime, now by default.

    Raises:
        InvalidStartTime, InvalidEndTime: malformed, in the wrong order, or outside the 90 days of
            history.
    """
    start, end = Instant(now - DEFAULT_SECONDS), now
    if start_time:
        try:
            start = parse_iso(start_time)
        except ValueError as bad:
            raise InvalidStartTime(why="it is not yyyy-MM-ddTHH:mm:ssZ") from bad
    if end_time:
        try:
            end = parse_iso(end_time)
        except ValueError as bad:
            raise InvalidEndTime(why="it is not yyyy-MM-ddTHH:mm:ssZ") from bad
    if start > end:
        raise InvalidStartTime(why="it is after EndTime")
    if start < now - HISTORY_SECONDS:
        raise InvalidStartTime(why="it is more than 90 days ago")
    if end > now + SKEW_SECONDS:
        raise InvalidEndTime(why="it is in the future")
    return Window(start, end)
