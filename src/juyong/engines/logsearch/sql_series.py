"""`time_series`: counts by steps of time, with the steps in which there is nothing.

The engine groups by the beginning of each step; afterwards the steps that are missing are added and
all are written in the format that was asked for.

Source: SLS user guide, Date and time functions, time_series (documented): a step of seconds,
minutes, hours or days, and how steps without rows are filled. That the steps are those of the
window that was asked of, and begin by the time of the zone (assumed).
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
from sqlglot import exp

from juyong.base.shown import shown
from juyong.engines.logsearch.errors import SqlInvalid
from juyong.engines.logsearch.port import Table, Window
from juyong.engines.logsearch.sql_dates import duck_format, format_of

NAME: Final = "time_series"
MOST_STEPS: Final = 10_000
_STEP = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PADDINGS = ("0", "null", "last", "next", "avg")
_WHERE = f"{NAME} stands once, in the list of the outermost SELECT, which groups by it alone"


class Series(msgspec.Struct, frozen=True):
    """The place of the steps among the columns, and how they are written and filled.

    step: In seconds. format: As MySQL writes it. limit: The most rows.
    """

    place: int
    step: int
    format: str
    padding: str
    limit: int


def series_of(tree: exp.Expr, limit: int) -> Series | None:
    """Find the series of a statement, and have the statement answer the beginnings of steps.

    Raises:
        SqlInvalid: the function stands elsewhere, or has another step, format or padding.
    """
    calls = [each for each in tree.find_all(exp.Anonymous) if each.name.lower() == NAME]
    if not calls:
        return None
    columns = [each.unalias() for each in tree.expressions] if isinstance(tree, exp.Select) else []
    place = next((n for n, each in enumerate(columns) if each is calls[0]), None)
    if place is None or len(calls) > 1:
        raise SqlInvalid(_WHERE)
    names = {tree.expressions[place].alias.lower() or NAME, str(place + 1)}
    group, order = tree.args.get("group"), tree.args.get("order")
    keys = group.expressions if group is not None else []
    if len(keys) != 1 or _called(keys[0]) not in names:
        raise SqlInvalid(_WHERE)
    if order is not None and [_called(each.this) in names for each in order.expressions] != [True]:
        raise SqlInvalid(f"what {NAME} answers is in the order of its time")
    if tree.args.get("offset") is not None:
        raise SqlInvalid(f"{NAME} takes no OFFSET")
    value, step, form, padding = calls[0].expressions
    seconds = _step(step)
    calls[0].set("expressions", [value, exp.Literal.number(seconds), form, padding])
    tree.set("limit", exp.Limit(expression=exp.Literal.number(MOST_STEPS + 1)))
    return Series(place, seconds, format_of(form, NAME), _padding(padding), limit)


def _called(each: exp.Expr) -> str:
    return each.name.lower() if isinstance(each, exp.Column | exp.Literal) else ""


def _step(step: exp.Expr) -> int:
    is_text = isinstance(step, exp.Literal) and step.is_string
    found = _STEP.fullmatch(step.name) if is_text else None
    if found is None:
        raise SqlInvalid(f"{NAME} takes a step such as '5m': seconds, minutes, hours or days")
    return int(found[1]) * _SECONDS[found[2]]


def _padding(padding: exp.Expr) -> str:
    name = padding.name.lower() if isinstance(padding, exp.Literal) else ""
    if name not in _PADDINGS:
        raise SqlInvalid(f"{NAME} fills by {', '.join(_PADDINGS)}, not by {shown(name)}")
    return name


Row = tuple[str, ...]


class Steps(Protocol):
    """The times of steps, in the zone of an engine."""

    def begin(self, at: int, step: int) -> int:
        """Return the beginning of the step in which a Unix second is."""

    def texts(self, steps: list[int], form: str) -> list[str]:
        """Write the beginnings of steps in a format of MySQL's."""


class DuckSteps:
    """The times of steps by DuckDB."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def begin(self, at: int, step: int) -> int:
        """Return the beginning of the step in which a Unix second is."""
        self._database.execute("SELECT time_step($at, $step)", {"at": at, "step": step})
        ((first,),) = self._database.fetchall()
        return int(first)

    def texts(self, steps: list[int], form: str) -> list[str]:
        """Write the beginnings of steps."""
        self._database.execute(
            "SELECT strftime(CAST(to_timestamp(step) AS TIMESTAMP), $form) FROM "
            "(SELECT unnest($steps) AS step) ORDER BY step",
            {"form": duck_format(form), "steps": steps},
        )
        return [text for (text,) in self._database.fetchall()]


def with_all_steps(table: Table, times: Steps, series: Series | None, window: Window) -> Table:
    """Return a table with the rows of all steps of a window, where a query asks for them.

    Raises:
        SqlInvalid: the window has more than MOST_STEPS steps, or the values are no times.
    """
    if series is None:
        return table
    rows = filled(times, series, table.rows, table.types, window)
    types = [*table.types]
    types[series.place] = "varchar"
    return msgspec.structs.replace(table, rows=tuple(rows), types=tuple(types))


def filled(
    times: Steps, series: Series, rows: Sequence[Row], types: Sequence[str], window: Window
) -> list[Row]:
    """Return the rows of all steps of a window, in the direction in which rows are.

    Raises:
        SqlInvalid: the window has more than MOST_STEPS steps, or the values are no times.
    """
    if types[series.place] != "bigint":
        raise SqlInvalid(f"{NAME} takes a number of seconds, such as `__time__`")
    if (window.end_s - window.start_s) // series.step >= MOST_STEPS:
        raise SqlInvalid(f"{NAME} would have more than {MOST_STEPS} steps")
    found = {int(row[series.place]): row for row in rows if row[series.place] != "null"}
    first = times.begin(window.start_s, series.step)
    steps = [*range(first, window.end_s, series.step)]
    texts = times.texts(steps, series.format)
    made = [found.get(step) for step in steps]
    columns = [
        texts if place == series.place else _column(series.padding, made, place, types[place])
        for place in range(len(types))
    ]
    whole = [*zip(*columns, strict=True)]
    downwards = len(found) > 1 and [*found] == sorted(found, reverse=True)
    return (whole[::-1] if downwards else whole)[: series.limit]


def _column(padding: str, made: list[Row | None], place: int, kind: str) -> list[str]:
    values = [None if row is None else row[place] for row in made]
    if padding in ("0", "null"):
        zero = "0.0" if kind in ("double", "real") else "0"
        other = zero if padding == "0" else "null"
        return [other if value is None else value for value in values]
    last = _carried(values)
    following = _carried(values[::-1])[::-1]
    if padding == "last":
        return [value or "null" for value in last]
    if padding == "next":
        return [value or "null" for value in following]
    pairs = zip(values, last, following, strict=True)
    return [_middle(*pair) if pair[0] is None else pair[0] for pair in pairs]


def _carried(values: list[str | None]) -> list[str | None]:
    carried: list[str | None] = []
    for value in values:
        carried.append(value if value is not None or not carried else carried[-1])
    return carried


def _middle(_value: str | None, before: str | None, after: str | None) -> str:
    """Return the mean of the neighbours; null where there is none, or a text."""
    try:
        return str((float(before or "") + float(after or "")) / 2)
    except ValueError:
        return "null"
