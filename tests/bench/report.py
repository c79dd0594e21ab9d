"""One line of the benchmarks' table."""

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
    other: str
    compared: str
    bound: str
    verdict: str

    @property
    def held(self) -> bool:
        """Whether nothing that was promised is missed."""
        return self.verdict != "MISSED"

    def __str__(self) -> str:
        return (
            f"{self.title:<38}{self.ours:>14}{self.other:>22}{self.compared:>10}"
            f"  {self.bound:<26}{self.verdict}"
        )

    @classmethod
    def ratio(
        cls, title: str, ours: float, other: float, *, floor: float, goal: float
    ) -> Self:
        """Compare rates: ours must be so many times the other."""
        times = ours / other
        return cls(
            title,
            f"{ours:,.0f}",
            f"moto {other:,.0f}",
            f"{times:.1f}x",
            f">= {goal:g}x, floor {floor:g}x",
            "goal" if times >= goal else "floor" if times >= floor else "MISSED",
        )

    @classmethod
    def least(
        cls, title: str, ours: float, other: float, unit: str, *, goal: float, floor: float
    ) -> Self:
        """Compare costs: ours must be below a goal; above that, at least below a floor."""
        return cls(
            title,
            f"{ours:.3g} {unit}",
            f"moto {other:.3g} {unit}",
            f"{other / ours:.1f}x",
            f"< {goal:g} {unit}, floor {floor:.3g}",
            "goal" if ours < goal else "floor" if ours < floor else "MISSED",
        )
