"""Windows of scheduled SQL: expressions such as `@m-1m`, from the left to the right.

Source: SLS user guide, Time expression syntax (documented): `+` and `-` with a number and a unit,
where the number is 1 if absent, and `@` with a unit, which cuts a time to that unit. Units are
hours, minutes and seconds. Assumed: days are known too, and are those of the schedule's zone.
"""

import re
from typing import Final

_STEP = re.compile(r"\s*([+-])\s*(\d{0,6})([smhd])\s*|\s*@([smhd])\s*", re.ASCII)
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST: Final = 64


class BadMoment(ValueError):
    """The expression is none."""


def moment_at(text: str, tick: int, offset_s: int) -> int:
    """Return the Unix second that an expression means at a tick.

    Args:
        text: The expression; empty means the tick.
        tick: A Unix second.
        offset_s: The zone east of UTC, in which times are cut.

    Raises:
        BadMoment: the text is no expression.
    """
    at, place = tick, 0
    if len(text) > _LONGEST:
        raise BadMoment
    while place < len(text):
        found = _STEP.match(text, place)
        if found is None:
            raise BadMoment
        sign, count, unit, cut = found.groups()
        if cut:
            at -= (at + offset_s) % _UNITS[cut]
        else:
            seconds = int(count or 1) * _UNITS[unit]
            at += seconds if sign == "+" else -seconds
        place = found.end()
    return at
