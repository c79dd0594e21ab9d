"""Functions whose constants decide what is written: dates, casts, and what treats NULL differently.

Times are timestamps without a zone, in the zone of the session. Source: SLS user guide, Date and
time functions (documented).
"""

import re
from collections.abc import Callable
from typing import Final

from sqlglot import exp

from juyong.base.shown import shown
from juyong.engines.logsearch.errors import SqlInvalid

_UNITS: Final = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})
_FORMATS: Final = {
    **{letter: f"%{letter}" for letter in "YmdHSypjbaI%f"},
    "i": "%M",
    "s": "%S",
    "M": "%B",
    "W": "%A",
    "h": "%I",
    "T": "%H:%M:%S",
    "e": "%-d",
    "k": "%-H",
    "c": "%-m",
    "l": "%-I",
    "D": "%-d",
    "r": "%I:%M:%S %p",
    "v": "%V",
}
_FORMAT = re.compile(r"%(.?)", re.DOTALL)
_NUMBERS: Final = frozenset({"BIGINT", "INT", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "DECIMAL"})
_COUNTS: Final = frozenset({"epoch", "count", "floor", "ceil", "round", "sum", "abs", "min", "max"})


def timestamp(value: exp.Expr) -> exp.Expr:
    """Write a value as a timestamp; a number is taken as seconds since 1970."""
    if _is_number(value):
        seconds = exp.Anonymous(this="to_timestamp", expressions=[value])
        return exp.Cast(this=seconds, to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return exp.Cast(this=value, to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))


def _is_number(value: exp.Expr) -> bool:  # noqa: PLR0911  # one for each kind
    match value:
        case exp.Paren() | exp.Neg() | exp.Alias():
            return _is_number(value.this)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div() | exp.Mod():
            return _is_number(value.left) and _is_number(value.right)
        case exp.Literal():
            return not value.is_string
        case exp.Cast() | exp.TryCast():
            return value.to.this.value in _NUMBERS
        case exp.Column():
            return value.name.startswith("n_")
        case exp.Anonymous():
            return value.name in _COUNTS and all(map(_is_number, value.expressions))
        case _:
            return False


def constant_of(value: exp.Expr, name: str) -> str:
    """Return the constant text that an argument of a function must be.

    Raises:
        SqlInvalid: the argument is another expression.
    """
    if isinstance(value, exp.Literal) and value.is_string:
        return value.name
    raise SqlInvalid(f"{shown(name)} takes a constant text here")


def unit_of(value: exp.Expr, name: str) -> str:
    """Return the unit of time that a constant text names.

    Raises:
        SqlInvalid: the argument names no unit.
    """
    unit = constant_of(value, name).lower()
    if unit not in _UNITS:
        raise SqlInvalid(f"{shown(name)} knows no unit {shown(unit)}")
    return unit


def format_of(value: exp.Expr, name: str) -> str:
    """Return the format of a constant text of MySQL's.

    Raises:
        SqlInvalid: the format has a letter that is not known; `name` is the function that has it.
    """
    text = constant_of(value, name)
    for found in _FORMAT.finditer(text):
        if found[1] not in _FORMATS:
            raise SqlInvalid(f"{shown(name)} knows no {shown(found[0])}")
    return text


def duck_format(text: str) -> str:
    """Write a format that `format_of` returned as DuckDB does."""
    return _FORMAT.sub(lambda found: _FORMATS[found[1]], text)


def _format(value: exp.Expr, name: str) -> exp.Expr:
    return exp.Literal.string(duck_format(format_of(value, name)))


def _call(name: str, *values: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[*values])


def _date_trunc(given: list[exp.Expr]) -> exp.Expr:
    unit = exp.Literal.string(unit_of(given[0], "date_trunc"))
    return _call("date_trunc", unit, timestamp(given[1]))


def _date_format(given: list[exp.Expr]) -> exp.Expr:
    return _call("strftime", timestamp(given[0]), _format(given[1], "date_format"))


def _date_parse(given: list[exp.Expr]) -> exp.Expr:
    return _call("strptime", given[0], _format(given[1], "date_parse"))


def _date_diff(given: list[exp.Expr]) -> exp.Expr:
    """Count whole units, as Presto does."""
    unit = exp.Literal.string(unit_of(given[0], "date_diff"))
    return _call("date_sub", unit, timestamp(given[1]), timestamp(given[2]))


def _date_add(given: list[exp.Expr]) -> exp.Expr:
    unit, count = unit_of(given[0], "date_add"), exp.Paren(this=given[1])
    step: exp.Expr = count
    if unit == "quarter":
        unit, step = "month", exp.Mul(this=count, expression=exp.Literal.number(3))
    step = exp.Cast(this=step, to=exp.DataType.build("INT", dialect="duckdb"))
    return exp.Paren(this=exp.Add(this=timestamp(given[2]), expression=_call(f"to_{unit}s", step)))


def _from_unixtime(given: list[exp.Expr]) -> exp.Expr:
    seconds = _call("to_timestamp", given[0])
    if len(given) == 1:
        return exp.Cast(this=seconds, to=exp.DataType.build("TIMESTAMP", dialect="duckdb"))
    return _call("timezone", given[1], seconds)


def _concat(given: list[exp.Expr]) -> exp.Expr:
    """Join with `||`, which is NULL where a part is NULL."""
    joined = exp.Paren(this=given[0])
    for each in given[1:]:
        joined = exp.Paren(this=exp.DPipe(this=joined, expression=exp.Paren(this=each)))
    return joined


def _extreme(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    def extreme(given: list[exp.Expr]) -> exp.Expr:
        """Answer NULL where any argument is NULL."""
        missing: exp.Expr = exp.false()
        for each in given:
            is_null = exp.Is(this=exp.Paren(this=each.copy()), expression=exp.null())
            missing = exp.Or(this=missing, expression=is_null)
        case = exp.Case(ifs=[exp.If(this=missing, true=exp.null())])
        case.set("default", _call(name, *given))
        return case

    return extreme


SPECIAL: Final[dict[str, Callable[[list[exp.Expr]], exp.Expr]]] = {
    "date_trunc": _date_trunc,
    "date_format": _date_format,
    "date_parse": _date_parse,
    "date_diff": _date_diff,
    "date_add": _date_add,
    "from_unixtime": _from_unixtime,
    "concat": _concat,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
}


def cast(node: exp.Cast | exp.TryCast) -> None:
    """Round a number with a fraction before it is cast to a whole one, half away from zero."""
    value = node.this
    is_number = isinstance(value, exp.Div | exp.Mul) or (
        isinstance(value, exp.Literal) and not value.is_string
    )
    if node.to.this.value == "BIGINT" and is_number:
        node.set("this", _call("round", value.copy()))
