"""A text in Base64 that is taken out of a JSON document while the document arrives.

The reader knows just enough of JSON to tell where the text begins and ends. It judges nothing else:
a random mark stands for the text in the rest of the document, which is then read as
any other document is, and has the mark where the text is expected, or is refused.
"""

import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from juyong.api.errors import InvalidField
from juyong.base.ids import new_token
from juyong.gateway.errors import BodyTooLarge, MalformedBody
from juyong.gateway.wire.parameters import json_members

MOST_REST = 128 * 1024
"""Bytes that the document may have without the text."""
_MOST_DEPTH = 64
_MARK_LENGTH = 32
_STRUCTURE = re.compile(rb'["{}\[\],:]')
_END_OR_ESCAPE = re.compile(rb'["\\]')
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_LONGEST_ESCAPE = 6
_QUARTET = 4
_OBJECT, _ARRAY = ord("{"), ord("[")
_QUOTE, _COMMA, _COLON = ord('"'), ord(","), ord(":")
_CLOSING = b"}]"


class Base64Text:
    """Bytes of a JSON string in Base64, decoded piece by piece.

    name: Of the parameter, for what is refused.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._escape = b""
        self._left = b""
        self._padded = False
        self.is_empty = True

    def decoded(self, text: bytes, *, ends: bool) -> bytes:
        """Return what a further piece of the text stands for.

        Raises:
            InvalidField: it is no Base64; spaces and line ends are none either.
        """
        plain = self._left + self._plain(self._escape + text, ends=ends)
        self.is_empty = self.is_empty and not plain
        cut = len(plain) - len(plain) % _QUARTET
        self._left = plain[cut:]
        if (self._padded and plain) or (ends and self._left):
            raise self._refusal()
        try:
            found = binascii.a2b_base64(plain[:cut], strict_mode=True)
        except binascii.Error as bad:
            raise self._refusal() from bad
        self._padded = plain[:cut].endswith(b"=")
        return found

    def _plain(self, text: bytes, *, ends: bool) -> bytes:
        """Return a piece without its escapes, keeping back one that is not whole."""
        last = text.rfind(b"\\")
        if last < 0:
            self._escape = b""
            return text
        whole = ends or len(text) - last >= _LONGEST_ESCAPE or text[last + 1 : last + 2] == b"/"
        cut = len(text) if whole else last
        self._escape = text[cut:]
        plain = _ESCAPE.sub(self._character, text[:cut])
        if b"\\" in plain:
            raise self._refusal()
        return plain

    def _character(self, escape: re.Match[bytes]) -> bytes:
        number, letter = escape.groups()
        if number is None and letter != b"/":
            raise self._refusal()
        # What is no ASCII becomes what is no Base64.
        return chr(int(number, 16)).encode("ascii", "replace") if number else b"/"

    def _refusal(self) -> InvalidField:
        return InvalidField(self._name, "Format")


class MemberReader:
    """Takes a JSON document apart while it arrives.

    rest: The document, with a mark in the place of the text. found: Whether there was a text.
    """

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = path
        self._mark = new_token(_MARK_LENGTH).encode()
        self._text = Base64Text(".".join(path))
        self.rest = bytearray()
        self._seen = False
        self._take: Callable[[bytes, int, list[bytes]], int] = self._between
        # Of each object and array that is open: the name of its member at hand; None in arrays.
        self._names: list[str | None] = []
        self._is_name = False
        self._string = 0
        self._escaped = False

    @property
    def found(self) -> bool:
        """Whether a text was found that is not empty."""
        return self._seen and not self._text.is_empty

    def add(self, data: bytes) -> bytes:
        """Take bytes of the document; return what they hold of the bytes that the text stands for.

        Raises:
            InvalidField: the text is no Base64.
            BodyTooLarge: the rest of the document is too long.
            MalformedBody: the text stands there twice, or the document is nested too deeply.

        Cost: a step for each token of the rest.
        """
        at, found = 0, list[bytes]()
        while at < len(data):
            at = self._take(data, at, found)
            if len(self.rest) > MOST_REST:
                raise BodyTooLarge
        return b"".join(found)

    def members(self) -> dict[str, Any]:
        """Return the members of the document, which has ended, without the text.

        Raises:
            MalformedBody: it is no JSON object, or has the text at another place.
            InvalidField: another thing than a text stands in its place.
        """
        members = json_members(bytes(self.rest)) if self.rest or self._seen else {}
        held: Any = members
        for name in self._path[:-1]:
            held = held.get(name) if isinstance(held, dict) else None
        value = held.pop(self._path[-1], None) if isinstance(held, dict) else None
        if self._seen != (value == self._mark.decode()):
            raise MalformedBody
        if not self._seen and value is not None:
            raise InvalidField(".".join(self._path), "Format")
        return members

    def _between(self, data: bytes, at: int, _found: list[bytes]) -> int:
        """Go on to the next token that tells of structure."""
        token = _STRUCTURE.search(data, at)
        end = token.end() if token else len(data)
        self.rest += data[at:end]
        if token:
            self._turn(data[end - 1])
        return end

    def _turn(self, character: int) -> None:
        if character in (_OBJECT, _ARRAY):
            self._names.append("" if character == _OBJECT else None)
            self._is_name = character == _OBJECT
            if len(self._names) > _MOST_DEPTH:
                raise MalformedBody
        elif character in _CLOSING:
            del self._names[-1:]
            self._is_name = False
        elif character == _COMMA:
            self._is_name = bool(self._names) and self._names[-1] is not None
        elif character == _COLON:
            self._is_name = False
        else:
            self._begin_string()

    def _begin_string(self) -> None:
        if self._is_name or tuple(self._names) != self._path:
            self._string, self._take = len(self.rest), self._in_string
            return
        if self._seen:
            raise MalformedBody
        self._seen, self._take = True, self._in_text
        self.rest += self._mark

    def _in_string(self, data: bytes, at: int, _found: list[bytes]) -> int:
        """Go on to the end of a string of the rest."""
        if self._escaped:
            self._escaped = False
            self.rest += data[at : at + 1]
            return at + 1
        token = _END_OR_ESCAPE.search(data, at)
        end = token.end() if token else len(data)
        self.rest += data[at:end]
        if token and data[end - 1] == _QUOTE:
            if self._is_name and len(self._names) <= len(self._path):
                self._names[-1] = _read(self.rest[self._string - 1 :])
            self._take = self._between
        elif token:
            self._escaped = True
        return end

    def _in_text(self, data: bytes, at: int, found: list[bytes]) -> int:
        """Go on to the end of the text, or of the bytes; no Base64 holds a quotation mark."""
        end = data.find(b'"', at)
        ends = end >= 0
        stop = end if ends else len(data)
        found.append(self._text.decoded(data[at:stop], ends=ends))
        if not ends:
            return stop
        self.rest += b'"'
        self._take = self._between
        return stop + 1


def _read(string: bytes | bytearray) -> str:
    """Read the name of a member; one that cannot be read is none that is sought."""
    try:
        return str(json.loads(bytes(string)))
    except ValueError:
        return ""
