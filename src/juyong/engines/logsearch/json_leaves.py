"""Leaves of a JSON text: path and value of each, as far as the text can be read.

Strings come decoded, numbers, `true`, `false` and `null` as they are written, arrays as their whole
text. A text that breaks off gives the leaves before the break.

Source: SLS user guide, JSON type: leaf nodes only, arrays are not descended, the valid part of
invalid JSON is parsed (documented); that an array is text and null the word `null` (assumed).
"""

import re
from collections.abc import Iterator
from json import JSONDecodeError, decoder

from juyong.engines.logsearch.tokens import RESERVED

DEEPEST = 32
_scan_string = decoder.scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?|true|false|null", re.ASCII)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def first_leaves(text: str, max_depth: int = DEEPEST) -> dict[str, str]:
    """Return the leaves by their paths; of a path that comes twice the first."""
    found: dict[str, str] = {}
    for path, value in leaves(text, max_depth):
        found.setdefault(path, value)
    return found


class _Broken(Exception):
    """The text is no JSON from here on."""


def leaves(text: str, max_depth: int = DEEPEST) -> Iterator[tuple[str, str]]:
    """Yield path and value of each leaf of a JSON object; nothing for any other text.

    Args:
        text: The value of a key.
        max_depth: The most names that a path may have; deeper leaves are passed over.

    Cost: linear in the text. Names have spaces for the characters that files of columns use to
    separate words; names and strings lose lone surrogates, which have no UTF-8 form.
    """
    reader = _Reader(text, min(max_depth, DEEPEST))
    try:
        yield from reader.object(())
    except _Broken:
        return


class _Reader:
    def __init__(self, text: str, deepest: int) -> None:
        self.text, self.deepest, self.at = text, deepest, 0

    def object(self, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        self.take("{")
        if self.next() == "}":
            self.at += 1
            return
        while True:
            self.next()
            name = self.string()
            self.take(":")
            yield from self.value((*path, name))
            following = self.next()
            self.at += 1
            if following == "}":
                return
            if following != ",":
                raise _Broken

    def value(self, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        first = self.next()
        if first == "{" and len(path) < self.deepest:
            yield from self.object(path)
            return
        if first == '"':
            found: str | None = self.string()
        elif first in {"{", "["}:
            start = self.at
            self.skip()
            found = self.text[start : self.at] if first == "[" else None
        else:
            scalar = _SCALAR.match(self.text, self.at)
            if scalar is None:
                raise _Broken
            self.at, found = scalar.end(), scalar[0]
        if found is not None and len(path) <= self.deepest:
            yield ".".join(path).translate(RESERVED), found

    def string(self) -> str:
        if self.text[self.at : self.at + 1] != '"':
            raise _Broken
        try:
            found, self.at = _scan_string(self.text, self.at + 1, False)  # noqa: FBT003  # not strict
        except JSONDecodeError:
            raise _Broken from None
        return _SURROGATE.sub("\ufffd", found)

    def skip(self) -> None:
        """Go behind the bracket that closes the one at hand."""
        depth = 0
        for token in _BRACKET.finditer(self.text, self.at):
            if token[0] in {"[", "{"}:
                depth += 1
            elif token[0] in {"]", "}"}:
                depth -= 1
                if depth == 0:
                    self.at = token.end()
                    return
        raise _Broken

    def next(self) -> str:
        space = _SPACE.match(self.text, self.at)
        if space is not None:
            self.at = space.end()
        return self.text[self.at : self.at + 1]

    def take(self, wanted: str) -> None:
        if self.next() != wanted:
            raise _Broken
        self.at += 1
