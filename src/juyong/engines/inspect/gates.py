"""Gates: the first links of rules, tested on values; the part that a fast core takes over.

A gate says which values it tests, how they are transformed, and the operator, all constants. Given
the values of a phase, `Gates.inspect` returns each gate and value that match. Chains, captures and
actions are left to the engine, which sees few of them.

Three implementations agree on whole answers: the plain one (every gate on every value), the one
with a prefilter, and the native core.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

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


class Gates(Protocol):
    """Compiled gates; may be shared by threads."""

    def inspect(self, phase: Phase, values: Sequence[Value]) -> Sequence[tuple[int, int, bytes]]:
        """Return each match of the phase's gates, by gate, then by value, then by step.

        The parts are those of `Found`, which costs more to make than a tuple.
        """
