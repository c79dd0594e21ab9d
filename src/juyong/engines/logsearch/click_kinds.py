"""The kinds of values that are known before a query runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlglot import exp

from juyong.engines.logsearch.click_functions import (
    ANY,
    BY_CONSTANTS,
    INTEGER,
    LIKE_ALL,
    LIKE_ARGUMENTS,
    REAL,
    TEMPLATES,
    TEXT,
    TIMESTAMP,
    TRUTH,
)

_KIND = "kind"
TYPES: Final = {
    "BIGINT": "Int64",
    "INT": "Int32",
    "SMALLINT": "Int16",
    "TINYINT": "Int8",
    "DOUBLE": "Float64",
    "FLOAT": "Float32",
    "VARCHAR": "String",
    "TEXT": "String",
    "CHAR": "String",
    "BOOLEAN": "Bool",
    "DATE": "Date32",
    "TIMESTAMP": "DateTime64(6)",
    "TIMESTAMPTZ": "DateTime64(6)",
}
KINDS: Final = {
    "Float64": REAL,
    "Float32": REAL,
    "String": TEXT,
    "Bool": TRUTH,
    "DateTime64(6)": TIMESTAMP,
}


def kinded(value: exp.Expr, kind: str) -> exp.Expr:
    """Note the kind of a value."""
    value.meta[_KIND] = kind
    return value


def kind_of(value: exp.Expr) -> str:
    """Return the kind of a value, as far as it is known before the query runs."""
    noted: str | None = value.meta.get(_KIND)
    if noted is not None:
        return noted
    found = next((find for kind, find in _FIND.items() if isinstance(value, kind)), None)
    return ANY if found is None else found(value)


def common_kind(values: Sequence[exp.Expr]) -> str:
    """Return the kind of all of some values but NULL; ANY where they have no one kind."""
    kinds = {kind_of(each) for each in values if not isinstance(each, exp.Null)}
    return kinds.pop() if len(kinds) == 1 else ANY


def _of_call(call: exp.Expr) -> str:
    if call.name in LIKE_ALL:
        return common_kind(call.expressions)
    if call.name in LIKE_ARGUMENTS:
        return kind_of(call.expressions[0]) if call.expressions else ANY
    known = TEMPLATES.get(call.name)
    return known.kind if known is not None else BY_CONSTANTS.get(call.name, ANY)


def _of_literal(value: exp.Expr) -> str:
    if value.args["is_string"]:
        return TEXT
    return INTEGER if value.name.isdigit() else REAL


def _of_sum(value: exp.Expr) -> str:
    kinds = {kind_of(value.this), kind_of(value.expression)}
    return kinds.pop() if len(kinds) == 1 else REAL if kinds == {INTEGER, REAL} else ANY


def _of_quotient(value: exp.Expr) -> str:
    kinds = {kind_of(value.this), kind_of(value.expression)}
    return REAL if REAL in kinds else INTEGER if kinds == {INTEGER} else ANY


def _of_cast(value: exp.Expr) -> str:
    name = value.args["to"].this.value
    return INTEGER if name.endswith("INT") else KINDS.get(TYPES.get(name, ""), ANY)


def _of_case(value: exp.Expr) -> str:
    branches = [each.args["true"] for each in value.args["ifs"]]
    return common_kind([*branches, *filter(None, (value.args.get("default"),))])


def _of_if(value: exp.Expr) -> str:
    return common_kind([*filter(None, (value.args.get("true"), value.args.get("false")))])


_FIND: Final[Mapping[type[exp.Expr] | tuple[type[exp.Expr], ...], Callable[[exp.Expr], str]]] = {
    (exp.Paren, exp.Neg, exp.Alias, exp.Filter, exp.Window): lambda value: kind_of(value.this),
    exp.Literal: _of_literal,
    (exp.Add, exp.Sub, exp.Mul, exp.Mod): _of_sum,
    exp.Anonymous: _of_call,
    exp.Cast: _of_cast,
    exp.Div: _of_quotient,
    exp.Case: _of_case,
    exp.If: _of_if,
    (exp.DPipe, exp.Substring): lambda _: TEXT,
    (exp.Extract, exp.StrPosition): lambda _: INTEGER,
}
"""How the kind of a value follows from the kinds of its parts."""
