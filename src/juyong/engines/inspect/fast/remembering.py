"""An inspection that walks over remembered steps as far as they lead, and judges where they end."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.fast.inspecting import FastInspection
from juyong.engines.inspect.fast.memory import Hole, Known, Memory, Quoted
from juyong.engines.inspect.fast.reading import ReadState, flat_without_body
from juyong.engines.inspect.gates import Reader
from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.model.judging import LONGEST_VALUE
from juyong.engines.inspect.model.program import ReadyLink, ReadyRule
from juyong.engines.inspect.model.state import State
from juyong.engines.inspect.rules import Phase, Selector
from juyong.engines.inspect.variables import says_nothing
from juyong.engines.inspect.verdict import Hit, Report, Verdict

if TYPE_CHECKING:
    from juyong.engines.inspect.fast.engine import FastEngine

_LONGEST = 255
"""Bytes of a text whose captures take one step of the budget."""
_LONGEST_KEY = 4_096


class RememberingInspection(FastInspection):
    """One request and its response.

    COST: on the way over known states there is no state of this request: no rule runs, and what the
    budget has left is one number.
    """

    def __init__(
        self, engine: "FastEngine", request: Request, reader: Reader, memory: Memory
    ) -> None:
        """Begin in a known state, unless the method is a rare one."""
        self._reader, self._memory = reader, memory
        super().__init__(engine, request)

    def _open(self) -> None:
        self._traffic = self._reader.read(self._request, self._processor)
        self._here = self._memory.begin(self._request.method)
        # The known state that `self.state` is in, where there is a state.
        self._loaded: Known | None = None
        self._left = self._model.limits.work
        self._quoted: list[Quoted] = []
        self._is_read: bool | None = None
        self._holes: list[Hole] = []
        self._steady = True
        self._opened = self._ended = False
        if self._here is None:
            self._have_state()

    def _have_state(self) -> State:
        if not self._opened:
            self._opened = True
            super()._open()
        return self.state

    def _begin(self) -> State:
        model = self._model
        return ReadState(self._request, model.limits, model.store, self._rules.mode, self._traffic)

    def leave_out(
        self, rules: Iterable[int], targets: Mapping[int, tuple[Selector, ...]] | None = None
    ) -> None:
        """Leave rules out; no remembered step knows of that."""
        if self._here is not None:
            self._leave(self._here)
        super().leave_out(rules, targets)

    def _judge(self, phase: Phase) -> Verdict | None:
        """Take the remembered step, or judge."""
        known = self._here
        if known is None:
            return super()._judge(phase)
        work, key = self._traffic.step(phase)
        if key is not None:
            for gate, link in self._memory.depths.captured[phase]:
                key = self._with_captures(key, gate, link)
        step = known.steps.get(key)
        if step is None or work + step.work > self._left:
            return self._judge_from(known, key, phase, work)
        self._left -= work + step.work
        for hole in step.holes:
            self._quoted.append((hole.hit, self._traffic.last(hole.gate, LONGEST_VALUE)))
        self._here = step.after
        return None

    def _with_captures(self, key: bytes | None, gate: int, link: ReadyLink) -> bytes | None:
        """Return a key with what a link captures of the texts that its gate matched."""
        for text in self._traffic.texts(gate):
            captures = link.tester.answer(text) if len(text) <= _LONGEST else None
            if key is None or captures is None or len(key) > _LONGEST_KEY:
                return None
            sizes = b",".join([b"%d" % len(one) for one in captures])
            key = b"%b:%d:%b:%b" % (key, gate, sizes, b"".join(captures))
        return key

    def _judge_from(
        self, known: Known, key: bytes | None, phase: Phase, work: int
    ) -> Verdict | None:
        """Judge by the rules, and remember the step where such a step was seen before."""
        self._leave(known)
        if key is None or not self._memory.again(known, key):
            return super()._judge(phase)
        state, partial = self.state, self._partial
        self._holes, self._steady = [], True
        verdict = super()._judge(phase)
        plain = verdict is None and self.effects.untouched and self._partial == partial
        if not plain or not self._was_steady(phase) or state.mode is not self._rules.mode:
            return verdict
        self._here = self._loaded = self._memory.keep(
            known,
            key,
            state,
            self._hits,
            work=self._left - work - state.work,
            holes=self._holes,
        )
        self._left = state.work
        self._quoted += [(self._hits[hole.at], None) for hole in self._holes]
        return None

    def _was_steady(self, phase: Phase) -> bool:
        """Tell whether the phase judged last depended on nothing but what steps tell."""
        alone, found = self._engine.plan.phases[phase].always, self._found
        asking = self._memory.depths.asking[phase]
        return self._steady and not any(place in found or place in alone for place in asking)

    def _leave(self, known: Known) -> None:
        """Go on without steps, from a known state."""
        state = self._have_state()
        if self._loaded is not known:
            known.load(state)
            state.work = self._left
            self._hits = known.hits_with(self._quoted)
        self._here = None

    def hit_of(self, ready: ReadyRule) -> Hit | None:
        """Judge one rule, and note whether the outcome depends on more than steps tell."""
        place, depths = self._place, self._memory.depths
        hit = super().hit_of(ready)
        gate = depths.counted[self._phase].get(place)
        taken = gate is not None and ready.rule.id in self.state.taken
        if taken or place in depths.doubtful[self._phase]:
            self._steady = False
        elif gate is not None and hit is not None and len(ready.links) == 1:
            # The hit of a chain quotes its last link.
            self._holes.append(Hole(len(self._hits), gate, hit))
        return hit

    def _judges(self, phase: Phase) -> bool:
        # In known states all phases are judged.
        return self._here is not None or super()._judges(phase)

    def _switch(self, name: str) -> str:
        known = self._here
        return super()._switch(name) if known is None else known.switches.get(name, "")

    def _refuse(self, phase: Phase, status: int, reason: str) -> Verdict | None:
        if self._here is not None:
            self._leave(self._here)
        return super()._refuse(phase, status, reason)

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge phase 2; COST: of no body there is nothing to read, unless the target is long."""
        arguments = self._request.target.count(self._rules.argument_separator) + 1
        plain = arguments <= self._model.limits.arguments
        if body or cut or not plain or self._here is None or self._switch("requestbodyprocessor"):
            return super().request_body(body, cut=cut)
        self._add_no_body(self._processor)
        return self._judge(Phase.REQUEST_BODY)

    @property
    def reads_response_body(self) -> bool:
        """As of all engines; COST: asked twice of each response, and answered once."""
        if self._is_read is None:
            self._is_read = super().reads_response_body
        return self._is_read

    def _add_head(self, wanted: frozenset[str]) -> None:
        left = self._traffic.left()
        if left:
            self._have_state()
            super()._add_head(frozenset(left) & wanted)

    def _add_body(self, parsed: Parsed) -> None:
        if says_nothing(parsed):
            self._add_no_body(parsed.processor)
        else:
            self._have_state()
            super()._add_body(parsed)

    def _add_no_body(self, processor: str) -> None:
        self._traffic.add(flat_without_body(processor, self._program.wanted))
        self._renew()

    def _add_response_head(self, response: Response) -> None:
        self._is_read = None
        self._traffic.add_response_head(response.status, response.version, response.headers)
        self._renew()

    def _add_response_body(self, body: bytes, *, cut: bool) -> None:
        self._traffic.add_response_body(body, cut)
        self._renew()

    def _renew(self) -> None:
        """Have the state, where there is one, forget what it made of the variables before."""
        if self._opened:
            self.state.renew()

    def end(self) -> Report:
        """Judge the logging phase, and return all that was found."""
        if self._report is None:
            known = self._logged()
            self._report = self._reported() if known is None else known.report(self._quoted)
        return self._report

    def told(self) -> Report | None:
        """Judge the logging phase, and return what was found where there is something to tell."""
        if self._report is None and (known := self._logged()) is not None and known.quiet:
            return None
        return super().told()

    def _logged(self) -> Known | None:
        """Judge the logging phase, once; return the state of a request that ends in a known one."""
        if not self._ended:
            self._ended = True
            self._judge(Phase.LOGGING)
        if self._here is not None and self._partial:
            self._leave(self._here)
        return self._here
