"""Texts and timestamps in ClickHouse's SQL.

SECURITY: no text of a caller is written into SQL. Texts are marked where they are read, and each
is a parameter of the statement in the end.
"""

from typing import Final

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.parsers.clickhouse import ClickHouseParser

from juyong.engines.logsearch.click_functions import INTEGER, REAL, TIMESTAMP
from juyong.engines.logsearch.click_kinds import kind_of, kinded
from juyong.engines.logsearch.sql_templates import Templates

_USER = "user"


class Write(ClickHouse):
    """ClickHouse whose functions are all unknown, so that templates stay as they are."""

    class Parser(ClickHouseParser):
        FUNCTIONS = {}  # noqa: RUF012  # as the parser declares it
        FUNCTION_PARSERS = {}  # noqa: RUF012


class Parameters:
    """The texts of a statement, each under a name; see `conditions.Writer`."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    @property
    def values(self) -> dict[str, str]:
        """The texts by their names."""
        return {name: value for value, name in self._names.items()}

    def text(self, value: str) -> str:
        """Write a text constant as a parameter."""
        name = self._names.setdefault(value, f"p{len(self._names)}")
        return f"{{{name}:String}}"

    def contains(self, column: str, part: str) -> str:
        """Write that a column contains a constant text."""
        return f"position({column}, {self.text(part)}) > 0"

    def finds(self, column: str, pattern: str) -> str:
        """Write that a regular expression matches somewhere in a column."""
        return f"match({column}, {self.text(pattern)})"


def user_text(text: str) -> exp.Expr:
    """Make a constant of a text that comes from the caller."""
    made = exp.Literal.string(text)
    made.meta[_USER] = True
    return made


def mark_texts(tree: exp.Expr) -> None:
    """Mark all texts of a tree as the caller's."""
    for each in tree.find_all(exp.Literal):
        if each.is_string:
            each.meta[_USER] = True


def bind_texts(tree: exp.Expr, parameters: Parameters) -> None:
    """Write the caller's texts as parameters."""
    for each in [*tree.find_all(exp.Literal)]:
        if each.meta.get(_USER):
            each.replace(exp.Var(this=parameters.text(each.name)))


def raising(name: str) -> str:
    """Write a cast to a type that fails where a text is none, which ClickHouse makes NULL."""
    cast = f"CAST({{0}}, '{name}')"
    failed = f"throwIf({{0}} IS NOT NULL AND {cast} IS NULL, 'Cannot convert a value to {name}')"
    return f"if({failed} = 0, {cast}, NULL)"


def timestamp(value: exp.Expr) -> exp.Expr:
    """Write a value as a timestamp; a number is taken as seconds since 1970."""
    kind = kind_of(value)
    if kind == TIMESTAMP:
        return value
    if kind in {INTEGER, REAL}:
        text = "fromUnixTimestamp64Micro(toInt64({0} * 1000000))"
    else:
        text = raising("DateTime64(6)")
    return kinded(TEMPLATES.filled(text, [value]), TIMESTAMP)


TEMPLATES: Final = Templates(Write, timestamp)
