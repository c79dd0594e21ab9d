"""Gates: the first links of rules, tested on values; the part that a fast core takes over.

A gate says which values it tests, how they are transformed, and the operator, all constants. Given
the values of a phase, `Gates.inspect` returns each gate and value that match. Chains, captures and
actions are left to the engine, which sees few of them.

Three implementations agree on whole answers: the plain one (every gate on every value), the one
with a prefilter, and the native core. The core may also read requests itself, so that the values
that no rule asks for never become objects of Python.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

import msgspec

from juyong.engines.inspect.http import Headers, Request
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.rules import Operator, Phase, Selector


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A first link whose operator has no macros and whose selectors count nothing.

    number: Its place in the sequence of gates, from 0.
    """

    number: int
    phase: Phase
    selectors: tuple[Selector, ...]
    transforms: tuple[str, ...]
    operator: Operator
    multi_match: bool


class Value(NamedTuple):
    """A member of a collection; collection: In capitals; key: As sent; empty for single values."""

    collection: str
    key: bytes
    value: bytes


GivenOperator = tuple[str, bytes, tuple[bytes, ...], bool]
"""An operator as the core takes it: name, argument, phrases, and whether a match is none."""
Outline = tuple[int, bool, Sequence[Sequence[bytes]]]
"""Facts of an operator whose pattern was read: bytes of the shortest match, whether the clauses are
of a text without the bytes that shells pass over, and the clauses, as the core takes them."""
Draw = Callable[[GivenOperator], Outline]


Collections = dict[str, list[Value]]
"""The variables of a request, by collection; a collection that is not there has no members."""


class Found(NamedTuple):
    """A gate that matched.

    value: The index of the value in the sequence given.
    text: The value as tested. A multi_match gate is found once for each different text.
    """

    gate: int
    value: int
    text: bytes


Count = tuple[str, bytes | None, tuple[bool, ...]]
"""A collection, a key in lower case or None for all members, and answers for counts from 0 on."""


class Depth(IntEnum):
    """The part of a gate's matches on which the outcome of a phase depends."""

    PRESENT = 0
    """Whether there is a match."""
    COUNTED = 1
    """How many there are."""
    WHOLE = 2
    """All that they are."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a rule set to a reader of requests.

    wanted: The variables that rules read. counts: By phase. separator: Between arguments, one byte.
    depths: Of the gates, by number; without it, all depends on all.
    """

    wanted: frozenset[str]
    counts: Mapping[Phase, Sequence[Count]]
    separator: bytes
    depths: Sequence[Depth] = ()


class Gates(Protocol):
    """Compiled gates; may be shared by threads."""

    def inspect(self, phase: Phase, values: Sequence[Value]) -> Sequence[tuple[int, int, bytes]]:
        """Return each match of the phase's gates, by gate, then by value, then by step.

        The parts are those of `Found`, which costs more to make than a tuple.
        """

    def captures(self, gate: int, text: bytes) -> Captures | None:
        """Return what a gate captures of a text that it matched; None to have the rule asked."""

    def reader(self, asked: Asked) -> "Reader | None":
        """Return what reads requests for these gates; None where values are to be given."""


Row = tuple[str, bytes, bytes, bytes]
"""A match of a gate: collection, key and value of a member, and the text that was tested."""


class Traffic(Protocol):
    """The variables of one request and its response, held by a reader."""

    def left(self) -> tuple[str, ...]:
        """Return the names of the variables of the head that the reader leaves to its caller."""

    def add(self, values: Sequence[Value]) -> None:
        """Add members behind the known ones; of single variables, the last value stays."""

    def add_pairs(
        self, pairs: Sequence[tuple[bytes, bytes]], members: Sequence[str], names: Sequence[str]
    ) -> None:
        """Add pairs to some collections, and the names of the pairs to others."""

    def add_response_head(self, status: int, version: str, headers: Headers) -> None:
        """Add the variables of the head of a response."""

    def add_response_body(self, body: bytes, cut: bool) -> None:
        """Add the variables of the body of a response, its coding undone; cut: There was more."""

    def members(self, collection: str) -> list[tuple[bytes, bytes]]:
        """Return keys and values of a collection, in order."""

    def step(self, phase: int) -> tuple[int, bytes | None]:
        """Judge a phase; tell the work as of `Reader.inspect`, and what the outcome depends on.

        Two phases of equal bytes, from the same state of TX, have the same outcome, where no rule
        was judged that reads more; see `plan.depths`. None where the bytes would be many.
        """

    def texts(self, gate: int) -> Sequence[bytes]:
        """Return the texts that a gate matched in the phase judged last."""

    def last(self, gate: int, most: int) -> tuple[str, bytes, bytes] | None:
        """Return the last match of a gate in the phase judged last: collection, key and text.

        most: Bytes of the text to return.
        """


class Reader(Protocol):
    """Reads requests, and holds the gates against them; may be shared by threads."""

    def read(self, request: Request, processor: str) -> Traffic:
        """Return the variables of a request's head; processor: Of its body."""

    def inspect(
        self, traffic: Traffic, phase: Phase
    ) -> tuple[int, bytes, Sequence[tuple[int, list[Row]]]]:
        """Judge a phase.

        Returns:
            Steps of work as of `State.spend`; for each count asked, 1 where the answer is yes, 0
            where no, 2 where the count is beyond the table; and the gates that matched, in order,
            with their matches in the order of the members.
        """
