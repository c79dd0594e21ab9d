"""Rules to gates: first links whose tests are all constants."""

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import chain

import msgspec

from juyong.engines.inspect.gates import Gate
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.program import Program, ReadyRule
from juyong.engines.inspect.model.state import KEPT, Match, State
from juyong.engines.inspect.operators import OPERATORS, OperatorRefused, make_test
from juyong.engines.inspect.plan.guards import (
    Counted,
    Guard,
    either_of,
    guards_of,
    tested_alone,
    tested_member,
)
from juyong.engines.inspect.plan.partial import NOTHING_ASKED, Fixed, decide
from juyong.engines.inspect.plan.recall import Recall
from juyong.engines.inspect.rules import Link, Mode, Operator, Phase
from juyong.engines.inspect.stored import MemoryStore
from juyong.engines.inspect.verdict import Hit


class Opening(msgspec.Struct, frozen=True):
    """The outcome of all rules that a phase begins with, as of `Fixed`."""

    hits: tuple[Hit, ...]
    members: Mapping[bytes, bytes]
    matched: Match | None
    severity: int

    def apply(self, state: State) -> None:
        """Do to a request what the rules do."""
        state.tx.update(self.members)
        state.matched = self.matched
        state.severity = self.severity


class GatedPhase(msgspec.Struct, frozen=True):
    """A phase of a program, cut into rules behind a gate and rules that are always judged.

    rules: In order. start: Where the rules begin whose outcome is not known.
    always: Places of rules from there on without a gate. fixed: Known outcomes of some of them.
    gates: From a gate to its rule's place. numbers: From the place to the gate.
    collections: The collections that the gates read.
    guards: The guards of undecided rules, by place; a rule matches only where each of its guards
    holds.
    counted: Guards that hold, or not, from the beginning of the phase to its end.
    ruled: The places of rules that need each of them.
    either: Places of rules that need one of several of them, and the numbers of these.
    recalls: The recalls of rules behind gates whose chains may be remembered; by place.
    members: The members of TX that undecided rules match where their guards hold; by place.
    needs: Gates of later links; a rule's chain holds only if these match; by place.
    doors: Places without a gate of their own whose rules have such needs.
    """

    rules: tuple[ReadyRule, ...]
    start: int
    always: tuple[int, ...]
    fixed: Mapping[int, Fixed]
    gates: Mapping[int, int]
    numbers: Mapping[int, int]
    collections: tuple[str, ...]
    guards: Mapping[int, tuple[Guard, ...]]
    counted: tuple[Counted, ...]
    ruled: tuple[frozenset[int], ...]
    either: tuple[tuple[int, tuple[int, ...]], ...]
    recalls: Mapping[int, Recall]
    members: Mapping[int, bytes]
    needs: Mapping[int, frozenset[int]]
    doors: tuple[int, ...]


class Gated(msgspec.Struct, frozen=True):
    """A program's gates, its phases, and the outcome of what it begins with.

    guarded: Whether no rule of the set reads the match of a rule before it.
    """

    gates: tuple[Gate, ...]
    phases: Mapping[Phase, GatedPhase]
    opening: Opening
    guarded: bool


def gated(program: Program, limits: Limits) -> Gated:
    """Return the gates of a program, and what stands behind them."""

    def begin() -> State:
        return State(NOTHING_ASKED, limits, MemoryStore(), Mode.ON)

    decided = decide(program, limits)
    gates: list[Gate] = []
    targeted = _targeted(program)
    phases: dict[Phase, GatedPhase] = {}
    for phase, rules in program.phases.items():
        known = decided[phase]
        start = known.start if phase is Phase.REQUEST_HEAD else 0
        behind: dict[int, int] = {}
        always: list[int] = []
        guards: dict[int, tuple[Guard, ...]] = {}
        ruled: dict[Counted, set[int]] = {}
        either: dict[int, tuple[Counted, ...]] = {}
        needs: dict[int, frozenset[int]] = {}
        kept = [_trimmed(ready, known.trims.get(at, 0)) for at, ready in enumerate(rules)]
        for place, ready in enumerate(kept[start:], start):
            if place in known.dropped:
                continue
            gate = (
                None
                if place in known.fixed
                else _gate(len(gates), ready, known.arguments.get(place))
            )
            if gate is None:
                always.append(place)
            else:
                behind[gate.number] = place
                gates.append(gate)
            if place not in known.fixed:
                argument = known.arguments.get(place)
                guards[place] = guards_of(ready.links, argument, alone=known.guarded)
                if ready.rule.id not in targeted:
                    # Asked once for all rules, and not again for each of them.
                    asked = [one for one in guards[place] if isinstance(one, Counted)]
                    guards[place] = tuple(one for one in guards[place] if one not in asked)
                    for guard in asked:
                        ruled.setdefault(guard, set()).add(place)
                    either[place] = either_of(ready.links[0], argument)
                    ruled |= {guard: set() for guard in either[place]}
                later = _later_gates(len(gates), ready, alone=known.guarded)
                gates += later
                if later:
                    needs[place] = frozenset(one.number for one in later)
        numbers = [*behind, *chain.from_iterable(needs.values())]
        read = tuple(sorted({one.collection for at in numbers for one in gates[at].selectors}))
        places = tuple(always)
        recalls = {
            at: Recall(kept[at], known.recalled[at], begin)
            for at in behind.values()
            if at in known.recalled
        }
        counted = sorted(ruled, key=lambda one: one.collection)
        phases[phase] = GatedPhase(
            rules=tuple(kept),
            start=start,
            always=places,
            fixed=known.fixed,
            gates=behind,
            numbers={place: gate for gate, place in behind.items()},
            collections=read,
            guards=guards,
            counted=tuple(counted),
            ruled=tuple(frozenset(ruled[guard]) for guard in counted),
            either=tuple(
                (at, tuple(map(counted.index, some))) for at, some in either.items() if some
            ),
            recalls=recalls,
            needs=needs,
            doors=tuple(at for at in places if at in needs),
            members={
                at: member
                for at in places
                if at not in known.fixed and (member := tested_member(kept[at].links[0]))
            },
        )
    first = decided[Phase.REQUEST_HEAD]
    known_first = [first.fixed[place] for place in sorted(first.fixed) if place < first.start]
    return Gated(tuple(gates), phases, _opening(known_first, limits), first.guarded)


def _targeted(program: Program) -> frozenset[int]:
    """Return the rules from which some rule takes targets."""
    links = (link for rules in program.phases.values() for one in rules for link in one.links)
    found = (taken.ids for link in links for taken in link.taken if taken.targets)
    return frozenset[int]().union(*found)


def _opening(known: Sequence[Fixed], limits: Limits) -> Opening:
    """Return the outcome of rules that run one after the other on an empty TX."""
    state = State(NOTHING_ASKED, limits, MemoryStore(), Mode.ON)
    hits = [hit for one in known if (hit := one.apply(state)) is not None]
    return Opening(tuple(hits), dict(state.tx), state.matched, state.severity)


def _trimmed(ready: ReadyRule, trim: int) -> ReadyRule:
    """Return a rule without its first links."""
    if not trim:
        return ready
    made = copy(ready)
    made.links = ready.links[trim:]
    return made


def _later_gates(number: int, ready: ReadyRule, *, alone: bool) -> list[Gate]:
    """Return gates of later links of a rule, which may be tested first; numbered from `number`."""
    _, *later = tested_alone(ready.links, alone=alone)
    found: list[Gate] = []
    for link in later:
        operator = link.link.operator
        if _is_constant(link.link, operator) and _is_made(operator):
            found.append(_gate_of(number + len(found), ready, link.link, operator))
    return found


def _gate(number: int, ready: ReadyRule, argument: bytes | None) -> Gate | None:
    """Return the gate of a rule; argument: The operator's, with macros filled in."""
    link = ready.links[0].link
    operator = link.operator
    if argument is not None:
        operator = msgspec.structs.replace(operator, argument=argument)
        if not _is_made(operator):
            return None
    if not _is_constant(link, operator):
        return None
    return _gate_of(number, ready, link, operator)


def _gate_of(number: int, ready: ReadyRule, link: Link, operator: Operator) -> Gate:
    return Gate(
        number=number,
        phase=ready.rule.phase,
        selectors=link.selectors,
        transforms=link.transforms,
        operator=operator,
        multi_match=link.multi_match,
    )


def _is_constant(link: Link, operator: Operator) -> bool:
    """Tell whether a link tests only values of the traffic, in a way that no rule changes."""
    return (
        bool(link.selectors)
        and operator.name in OPERATORS
        and not operator.has_macros
        and not any(one.count or one.collection in KEPT for one in link.selectors)
    )


def _is_made(operator: Operator) -> bool:
    """Tell whether an argument with macros filled in has the form that its operator wants."""
    try:
        make_test(operator.name, operator.argument, operator.phrases)
    except OperatorRefused:
        return False
    return True
