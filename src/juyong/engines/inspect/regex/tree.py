"""The nodes of a regular expression on bytes."""

from enum import Enum

import msgspec


class Place(Enum):
    """A condition on a place in the value; the text is how RE2 and Rust write it."""

    START = r"\A"
    END = r"\z"
    LINE_START = "(?m:^)"
    LINE_END = "(?m:$)"
    WORD_EDGE = r"\b"
    NO_WORD_EDGE = r"\B"


class Mode(Enum):
    """How a repetition takes; the text is what follows the quantifier."""

    GREEDY = ""
    LAZY = "?"
    POSSESSIVE = "+"


class OneOf(msgspec.Struct, frozen=True):
    """One byte of a set; case is in the set already."""

    bytes: frozenset[int]


class Sequence(msgspec.Struct, frozen=True):
    """All items, in order; none is the empty match."""

    items: tuple["Node", ...]


class Choice(msgspec.Struct, frozen=True):
    """The first branch that leads to a match."""

    branches: tuple["Node", ...]


class Repeat(msgspec.Struct, frozen=True):
    """An item repeated; most: None where there is no bound."""

    item: "Node"
    least: int
    most: int | None
    mode: Mode


class Group(msgspec.Struct, frozen=True):
    """A capturing group; number: From 1."""

    item: "Node"
    number: int


class Atomic(msgspec.Struct, frozen=True):
    """An item whose first match is kept."""

    item: "Node"


class Look(msgspec.Struct, frozen=True):
    """A condition on what follows, or on what stands before."""

    item: "Node"
    ahead: bool
    negative: bool


class Back(msgspec.Struct, frozen=True):
    """The text that a group matched, again; fold: In any case of ASCII letters."""

    number: int
    fold: bool


Node = OneOf | Sequence | Choice | Repeat | Group | Atomic | Look | Back | Place
EMPTY = Sequence(())
