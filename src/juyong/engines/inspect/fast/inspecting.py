"""One inspection by the fast engine: the rules that gates and guards let through are judged."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.fast.reading import ReadState
from juyong.engines.inspect.gates import Row
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.model.engine import Inspection
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import ReadyLink, ReadyRule
from juyong.engines.inspect.model.state import Match, State, match_of
from juyong.engines.inspect.plan.gating import GatedPhase
from juyong.engines.inspect.plan.guards import answers_of
from juyong.engines.inspect.plan.partial import Fixed
from juyong.engines.inspect.plan.recall import Recall
from juyong.engines.inspect.plan.runs import ToJudge
from juyong.engines.inspect.plan.selecting import Selection
from juyong.engines.inspect.rules import Mode, Phase
from juyong.engines.inspect.verdict import Hit

if TYPE_CHECKING:
    from juyong.engines.inspect.fast.engine import FastEngine

_SCANNED = 2
"""Bits of a length that one step of the budget pays for."""
_UNKNOWN = 2
"""The answer of a reader to a count that is beyond its table."""
Answers = bytes | tuple[bool, ...]
"""Which guards that count hold."""


class FastInspection(Inspection):
    """One request and its response; see `verdict.Inspection` for the order of the calls."""

    def __init__(self, engine: "FastEngine", request: Request) -> None:
        """Begin; no rule has run."""
        self._engine = engine
        super().__init__(engine, request)
        self._found: dict[int, list[Row]] = {}
        self._fixed: Mapping[int, Fixed] = {}
        self._recalls: Mapping[int, Recall] = {}
        self._members: Mapping[int, bytes] = {}
        self._phase = Phase.REQUEST_HEAD
        self._place = 0

    def _begin(self) -> State:
        engine = self._engine
        if engine.reader is None:
            return super()._begin()
        traffic = engine.reader.read(self._request, self._processor)
        return ReadState(self._request, engine.limits, engine.store, self._rules.mode, traffic)

    def _add_head(self, wanted: frozenset[str]) -> None:
        """Make the variables of the head that no reader has made."""
        state = self.state
        if isinstance(state, ReadState):
            wanted = frozenset(state.traffic.left())
            if not wanted:
                return
        super()._add_head(wanted)

    def _add_body(self, parsed: Parsed) -> None:
        state = self.state
        if isinstance(state, ReadState):
            state.add_body(parsed, self._program.wanted)
        else:
            super()._add_body(parsed)

    def rules_of(self, phase: Phase) -> Iterator[ReadyRule]:
        """Yield the rules to judge, in order: those that neither a gate nor a guard rules out."""
        state = self.state
        behind = self._engine.plan.phases[phase]
        if phase is Phase.REQUEST_HEAD and state.mode is not Mode.OFF:
            opening = self._engine.plan.opening
            opening.apply(state)
            self._hits.extend(opening.hits)
        found, opened, counts = self._inspect(phase)
        self._found = found
        self._at, self._phase = 0, phase
        self._fixed, self._recalls, self._members = behind.fixed, behind.recalls, behind.members
        for step in self._engine.steps(phase, tuple(found), opened, counts):
            if isinstance(step, ToJudge):
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
        """Pass decided rules where one was removed or skipped; yield the rules to judge."""
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
        """Carry out a decided rule that refuses nothing and allows nothing."""
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
        rows = self._found.get(self._place)
        if rows is None:
            return judge(ready, state, self._known(ready.rule.id))
        link = ready.links[0]
        if taken := state.taken.get(ready.rule.id):
            left = Selection((*link.link.selectors, *taken))
            rows = [row for row in rows if left.place(*row[:2]) >= 0]
        else:
            recall = self._recalls.get(self._place)
            if recall is not None and recall.passes(state, rows):
                return None
        matches = [match_of(row) for row in rows]
        if link.link.capture:
            matches = self._captured(link, matches)
        return judge(ready, state, matches)

    def _known(self, number: int) -> list[Match] | None:
        """Return what a rule matches whose guard has said so; None for other rules."""
        member = self._members.get(self._place)
        if member is None or number in self.state.taken:
            return None
        text = self.state.tx[member]
        return [match_of(("TX", member, text, text))]

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

    def _inspect(self, phase: Phase) -> tuple[dict[int, list[Row]], tuple[int, ...], Answers]:
        """Return the matches of first links, the open doors, and which guards that count hold.

        Matches are by the places of rules, and in the order of the model.
        """
        engine, state = self._engine, self.state
        behind = engine.plan.phases[phase]
        if not behind.collections and not behind.counted:
            return {}, (), ()
        reader, told = engine.reader, b""
        if reader is not None and isinstance(state, ReadState):
            work, told, by_gate = reader.inspect(state.traffic, phase)
            state.spend(work)
            matched = dict(by_gate)
        else:
            matched = self._tested(behind, phase)
        found = {}
        places, needs, seen = behind.gates, behind.needs, matched.keys()
        for gate, rows in matched.items():
            place = places.get(gate)
            if place is None or (place in needs and not needs[place] <= seen):
                continue
            found[place] = rows
            if len(rows) > 1:
                engine.selections[gate].order(rows)
        opened = tuple([place for place in behind.doors if needs[place] <= seen])
        if told and _UNKNOWN not in told:
            return found, opened, told
        return found, opened, answers_of(behind.counted, state)

    def _tested(self, behind: GatedPhase, phase: Phase) -> dict[int, list[Row]]:
        """Give values to the gates, and return the matches by gate."""
        state = self.state
        values = [value for name in behind.collections for value in state.variable(name)]
        state.spend(sum([1 + (len(value[2]) >> _SCANNED) for value in values]))
        found: dict[int, list[Row]] = {}
        for gate, at, text in self._engine.gates.inspect(phase, values):
            found.setdefault(gate, []).append((*values[at], text))
        return found
