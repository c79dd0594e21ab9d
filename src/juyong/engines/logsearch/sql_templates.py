"""Templates of functions, filled with the arguments of a call.

A template is the SQL of one engine with `{0}`, `{1}`, … for the arguments; `f({*})` passes all of
them on, `{2|x}` is `x` where there is no such argument, and `{ts0}` is the first argument as a
timestamp.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

_ALL = "({*})"
_OPTIONAL = re.compile(r"\{(\d)\|([^}]*)\}")
_PLACE = re.compile(r"\{(ts)?(\d)\}")


class Templates:
    """Templates in the SQL of an engine.

    dialect: Reads the templates; its functions are all unknown. timestamp: Writes an argument as a
    timestamp.
    """

    def __init__(self, dialect: type[Dialect], timestamp: Callable[[exp.Expr], exp.Expr]) -> None:
        self._dialect, self._timestamp = dialect, timestamp

    def filled(self, text: str, given: Sequence[exp.Expr]) -> exp.Expr:
        """Fill a template."""
        if text.endswith(_ALL):
            return exp.Anonymous(this=text[: -len(_ALL)], expressions=[*given])
        wanted: dict[str, exp.Expr] = {}
        for number, each in enumerate(given):
            wanted[f"a{number}"] = each
            if f"{{ts{number}}}" in text:
                wanted[f"ts{number}"] = self._timestamp(each)
        text = _OPTIONAL.sub(lambda m: f"{{{m[1]}}}" if int(m[1]) < len(given) else m[2], text)
        text = _PLACE.sub(lambda m: f":{m[1] or 'a'}{m[2]}", text)
        return _with(_read(text, self._dialect), wanted)


@cache
def _read(text: str, dialect: type[Dialect]) -> exp.Expr:
    return sqlglot.parse_one(text, dialect=dialect)


def _with(template: exp.Expr, wanted: Mapping[str, exp.Expr]) -> exp.Expr:
    root: exp.Expr = exp.Paren(this=template.copy())
    for place in [*root.find_all(exp.Placeholder)]:
        value = wanted[place.name].copy()
        needs = isinstance(value, exp.Binary | exp.Between | exp.Not | exp.Is | exp.Neg)
        place.replace(exp.Paren(this=value) if needs else value)
    found: exp.Expr = root.this
    return found
