"""SQL over several logstores: the columns that all have together, and the time asked of each.

Source: SLS API reference, GetProjectLogs (documented): FROM names logstores, and WHERE bounds
`__time__`.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from sqlglot import exp

from juyong.engines.logsearch.errors import SqlInvalid
from juyong.engines.logsearch.index import NUMERIC, Field, FieldType, IndexConfig
from juyong.engines.logsearch.port import ALWAYS, Window
from juyong.engines.logsearch.sql_front import TIME, parsed, sql_fields


def merged(indexes: Iterable[IndexConfig]) -> IndexConfig:
    """Return an index with the columns of all; a key with several types is text, or a double."""
    fields: dict[str, Field] = {}
    for index in indexes:
        for field in sql_fields(index):
            held = fields.get(field.name, field)
            fields[field.name] = msgspec.structs.replace(held, type=_common(held, field))
    return IndexConfig(keys=tuple(fields.values()))


def _common(one: Field, other: Field) -> FieldType:
    if one.type is other.type:
        return one.type
    return FieldType.DOUBLE if {one.type, other.type} <= NUMERIC else FieldType.TEXT


def windows(sql: str, stores: Iterable[str]) -> dict[str, Window]:
    """Return the logstores that FROM names, each with a window outside of which no log is asked of.

    A bound is a comparison of `__time__` with a whole number that must hold for each row of its
    SELECT; other conditions bound nothing here.

    Raises:
        SqlInvalid: the text is no SELECT.
    """
    try:
        tree = parsed(sql)
    except RecursionError:
        raise SqlInvalid("the SQL nests too deeply") from None
    names = {name.lower(): name for name in stores}
    found: dict[str, Window] = {}
    for select in tree.find_all(exp.Select):
        for name, window in _asked(select, names):
            held = found.get(name, window)
            found[name] = Window(min(held.start_s, window.start_s), max(held.end_s, window.end_s))
    return found


def _asked(select: exp.Select, names: Mapping[str, str]) -> Iterator[tuple[str, Window]]:
    """Yield the logstores of one SELECT."""
    joined = [select.args.get("from_"), *select.args.get("joins", ())]
    tables = [each.this for each in joined if each is not None]
    for table in tables:
        name = names.get(table.name.lower()) if isinstance(table, exp.Table) else None
        if name is not None:
            called = (
                {"", table.alias_or_name.lower()}
                if len(tables) == 1
                else {table.alias_or_name.lower()}
            )
            yield name, _bounded(select.args.get("where"), called)


def _bounded(where: exp.Where | None, called: set[str]) -> Window:
    start, end = ALWAYS.start_s, ALWAYS.end_s
    for each in _all_hold(where.this) if where is not None else ():
        match each:
            case exp.GTE() | exp.GT() | exp.LTE() | exp.LT() | exp.EQ():
                low, high = _range(each, called)
            case exp.Between() if _is_time(each.this, called):
                low, high = _number(each.args["low"]), _number(each.args["high"])
            case _:
                low = high = None
        start = start if low is None else max(start, low)
        end = end if high is None else min(end, high + 1)
    return Window(min(start, end), end)


def _all_hold(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions of which each must hold."""
    pending = [condition]
    while pending:
        each = pending.pop()
        match each:
            case exp.And():
                pending += [each.left, each.right]
            case exp.Paren():
                pending.append(each.this)
            case _:
                yield each


def _range(each: exp.Binary, called: set[str]) -> tuple[int | None, int | None]:
    """Return the least and the greatest time of a comparison; None for no bound."""
    kind: type[exp.Expr] = type(each)
    turned: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.GTE: exp.LTE,
        exp.GT: exp.LT,
        exp.LTE: exp.GTE,
        exp.LT: exp.GT,
    }
    if _is_time(each.left, called):
        number = _number(each.right)
    elif _is_time(each.right, called):
        number = _number(each.left)
        kind = turned.get(kind, kind)
    else:
        return None, None
    if number is None:
        return None, None
    lows: dict[type[exp.Expr], int] = {exp.GTE: number, exp.GT: number + 1, exp.EQ: number}
    highs: dict[type[exp.Expr], int] = {exp.LTE: number, exp.LT: number - 1, exp.EQ: number}
    return lows.get(kind), highs.get(kind)


def _is_time(each: exp.Expr, called: set[str]) -> bool:
    return (
        isinstance(each, exp.Column)
        and each.name.lower() == TIME
        and each.table.lower() in called
        and not each.args.get("db")
    )


def _number(each: exp.Expr) -> int | None:
    is_number = isinstance(each, exp.Literal) and not each.is_string and each.name.isdigit()
    return int(each.name) if is_number else None
