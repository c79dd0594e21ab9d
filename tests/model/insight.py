"""The slow model of insights: all events are kept, and each hour is counted again when it is asked.

Each rule stands here once more in plain words: exact fractions, no sums that are carried along.
"""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

HOUR, DAY_HOURS, WEEK_HOURS = 3600, 24, 168
ENOUGH, TOO_LATE = 20, 2


@dataclass(frozen=True)
class Call:
    """One event."""

    event_id: str
    at: int
    service: str
    name: str
    error: str
    address: str
    key: str


@dataclass
class Thing:
    """One object: how many calls each hour has, and which hours rang."""

    first: int
    hours: Counter[int] = field(default_factory=Counter)
    rang: set[int] = field(default_factory=set)


@dataclass
class InsightModel:
    """All objects of one account."""

    since: dict[str, int]
    most_objects: int
    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    past: list[tuple[str, int, int]] = field(default_factory=list)
    """Of each newcomer's call: the kind, the hour, and how many calls of it that hour has."""

    def take(self, call: Call) -> list[tuple[str, str, str, int]]:
        """Count a call; returns kind, object, event and count of what rings."""
        asked = {"ApiCallRateInsight": f"{call.service}:{call.name}"}
        if call.error != "":
            asked["ApiErrorRateInsight"] = f"{call.service}:{call.name}:{call.error}"
        if call.address != "":
            asked["IpInsight"] = call.address
        if call.key != "" and not call.key.startswith("STS."):
            asked["AkInsight"] = call.key
        rung = []
        for kind, name in asked.items():
            if kind in self.since and call.at >= self.since[kind]:
                found = self._count(kind, name, call)
                if found is not None:
                    rung.append((kind, found[0], call.event_id, found[1]))
        return rung

    def _count(self, kind: str, name: str, call: Call) -> tuple[str, int] | None:
        hour, since = call.at // HOUR, self.since[kind] // HOUR
        named = [known for known in self.things if known[0] == kind and known[1] != "(others)"]
        if (kind, name) not in named and len(named) >= self.most_objects:
            name = "(others)"
        thing = self.things.get((kind, name))
        if thing is None or max(thing.hours) < hour - WEEK_HOURS:
            thing = self.things[kind, name] = Thing(first=hour)
        if thing.hours and hour < max(thing.hours) - TOO_LATE:
            return None
        thing.hours[hour] += 1
        count = thing.hours[hour]
        others = 0
        if kind in ("IpInsight", "AkInsight") and hour - thing.first < DAY_HOURS:
            others = max(
                [
                    many
                    for k, at, many in self.past
                    if k == kind and self._is_before(at, hour, since)
                ],
                default=0,
            )
            latest = max([at for k, at, _ in self.past if k == kind], default=hour)
            if hour >= latest - TOO_LATE:
                self.past.append((kind, hour, count))
        before = [thing.hours[at] for at in range(max(hour - WEEK_HOURS, since), hour)]
        if len(before) < DAY_HOURS or (thing.rang and hour <= max(thing.rang)):
            return None
        if not _is_unusual(count, before, others):
            return None
        thing.rang.add(hour)
        return name, count

    @staticmethod
    def _is_before(at: int, hour: int, since: int) -> bool:
        return max(hour - WEEK_HOURS, since) <= at < hour


def _is_unusual(count: int, before: list[int], others: int) -> bool:
    if count < ENOUGH or count <= 2 * max([*before, others]):
        return False
    mean = Fraction(sum(before), len(before))
    variance = sum((Fraction(each) - mean) ** 2 for each in before) / len(before)
    above = count - mean
    return above > 0 and above**2 > 36 * max(variance, mean)
