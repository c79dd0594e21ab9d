"""One line of the benchmarks' table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, beside what it is compared with, and whether the bounds hold.

    verdict: `goal`, `floor` (the goal is missed, the floor holds), `MISSED`, or empty for figures
    without a bound.
    """

    title: str
    ours: str
    others: str
    times: float
    bound: str = ""
    verdict: str = ""

    @property
    def held(self) -> bool:
        """Whether nothing that was promised is missed."""
        return self.verdict != "MISSED"

    def __str__(self) -> str:
        return (
            f"{self.title:<36}{self.ours:>11}  {self.others:<28}{self.times:>6.1f}x  "
            f"{self.bound:<26}{self.verdict}"
        )

    @classmethod
    def rate(cls, title: str, ours: float, moto: float, *, floor: float, goal: float) -> Self:
        """Compare calls a second: ours must be so many times moto's."""
        return cls(
            title,
            f"{ours:,.0f}/s",
            f"moto {moto:,.0f}/s",
            ours / moto,
            f"goal {goal:g}x, floor {floor:g}x",
            _verdict(reached=ours >= goal * moto, held=ours >= floor * moto),
        )

    @classmethod
    def cost(
        cls, title: str, ours: float, moto: float, *, unit: str, goal: float, floor: float
    ) -> Self:
        """Compare costs: ours must stay below a goal, at least below a floor."""
        return cls(
            title,
            f"{ours:.3g} {unit}",
            f"moto {moto:.3g} {unit}",
            moto / ours,
            f"goal {goal:.3g} {unit}, floor {floor:.3g} {unit}",
            _verdict(reached=ours < goal, held=ours < floor),
        )

    @classmethod
    def times_first(
        cls, title: str, ours: float, others: Mapping[str, float], *, unit: str, floor: float
    ) -> Self:
        """Compare costs: ours must be so many times below the first of the others."""
        first = next(iter(others.values()))
        return cls(
            title,
            f"{ours:.3g} {unit}",
            ", ".join(f"{name} {value:.3g} {unit}" for name, value in others.items()),
            first / ours,
            f"floor {floor:g}x",
            "floor" if first >= floor * ours else "MISSED",
        )

    @classmethod
    def figure(cls, title: str, ours: float, moto: float, *, unit: str) -> Self:
        """Set two costs side by side, without a bound."""
        return cls(title, f"{ours:.3g} {unit}", f"moto {moto:.3g} {unit}", moto / ours)


def _verdict(*, reached: bool, held: bool) -> str:
    return "goal" if reached else "floor" if held else "MISSED"
