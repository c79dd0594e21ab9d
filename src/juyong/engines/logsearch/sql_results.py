"""Results of SQL, whichever engine answers: names, values as SLS prints them, and a bound."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from juyong.engines.logsearch.errors import EngineFailed, TooMuchMemory

MOST_BYTES: Final = 64 << 20
"""Characters of a result."""
_MADE = re.compile(r'"?\b[cknut]_((?:[0-9a-f]{2})+)\b"?')
_EDGE = b"PAR1"


def check_file(path: str) -> None:
    """Refuse a damaged file before the query of a user runs, whose errors are the user's."""
    with Path(path).open("rb") as file:
        head = file.read(len(_EDGE))
        file.seek(-len(_EDGE), 2)
        if head != _EDGE or file.read() != _EDGE:
            raise EngineFailed("a file of logs is damaged")


def original_name(name: str, names: dict[str, str]) -> str:
    """Return what the query calls a column of the result; see `sql_front.Translated.names`."""
    found = _MADE.fullmatch(name)
    if found is None:
        return name
    made = found[1]
    return names.get(made, "") if name.startswith("u_") else bytes.fromhex(made).decode()


def original_text(text: str) -> str:
    """Put the query's names into a text that has those of the SQL that ran."""
    return _MADE.sub(lambda m: bytes.fromhex(m[1]).decode("utf-8", "replace").rstrip("'"), text)


def bounded(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield rows of a result.

    Raises:
        TooMuchMemory: they have more than MOST_BYTES characters.
    """
    size = 0
    for row in rows:
        size += sum(map(len, row))
        if size > MOST_BYTES:
            raise TooMuchMemory(f"the result has more than {MOST_BYTES} characters")
        yield row


def value_text(value: Any) -> str:  # noqa: PLR0911  # one for each kind
    """Print a value of a result as SLS does.

    Source: SLS API reference, GetLogsV2 (documented): values are text; NULL is `null`, a double
    as Java prints it, a timestamp with milliseconds, arrays and maps as JSON.
    """
    match value:
        case None:
            return "null"
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return java_double(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        case int() | Decimal() | date():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            return msgspec.json.encode(_plain(value)).decode()


def _plain(value: Any) -> Any:
    match value:
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {value_text(key): _plain(each) for key, each in value.items()}
        case None | bool() | int() | str():
            return value
        case float():
            return value if value - value == 0 else java_double(value)
        case _:
            return value_text(value)


def java_double(value: float) -> str:
    """Print a double as `Double.toString` of Java does: 60.0, 1.0E10, NaN."""
    if value != value:  # noqa: PLR0124  # only NaN
        return "NaN"
    if value - value != 0:
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:  # noqa: PLR2004  # where Java changes its form
        text = format(Decimal(repr(value)), "f")
        return text if "." in text else text + ".0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{rest}E{int(exponent) + len(digits) - 1}"
