"""The calls of one object by hour, and when the count of an hour is unusual.

The baseline of an hour are the 168 hours before it, silent ones included, or those since the
insight was switched on while there are fewer; with less than 24 of them nothing is unusual. A count
is unusual that

- is FLOOR or more,
- is above the baseline's mean by more than SPREADS times its spread, where the spread is the
  standard deviation, but not less than the square root of the mean, as for independent calls, and
- is more than TIMES the largest hour of the baseline.

The last rule is what forgives a nightly job: its hour is large, but no larger than last night's.
It also ends an incident by itself: what went on for an hour is no news in the next.
All of it is arithmetic of whole numbers, so that every machine decides alike.
"""

from typing import NamedTuple

import msgspec

HOUR_SECONDS = 3600
BASELINE_HOURS = 168
LEARNING_HOURS = 24
FLOOR = 20
SPREADS = 6
TIMES = 2
LATE_HOURS = 2
"""How many hours an event may be behind the newest of its object; a later one is not counted."""
_KEPT_HOURS = BASELINE_HOURS + LATE_HOURS


class Baseline(NamedTuple):
    """The hours before one.

    hours: How many there are. total, squares: The sums of their counts, and of the squares of
    those. most: The largest count.
    """

    hours: int
    total: int
    squares: int
    most: int


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one object.

    counts: Pairs of hour and count, by hour; hours are numbered from 1970, silent ones left out.
    first_hour: In which the object was first seen, after a silence as long as a baseline anew.
    rang_hour: The newest hour that was unusual, -1 before the first.
    """

    counts: tuple[tuple[int, int], ...] = ()
    first_hour: int
    rang_hour: int = -1

    @property
    def newest(self) -> int:
        """The newest hour with a count; the first hour without any."""
        return self.counts[-1][0] if self.counts else self.first_hour

    def is_late(self, hour: int) -> bool:
        """Tell whether an hour is too far behind to be counted."""
        return hour < self.newest - LATE_HOURS

    def is_over(self, hour: int) -> bool:
        """Tell whether the object was silent for a whole baseline before an hour."""
        return self.newest < hour - BASELINE_HOURS

    def count(self, hour: int) -> int:
        """Return the count of an hour."""
        return next((count for at, count in reversed(self.counts) if at == hour), 0)

    def with_count(self, hour: int, count: int) -> "Series":
        """Return the series with another count for an hour, without hours that are needed no more.

        Cost: one step for the newest hour, a sort of the hours for others.
        """
        if self.counts and self.counts[-1][0] == hour:
            return msgspec.structs.replace(self, counts=(*self.counts[:-1], (hour, count)))
        counts = dict(self.counts) | {hour: count}
        oldest = max(counts) - _KEPT_HOURS
        kept = tuple(sorted((at, number) for at, number in counts.items() if at >= oldest))
        return msgspec.structs.replace(self, counts=kept)

    def baseline(self, hour: int, since_hour: int) -> Baseline:
        """Return the baseline of an hour, where counting began in `since_hour`."""
        begin = max(hour - BASELINE_HOURS, since_hour)
        before = [count for at, count in self.counts if begin <= at < hour]
        return Baseline(
            hours=max(hour - begin, 0),
            total=sum(before),
            squares=sum(count * count for count in before),
            most=max(before, default=0),
        )


def is_unusual(count: int, before: Baseline, most_of_others: int = 0) -> bool:
    """Tell whether the count of an hour is unusual.

    Args:
        count: Of the hour so far.
        before: The baseline.
        most_of_others: A larger hour that is usual all the same, such as that of other newcomers.
    """
    if before.hours < LEARNING_HOURS or count < FLOOR:
        return False
    if count <= TIMES * max(before.most, most_of_others):
        return False
    excess = before.hours * count - before.total
    variance = before.hours * before.squares - before.total**2
    return excess > 0 and excess**2 > SPREADS**2 * max(variance, before.hours * before.total)
