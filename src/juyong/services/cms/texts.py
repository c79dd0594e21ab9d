"""Read the texts that callers send: dimensions, values, times and periods.

Every function raises ValueError for a text that has no reading; `Reads` makes such a function the
rule of a parameter.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from juyong.api.errors import InvalidField
from juyong.base.clock import Instant, parse_iso

Dimensions = Mapping[str, str]

MOST_DIMENSIONS = 20
MOST_RESOURCES = 100
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_LONGEST_VALUE = 512
_DIGITS = re.compile(r"[0-9]{1,15}")
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_COMPACT = re.compile(r"(\d{8}T\d{6})(?:\.\d{1,3})?([+-]\d{4}|Z)", re.ASCII)
_SECONDS_END = 10**11
_RESERVED = frozenset(("timestamp", "order", "_count"))
_LARGEST = 1e300


class Reads(msgspec.Struct, frozen=True):
    """The rule of a parameter that a function must be able to read; refused with `Format`."""

    read: Callable[[str], object]

    def check(self, name: str, value: str) -> None:
        """Refuse a text that has no reading."""
        try:
            self.read(value)
        except ValueError as bad:
            raise InvalidField(name, "Format") from bad


def dimensions(text: str) -> dict[str, str]:
    """Read the dimensions of one resource, a JSON object of texts or numbers."""
    return _dimensions(_decoded(text))


def resources(text: str) -> tuple[dict[str, str], ...]:
    """Read the dimensions of resources, a JSON array of objects or one object.

    `[{"resource": "_ALL"}]` is the array with one empty object, which every resource meets.
    """
    found = _decoded(text)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not 0 < len(found) <= MOST_RESOURCES:
        raise ValueError("no array of resources")
    every = {"resource": "_ALL"}
    return tuple({} if each == every else _dimensions(each) for each in found)


def group_by(text: str) -> tuple[str, ...]:
    """Read the expression `{"groupby": ["userId", …]}`."""
    match _decoded(text):
        case {"groupby": list() as names, **rest} if names and not rest:
            if all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
                return tuple(names)
    raise ValueError("no groupby expression")


def labels(text: str) -> dict[str, str]:
    """Read a filter by labels: `[{"name": …, "value": …}, …]` or one such object."""
    found = _decoded(text)
    wanted: dict[str, str] = {}
    for each in found if isinstance(found, list) else [found]:
        match each:
            case {"name": str() as name, "value": str() as value}:
                wanted[name] = value
            case _:
                raise ValueError("no label")
    return wanted


def values(text: str) -> dict[str, float]:
    """Read the values of a sample, a JSON object of finite numbers."""
    found = _decoded(text)
    if not isinstance(found, dict) or not found:
        raise ValueError("no object of numbers")
    return {name: _number(value) for name, value in found.items()}


def number(text: str) -> float:
    """Read a finite number; no text such as `nan`."""
    return _number(float(text))


def moment(text: str) -> Instant:
    """Read an instant: a count since 1970, or a time in one of three forms.

    The forms are `YYYY-MM-DD hh:mm:ss` and `YYYY-MM-DDThh:mm:ssZ`, both in UTC, and
    `YYYYMMDDThhmmss.SSS+0800`.

    Source: DescribeMetricList, PutCustomMetric (documented); seconds are told from milliseconds by
    their size (assumed).
    """
    if _DIGITS.fullmatch(text):
        count = int(text)
        return Instant(count // 1000 if count >= _SECONDS_END else count)
    if spaced := _SPACED.fullmatch(text):
        text = f"{spaced[1]}T{spaced[2]}Z"
    if compact := _COMPACT.fullmatch(text):
        zone = compact[2].replace("Z", "+0000")
        made = datetime.strptime(compact[1] + zone, "%Y%m%dT%H%M%S%z")
        return Instant(max(0, int(made.timestamp())))
    return Instant(max(0, parse_iso(text)))


def named(dims: Dimensions) -> str:
    """Write dimensions in the one way in which the store knows a series."""
    return to_json(dict(sorted(dims.items())))


def meets(wanted: tuple[Dimensions, ...], held: Dimensions) -> bool:
    """Tell whether a series has all dimensions of one of some resources; none wants all series."""
    return not wanted or any(all(held.get(k) == v for k, v in each.items()) for each in wanted)


def instance_of(dims: str) -> str:
    """Return what people call a resource, from its dimensions as `named` writes them."""
    held = dimensions_of(dims)
    return held.get("instanceId") or held.get("apiName") or ""


def dimensions_of(dims: str) -> dict[str, str]:
    """Return dimensions that the store holds."""
    return msgspec.json.decode(dims, type=dict[str, str])


def names_of(text: str) -> list[str]:
    """Return the texts of a JSON array that the store holds."""
    return msgspec.json.decode(text, type=list[str])


def split(names: str) -> list[str]:
    """Return the names in a text with commas, each once."""
    return list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))


def to_json(value: object) -> str:
    """Write a value as the store holds it."""
    return msgspec.json.encode(value).decode()


def alike(row: object, **wanted: object) -> bool:
    """Tell whether a row has all values that are wanted; None wants any."""
    return all(value in (None, getattr(row, name)) for name, value in wanted.items())


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except RecursionError as bad:
        raise ValueError("nested too deep") from bad


def _dimensions(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not 0 < len(found) <= MOST_DIMENSIONS:
        raise ValueError("no object of dimensions")
    return {_name(name): _value(value) for name, value in found.items()}


def _name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise ValueError("no name of a dimension")
    return name


def _value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_VALUE or "\x00" in value:
        raise ValueError("no value of a dimension")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")  # noqa: TRY004  # a text that has no reading
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError("no finite number")
    return float(value)
