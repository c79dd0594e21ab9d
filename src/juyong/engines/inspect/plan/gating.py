"""Rules to gates: first links whose tests are all constants."""

from collections.abc import Mapping

import msgspec

from juyong.engines.inspect.gates import Gate
from juyong.engines.inspect.model.program import Program, ReadyRule
from juyong.engines.inspect.model.state import KEPT
from juyong.engines.inspect.operators import OPERATORS
from juyong.engines.inspect.rules import Link, Phase


class GatedPhase(msgspec.Struct, frozen=True):
    """A phase of a program, cut into rules behind a gate and rules that are always judged.

    rules: In order. always: Places of rules without a gate. gates: From a gate to its rule's place.
    collections: Those that the gates read.
    """

    rules: tuple[ReadyRule, ...]
    always: tuple[int, ...]
    gates: Mapping[int, int]
    collections: tuple[str, ...]


def gated(program: Program) -> tuple[tuple[Gate, ...], dict[Phase, GatedPhase]]:
    """Return the gates of a program, and what stands behind them."""
    gates: list[Gate] = []
    phases: dict[Phase, GatedPhase] = {}
    for phase, rules in program.phases.items():
        behind: dict[int, int] = {}
        always: list[int] = []
        for place, ready in enumerate(rules):
            gate = _gate(len(gates), ready)
            if gate is None:
                always.append(place)
            else:
                behind[gate.number] = place
                gates.append(gate)
        read = {one.collection for number in behind for one in gates[number].selectors}
        phases[phase] = GatedPhase(tuple(rules), tuple(always), behind, tuple(sorted(read)))
    return tuple(gates), phases


def _gate(number: int, ready: ReadyRule) -> Gate | None:
    link = ready.links[0].link
    if not _is_constant(link):
        return None
    return Gate(
        number=number,
        phase=ready.rule.phase,
        selectors=link.selectors,
        transforms=link.transforms,
        operator=link.operator,
        multi_match=link.multi_match,
    )


def _is_constant(link: Link) -> bool:
    """Tell whether a link tests only values of the traffic, in a way that no rule changes."""
    return (
        bool(link.selectors)
        and link.operator.name in OPERATORS
        and not link.operator.has_macros
        and not any(one.count or one.collection in KEPT for one in link.selectors)
    )
