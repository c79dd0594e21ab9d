"""Functions over times and JSON whose constants decide what ClickHouse is asked.

Times are DateTime64(6) in the zone of the session, which `click_settings` names. Source: ClickHouse
reference, Functions for dates and times, JSON functions (documented).
"""

import re
from collections.abc import Callable
from typing import Final

from sqlglot import exp

from juyong.base.shown import shown
from juyong.engines.logsearch.click_functions import INTEGER, TEXT, TIMESTAMP
from juyong.engines.logsearch.click_kinds import kinded
from juyong.engines.logsearch.click_values import TEMPLATES, user_text
from juyong.engines.logsearch.errors import SqlInvalid
from juyong.engines.logsearch.sql_dates import constant_of, format_of, unit_of

_FORMAT = re.compile(r"%(.)", re.DOTALL)
_SAME: Final = {letter: f"%{letter}" for letter in "YmdHSypjbaIfiMWT%"}
_WRITTEN: Final = _SAME | {"s": "%S", "h": "%I", "r": "%I:%i:%S %p"}
_PARSED: Final = _SAME | {letter: f"%{letter}" for letter in "shekcl"}
_PIECES: Final = {
    "e": "toString(toDayOfMonth({0}))",
    "D": "toString(toDayOfMonth({0}))",
    "c": "toString(toMonth({0}))",
    "k": "toString(toHour({0}))",
    "l": "toString((toHour({0}) + 11) % 12 + 1)",
    "v": "leftPad(toString(toISOWeek({0})), 2, '0')",
}
"""Letters that are written by functions, since ClickHouse pads what they stand for."""
_MOST_PIECES: Final = 40
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\["([^"]*)"\]|\['([^']*)'\]""", re.ASCII)


def formatted(value: exp.Expr, text: str) -> exp.Expr:
    """Write a timestamp in a format of MySQL's, which `format_of` returned.

    Raises:
        SqlInvalid: the format has too many parts.
    """
    pieces: list[exp.Expr] = [exp.Literal.string("")]
    plain, at = "", 0
    for found in _FORMAT.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        if found[1] in _WRITTEN:
            plain += _WRITTEN[found[1]]
            continue
        pieces += [_plain(value, plain), TEMPLATES.filled(_PIECES[found[1]], [value])]
        plain = ""
    pieces.append(_plain(value, plain + text[at:]))
    if len(pieces) > _MOST_PIECES:
        raise SqlInvalid("the format of a time has too many parts")
    return kinded(exp.Anonymous(this="concat", expressions=pieces), TEXT)


def _plain(value: exp.Expr, text: str) -> exp.Expr:
    return exp.Anonymous(this="formatDateTime", expressions=[value.copy(), user_text(text)])


def _date_trunc(given: list[exp.Expr]) -> exp.Expr:
    unit = unit_of(given[0], "date_trunc")
    text = f"CAST(dateTrunc('{unit}', {{ts0}}), 'DateTime64(6)')"
    return kinded(TEMPLATES.filled(text, given[1:]), TIMESTAMP)


def _date_format(given: list[exp.Expr]) -> exp.Expr:
    return formatted(TEMPLATES.filled("identity({ts0})", given), format_of(given[1], "date_format"))


def _date_parse(given: list[exp.Expr]) -> exp.Expr:
    def letter(found: re.Match[str]) -> str:
        if found[1] not in _PARSED:
            raise SqlInvalid(f"{shown('date_parse')} knows no {shown(found[0])} on ClickHouse")
        return _PARSED[found[1]]

    text = user_text(_FORMAT.sub(letter, format_of(given[1], "date_parse")))
    parsed = TEMPLATES.filled("CAST(parseDateTime64({0}, {1}), 'DateTime64(6)')", [given[0], text])
    return kinded(parsed, TIMESTAMP)


def _date_diff(given: list[exp.Expr]) -> exp.Expr:
    """Count whole units, as Presto does."""
    unit = unit_of(given[0], "date_diff")
    return kinded(TEMPLATES.filled(f"toInt64(age('{unit}', {{ts0}}, {{ts1}}))", given[1:]), INTEGER)


def _date_add(given: list[exp.Expr]) -> exp.Expr:
    unit = unit_of(given[0], "date_add").capitalize()
    added = TEMPLATES.filled(f"add{unit}s({{ts1}}, {{0}})", given[1:])
    return kinded(added, TIMESTAMP)


def _from_unixtime(given: list[exp.Expr]) -> exp.Expr:
    at = "fromUnixTimestamp64Micro(toInt64({0} * 1000000))"
    if len(given) > 1:
        # The clock of that zone, read as a time of the zone of the session.
        at = f"CAST(toString(toTimeZone({at}, {{1}})), 'DateTime64(6)')"
    return kinded(TEMPLATES.filled(at, given), TIMESTAMP)


def _path(value: exp.Expr, name: str) -> list[exp.Expr]:
    """Read a path such as `$.a.b[0]` as the arguments that ClickHouse takes.

    Raises:
        SqlInvalid: the path is no constant, or has another form.
    """
    text = constant_of(value, name)
    steps: list[exp.Expr] = []
    at = 1
    while text.startswith("$") and (found := _STEP.match(text, at)):
        at = found.end()
        if found[2] is not None:
            steps.append(exp.Literal.number(int(found[2]) + 1))
        else:
            key = next(part for part in (found[1], found[3], found[4]) if part is not None)
            steps.append(user_text(key))
    if at != len(text) or not text.startswith("$"):
        raise SqlInvalid(f"{shown(name)} takes a path such as `$.a.b[0]`, not {shown(text)}")
    return steps


def _json(name: str, given: list[exp.Expr], steps: list[exp.Expr]) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[given[0].copy(), *(each.copy() for each in steps)])


def _json_extract(given: list[exp.Expr]) -> exp.Expr:
    raw = _json("JSONExtractRaw", given, _path(given[1], "json_extract"))
    return kinded(TEMPLATES.filled("nullIf({0}, '')", [raw]), TEXT)


def _json_extract_scalar(given: list[exp.Expr]) -> exp.Expr:
    steps = _path(given[1], "json_extract_scalar")
    kind, text, raw = (
        _json(f"JSON{name}", given, steps) for name in ("Type", "ExtractString", "ExtractRaw")
    )
    made = TEMPLATES.filled(
        "multiIf(toString({0}) = 'String', {1}, "
        "toString({0}) IN ('Int64', 'UInt64', 'Double', 'Bool'), {2}, NULL)",
        [kind, text, raw],
    )
    return kinded(made, TEXT)


def _json_size(given: list[exp.Expr]) -> exp.Expr:
    return kinded(
        TEMPLATES.filled(
            "toInt64({0})", [_json("JSONLength", given, _path(given[1], "json_size"))]
        ),
        INTEGER,
    )


def _json_array_length(given: list[exp.Expr]) -> exp.Expr:
    text = "if(toString(JSONType({0})) = 'Array', toInt64(JSONLength({0})), NULL)"
    return kinded(TEMPLATES.filled(text, given), INTEGER)


SPECIAL: Final[dict[str, Callable[[list[exp.Expr]], exp.Expr]]] = {
    "date_trunc": _date_trunc,
    "date_format": _date_format,
    "date_parse": _date_parse,
    "date_diff": _date_diff,
    "date_add": _date_add,
    "from_unixtime": _from_unixtime,
    "json_extract": _json_extract,
    "json_extract_scalar": _json_extract_scalar,
    "json_size": _json_size,
    "json_array_length": _json_array_length,
}
