"""Count each event for the objects that it is about, and tell what becomes unusual by the event.

The objects are an API (product and operation), an API with an error code, a source address and a
long-term AccessKey. Keys of sessions are not watched: each session has its own, so all are new.

An address or key that was first seen less than a day ago is a newcomer. Its own past is empty, so
the count must also be more than twice that of any newcomer of the baseline: an account whose
clients change addresses every day is not told so every day.
"""

from collections.abc import Callable, Mapping
from enum import Enum

import msgspec

from juyong.engines.insight.series import (
    FLOOR,
    HOUR_SECONDS,
    LEARNING_HOURS,
    Baseline,
    Series,
    is_unusual,
)


class Kind(Enum):
    """The kinds of insights, by their published names."""

    RATE = "ApiCallRateInsight"
    ERRORS = "ApiErrorRateInsight"
    ADDRESS = "IpInsight"
    KEY = "AkInsight"


_CHANGING = (Kind.ADDRESS, Kind.KEY)
MOST_OBJECTS = 500
"""Objects of a kind that are counted by name in one account; all others are counted as one."""
OTHERS = "(others)"
NEWCOMERS = "(newcomers)"
"""The object whose count is the largest of any newcomer."""
_TEMPORARY = "STS."


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One event.

    at: Unix seconds. error: The code, empty for success. key: The AccessKey, empty for none and for
    one whose possession the call did not prove.
    """

    event_id: str
    at: int
    service: str
    name: str
    error: str
    address: str
    key: str

    @property
    def hour(self) -> int:
        """The hour of the event, numbered from 1970."""
        return self.at // HOUR_SECONDS


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """Something unusual.

    object: As it is counted. event: By which the hour became unusual. count: Of the hour, with the
    event. minutes: Of the hour that are over, at least 1. baseline: Of the hours before.
    """

    kind: Kind
    object: str
    event: Seen
    count: int
    minutes: int
    baseline: Baseline


def objects_of(seen: Seen) -> Mapping[Kind, str]:
    """Return what an event is counted for, by kind."""
    found = {Kind.RATE: f"{seen.service}:{seen.name}"}
    if seen.error:
        found[Kind.ERRORS] = f"{seen.service}:{seen.name}:{seen.error}"
    if seen.address:
        found[Kind.ADDRESS] = seen.address
    if seen.key and not seen.key.startswith(_TEMPORARY):
        found[Kind.KEY] = seen.key
    return found


Held = Callable[[Kind, str], Series | None]


class Watch:
    """The series of one account, while events are counted."""

    def __init__(self, since: Mapping[Kind, int], held: Held, objects: Mapping[Kind, int]) -> None:
        """Begin.

        Args:
            since: The kinds that are watched, and from which Unix second on.
            held: Returns a stored series, or None.
            objects: How many series are stored, by kind.
        """
        self._since, self._held, self._objects = since, held, dict(objects)
        self._series: dict[tuple[Kind, str], Series] = {}
        self.changed: dict[tuple[Kind, str], Series] = {}

    def take(self, seen: Seen) -> list[Insight]:
        """Count an event; returns what it makes unusual."""
        found = []
        for kind, name in objects_of(seen).items():
            since = self._since.get(kind)
            if since is None or seen.at < since:
                continue
            insight = self._count(kind, name, seen, since // HOUR_SECONDS)
            if insight is not None:
                found.append(insight)
        return found

    def _count(self, kind: Kind, name: str, seen: Seen, since_hour: int) -> Insight | None:
        hour = seen.hour
        name, series = self._named(kind, name, hour)
        if series.is_late(hour):
            return None
        count = series.count(hour) + 1
        series = series.with_count(hour, count)
        is_newcomer = kind in _CHANGING and hour - series.first_hour < LEARNING_HOURS
        newcomers = self._with_newcomer(kind, hour, count) if is_newcomer else None
        # PERF: most hours stay below the floor, and their baselines are not summed up.
        if count < FLOOR or hour <= series.rang_hour:
            self._put(kind, name, series)
            return None
        before = series.baseline(hour, since_hour)
        most = newcomers.baseline(hour, since_hour).most if newcomers else 0
        rings = is_unusual(count, before, most)
        self._put(kind, name, msgspec.structs.replace(series, rang_hour=hour) if rings else series)
        if not rings:
            return None
        return Insight(
            kind=kind,
            object=name,
            event=seen,
            count=count,
            minutes=seen.at % HOUR_SECONDS // 60 + 1,
            baseline=before,
        )

    def _named(self, kind: Kind, name: str, hour: int) -> tuple[str, Series]:
        """Return the series that an object is counted in, and its name."""
        series = self._of(kind, name)
        if series is None and self._objects.get(kind, 0) >= MOST_OBJECTS:
            name, series = OTHERS, self._of(kind, OTHERS)
        if series is None or series.is_over(hour):
            return name, Series(first_hour=hour)
        return name, series

    def _with_newcomer(self, kind: Kind, hour: int, count: int) -> Series:
        """Return the largest counts of newcomers, with that of one."""
        series = self._of(kind, NEWCOMERS) or Series(first_hour=hour)
        if not series.is_late(hour) and count > series.count(hour):
            series = series.with_count(hour, count)
            self._put(kind, NEWCOMERS, series)
        return series

    def _of(self, kind: Kind, name: str) -> Series | None:
        series = self._series.get((kind, name))
        if series is None:
            series = self._held(kind, name)
            if series is not None:
                self._series[kind, name] = series
        return series

    def _put(self, kind: Kind, name: str, series: Series) -> None:
        if (kind, name) not in self._series and name not in (OTHERS, NEWCOMERS):
            self._objects[kind] = self._objects.get(kind, 0) + 1
        self._series[kind, name] = self.changed[kind, name] = series
