"""A made-up account whose calls are all well meant, and attacks that are planted in it.

Each account has, for three weeks, in UTC:

- a controller that asks `Ecs:DescribeInstances` about 30 times an hour, day and night;
- a nightly job at two o'clock that reads 90 to 130 secrets;
- five people, on week days from eight to seventeen, who make about 8 calls an hour each among
  twelve operations, of which one in fifty fails; two of them have another address each day;
- two to six deployments a working day, each 10 to 120 calls of six operations within an hour, whose
  first call asks for what is not there yet.

An attack begins in a night of the third week: a key that was used before tries many operations from
an address that was never seen, and is refused.
"""

import random
from collections.abc import Iterator

from juyong.engines.insight import HOUR_SECONDS, Insight, Kind, Seen, Series, Watch

DAYS = 21
ATTACK_DAY, ATTACK_CALLS = 17, 120
_DAY = 24 * HOUR_SECONDS
_START = 20_454 * _DAY  # a Monday
_OPERATIONS = [f"Get{n}" for n in range(8)] + [f"List{n}" for n in range(4)]
_DEPLOYED = [f"Create{n}" for n in range(3)] + [f"Tag{n}" for n in range(3)]


class Account:
    """One account, made from a seed."""

    def __init__(self, seed: int, *, is_attacked: bool = False) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # the same calls each time
        self._is_attacked = is_attacked
        self._made = 0

    def calls(self) -> Iterator[Seen]:
        """Yield all calls, by time."""
        for day in range(DAYS):
            of_day = [*self._machines(day), *(self._people(day) if day % 7 < 5 else ())]
            if self._is_attacked and day == ATTACK_DAY:
                of_day += self._attack(day)
            yield from sorted(of_day, key=lambda seen: seen.at)

    def _call(self, day: int, hour: int, name: str, who: tuple[str, str], error: str = "") -> Seen:
        self._made += 1
        service, _, operation = name.partition(":")
        return Seen(
            event_id=f"e{self._made}",
            at=_START + day * _DAY + hour * HOUR_SECONDS + self._chance.randrange(HOUR_SECONDS),
            service=service,
            name=operation,
            error=error,
            address=who[0],
            key=who[1],
        )

    def _about(self, mean: int) -> int:
        """Return a number of independent calls: about a mean, by its square root."""
        return max(0, round(self._chance.gauss(mean, mean**0.5)))

    def _machines(self, day: int) -> Iterator[Seen]:
        for hour in range(24):
            for _ in range(self._about(30)):
                yield self._call(day, hour, "Ecs:DescribeInstances", ("10.0.0.1", "LTAIcontroller"))
        for _ in range(self._chance.randrange(90, 130)):
            yield self._call(day, 2, "Kms:GetSecretValue", ("10.0.0.2", "LTAInightly"))

    def _people(self, day: int) -> Iterator[Seen]:
        for person in range(5):
            address = f"192.0.2.{person}" if person < 3 else f"198.51.100.{person * 40 + day}"
            for hour in range(8, 17):
                for _ in range(self._about(8)):
                    error = "EntityNotExist.User" if self._chance.random() < 0.02 else ""
                    name = f"Ram:{self._chance.choice(_OPERATIONS)}"
                    yield self._call(day, hour, name, (address, f"LTAIperson{person}"), error)
        for _ in range(self._chance.randrange(2, 7)):
            hour, size = self._chance.randrange(8, 17), self._chance.randrange(10, 120)
            deployer = ("10.0.0.3", "LTAIdeployer")
            yield self._call(day, hour, "Ecs:GetImage", deployer, "InvalidImageId.NotFound")
            for _ in range(size):
                yield self._call(day, hour, f"Ecs:{self._chance.choice(_DEPLOYED)}", deployer)

    def _attack(self, day: int) -> Iterator[Seen]:
        for number in range(ATTACK_CALLS):
            name = ("Ram:ListUsers", "Kms:ListKeys", "Oss:ListBuckets")[number % 3]
            yield self._call(day, 3, name, ("203.0.113.66", "LTAIperson1"), "NoPermission")


def insights_of(account: Account) -> list[Insight]:
    """Return what is found in an account that has all kinds switched on from the first day."""
    series: dict[tuple[Kind, str], Series] = {}
    watch = Watch(dict.fromkeys(Kind, _START), lambda kind, name: series.get((kind, name)), {})
    return [insight for seen in account.calls() for insight in watch.take(seen)]


def is_attack(insight: Insight) -> bool:
    """Tell an insight that the attack makes from a false one."""
    return insight.event.address == "203.0.113.66"
