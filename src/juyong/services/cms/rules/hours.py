"""The hours of a day in which a rule is effective."""

import re

from juyong.base.clock import Instant

_ZONE_SECONDS = 8 * 3600
"""Hours are those of Beijing. Source: assumed."""
_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY_MINUTES = 1440


def span(text: str) -> tuple[int, int]:
    """Read `hh:mm-hh:mm`, two minutes of a day; both ends belong to the span.

    Raises:
        ValueError: any other form.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("no span of hours")
    first, second, third, fourth = map(int, found.groups())
    return first * 60 + second, third * 60 + fourth


def within(text: str, at: Instant) -> bool:
    """Tell whether an instant is in a span, which may go past midnight."""
    begin, end = span(text)
    minute = (at + _ZONE_SECONDS) // 60 % _DAY_MINUTES
    if begin <= end:
        return begin <= minute <= end
    return minute >= begin or minute <= end


def effective(hours: str, except_hours: str, at: Instant) -> bool:
    """Tell whether a rule is effective; empty texts set no bound."""
    if hours and not within(hours, at):
        return False
    return not (except_hours and within(except_hours, at))
