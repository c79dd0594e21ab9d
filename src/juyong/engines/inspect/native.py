"""Gates in the native core, where the distribution `juyong-waf-core` is installed.

The core is built from `core/waf` and is never needed: without it the gates in Python give the same
answers, slower.
"""

from collections.abc import Sequence
from functools import cache, partial
from ipaddress import ip_network
from types import ModuleType
from typing import TYPE_CHECKING

from juyong.engines.inspect.core import CORE
from juyong.engines.inspect.fast.plain import holds_of
from juyong.engines.inspect.gates import (
    Asked,
    Depth,
    Draw,
    Gate,
    Gates,
    GivenOperator,
    Outline,
    Value,
)
from juyong.engines.inspect.native_reading import NativeReader
from juyong.engines.inspect.native_tokens import NUMBERS, RULES, WORDS, sets
from juyong.engines.inspect.patterns import Captures, Write, written_out
from juyong.engines.inspect.rules import Operator, Phase, Selector
from juyong.engines.inspect.variables import HEAD, SINGLE

if TYPE_CHECKING:
    import juyong_waf_core

_GivenSelector = tuple[str, bytes | None, bytes | None, bool]
_GivenGate = tuple[int, int, list[_GivenSelector], tuple[str, ...], GivenOperator, bool, Outline]


def core_state() -> str:
    """Return in words whether the native core is used, and if not, why."""
    return CORE.state


def native_ready() -> bool:
    """Tell whether a core of this version is installed."""
    return CORE.ready


def native_gates(gates: Sequence[Gate]) -> Gates | None:
    """Return the gates compiled in the core; None where no core of this version is installed.

    Raises:
        ValueError: The core cannot carry out a gate; the text names its number and the reason.

    Cost: About 150 ms for the 213 gates of a large rule set, and 20 MB.
    """
    return NativeGates(gates) if native_ready() else None


def native_transform(name: str, text: bytes) -> bytes:
    """Return a text after a transformation of the core; for tests, which hold both equal."""
    changed: bytes = _core().transform(name, text)
    return changed


def native_test(
    name: str, argument: bytes, phrases: tuple[bytes, ...] = ()
) -> "juyong_waf_core.Test":
    """Return the test of an operator in the core; for tests, which hold both equal.

    Raises:
        ValueError: The operator is unknown, or its argument is malformed.
    """
    asked = Operator(name=name, argument=argument, phrases=phrases)
    if not _exact(asked):
        raise ValueError("no linear engine has the pattern")
    name, argument, phrases, _ = _operator(asked)
    made: juyong_waf_core.Test = _core().Test(name, argument, phrases, _tokens_of(name))
    return made


def outline_of(given: GivenOperator, write: Write = written_out) -> Outline:
    """Return the outline of an operator.

    Raises:
        ValueError: the core cannot carry the operator out.
    """
    name, argument, phrases, _ = given
    drawn: Outline = _core().outline_of(name, argument, phrases, _tokens_of(name, write))
    return drawn


def _core() -> ModuleType:
    return CORE.required()


def _tokens_of(operator: str, write: Write = written_out) -> "juyong_waf_core.Tokens | None":
    """Return the tables of the tokenisers, where an operator needs them."""
    if operator not in _OF_TOKENS:
        return None
    return _tokens_by(tuple((name, write(text).common) for name, text in RULES.items()))


@cache
def _tokens_by(rules: tuple[tuple[str, bytes], ...]) -> "juyong_waf_core.Tokens":
    """Return the tables of the tokenisers; rules: Written out. The core reads them once."""
    made: juyong_waf_core.Tokens = _core().Tokens(WORDS, sets(), dict(rules), NUMBERS)
    return made


class NativeGates:
    """Compiled gates of the core; may be shared by threads.

    Other threads run meanwhile where the values are of more than 16 KiB. A pattern that no linear
    engine has (`Pattern.exact`) is looked for by the core in its wider form, and each match is then
    judged by the operator in Python.
    """

    def __init__(
        self,
        gates: Sequence[Gate],
        *,
        waits: bool = False,
        write: Write = written_out,
        draw: Draw | None = None,
    ) -> None:
        """Compile; see `native_gates`.

        write: Returns patterns written out, as a kept plan has them; draw: Likewise outlines.
        waits: Whether a pattern is made when its first value comes, or by `prepare`; for gates that
            were all made once before.
        """
        given = [_as_given(gate, write, draw or partial(outline_of, write=write)) for gate in gates]
        named = {gate.operator.name for gate in gates} & _OF_TOKENS
        self._tokens = _tokens_of(min(named), write) if named else None
        self._core: juyong_waf_core.Core = _core().Core(given, self._tokens, waits)
        self._judges = {
            gate.number: holds_of(gate.operator)
            for gate in gates
            if not _exact(gate.operator, write)
        }
        self._captures = {
            gate.number: gate.operator.name
            for gate in gates
            if gate.operator.name in _OF_TOKENS and not gate.operator.negated
        }

    def prepare(self) -> None:
        """Make what waits; takes a tenth of a second, in which other threads run."""
        self._core.prepare()

    def inspect(self, phase: Phase, values: Sequence[Value]) -> Sequence[tuple[int, int, bytes]]:
        """Return each match of the phase's gates, by gate, then by value, then by step."""
        found = self._core.inspect(phase, values)
        judges = self._judges
        if not judges:
            return found
        return [one for one in found if one[0] not in judges or judges[one[0]](one[2])]

    def captures(self, gate: int, text: bytes) -> Captures | None:
        """Return what the tokenisers of the core capture; None for other operators."""
        name = self._captures.get(gate)
        if name is None:
            return None
        test: juyong_waf_core.Test = _core().Test(name, b"", (), self._tokens)
        return test(text)

    def reader(self, asked: Asked) -> NativeReader:
        """Return what reads requests in the core."""
        reader: juyong_waf_core.Reader = _core().Reader(
            self._core,
            sorted(asked.wanted),
            SINGLE & asked.wanted,
            HEAD & asked.wanted,
            asked.separator[0],
            {int(phase): counts for phase, counts in asked.counts.items()},
            # A gate that the core opens too wide is judged by what it matched.
            [
                Depth.WHOLE if gate in self._judges else depth
                for gate, depth in enumerate(asked.depths)
            ],
        )
        return NativeReader(reader, self._judges)


_OF_TOKENS = frozenset({"detectsqli", "detectxss"})
"""Operators that take many times as long in Python."""
_OF_ADDRESSES = frozenset({"ipmatch", "ipmatchf", "ipmatchfromfile"})
_OF_PATTERNS = frozenset({"rx", "rxglobal", "verifycc", "verifycpf", "verifyssn", "verifysvnr"})
_ANY_TEXT: GivenOperator = ("unconditionalmatch", b"", (), False)


def _as_given(gate: Gate, write: Write, draw: Draw) -> _GivenGate:
    selectors = [_selector(one, write) for one in gate.selectors]
    given = _operator(gate.operator, write)
    try:
        outline = draw(given)
    except ValueError as refused:
        raise ValueError(f"gate {gate.number}: {refused}") from None
    return gate.number, gate.phase, selectors, gate.transforms, given, gate.multi_match, outline


def _selector(one: Selector, write: Write) -> _GivenSelector:
    pattern = None
    if one.pattern is not None:
        pattern, exact = write(one.pattern.encode())
        if not exact:
            raise ValueError(f"no linear engine has the pattern of keys `{one.pattern}`")
    return one.collection, one.key, pattern, one.excluded


def _exact(one: Operator, write: Write = written_out) -> bool:
    return one.name not in _OF_PATTERNS or write(one.argument).exact


def _operator(one: Operator, write: Write = written_out) -> GivenOperator:
    """Return an operator in the forms that the core reads; an inexact one matches too much."""
    argument, phrases = one.argument, one.phrases
    if one.name in _OF_PATTERNS:
        common, exact = write(argument)
        if not exact and (one.negated or one.name not in ("rx", "rxglobal")):
            return _ANY_TEXT
        argument = common
    elif one.name in _OF_ADDRESSES:
        # The forms of networks are many; the core reads `address/bits` alone.
        phrases = tuple(
            str(ip_network(part.strip().decode("ascii"), strict=False)).encode()
            for part in phrases or argument.split(b",")
        )
    return one.name, argument, phrases, one.negated
