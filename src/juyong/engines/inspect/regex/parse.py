"""From a text of PCRE to a tree."""

import re

import msgspec
from msgspec import structs

from juyong.engines.inspect.regex.sets import ALL, ESCAPED, POSIX, Bytes, folded
from juyong.engines.inspect.regex.tree import (
    EMPTY,
    Atomic,
    Back,
    Choice,
    Group,
    Look,
    Mode,
    Node,
    OneOf,
    Place,
    Repeat,
    Sequence,
)

LONGEST = 65_536
DEEPEST = 100
MOST_TIMES = 1_000


class PatternRefused(ValueError):
    """A pattern that is malformed or cannot be carried out; the text says why."""


def parse(text: bytes) -> tuple[Node, int]:
    """Return the tree of a pattern, and how many groups it has.

    A dot matches line feeds and `$` the end only, as under ModSecurity 2.9.

    Raises:
        PatternRefused: See its text.
    """
    if len(text) > LONGEST:
        raise PatternRefused(f"a pattern of {len(text)} bytes; at most {LONGEST} are read")
    parser = _Parser(text)
    node = parser.choice(_Flags())
    if parser.at < len(text):
        raise PatternRefused(f"a parenthesis closes nothing at {parser.at}")
    for number in parser.referred:
        if number > parser.groups:
            raise PatternRefused(f"there is no group {number}")
    return node, parser.groups


class _Flags(msgspec.Struct, frozen=True):
    """Options in force: i, m, s and x."""

    fold: bool = False
    lines: bool = False
    dots: bool = True
    spaced: bool = False


_COUNT = re.compile(rb"\{([0-9]{1,5})(?:(,)([0-9]{0,5}))?\}")
_MODIFIERS = re.compile(rb"\(\?([imsxn]*)(?:-([imsxn]*))?([:)])")
_NAMED = re.compile(rb"\(\?(?:P?<|')([A-Za-z_]\w*)[>']")
_POSIX = re.compile(rb"\[:(\^?)([a-z]+):\]")
_HEX = re.compile(rb"x(?:\{([0-9a-fA-F]{1,8})\}|([0-9a-fA-F]{0,2}))")
_OCTAL = re.compile(rb"0[0-7]{0,2}|[1-3][0-7]{0,2}|[4-7][0-7]?")
_CONTROL = re.compile(rb"c([\x20-\x7e])")
_REFERENCE = re.compile(rb"[1-9][0-9]?|g\{?([1-9][0-9]?)\}?")
_SPACED = re.compile(rb"(?:[ \t\n\v\f\r]+|\#[^\n]*\n?)*")
_PLAIN = {ord(k): v for k, v in zip("aefnrt", b"\a\x1b\f\n\r\t", strict=True)}
_PLACES = {b"A": Place.START, b"z": Place.END, b"b": Place.WORD_EDGE, b"B": Place.NO_WORD_EDGE}
_ALNUM = POSIX[b"alnum"]


class _Parser(msgspec.Struct):
    """A recursive descent over the text; each method leaves `at` behind what it read."""

    text: bytes
    at: int = 0
    groups: int = 0
    depth: int = 0
    names: dict[bytes, int] = msgspec.field(default_factory=dict)
    referred: set[int] = msgspec.field(default_factory=set)

    def choice(self, flags: _Flags) -> Node:
        """Read branches up to a closing parenthesis or the end."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise PatternRefused(f"parentheses more than {DEEPEST} deep")
        branches = []
        while True:
            branch, flags = self.branch(flags)
            branches.append(branch)
            if self.text[self.at : self.at + 1] != b"|":
                break
            self.at += 1
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def branch(self, flags: _Flags) -> tuple[Node, _Flags]:
        """Read items up to `|`, `)` or the end; options set in a branch hold in those after it."""
        items: list[Node] = []
        while True:
            if flags.spaced:
                self.skip(_SPACED)
            byte = self.text[self.at : self.at + 1]
            if byte in (b"", b"|", b")"):
                return items[0] if len(items) == 1 else Sequence(tuple(items)), flags
            if byte == b"(" and (found := _MODIFIERS.match(self.text, self.at)):
                inner = self.modified(flags, found)
                if found[3] == b")":
                    flags = inner
                    continue
                item: Node = self.closed(self.choice(inner))
            elif self.text.startswith(b"(?#", self.at):
                self.comment()
                continue
            else:
                item = self.item(flags)
            items.append(self.repeated(item, flags))

    def skip(self, pattern: re.Pattern[bytes]) -> None:
        """Pass over what a pattern matches, which may be nothing."""
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def comment(self) -> None:
        """Pass over `(?#…)`."""
        end = self.text.find(b")", self.at)
        if end < 0:
            raise PatternRefused("a comment does not end")
        self.at = end + 1

    def modified(self, flags: _Flags, found: re.Match[bytes]) -> _Flags:
        """Return the options after `(?im-s` and the like."""
        if b"n" in found[1] + (found[2] or b""):
            raise PatternRefused("the option n is not read")
        self.at = found.end()
        for letters, value in ((found[1], True), (found[2] or b"", False)):
            for letter in letters.decode():
                flags = {
                    "i": lambda f, v: structs.replace(f, fold=v),
                    "m": lambda f, v: structs.replace(f, lines=v),
                    "s": lambda f, v: structs.replace(f, dots=v),
                    "x": lambda f, v: structs.replace(f, spaced=v),
                }[letter](flags, value)
        return flags

    def closed(self, node: Node) -> Node:
        """Pass over the closing parenthesis."""
        if self.text[self.at : self.at + 1] != b")":
            raise PatternRefused("a parenthesis is not closed")
        self.at += 1
        return node

    def repeated(self, item: Node, flags: _Flags) -> Node:
        """Read the quantifiers of an item."""
        while True:
            if flags.spaced:
                self.skip(_SPACED)
            bounds = self.bounds()
            if bounds is None:
                return item
            mode = Mode.GREEDY
            if self.text[self.at : self.at + 1] in (b"?", b"+"):
                mode = Mode(self.text[self.at : self.at + 1].decode())
                self.at += 1
            if isinstance(item, Place):
                item = Sequence((item,))
            item = Repeat(item, *bounds, mode)

    def bounds(self) -> tuple[int, int | None] | None:
        """Read a quantifier; None where there is none."""
        byte = self.text[self.at : self.at + 1]
        simple: tuple[int, int | None] | None
        simple = {b"*": (0, None), b"+": (1, None), b"?": (0, 1)}.get(byte)
        if simple is not None:
            self.at += 1
            return simple
        found = _COUNT.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > MOST_TIMES or (most is not None and most < least):
            raise PatternRefused(f"a repetition of {found[0].decode()}; at most {MOST_TIMES}")
        return least, most

    def item(self, flags: _Flags) -> Node:  # noqa: PLR0911  # one for each kind
        """Read one item without its quantifiers."""
        byte = self.text[self.at : self.at + 1]
        if byte in (b"*", b"+", b"?"):
            raise PatternRefused(f"nothing to repeat at {self.at}")
        if byte == b"(":
            return self.group(flags)
        self.at += 1
        if byte == b"[":
            return OneOf(self.members(flags))
        if byte == b"\\":
            return self.escape(flags)
        if byte == b".":
            return OneOf(ALL if flags.dots else ALL - {0x0A})
        if byte == b"^":
            return Place.LINE_START if flags.lines else Place.START
        if byte == b"$":
            return Place.LINE_END if flags.lines else Place.END
        return OneOf(self.cased(frozenset(byte), flags))

    def cased(self, members: Bytes, flags: _Flags) -> Bytes:
        """Return the set, with both cases where the option i is in force."""
        return folded(members) if flags.fold else members

    def group(self, flags: _Flags) -> Node:
        """Read a group that is no mere change of options."""
        for opening, ahead, negative in (
            (b"(?=", True, False),
            (b"(?!", True, True),
            (b"(?<=", False, False),
            (b"(?<!", False, True),
        ):
            if self.text.startswith(opening, self.at):
                self.at += len(opening)
                return Look(self.closed(self.choice(flags)), ahead, negative)
        if self.text.startswith(b"(?>", self.at):
            self.at += 3
            return Atomic(self.closed(self.choice(flags)))
        named = _NAMED.match(self.text, self.at)
        if named is None and self.text[self.at + 1 : self.at + 2] in (b"?", b"*"):
            shown = self.text[self.at : self.at + 4].decode("latin-1")
            raise PatternRefused(f"a group of the kind `{shown}` is not read")
        self.at = named.end() if named else self.at + 1
        self.groups += 1
        number = self.groups
        if named:
            self.names[named[1]] = number
        return Group(self.closed(self.choice(flags)), number)

    def escape(self, flags: _Flags) -> Node:  # noqa: PLR0911  # one for each kind
        """Read an escape outside a class; the backslash is read already."""
        letter = self.text[self.at : self.at + 1]
        if letter in _PLACES:
            self.at += 1
            return _PLACES[letter]
        if letter == b"Z":
            self.at += 1
            end: tuple[Node, ...] = (Repeat(OneOf(frozenset(b"\n")), 0, 1, Mode.GREEDY), Place.END)
            return Sequence(end)
        if letter == b"Q":
            return self.quoted(flags)
        if letter == b"E":
            self.at += 1
            return EMPTY
        if letter == b"N":
            self.at += 1
            return OneOf(ALL - {0x0A})
        if letter == b"R":
            self.at += 1
            ends = OneOf(frozenset(b"\n\v\f\r"))
            pair = Sequence((OneOf(frozenset(b"\r")), OneOf(frozenset(b"\n"))))
            return Atomic(Choice((pair, ends)))
        reference = _REFERENCE.match(self.text, self.at)
        if reference and (reference[1] or len(reference[0]) == 1 or self.has(int(reference[0]))):
            self.at = reference.end()
            number = int(reference[1] or reference[0])
            self.referred.add(number)
            return Back(number, flags.fold)
        return OneOf(self.cased(self.simple(), flags))

    def has(self, number: int) -> bool:
        """Tell whether so many groups have begun, so that two digits are a reference."""
        return number <= self.groups

    def quoted(self, flags: _Flags) -> Node:
        r"""Read `\Q…\E`; the end of the text ends it too."""
        end = self.text.find(rb"\E", self.at)
        end = len(self.text) if end < 0 else end
        literal = self.text[self.at + 1 : end]
        self.at = min(end + 2, len(self.text))
        return Sequence(tuple(OneOf(self.cased(frozenset([c]), flags)) for c in literal))

    def simple(self) -> Bytes:
        """Read an escape that stands for bytes, in a class or outside."""
        if self.at >= len(self.text):
            raise PatternRefused("a backslash at the end")
        byte = self.text[self.at]
        if byte in ESCAPED:
            self.at += 1
            return ESCAPED[byte]
        if byte in _PLAIN:
            self.at += 1
            return frozenset((_PLAIN[byte],))
        for pattern, code_of in ((_HEX, _hex), (_OCTAL, _octal), (_CONTROL, _control)):
            found = pattern.match(self.text, self.at)
            if found:
                self.at = found.end()
                code = code_of(found)
                if code not in ALL:
                    raise PatternRefused(f"`\\{found[0].decode()}` is no byte")
                return frozenset((code,))
        if byte in _ALNUM:
            raise PatternRefused(f"the escape `\\{chr(byte)}` is not read")
        self.at += 1
        return frozenset((byte,))

    def members(self, flags: _Flags) -> Bytes:
        """Read a class behind its opening bracket; case is settled ahead of `^`."""
        negative = self.text[self.at : self.at + 1] == b"^"
        self.at += negative
        members: set[int] = set()
        first = True
        while first or self.text[self.at : self.at + 1] != b"]":
            if self.at >= len(self.text):
                raise PatternRefused("a class does not end")
            first = False
            low = self.member(flags)
            if len(low) == 1 and self.text[self.at : self.at + 1] == b"-":
                low = self.range(low, flags)
            members |= low
        self.at += 1
        inside = self.cased(frozenset(members), flags)
        return ALL - inside if negative else inside

    def range(self, low: Bytes, flags: _Flags) -> Bytes:
        """Read the rest of a range behind its first byte."""
        if self.text[self.at + 1 : self.at + 2] in (b"]", b""):
            return low
        self.at += 1
        high = self.member(flags)
        if len(high) != 1:
            return low | high | frozenset(b"-")
        (first,), (last,) = low, high
        if first > last:
            raise PatternRefused("a range of a class is out of order")
        return frozenset(range(first, last + 1))

    def member(self, flags: _Flags) -> Bytes:
        """Read one member of a class."""
        found = _POSIX.match(self.text, self.at)
        if found:
            if found[2] not in POSIX:
                raise PatternRefused(f"there is no class `{found[0].decode()}`")
            self.at = found.end()
            named = self.cased(POSIX[found[2]], flags)
            return ALL - named if found[1] else named
        byte = self.text[self.at : self.at + 1]
        self.at += 1
        if byte != b"\\":
            return frozenset(byte)
        letter = self.text[self.at : self.at + 1]
        if letter in (b"b", b"E", b"Q"):
            self.at += 1
            return frozenset(b"\b") if letter == b"b" else frozenset()
        return self.simple()


def _hex(found: re.Match[bytes]) -> int:
    return int(found[1] or found[2] or b"0", 16)


def _octal(found: re.Match[bytes]) -> int:
    return int(found[0], 8)


def _control(found: re.Match[bytes]) -> int:
    return found[1].upper()[0] ^ 0x40
