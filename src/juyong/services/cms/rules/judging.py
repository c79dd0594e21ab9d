"""Judge the values of a resource by the conditions of a rule. Pure.

Source: PutResourceMetricRule (documented); that the relative operators compare percents of change,
and that a missing value breaks a run of breaches, are assumed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from juyong.base.clock import DAY_SECONDS, Instant

OK, INSUFFICIENT_DATA = "OK", "INSUFFICIENT_DATA"
LEVELS = ("CRITICAL", "WARN", "INFO")
"""The gravest first."""
Comparison = Literal[">=", ">", "<=", "<", "!=", "=="]
ABSOLUTE: Mapping[str, Comparison] = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanOrEqualToThreshold": "<=",
    "LessThanThreshold": "<",
    "NotEqualToThreshold": "!=",
    "EqualToThreshold": "==",
}
RELATIVE: Mapping[str, int] = {
    "GreaterThanYesterday": DAY_SECONDS,
    "LessThanYesterday": DAY_SECONDS,
    "GreaterThanLastWeek": 7 * DAY_SECONDS,
    "LessThanLastWeek": 7 * DAY_SECONDS,
    "GreaterThanLastPeriod": 0,
    "LessThanLastPeriod": 0,
}
"""How many seconds before the value the other value is; 0 stands for one period."""
OPERATORS = (*ABSOLUTE, *RELATIVE)
ValueAt = Callable[[str, Instant], float | None]
"""Returns a statistic of the period that ends at an instant; None without data."""


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of a rule. threshold: A finite number, as the caller wrote the number."""

    level: str
    statistics: str
    operator: str
    threshold: str
    times: int

    @property
    def expression(self) -> str:
        """The condition as people read it, such as `$Average>=95`."""
        sign = ABSOLUTE.get(self.operator)
        if sign is None:
            return f"${self.statistics} {self.operator} {self.threshold}%"
        return f"${self.statistics}{sign}{self.threshold}"

    def back(self, period: int) -> int:
        """Return how many seconds before each value another value is asked for; 0 for none."""
        offset = RELATIVE.get(self.operator)
        return 0 if offset is None else offset or period


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The level of a resource, the value that led to it, and the condition that holds, if any."""

    level: str
    value: float
    by: Escalation | None = None


def judge(
    escalations: Sequence[Escalation], value_at: ValueAt, at: Instant, period: int
) -> Judgement | None:
    """Return the gravest level whose condition holds, or None without data in the last period.

    Args:
        escalations: In any order, at least one.
        value_at: The data.
        at: The end of the last period.
        period: Seconds.
    """
    ordered = sorted(escalations, key=lambda each: LEVELS.index(each.level))
    newest = value_at(ordered[0].statistics, at)
    if newest is None:
        return None
    for each in ordered:
        ends = [Instant(at - n * period) for n in range(each.times)]
        if all(_breaches(each, value_at, end, period) for end in ends):
            value = value_at(each.statistics, at)
            return Judgement(level=each.level, value=newest if value is None else value, by=each)
    return Judgement(level=OK, value=newest)


def _breaches(escalation: Escalation, value_at: ValueAt, end: Instant, period: int) -> bool:
    value = value_at(escalation.statistics, end)
    if value is None:
        return False
    threshold = float(escalation.threshold)
    back = escalation.back(period)
    if not back:
        return compares(ABSOLUTE[escalation.operator], value, threshold)
    base = value_at(escalation.statistics, Instant(end - back))
    if not base:
        return False
    change = (value - base) / abs(base) * 100
    return change > threshold if escalation.operator.startswith("Greater") else -change > threshold


def compares(sign: Comparison, value: float, threshold: float) -> bool:
    """Tell whether a value meets a comparison."""
    match sign:
        case ">=":
            return value >= threshold
        case ">":
            return value > threshold
        case "<=":
            return value <= threshold
        case "<":
            return value < threshold
        case "!=":
            return value != threshold
        case "==":
            return value == threshold
