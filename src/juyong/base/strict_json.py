"""JSON with one reading: no duplicate names, no NaN, bounded nesting, no lone surrogates."""

import json
import re
from collections.abc import Iterator
from typing import NoReturn

import msgspec

from juyong.base.shown import shown


class NotStrictJson(ValueError):
    """The text has no reading, or more than one; `reason` says where, fit for a message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Number(msgspec.Struct, frozen=True):
    """A JSON number kept as its text: nothing that is read here takes one, however large."""

    text: str


_MAX_DEPTH = 16
_SURROGATE = re.compile("[\ud800-\udfff]")

# A string, even an unterminated one, is taken whole: each character is looked at once.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def decode(text: str) -> object:
    """Decode one JSON text; numbers come back as Number.

    Raises:
        NotStrictJson: no JSON, a name twice in one object, NaN or Infinity, nested deeper than 16,
            or a character that has no UTF-8 form.

    Cost: linear in the text.
    """
    _refuse_depth(text)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as bad:
        raise NotStrictJson(f"the document is not JSON at character {bad.pos}") from None
    for part in _strings(value):
        if _SURROGATE.search(part):
            raise NotStrictJson("the document holds a lone surrogate")
    return value


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _strings(each)
        case dict():
            for name, each in value.items():
                yield name
                yield from _strings(each)


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise NotStrictJson(f"the document nests deeper than {_MAX_DEPTH} levels")
        elif first in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise NotStrictJson(f"the name {shown(name)} appears twice in one object")
        found[name] = value
    return found


def _constant(text: str) -> NoReturn:
    raise NotStrictJson(f"{shown(text)} is not JSON")
