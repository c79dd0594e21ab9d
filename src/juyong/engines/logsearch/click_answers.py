"""Answers of a ClickHouse server: rows with their types, and refusals by number.

Answers are in the format JSONCompactEachRowWithNamesAndTypes: a line of names, one of types, and a
line for each row. Source: ClickHouse reference, Formats, and ErrorCodes.cpp (documented).
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import msgspec

from juyong.engines.logsearch.errors import (
    EngineFailed,
    LogSearchError,
    SqlInvalid,
    TimedOut,
    TooMuchMemory,
)
from juyong.engines.logsearch.sql_results import original_text, value_text

FORMAT: Final = "JSONCompactEachRowWithNamesAndTypes"
_CODE = re.compile(r"Code: (\d+)\b.*?(?:DB::Exception: )?DB::Exception: ", re.DOTALL)
_BEHIND = re.compile(
    r"(: |\. )(In scope|In query|While|while|Look at|Note:|Please note|Maybe you meant)|"
    r" \([A-Z_]+\)|(, | )(query|source|expression):|\. \(|: \(at row",
)
_TIMES, _MEMORY = frozenset({"159", "160", "394"}), frozenset({"241", "158", "307", "396"})
_OF_THE_SQL: Final = frozenset(
    {"6", "8", "10", "36", "41", "42", "43", "44", "47", "48", "49", "50", "53", "63", "69"}
    | {"70", "72", "131", "153", "179", "184", "190", "206", "207", "215", "220", "349", "352"}
    | {"386", "403", "407", "427", "457", "691", "38", "321", "27", "395", "420"}
)
"""Errors that the SQL itself can cause; whatever else happens is no fault of the caller."""
_UNKNOWN_NAME = "47"
_NAME = re.compile(r"[`'\"\[]?(?:\w+\.)?[knu]_((?:[0-9a-f]{2})+)\b")


class Rows(msgspec.Struct, frozen=True):
    """An answer: the names of columns, their types, and values as JSON has them."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def rows_of(body: bytes) -> Rows:
    """Read an answer.

    Raises:
        EngineFailed: the answer has another form.
    """
    decoder = msgspec.json.Decoder(tuple[Any, ...])
    try:
        names, types, *rows = [decoder.decode(line) for line in body.splitlines() if line]
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise EngineFailed("the ClickHouse server answered in another form") from None
    if any(len(row) != len(names) for row in (types, *rows)):
        raise EngineFailed("the ClickHouse server answered in another form")
    return Rows(tuple(map(str, names)), tuple(map(str, types)), tuple(rows))


def refusal_of(text: str, *, of_caller: bool) -> LogSearchError:
    """Turn an error of the server into one that the caller may see.

    of_caller: the statement has SQL of a caller, who may be told what is wrong with the SQL.
    """
    found = _CODE.search(text)
    code = found[1] if found is not None else ""
    if code in _TIMES:
        return TimedOut("the query took too long and was stopped")
    if code in _MEMORY:
        return TooMuchMemory("the query needs too much memory, or its result is too long")
    if found is None or not of_caller or code not in _OF_THE_SQL:
        return EngineFailed(f"the ClickHouse server refused the question, code {code or 'unknown'}")
    said = _BEHIND.split(text[found.end() :], maxsplit=1)[0].partition("\n")[0]
    if code == _UNKNOWN_NAME and (name := _NAME.search(said)):
        key = bytes.fromhex(name[1]).decode("utf-8", "replace")
        return SqlInvalid(
            f"Column '{key}' cannot be resolved; please add the column in the index attribute"
        )
    return SqlInvalid(original_text(said))


def texts_of(rows: Rows) -> Iterator[tuple[str, ...]]:
    """Yield rows whose values are printed as SLS does.

    Raises:
        EngineFailed: a value is not of its type.
    """
    try:
        kinds = [_plain_type(each) for each in rows.types]
        for row in rows.rows:
            yield tuple(
                value_text(_value(value, kind)) for value, kind in zip(row, kinds, strict=True)
            )
    except _MALFORMED:
        raise EngineFailed("the ClickHouse server answered in another form") from None


def types_of(rows: Rows) -> tuple[str, ...]:
    """Return the types as Presto names them.

    Raises:
        EngineFailed: a type is none.
    """
    try:
        return tuple(map(presto_type, rows.types))
    except _MALFORMED:
        raise EngineFailed("the ClickHouse server answered in another form") from None


_MALFORMED: Final = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError),
)


def presto_type(name: str) -> str:
    """Name a type of ClickHouse as Presto does."""
    name = _plain_type(name)
    outer, inner = _split(name)
    match outer:
        case "Array":
            return f"array({presto_type(inner[0])})"
        case "Map":
            return f"map({presto_type(inner[0])}, {presto_type(inner[1])})"
        case "Tuple":
            return f"row({', '.join(map(presto_type, inner))})"
        case "Decimal":
            return f"decimal({','.join(inner)})"
        case "DateTime64":
            return "timestamp"
        case _:
            return _NAMES.get(name, name.lower())


_NAMES: Final = {
    "String": "varchar",
    "Bool": "boolean",
    "Int8": "tinyint",
    "Int16": "smallint",
    "Int32": "integer",
    "UInt8": "integer",
    "UInt16": "integer",
    "Int64": "bigint",
    "UInt32": "bigint",
    "UInt64": "bigint",
    "Float32": "real",
    "Float64": "double",
    "Date32": "date",
    "DateTime": "timestamp",
    "Nothing": "unknown",
}


def _plain_type(name: str) -> str:
    outer, inner = _split(name)
    return _plain_type(inner[0]) if outer in {"Nullable", "LowCardinality"} else name


def _split(name: str) -> tuple[str, list[str]]:
    """Split `Map(String, Array(Int64))` into its name and its parts."""
    outer, bracket, rest = name.partition("(")
    parts, depth, at = [], 0, 0
    rest = rest.removesuffix(")")
    for place, each in enumerate(rest):
        depth += (each == "(") - (each == ")")
        if each == "," and depth == 0:
            parts.append(rest[at:place].strip())
            at = place + 1
    return outer, [*parts, rest[at:].strip()] if bracket else []


def _value(value: Any, kind: str) -> Any:  # noqa: PLR0911  # one for each kind
    """Make the value that `value_text` prints; times become their text at once."""
    if value is None:
        return None
    outer, inner = _split(kind)
    match outer:
        case "Array":
            return [_value(each, _plain_type(inner[0])) for each in value]
        case "Map":
            keys, values = map(_plain_type, inner)
            return {_key(key, keys): _value(each, values) for key, each in value.items()}
        case "Tuple":
            return [_value(*pair) for pair in zip(value, map(_plain_type, inner), strict=True)]
        case "Float32" | "Float64":
            return float(value)
        case "Decimal":
            return Decimal(str(value))
        case "DateTime64":
            return value[: -len("000")]
        case "DateTime":
            return f"{value}.000"
        case _:
            return value


def _key(key: str, kind: str) -> Any:
    """Read the key of a map, which JSON has as text."""
    return float(key) if kind.startswith("Float") else key
