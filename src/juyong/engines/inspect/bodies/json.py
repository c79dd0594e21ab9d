"""JSON bodies to arguments: `{"a": {"b": [1]}}` is `json.a.b.array_0=1`.

An own reader, since rules need what others drop: equal keys each time, numbers as written, lone
surrogates. Strict as RFC 8259: what is no JSON is an error, never a guess.

Source: RFC 8259; names of arguments as ModSecurity forms them (observed).
Cost: linear in the bytes, and ends at the first excess of depth, values or their names.
"""

import re

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.limits import Limits

_SPACE = rb"[ \t\r\n]*+"
_TEXT = rb'"([^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*+)*+)"'
_WORD = (
    rb"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.])"
    rb"|true(?![0-9A-Za-z_])|false(?![0-9A-Za-z_])|null(?![0-9A-Za-z_]))"
)
_TOKEN = re.compile(_SPACE + rb"(?:" + _TEXT + rb"|" + _WORD + rb"|([{}\[\],:]))")
_PLAIN_MEMBER = re.compile(
    _SPACE.join([rb"", rb"(,)?", _TEXT, rb":", rb"(?:" + _TEXT + rb"|" + _WORD + rb")"])
)
"""A member of an object with a text or a word, and the comma ahead: most of what bodies hold."""
_PLAIN_ELEMENT = re.compile(_SPACE.join([rb"", rb"(,)?", rb"(?:" + _TEXT + rb"|" + _WORD + rb")"]))
"""An element of an array that is a text or a word, and the comma ahead."""
_ESCAPE = re.compile(rb'((?:\\u[0-9A-Fa-f]{4})+)|\\(["\\/bfnrt])')
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_BLANK = b" \t\r\n"


class _Fault(Exception):
    """The text is no JSON."""


class _Excess(Exception):
    """The text exceeds a limit."""


class _Level:
    """An open object or array; name: Of what comes next in it; at: Its index in an array."""

    __slots__ = ("at", "closes", "empty", "path")

    def __init__(self, path: bytes, closes: bytes) -> None:
        self.path = path
        self.closes = closes
        self.at = 0
        self.empty = True


def read_json(body: bytes, parsed: Parsed, limits: Limits) -> None:
    """Add the arguments of a JSON text, and the fault where it has one."""
    try:
        body.decode()
    except UnicodeDecodeError:
        parsed.refuse("the JSON body is no UTF-8")
    if not body.strip(_BLANK):
        return
    reader = _Reader(body, parsed, limits)
    try:
        reader.read()
    except _Excess as fault:
        parsed.refuse(f"the JSON body {fault}", status=413)
    except _Fault as fault:
        # Rules also see the part that is not read.
        parsed.arguments.append((b"", reader.rest))
        if not parsed.cut:
            parsed.refuse(f"the JSON body {fault}")


class _Reader:
    def __init__(self, body: bytes, parsed: Parsed, limits: Limits) -> None:
        self._body = body
        self._limits = limits
        self._found = parsed.arguments
        self._at = 0
        self._began = 0
        self._told = 0
        self._named = 0
        self._levels: list[_Level] = []

    @property
    def rest(self) -> bytes:
        """The text from the fault on."""
        return self._body[self._began :]

    def read(self) -> None:
        """Read one value, and nothing behind."""
        self._value(b"json")
        while self._levels:
            level = self._levels[-1]
            if level.closes == b"}":
                self._plain_members(level)
            else:
                self._plain_elements(level)
            text, _, mark = self._token()
            if mark == level.closes:
                self._levels.pop()
                continue
            if not level.empty:
                if mark != b",":
                    raise _Fault("lacks a comma")
                text, _, mark = self._token()
                if mark == level.closes:
                    raise _Fault("has a comma too many")
            self._member(level, text, mark)
        if self._body[self._at :].strip(_BLANK):
            self._began = self._at
            raise _Fault("goes on behind its end")

    def _plain_members(self, level: _Level) -> None:
        """Read the members of an object up to one that is no plain member."""
        body, match, path = self._body, _PLAIN_MEMBER.match, level.path
        while (found := match(body, self._at)) is not None:
            comma, name, text, word = found.groups()
            if level.empty != (comma is None):
                return
            if text is None:
                text = b"" if word == b"null" else word
            elif b"\\" in text:
                text = _unescaped(text)
            if b"\\" in name:
                name = _unescaped(name)
            self._tell(b"%b.%b" % (path, name), text)
            self._at = found.end()
            level.empty = False

    def _plain_elements(self, level: _Level) -> None:
        """Read the elements of an array up to one that is no plain element."""
        body, match, path = self._body, _PLAIN_ELEMENT.match, level.path
        while (found := match(body, self._at)) is not None:
            comma, text, word = found.groups()
            if level.empty != (comma is None):
                return
            if text is None:
                text = b"" if word == b"null" else word
            elif b"\\" in text:
                text = _unescaped(text)
            self._tell(b"%b.array_%d" % (path, level.at), text)
            self._at = found.end()
            level.at += 1
            level.empty = False

    def _tell(self, path: bytes, text: bytes) -> None:
        """Add an argument."""
        self._count(path)
        self._found.append((path, text))

    def _count(self, path: bytes) -> None:
        """Count a value.

        Raises:
            _Excess: there are too many, or their names are too long.
        """
        self._told += 1
        self._named += len(path)
        if self._told > self._limits.values:
            raise _Excess(f"has more than {self._limits.values} values")
        if self._named > self._limits.names:
            raise _Excess(f"has more than {self._limits.names} bytes of names")

    def _member(self, level: _Level, text: bytes | None, mark: bytes | None) -> None:
        level.empty = False
        level.at += 1
        if level.closes == b"]":
            self._at = self._began
            self._value(b"%s.array_%d" % (level.path, level.at - 1))
            return
        if text is None or mark is not None:
            raise _Fault("has a member without a name")
        if self._token()[2] != b":":
            raise _Fault("has a name without a value")
        self._value(b"%s.%s" % (level.path, _unescaped(text)))

    def _value(self, path: bytes) -> None:
        text, word, mark = self._token()
        if text is not None:
            self._tell(path, _unescaped(text))
        elif word is not None:
            self._tell(path, b"" if word == b"null" else word)
        elif mark in (b"{", b"["):
            if len(self._levels) >= self._limits.json_depth:
                raise _Excess(f"is deeper than {self._limits.json_depth} levels")
            self._count(path)
            self._levels.append(_Level(path, b"}" if mark == b"{" else b"]"))
        else:
            raise _Fault("lacks a value")

    def _token(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        match = _TOKEN.match(self._body, self._at)
        if match is None:
            self._began = self._at
            ends = not self._body[self._at :].strip(_BLANK)
            raise _Fault("ends early" if ends else f"is no JSON at byte {self._at}")
        self._began, self._at = self._at, match.end()
        return match[1], match[2], match[3]


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(_letter, text) if b"\\" in text else text


def _letter(found: re.Match[bytes]) -> bytes:
    if found[1]:
        units = bytes.fromhex(found[1].replace(b"\\u", b"").decode())
        return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")
    return _LETTERS.get(found[2], found[2])
