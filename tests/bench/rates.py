"""What a server did in several rounds: the median counts, and the spread is shown."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median

from tests.bench.report import Row

ROUNDS = 7
"""In which the servers take turns, so that other work on the machine meets both."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second of one round, and what one call cost the server."""

    per_second: float
    cpu_microseconds: float


@dataclass(frozen=True, slots=True)
class Rates:
    """The rounds of several operations, by name."""

    rounds: dict[str, list[Rate]] = field(default_factory=lambda: defaultdict(list))

    def note(self, measured: Mapping[str, Rate], server: str = "") -> None:
        """Add a round."""
        for name, rate in measured.items():
            self.rounds[f"{server} {name}".strip()].append(rate)

    def rows(self, title: str, ours: str, others: str, *, floor: float, goal: float) -> list[Row]:
        """Compare two operations: rates with their bounds, then costs and spread."""
        mine, theirs = self._median(ours), self._median(others)
        costs = (mine.cpu_microseconds, theirs.cpu_microseconds)
        spread = f"{self._spread(ours)} in {len(self.rounds[ours])} rounds"
        return [
            Row.rate(title, mine.per_second, theirs.per_second, floor=floor, goal=goal),
            Row.figure("  server CPU a call", *costs, unit="us"),
            Row("  from the slowest to the fastest", spread, f"moto {self._spread(others)}", 1.0),
        ]

    def _median(self, name: str) -> Rate:
        rounds = self.rounds[name]
        return Rate(
            median(rate.per_second for rate in rounds),
            median(rate.cpu_microseconds for rate in rounds),
        )

    def _spread(self, name: str) -> str:
        rates = sorted(rate.per_second for rate in self.rounds[name])
        return f"{rates[0]:,.0f} to {rates[-1]:,.0f}/s"


def versions() -> Row:
    """Say what is compared."""
    return Row("compared", f"juyong {version('juyong')}", f"moto_server {version('moto')}", 1.0)
