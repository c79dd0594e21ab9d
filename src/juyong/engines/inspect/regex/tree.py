"""The nodes of a regular expression on bytes."""

from dataclasses import dataclass
from enum import Enum


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


@dataclass(frozen=True, slots=True)
class OneOf:
    """One byte of a set; case is in the set already."""

    bytes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Sequence:
    """All items, in order; none is the empty match."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch that leads to a match."""

    branches: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """An item repeated; most: None where there is no bound."""

    item: "Node"
    least: int
    most: int | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group; number: From 1."""

    item: "Node"
    number: int


@dataclass(frozen=True, slots=True)
class Atomic:
    """An item whose first match is kept."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class Look:
    """A condition on what follows, or on what stands before."""

    item: "Node"
    ahead: bool
    negative: bool


@dataclass(frozen=True, slots=True)
class Back:
    """The text that a group matched, again; fold: In any case of ASCII letters."""

    number: int
    fold: bool


Node = OneOf | Sequence | Choice | Repeat | Group | Atomic | Look | Back | Place
EMPTY = Sequence(())
