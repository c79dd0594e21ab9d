"""The fast engine: the model's rules, of which only those run that gates let through.

Chains, captures, actions, effects and the report are the model's own code; this engine decides only
which rules need not be judged, since their first link matches nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.gates import Gate, Gates
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.engine import Clock, CountryOf, Inspection, ModelEngine
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import ReadyLink, ReadyRule
from juyong.engines.inspect.model.state import Match, State
from juyong.engines.inspect.plan.gating import GatedPhase, gated
from juyong.engines.inspect.plan.guards import answers_of
from juyong.engines.inspect.plan.kept import Plan, unpack
from juyong.engines.inspect.plan.partial import Fixed
from juyong.engines.inspect.plan.recall import Recall
from juyong.engines.inspect.plan.runs import Asked, Steps, steps_of
from juyong.engines.inspect.plan.selecting import Selection
from juyong.engines.inspect.rules import Mode, Phase, RuleSet
from juyong.engines.inspect.stored import Store
from juyong.engines.inspect.verdict import Hit

_SCANNED = 2
"""Bits of a length that one step of the budget pays for."""
_StepsKey = tuple[Phase, tuple[int, ...], tuple[bool, ...]]
"""A phase, the places of rules whose gates matched, and which counts hold."""
_MOST_STEPS = 512
_MOST_FOUND = 32
"""Sequences of steps that an engine keeps, and rules that matched in each."""


class FastEngine(ModelEngine):
    """A rule set behind gates; may be shared by threads."""

    def __init__(
        self,
        rules: RuleSet,
        *,
        limits: Limits | None = None,
        store: Store | None = None,
        country_of: CountryOf | None = None,
        clock: Clock | None = None,
        make_gates: Callable[[Sequence[Gate]], Gates] = FilteredGates,
    ) -> None:
        """Compile; arguments as of the model.

        Args:
            make_gates: Compiles the gates: with the prefilter, plain, or in the native core.
        """
        super().__init__(rules, limits=limits, store=store, country_of=country_of, clock=clock)
        self.plan = gated(self.program, self.limits)
        self.gates = make_gates(self.plan.gates)
        self.selections = [Selection(gate.selectors) for gate in self.plan.gates]
        self._steps: dict[_StepsKey, Steps] = {}

    def inspect(self, request: Request) -> "FastInspection":
        """Begin with a request."""
        return FastInspection(self, request)

    def steps(self, phase: Phase, found: tuple[int, ...], state: State) -> Steps:
        """Return the steps of a phase; found: Places of rules whose gates matched.

        COST: Most requests match the same few gates, and have the same headers, so steps are kept
        for these.
        """
        behind = self.plan.phases[phase]
        counts = answers_of(behind.counted, state)
        steps = self._steps.get((phase, found, counts))
        if steps is None:
            places = {*behind.always, *found}
            for holds, ruled in zip(counts, behind.ruled, strict=True):
                if not holds:
                    places -= ruled
            steps = steps_of(places, behind.rules, behind.fixed, behind.guards)
            if len(self._steps) >= _MOST_STEPS:
                self._steps.clear()
            if len(found) <= _MOST_FOUND:
                self._steps[phase, found, counts] = steps
        return steps


class FastInspection(Inspection):
    """One request and its response; see `verdict.Inspection` for the order of the calls."""

    def __init__(self, engine: FastEngine, request: Request) -> None:
        """Begin; no rule has run."""
        super().__init__(engine, request)
        self._engine = engine
        self._found: dict[int, list[Match]] = {}
        self._fixed: Mapping[int, Fixed] = {}
        self._recalls: Mapping[int, Recall] = {}
        self._phase = Phase.REQUEST_HEAD
        self._place = 0

    def rules_of(self, phase: Phase) -> Iterator[ReadyRule]:
        """Yield the rules to judge, in order: those that neither a gate nor a guard rules out."""
        state = self.state
        behind = self._engine.plan.phases[phase]
        if phase is Phase.REQUEST_HEAD and state.mode is not Mode.OFF:
            opening = self._engine.plan.opening
            opening.apply(state)
            self._hits.extend(opening.hits)
        self._found = found = self._inspect(phase)
        self._at, self._phase = 0, phase
        self._fixed, self._recalls = behind.fixed, behind.recalls
        for step in self._engine.steps(phase, tuple(found), state):
            if isinstance(step, Asked):
                if step.place >= self._at and step.may_match(state):
                    self._place = step.place
                    self._at = step.place + 1
                    yield step.ready
            elif state.mode is Mode.OFF:
                return
            elif self._at <= step.places[0] and state.removed.isdisjoint(step.ids):
                step.apply(state)
                self._hits.extend(step.hits)
                self._at = step.end
            elif self._at < step.end:
                yield from self._one_by_one(behind, step.places)

    def _one_by_one(self, behind: GatedPhase, places: Iterable[int]) -> Iterator[ReadyRule]:
        """Pass decided rules of which one was removed, or skipped; yield those to judge."""
        for place in places:
            if place < self._at:
                continue
            ready = behind.rules[place]
            self._at = place + 1
            if ready.rule.id in self.state.removed:
                continue
            fixed = behind.fixed.get(place)
            if fixed is not None and fixed.passes:
                self._pass(ready, fixed)
            else:
                self._place = place
                yield ready

    def _pass(self, ready: ReadyRule, fixed: Fixed) -> None:
        """Do what a decided rule does that refuses and allows nothing."""
        if self.state.mode is Mode.OFF:
            return
        hit = fixed.apply(self.state)
        if hit is not None:
            self._hits.append(hit)
            if ready.skip_to is not None:
                self._at = ready.skip_to

    def hit_of(self, ready: ReadyRule) -> Hit | None:
        """Judge one rule, by the matches of its gate where there are some."""
        state = self.state
        if (fixed := self._fixed.get(self._place)) is not None:
            state.rule, state.rule_msg = ready.rule, ready.msg
            return fixed.apply(state)
        matches = self._found.get(self._place)
        if matches is None:
            return judge(ready, state)
        link = ready.links[0]
        if taken := state.taken.get(ready.rule.id):
            left = Selection((*link.link.selectors, *taken))
            matches = [one for one in matches if left.place(*one.value[:2]) >= 0]
        else:
            recall = self._recalls.get(self._place)
            if recall is not None and recall.passes(state, matches):
                return None
        if link.link.capture:
            matches = self._captured(link, matches)
        return judge(ready, state, matches)

    def _captured(self, link: ReadyLink, matches: list[Match]) -> list[Match]:
        """Return matches with what the operator captures, from the gates where they know."""
        gates = self._engine.gates
        gate = self._engine.plan.phases[self._phase].numbers[self._place]
        found = []
        for one in matches:
            captures = gates.captures(gate, one.text)
            if captures is None:
                captures = link.tester.captures(self.state, one.text) or ()
            found.append(one._replace(captures=captures))
        return found

    def _inspect(self, phase: Phase) -> dict[int, list[Match]]:
        """Return the matches of first links, by the places of rules; in the order of the model."""
        engine, state = self._engine, self.state
        behind = engine.plan.phases[phase]
        if not behind.gates:
            return {}
        known = state.collections
        values = [value for name in behind.collections for value in known.get(name, ())]
        state.spend(sum([1 + (len(value[2]) >> _SCANNED) for value in values]))
        found: dict[int, list[Match]] = {}
        for gate, at, text in engine.gates.inspect(phase, values):
            match = Match(values[at], text)
            of_gate = found.get(place := behind.gates[gate])
            if of_gate is None:
                found[place] = [match]
                continue
            of_gate.append(match)
        for place, matches in found.items():
            if len(matches) > 1:
                engine.selections[behind.numbers[place]].order(matches)
        return found


def start(
    kept: bytes | None, read: Callable[[], RuleSet], *, limits: Limits | None = None
) -> tuple[FastEngine, bytes | None]:
    """Return an engine with the prefilter, from a kept plan where there is one.

    Args:
        kept: The bytes of an earlier start under the same key; see `plan.kept.key_of`.
        read: Reads the rules; called only where no plan is kept, or the bytes are of no use.
        limits: Of the site.

    Returns:
        The engine, and the bytes to keep; None where those given still serve.
    """
    plan = None if kept is None else unpack(kept)
    known = Plan(read(), {}) if plan is None else plan

    def make_gates(gates: Sequence[Gate]) -> Gates:
        return FilteredGates(gates, known.clauses_of(gates), waits=plan is not None)

    engine = FastEngine(known.rules, limits=limits, make_gates=make_gates)
    return engine, known.pack() if plan is None else None
