"""The text of a regular expression to a tree of the bytes that may match.

The tree matches at least what the pattern matches: assertions become the empty text, look-around is
dropped, back-references may be any text. A character is a byte (Latin-1). ASCII letters are folded
to lower case, since factors are looked for in text folded so; of other letters both cases are
taken. A pattern that this parser does not understand has no tree, and then no factors.

Source: syntax of RE2 and PCRE (documented).
"""

import re
from dataclasses import dataclass

_DEPTH = 50
_DIGITS = frozenset(b"0123456789")
_WORD = frozenset(b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SPACE = frozenset(b"\t\n\v\f\r ")
_ALL = frozenset(range(256))
_CASED = frozenset(range(0xC0, 0x100)) - {0xD7, 0xDF, 0xF7, 0xFF}
_NAMED = {
    "alnum": _WORD - {0x5F},
    "alpha": _WORD - _DIGITS - {0x5F},
    "ascii": frozenset(range(128)),
    "blank": frozenset(b"\t "),
    "cntrl": frozenset(range(32)) | {127},
    "digit": _DIGITS,
    "graph": frozenset(range(33, 127)),
    "lower": frozenset(range(97, 123)),
    "print": frozenset(range(32, 127)),
    "punct": frozenset(range(33, 127)) - (_WORD - {0x5F}),
    "space": _SPACE,
    "upper": frozenset(range(65, 91)),
    "word": _WORD,
    "xdigit": frozenset(b"0123456789abcdefABCDEF"),
}
# RE2 and PCRE disagree on \s, \h and \v: a set that is asked for takes the larger meaning, a set
# that is excluded the smaller, so that either engine matches no more than the tree.
_WIDE = {
    "d": _DIGITS,
    "D": _ALL - _DIGITS,
    "w": _WORD,
    "W": _ALL - _WORD,
    "s": _SPACE,
    "S": _ALL - _SPACE | {0x0B},
    "h": frozenset(b"\t \xa0"),
    "H": _ALL - frozenset(b"\t "),
    "v": frozenset(b"\n\v\f\r\x85"),
}
_NARROW = _WIDE | {
    "s": _SPACE - {0x0B},
    "S": _ALL - _SPACE,
    "h": frozenset(b"\t "),
    "v": frozenset(b"\v"),
}
_CONTROL = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9}
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d{1,5})(,(\d{0,5}))?\})[?+]?")
_FLAGS = re.compile(r"\(\?([imsUx]*)(?:-[imsUx]+)?([:)])")
_GROUP = re.compile(r"\((?:\?(?::|\||>|P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')|(?!\?|\*))")
_LOOK = re.compile(r"\(\?<?[=!]")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{0,2}))")
_OCTAL = re.compile(r"0[0-7]{0,2}")
_REFERENCE = re.compile(r"\d{1,3}|[kg]\{?-?\w*\}?|k[<'][\w]+[>']")
_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")


class UnreadableError(Exception):
    """The pattern uses syntax that this parser does not know."""


@dataclass(frozen=True, slots=True)
class Chars:
    """A byte of a set, folded."""

    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts in order; without parts, the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same, from least to most times; most: None without a bound."""

    of: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Anything:
    """Any text."""


Node = Chars | Sequence | Choice | Repeat | Anything
EMPTY = Sequence(())


def fold(members: frozenset[int]) -> frozenset[int]:
    """Return a set of bytes with capital letters made small, and both cases beyond ASCII."""
    other = frozenset(at ^ 0x20 for at in members & _CASED)
    return frozenset(bytes(members).lower()) | other


def parse(pattern: str) -> Node:
    """Return the tree of a pattern.

    Raises:
        UnreadableError: the pattern is no regular expression that this parser knows.
    """
    parser = _Parser(pattern)
    node = parser.choice(0)
    if parser.at < len(pattern):
        raise UnreadableError(f"`)` without `(` at {parser.at}")
    return node


class _Parser:
    """A cursor over a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def choice(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise UnreadableError("groups nest too deep")
        options = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.peek() not in "|)":
            if self.text.startswith("\\Q", self.at):
                parts.extend(self.quoted())
                continue
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        if self.at >= len(self.text):
            raise UnreadableError("the pattern ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def quoted(self) -> list[Node]:
        end = self.text.find("\\E", self.at)
        words = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
        self.at = end + 2 if end >= 0 else len(self.text)
        parts = [_character(ord(at)) for at in words]
        if parts:
            parts[-1] = self.quantified(parts[-1])
        return parts

    def quantified(self, node: Node) -> Node:
        while found := _QUANTIFIER.match(self.text, self.at):
            self.at = found.end()
            node = Repeat(node, *_bounds(found))
        return node

    def atom(self, depth: int) -> Node:
        match self.take():
            case "(":
                self.at -= 1
                return self.group(depth)
            case "[":
                return self.set()
            case ".":
                return Chars(_ALL)
            case "^" | "$":
                return EMPTY
            case "\\":
                return self.escape()
            case other:
                return _character(ord(other))

    def group(self, depth: int) -> Node:
        if self.text.startswith("(?#", self.at):
            end = self.text.find(")", self.at)
            self.at = end + 1 if end >= 0 else len(self.text)
            return EMPTY
        if _LOOK.match(self.text, self.at):
            self.inside(_LOOK, depth)
            return EMPTY
        if found := _FLAGS.match(self.text, self.at):
            if "x" in found[1]:
                raise UnreadableError("free spacing")
            if found[2] == ")":
                self.at = found.end()
                return EMPTY
            return self.inside(_FLAGS, depth)
        if _GROUP.match(self.text, self.at):
            return self.inside(_GROUP, depth)
        raise UnreadableError(f"a group at {self.at}")

    def inside(self, opening: re.Pattern[str], depth: int) -> Node:
        if found := opening.match(self.text, self.at):
            self.at = found.end()
        node = self.choice(depth + 1)
        if self.take() != ")":
            raise UnreadableError("a group without end")
        return node

    def escape(self) -> Node:
        letter = self.peek()
        if letter and letter in "bBAzZG":
            self.at += 1
            return EMPTY
        if letter in "123456789kg":
            return self.reference()
        if letter in "pPXCKR":
            self.property(letter)
            return Anything()
        one = self.escaped(_WIDE)
        return Chars(fold(one)) if isinstance(one, frozenset) else _character(one)

    def reference(self) -> Node:
        if not (found := _REFERENCE.match(self.text, self.at)):
            raise UnreadableError("a reference")
        self.at = found.end()
        return Anything()

    def property(self, letter: str) -> None:
        self.at += 1
        if letter in "pP":
            if self.take() != "{":
                return
            end = self.text.find("}", self.at)
            if end < 0:
                raise UnreadableError("a property without end")
            self.at = end + 1

    def escaped(self, short: dict[str, frozenset[int]]) -> frozenset[int] | int:
        """Take what follows a backslash, in a set or outside."""
        if found := _HEX.match(self.text, self.at):
            self.at = found.end()
            return int(found[1] or found[2] or "0", 16)
        if found := _OCTAL.match(self.text, self.at):
            self.at = found.end()
            return int(found[0], 8)
        letter = self.take()
        if letter in short:
            return short[letter]
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter.isascii() and letter.isalnum():
            raise UnreadableError(f"escape `{letter}`")
        return ord(letter)

    def set(self) -> Node:
        negated = self.peek() == "^"
        self.at += negated
        short = _NARROW if negated else _WIDE
        members: set[int] = set()
        first = True
        while first or self.peek() != "]":
            first = False
            low = self.member(short)
            if isinstance(low, frozenset):
                members |= low
                continue
            high = low
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                end = self.member(short)
                if isinstance(end, frozenset):
                    members |= end | {0x2D}
                else:
                    high = end
            members.update(range(low, min(high, 255) + 1))
        self.at += 1
        found = frozenset(members)
        if negated:
            # Capital letters count apart here: folding may only add to what the set matches.
            found = _ALL - found
        return Chars(fold(found))

    def member(self, short: dict[str, frozenset[int]]) -> frozenset[int] | int:
        if found := _CLASS.match(self.text, self.at):
            self.at = found.end()
            if found[2] not in _NAMED:
                raise UnreadableError(f"class `{found[2]}`")
            return _ALL - _NAMED[found[2]] if found[1] else _NAMED[found[2]]
        one = self.take()
        if one != "\\":
            return ord(one)
        if self.peek() == "b":
            self.at += 1
            return 8
        if self.peek() in "pPQEX":
            raise UnreadableError("an escape in a set")
        return self.escaped(short)


def _character(code: int) -> Node:
    return Chars(fold(frozenset({code}))) if code in _ALL else Anything()


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    if found[1]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found[1]]
    least = int(found[2])
    if found[3] is None:
        return least, least
    return least, int(found[4]) if found[4] else None
