"""Casts and division in ClickHouse's SQL, with the values that Presto gives."""

import re
from typing import Final

from sqlglot import exp

from juyong.base.shown import shown
from juyong.engines.logsearch.click_functions import ANY, INTEGER, REAL, TEXT, TIMESTAMP, TRUTH
from juyong.engines.logsearch.click_kinds import KINDS, TYPES, kind_of, kinded
from juyong.engines.logsearch.click_values import TEMPLATES, raising
from juyong.engines.logsearch.errors import SqlInvalid

DIVISION_COPIES: Final = 8
CAST_COPIES: Final = 10


def divided(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Divide as Presto does: whole numbers give a whole one.

    Where the kinds are not known, ClickHouse decides by the types, which it knows before it runs.
    """
    kinds = {kind_of(left), kind_of(right)}
    if kinds == {INTEGER}:
        text = "intDiv({0}, {1})"
        if not isinstance(left, exp.Literal):
            # NULL divided by zero is NULL, and no error.
            text = "if({0} IS NULL, NULL, intDiv({0}, {1}))"
        return kinded(TEMPLATES.filled(text, [left, right]), INTEGER)
    if REAL in kinds:
        return kinded(TEMPLATES.filled("({0} / {1})", [left, right]), REAL)
    text = (
        "if(toTypeName({0} * {1}) LIKE '%Int%', CAST(intDiv({0}, {1}), toTypeName({0} * {1})), "
        "CAST({0} / {1}, toTypeName({0} * {1})))"
    )
    return TEMPLATES.filled(text, [left, right])


def type_of(kind: exp.DataType) -> str:
    """Name a type as ClickHouse does.

    Raises:
        SqlInvalid: ClickHouse has no such type.
    """
    name = kind.this.value
    parts = [part for part in kind.expressions if isinstance(part, exp.DataType)]
    if name == "ARRAY" and len(parts) == 1:
        return f"Array({_within(parts[0])})"
    if name == "MAP" and len(parts) == 2:  # noqa: PLR2004  # key and value
        return f"Map({type_of(parts[0])}, {_within(parts[1])})"
    if name == "DECIMAL":
        numbers = [part.name for part in kind.expressions]
        if not all(number.isdigit() for number in numbers):
            raise SqlInvalid("DECIMAL takes whole numbers")
        return f"Decimal({', '.join([*numbers, '0'][:2] if numbers else ('18', '3'))})"
    found = TYPES.get(name)
    if found is None:
        raise SqlInvalid(f"the type {shown(name)} is not supported on ClickHouse")
    return found


def _within(kind: exp.DataType) -> str:
    inner = type_of(kind)
    return inner if inner.startswith(("Array", "Map")) else f"Nullable({inner})"


_FRACTION = "match(toTypeName({0}), 'Float|Decimal')"
_WHOLE = re.compile(r"Int\d+")


def cast(value: exp.Expr, kind: exp.DataType, *, or_null: bool) -> exp.Expr:
    """Write a cast: fractions are rounded half away from zero, and doubles keep their point.

    or_null: give NULL where the value cannot be cast; else the query fails there.
    """
    name, known = type_of(kind), kind_of(value)
    if name == "String":
        text = "toString({0})" if known in {INTEGER, TEXT, TRUTH} else AS_TEXT
        return kinded(TEMPLATES.filled(text, [value]), TEXT)
    if or_null:
        plain = f"accurateCastOrNull({{0}}, '{name}')"
    elif known == INTEGER and _WHOLE.fullmatch(name):
        plain = f"accurateCast({{0}}, '{name}')"
    elif known in {INTEGER, REAL, TIMESTAMP, TRUTH} or name.startswith(("Array", "Map")):
        plain = f"CAST({{0}}, '{name}')"
    else:
        plain = raising(name)
    if _WHOLE.fullmatch(name):
        plain, made = _whole(plain, name, known, or_null=or_null), INTEGER
    else:
        made = KINDS.get(name, ANY)
    return kinded(TEMPLATES.filled(plain, [value]), made)


AS_TEXT: Final = (
    "multiIf(toTypeName({0}) LIKE '%Float%' AND match(toString({0}), '^-?[0-9]+$'), "
    "concat(toString({0}), '.0'), toTypeName({0}) LIKE '%DateTime64%', "
    r"replaceRegexpOne(toString({0}), '\\.?0+$', ''), toString({0}))"
)
"""A value as text, where its kind is not known or prints another way."""


def _whole(plain: str, name: str, known: str, *, or_null: bool) -> str:
    if known in {INTEGER, TEXT, TRUTH}:
        return plain
    decimal = "toDecimal128OrNull" if or_null else "toDecimal128"
    rounded = f"CAST(round({decimal}(toString({{0}}), 9)), '{name}')"
    return rounded if known == REAL else f"if({_FRACTION}, {rounded}, {plain})"


_FRACTION = "match(toTypeName({0}), 'Float|Decimal')"
_WHOLE = re.compile(r"Int\d+")
