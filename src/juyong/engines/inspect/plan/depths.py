"""The values on which the outcome of a phase depends, for engines that remember outcomes.

A rule that reads nothing but TX and the matches of its gate has the same outcome wherever these are
the same. The outcome of many such rules does not even depend on the values that matched, only on
their number: the hit quotes the last value, and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from juyong.engines.inspect.gates import Depth, Gate
from juyong.engines.inspect.model.program import Program, ReadyLink, ReadyRule
from juyong.engines.inspect.plan.gating import Gated, GatedPhase
from juyong.engines.inspect.plan.guards import Counted
from juyong.engines.inspect.plan.members import MATCHES, reads_match
from juyong.engines.inspect.rules import Mode, Phase
from juyong.engines.inspect.seclang.macros import Macro, Template

_STEADY = MATCHES | {"HIGHEST_SEVERITY", "RULE", "TX"}
"""Variables that follow from the rules that ran, and from nothing else."""


class Depths(msgspec.Struct, frozen=True):
    """The values on which outcomes depend.

    gates: By number. counted: Gates of rules whose outcome depends on the number of matches alone,
        or on what these capture as well; by phase and place.
    captured: The gates and links among these that capture; by phase.
    doubtful: Places of rules that read more; a phase in which one was judged is not remembered.
    asking: Places of rules with a guard that reads more; likewise where the guard may be asked.
    """

    gates: tuple[Depth, ...]
    counted: Mapping[Phase, Mapping[int, int]]
    captured: Mapping[Phase, Sequence[tuple[int, ReadyLink]]]
    doubtful: Mapping[Phase, frozenset[int]]
    asking: Mapping[Phase, frozenset[int]]


def depths_of(gated: Gated, program: Program) -> Depths | None:
    """Return what outcomes depend on; None where a rule may read the match of a rule before it."""
    rules = program.rules
    texts = [default.location.lower() for _, default in rules.defaults]
    if rules.mode is Mode.OFF or not gated.guarded or any(b"%{matched" in text for text in texts):
        return None
    depths = [Depth.PRESENT] * len(gated.gates)
    counted: dict[Phase, dict[int, int]] = {}
    captured: dict[Phase, list[tuple[int, ReadyLink]]] = {}
    doubtful: dict[Phase, frozenset[int]] = {}
    asking: dict[Phase, frozenset[int]] = {}
    for phase, behind in gated.phases.items():
        doubtful[phase] = frozenset(_doubtful(behind))
        asking[phase] = frozenset(
            place
            for place, guards in behind.guards.items()
            if any(isinstance(guard, Counted) for guard in guards)
        )
        counted[phase], captured[phase] = {}, []
        for gate, place in behind.gates.items():
            if place in doubtful[phase]:
                continue
            ready = behind.rules[place]
            captures = _is_captured(ready, gated.gates[gate])
            if captures or _is_counted(ready, gated.gates[gate]):
                depths[gate] = Depth.COUNTED
                counted[phase][place] = gate
            else:
                depths[gate] = Depth.WHOLE
            if captures:
                captured[phase].append((gate, ready.links[0]))
    return Depths(tuple(depths), counted, captured, doubtful, asking)


def _doubtful(behind: GatedPhase) -> Iterator[int]:
    for place in (*behind.always, *behind.numbers):
        if place in behind.fixed:
            continue
        ready = behind.rules[place]
        first, later = ready.links[0], ready.links[1:]
        tested = later if place in behind.numbers else ready.links
        steady = all(map(_tests_steady, tested)) and all(map(_acts_steady, (first, *later)))
        if not steady or not _reads_steady(ready):
            yield place


def _tests_steady(link: ReadyLink) -> bool:
    return link.link.operator.name != "geolookup" and all(
        one.collection in _STEADY for one in link.link.selectors
    )


def _acts_steady(link: ReadyLink) -> bool:
    """Tell whether a link changes nothing but TX, targets and switches."""
    return not link.opened and all(one.what.collection == "TX" for one in link.setvars)


def _reads_steady(ready: ReadyRule) -> bool:
    return all(one.collection in _STEADY for one in _macros(ready.templates()))


def _is_counted(ready: ReadyRule, gate: Gate) -> bool:
    """Tell whether a rule asks only how many values its gate matched."""
    (first, *later) = ready.links
    return (
        not later
        and _is_ordered(gate)
        and not first.link.capture
        and not any(one.collection in MATCHES for one in _macros(ready.templates()))
    )


def _is_captured(ready: ReadyRule, gate: Gate) -> bool:
    """Tell whether a chain asks only what the matches of its gate capture.

    Its hit quotes a later link, as all later links test something.
    """
    (first, *later) = ready.links
    return (
        bool(later)
        and _is_ordered(gate)
        and first.link.capture
        and gate.operator.name == "rx"
        and not gate.operator.negated
        and gate.operator == first.link.operator
        and all(link.link.selectors for link in later)
        and not reads_match(later[0])
        and not any(one.collection in MATCHES for one in _macros(first.templates()))
    )


def _is_ordered(gate: Gate) -> bool:
    """Tell whether matches come in the order of the rule as they come in that of the traffic."""
    return len([one for one in gate.selectors if not one.excluded]) == 1


def _macros(templates: Iterable[Template]) -> Iterator[Macro]:
    for template in templates:
        yield from (part for part in template if isinstance(part, Macro))
