"""A judged query, written in ClickHouse's SQL.

Names are hex already, see `sql_front`. What differs from DuckDB: whole numbers are divided apart,
truth is a type of its own where it is a value, positions outside an array are NULL, `unnest` is
ARRAY JOIN, and ORDER BY names a result by its number where a key has the same name.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from juyong.base.shown import shown
from juyong.engines.logsearch import click_casts, click_values
from juyong.engines.logsearch.click_dates import SPECIAL
from juyong.engines.logsearch.click_functions import (
    BY_KIND,
    INTEGER,
    REASONS,
    TEMPLATES,
    TIMESTAMP,
    TRUTH,
)
from juyong.engines.logsearch.click_kinds import kind_of, kinded
from juyong.engines.logsearch.click_values import Parameters, Write
from juyong.engines.logsearch.errors import SqlInvalid, UnsupportedFunction
from juyong.engines.logsearch.sql_front import refuse_growth

_OUTER: Final = "outer"
_MOST_ROUNDS: Final = 8
"""Selects within selects through which a kind is followed."""
_JUDGED: Final = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between),
    *(exp.Like, exp.Escape, exp.And, exp.Or, exp.Not, exp.Exists),
)
"""Conditions, which hold or do not: ClickHouse answers a number."""
_JUDGES: Final = (exp.And, exp.Or, exp.Not, exp.Where, exp.Having)
_UNITS: Final = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})


class ClickText:
    """Writes queries; the texts of all of them become parameters of one statement.

    kinds: The kinds of the columns of the logs, by the names that the SQL has.
    """

    def __init__(self, kinds: Mapping[str, str], parameters: Parameters) -> None:
        self._columns = frozenset(kinds)
        self._kinds, self._parameters = kinds, parameters

    def __call__(self, tree: exp.Expr) -> str:
        """Write a tree.

        Raises:
            UnsupportedFunction: ClickHouse lacks the function; the text names the function.
            SqlInvalid: a part that cannot be written.
        """
        click_values.mark_texts(tree)
        _try_of_parts(tree)
        refuse_growth(tree, _copies)
        self._note_kinds(tree)
        for select in [*tree.find_all(exp.Select)]:
            _number_results(select, self._columns)
            self._spread_arrays(select)
        for node in reversed([*tree.walk()]):
            new = self._new(node)
            if new is not None:
                node.replace(new)
                tree = new if node is tree else tree
        click_values.bind_texts(tree, self._parameters)
        return tree.sql(dialect=Write, comments=False)

    def _note_kinds(self, tree: exp.Expr) -> None:
        """Note the kinds of columns, also of those that the query makes of others.

        A name may mean several columns; then its kind is known where all of them have one.
        """
        again = [each for each in tree.find_all(exp.Alias) if each.alias]
        unknown = {
            each.name
            for given in tree.find_all(exp.TableAlias)
            for each in given.args.get("columns") or ()
        }
        columns = [*tree.find_all(exp.Column)]
        for _ in range(_MOST_ROUNDS):
            kinds = {name: {kind} for name, kind in self._kinds.items()}
            for each in again:
                kinds.setdefault(each.alias, set()).add(kind_of(each.this))
            changed = False
            for column in columns:
                found = kinds.get(column.name, set())
                kind = next(iter(found)) if len(found) == 1 and column.name not in unknown else ""
                changed |= kind_of(column) != kind
                kinded(column, kind)
            if not changed:
                return
        for column in columns:
            kinded(column, "")

    def _new(self, node: exp.Expr) -> exp.Expr | None:
        if isinstance(node, exp.Like) and isinstance(node.parent, exp.Escape):
            return None
        found = _WRITERS.get(type(node))
        new = found(node) if found is not None else None
        if isinstance(node, _JUDGED) and not _is_judged(node):
            return _truth(node.copy() if new is None else new)
        return new

    def _spread_arrays(self, select: exp.Select) -> None:
        """Write `unnest` as ARRAY JOIN."""
        joins = [*select.args.get("joins", ())]
        source = select.args["from_"]
        if isinstance(source.this, exp.Unnest):
            nothing = exp.select("1").subquery()
            joins.insert(0, exp.Join(this=source.this))
            source.set("this", nothing)
        made = [
            self._array_join(select, join) if isinstance(join.this, exp.Unnest) else join
            for join in joins
        ]
        if made:
            select.set("joins", made)

    def _array_join(self, select: exp.Select, join: exp.Join) -> exp.Join:
        unnest = join.this
        given = unnest.args.get("alias")
        names = [each.name for each in given.args.get("columns") or ()] if given else []
        if len(names) != len(unnest.expressions) or unnest.args.get("offset"):
            raise SqlInvalid("UNNEST names one column an array, as `unnest(a) AS t(x)`")
        if taken := self._columns.intersection(names):
            key = bytes.fromhex(min(taken)[2:]).decode()
            raise SqlInvalid(f"UNNEST cannot name its column like the key {shown(key)}")
        if join.args.get("side") not in (None, "", "LEFT") or join.args.get("using"):
            raise SqlInvalid("UNNEST is joined by CROSS JOIN")
        for column in select.find_all(exp.Column):
            if column.table and column.table == given.name:
                column.set("table", None)
        arrays = [
            exp.alias_(each.copy(), name, quoted=True)
            for each, name in zip(unnest.expressions, names, strict=True)
        ]
        return exp.Join(
            this=arrays[0], expressions=arrays[1:], side=join.args.get("side"), kind="ARRAY"
        )


def _copies(node: exp.Expr) -> int:
    match node:
        case exp.Anonymous():
            found = TEMPLATES.get(node.name)
            return found.copies if found is not None else 2
        case exp.Div():
            return click_casts.DIVISION_COPIES
        case exp.Cast() | exp.TryCast():
            return click_casts.CAST_COPIES
        case _:
            return 1


def _try_of_parts(tree: exp.Expr) -> None:
    """Write `try` of a cast or of a division, the two that ClickHouse has a form for."""
    for call in [*tree.find_all(exp.Anonymous)]:
        if call.name != "try":
            continue
        inner = call.expressions[0].unnest()
        if isinstance(inner, exp.Cast):
            call.replace(exp.TryCast(this=inner.this, to=inner.to))
        elif isinstance(inner, exp.Div | exp.Mod):
            never = exp.Anonymous(this="nullif", expressions=[inner.right, exp.Literal.number(0)])
            inner.set("expression", never)
            call.replace(exp.Paren(this=inner))
        else:
            raise UnsupportedFunction(
                f"function {shown('try')} is not supported on ClickHouse: a cast or a division "
                "alone can be tried"
            )


def _number_results(select: exp.Select, columns: frozenset[str]) -> None:
    """Name results in ORDER BY by number, where a key of the logs has their name."""
    numbers = {
        each.alias: number
        for number, each in enumerate(select.expressions, 1)
        if isinstance(each, exp.Alias) and each.alias in columns
    }
    order = select.args.get("order")
    for each in order.expressions if order is not None else ():
        key = each.this
        if isinstance(key, exp.Column) and not key.table and key.name in numbers:
            key.replace(exp.Literal.number(numbers[key.name]))


def _is_judged(node: exp.Expr) -> bool:
    """Tell whether a condition stands where only its truth counts."""
    child, parent = node, node.parent
    while isinstance(parent, exp.Paren):
        child, parent = parent, parent.parent
    if isinstance(parent, exp.Join):
        return child.arg_key == "on"
    if isinstance(parent, exp.If):
        return child.arg_key == "this"
    return isinstance(parent, _JUDGES)


def _truth(value: exp.Expr) -> exp.Expr:
    return kinded(click_values.TEMPLATES.filled("CAST({0}, 'Bool')", [value]), TRUTH)


def _called(call: exp.Expr) -> exp.Expr | None:
    name = call.name
    special, template = SPECIAL.get(name), TEMPLATES.get(name)
    if special is not None:
        return special(call.expressions)
    if template is None:
        reason = REASONS.get(name, "it is not built")
        raise UnsupportedFunction(
            f"function {shown(name)} is not supported on ClickHouse: {reason}"
        )
    given = call.expressions
    if name == "array_agg":
        given = [_held(given[0])]
    elif name in {"lag", "lead"}:
        given = [exp.Anonymous(this="toNullable", expressions=given[:1]), *given[1:]]
    kind = kind_of(call)
    text = BY_KIND.get(name, {}).get(kind, template.text)
    made = kinded(click_values.TEMPLATES.filled(text, given), kind)
    return _outside(call, made, template.outer) if template.outer else made


def _held(value: exp.Expr) -> exp.Expr:
    if isinstance(value, exp.Distinct):
        return exp.Distinct(expressions=[_held(each) for each in value.expressions])
    return exp.Anonymous(this="tuple", expressions=[value])


def _outside(node: exp.Expr, made: exp.Expr, outer: str) -> exp.Expr:
    """Write a template around a call, once its FILTER and OVER are there."""
    if isinstance(node.parent, exp.Filter | exp.Window) and node.arg_key == "this":
        made.meta[_OUTER] = outer
        return made
    kind = kind_of(made)
    return kinded(click_values.TEMPLATES.filled(outer, [made]), kind)


def _wrapped(node: exp.Expr) -> exp.Expr | None:
    kind = kind_of(node.this)
    outer: str | None = node.this.meta.pop(_OUTER, None)
    made = kinded(node.copy(), kind)
    return made if outer is None else _outside(node, made, outer)


def _cast(node: exp.Expr) -> exp.Expr:
    or_null = type(node) is exp.TryCast
    return click_casts.cast(node.this, node.args["to"], or_null=or_null)


def _like(node: exp.Expr) -> exp.Expr:
    """Write LIKE: a backslash is no escape in Presto, and another character may be one."""
    like, escape = (node.this, node.expression) if isinstance(node, exp.Escape) else (node, None)
    pattern = like.expression
    if isinstance(pattern, exp.Literal) and (escape is None or isinstance(escape, exp.Literal)):
        text = click_values.user_text(_pattern(pattern.name, escape.name if escape else ""))
        return exp.Like(this=like.this.copy(), expression=text)
    if escape is not None:
        raise SqlInvalid("LIKE takes a constant text where it has an ESCAPE")
    doubled = click_values.TEMPLATES.filled(r"replaceAll({0}, '\\', '\\\\')", [pattern])
    return exp.Like(this=like.this.copy(), expression=doubled)


def _pattern(pattern: str, escape: str) -> str:
    made, characters = "", iter(pattern)
    for each in characters:
        taken = next(characters, "") if each == escape else each
        is_plain = taken == "\\" or (each == escape and taken in {"%", "_"})
        made += "\\" + taken if is_plain else taken
    return made


def _bracket(node: exp.Expr) -> exp.Expr:
    assert isinstance(node, exp.Bracket)  # noqa: S101  # the table of writers says so
    if len(node.expressions) != 1:
        raise SqlInvalid("an element of an array has one place")
    (place,) = Write().generator().bracket_offset_expressions(node, index_offset=1)
    return exp.Anonymous(this="arrayElementOrNull", expressions=[node.this.copy(), place.copy()])


def _interval(node: exp.Expr) -> exp.Expr:
    number, unit = node.this, node.args.get("unit")
    name = unit.name.upper() if unit is not None else ""
    text = number.name if isinstance(number, exp.Literal) else ""
    if not text.lstrip("-").isdigit() or name not in _UNITS:
        raise SqlInvalid("INTERVAL takes a whole number and a unit, as `INTERVAL '1' DAY`")
    return exp.Anonymous(
        this=f"toInterval{name.capitalize()}", expressions=[exp.Literal.number(text)]
    )


def _extract(node: exp.Expr) -> exp.Expr:
    name = node.name.lower()
    found = TEMPLATES.get(name)
    if found is None or "{ts0}" not in found.text or found.kind != INTEGER:
        raise SqlInvalid(f"EXTRACT knows no {shown(name)}")
    return kinded(click_values.TEMPLATES.filled(found.text, [node.expression]), found.kind)


def _substring(node: exp.Expr) -> exp.Expr:
    given = [node.this, node.args.get("start") or exp.Literal.number(1)]
    if node.args.get("length"):
        given.append(node.args["length"])
    return exp.Anonymous(this="substringUTF8", expressions=[each.copy() for each in given])


_WRITERS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr | None]]] = {
    exp.Anonymous: _called,
    exp.Filter: _wrapped,
    exp.Window: _wrapped,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Div: lambda node: click_casts.divided(node.this, node.expression),
    exp.Like: _like,
    exp.Escape: _like,
    exp.Bracket: _bracket,
    exp.Interval: _interval,
    exp.Extract: _extract,
    exp.Substring: _substring,
    exp.StrPosition: lambda node: kinded(
        click_values.TEMPLATES.filled(
            "toInt64(positionUTF8({0}, {1}))", [node.this, node.args["substr"]]
        ),
        INTEGER,
    ),
    exp.CurrentTimestamp: lambda _: kinded(
        click_values.TEMPLATES.filled("now64(6)", ()), TIMESTAMP
    ),
    exp.CurrentDate: lambda _: click_values.TEMPLATES.filled("CAST(today(), 'Date32')", ()),
}
