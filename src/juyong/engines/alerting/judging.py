"""Which groups of rows ring: results are joined, grouped, and judged by severity.

Source: SLS user guide, alerting rules: set operations, group evaluation, trigger conditions
(documented). Assumed: without a join the first result is judged; `labels_auto` groups by the
columns that hold a text which is no number.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from juyong.engines.alerting.expression import Expression, Unanswered, holds, number_of

Row = dict[str, str]
MOST_ROWS: Final = 1000
MOST_JOINED: Final = 200
"""Rows of one result where results are joined: each pair may be judged."""
MOST_GROUPS: Final = 100
MOST_LABELS: Final = 20
"""Columns that `labels_auto` groups by."""
JOINS: Final = (
    *("cross_join", "inner_join", "left_join", "right_join", "full_join"),
    *("left_exclude", "right_exclude", "concat", "no_join"),
)
GROUPS: Final = ("no_group", "labels_auto", "custom")
NO_DATA: Final = (("__no_data__", "true"),)
"""The labels of the alarm that there were no rows."""
Labels = tuple[tuple[str, str], ...]


class Join(msgspec.Struct, frozen=True):
    """How a result is joined to those before."""

    type: str
    condition: Expression | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A severity, and when the severity is that of a group; None: there are rows."""

    severity: int
    condition: Expression | None = None
    count: Expression | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How results are judged; no_data: the severity of no rows at all, 0 where that is no alarm."""

    joins: tuple[Join, ...] = ()
    group: str = "no_group"
    fields: tuple[str, ...] = ()
    levels: tuple[Level, ...]
    no_data: int = 0


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A group that meets a condition; rows: those that met it, at most 100; count: how many did."""

    labels: Labels
    severity: int
    rows: tuple[Row, ...]
    count: int


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The groups that meet a condition, and why others could not be judged."""

    hits: tuple[Hit, ...]
    problems: tuple[str, ...] = ()


_SHOWN = 100


def judge(terms: Terms, results: Sequence[Sequence[Row]]) -> Judged:
    """Judge the results of an alert's queries."""
    if terms.no_data and not any(results):
        return Judged(hits=(Hit(labels=NO_DATA, severity=terms.no_data, rows=(), count=0),))
    try:
        rows = joined(terms.joins, results)
    except Unanswered as problem:
        return Judged(hits=(), problems=(str(problem),))
    hits, problems = [], dict[str, None]()
    groups = _grouped(terms, rows)
    if len(groups) > MOST_GROUPS:
        problems[f"there are {len(groups)} groups; the first {MOST_GROUPS} are judged"] = None
    for labels, members in list(groups.items())[:MOST_GROUPS]:
        try:
            hit = _hit(terms, labels, members)
        except Unanswered as problem:
            problems[str(problem)] = None
        else:
            hits += [hit] if hit else []
    return Judged(hits=tuple(hits), problems=tuple(problems))


def _hit(terms: Terms, labels: Labels, rows: Sequence[Row]) -> Hit | None:
    for level in terms.levels:
        condition = level.condition
        met = list(rows) if condition is None else [r for r in rows if holds(condition, r)]
        count = {"__count__": str(len(met))}
        if holds(level.count, count) if level.count is not None else bool(met):
            return Hit(
                labels=labels, severity=level.severity, rows=tuple(met[:_SHOWN]), count=len(met)
            )
    return None


def _grouped(terms: Terms, rows: Sequence[Row]) -> dict[Labels, list[Row]]:
    if terms.group == "no_group":
        return {(): list(rows)}
    fields = terms.fields if terms.group == "custom" else _told_apart(rows)
    found: dict[Labels, list[Row]] = {}
    for row in rows:
        labels = tuple((name, row.get(name, row.get(f"$0.{name}", ""))) for name in fields)
        found.setdefault(labels, []).append(row)
    return found


def _told_apart(rows: Sequence[Row]) -> tuple[str, ...]:
    names = dict.fromkeys(name for row in rows for name in row if not name.startswith("__"))
    found = [name for name in names if any(number_of(row.get(name, "0")) is None for row in rows)]
    return tuple(found[:MOST_LABELS])


def joined(joins: Sequence[Join], results: Sequence[Sequence[Row]]) -> list[Row]:
    """Join results, in their order.

    Columns of the second result are `$1.name`; a plain name means the first that has it.

    Raises:
        Unanswered: a condition has no answer.
    """
    if len(results) == 1 or not joins or joins[0].type == "no_join":
        return [dict(row) for row in results[0][:MOST_ROWS]]
    if joins[0].type == "concat":
        return [dict(row) for result in results for row in result][:MOST_ROWS]
    found = [_named(0, row) for row in results[0][:MOST_JOINED]]
    for number, (join, result) in enumerate(zip(joins, results[1:], strict=False), start=1):
        right = [_named(number, row) for row in result[:MOST_JOINED]]
        found = _joined(join, found[:MOST_JOINED], right)
    return found


def _named(number: int, row: Row) -> Row:
    return {**row, **{f"${number}.{name}": value for name, value in row.items()}}


def _joined(join: Join, left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    pairs: list[Row] = []
    with_pair_left, with_pair_right = set[int](), set[int]()
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            both = {**other, **one}
            if join.condition is None or holds(join.condition, both):
                with_pair_left.add(i)
                with_pair_right.add(j)
                pairs.append(both)
    lone_left = [row for i, row in enumerate(left) if i not in with_pair_left]
    lone_right = [row for j, row in enumerate(right) if j not in with_pair_right]
    found = {
        "cross_join": pairs,
        "inner_join": pairs,
        "left_join": pairs + lone_left,
        "right_join": pairs + lone_right,
        "full_join": pairs + lone_left + lone_right,
        "left_exclude": lone_left,
        "right_exclude": lone_right,
    }
    return found[join.type][:MOST_ROWS]
