"""Unusual calls: events of an account in, insights out, one event after the other.

    watch = Watch({Kind.RATE: since}, held, {Kind.RATE: 0})
    watch.take(seen)     # list[Insight]: what this event makes unusual
    watch.changed        # the series to store: (kind, object) -> Series

The baseline is stated in `series`, the objects that are counted in `watch`. What is found depends
on the events and their order alone, not on how they are cut into pages.

Source: ActionTrail user guide, Insights events: the kinds, and that the first insight comes a day
after switching on (documented). The cloud does not publish its statistic; the one here is assumed.
"""

from juyong.engines.insight.series import (
    BASELINE_HOURS,
    FLOOR,
    HOUR_SECONDS,
    LEARNING_HOURS,
    SPREADS,
    Series,
)
from juyong.engines.insight.watch import (
    MOST_OBJECTS,
    NEWCOMERS,
    OTHERS,
    Insight,
    Kind,
    Seen,
    Watch,
    objects_of,
)

__all__ = [
    "BASELINE_HOURS",
    "FLOOR",
    "HOUR_SECONDS",
    "LEARNING_HOURS",
    "MOST_OBJECTS",
    "NEWCOMERS",
    "OTHERS",
    "SPREADS",
    "Insight",
    "Kind",
    "Seen",
    "Series",
    "Watch",
    "objects_of",
]
