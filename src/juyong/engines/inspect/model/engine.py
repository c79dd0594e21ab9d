"""The phases of a request and its response, rule by rule: the engine that is right by reading."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from juyong.engines.inspect.bodies.codings import decoded
from juyong.engines.inspect.bodies.media import media_type, processor_of
from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.bodies.parsed import Parsed, Refusal
from juyong.engines.inspect.bodies.read import bound_arguments, form_reader, read_body
from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.http import Request, Response, header
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.effects import Effects
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import Program, ReadyRule
from juyong.engines.inspect.model.report import report_of, scores_of
from juyong.engines.inspect.model.state import State
from juyong.engines.inspect.model.testing import Cache
from juyong.engines.inspect.operators.addresses import geo_lookup
from juyong.engines.inspect.rules import Mode, Phase, RuleSet, Selector
from juyong.engines.inspect.stored import MemoryStore, Store
from juyong.engines.inspect.variables import (
    body_variables,
    request_variables,
    response_body_variables,
    response_variables,
)
from juyong.engines.inspect.verdict import Hit, Report, Verdict

CountryOf = Callable[[str], str | None]
"""From an address to the ISO 3166-1 code of two letters."""
Clock = Callable[[], float]
"""Unix seconds; for DURATION."""
_BEYOND = "the request body, beyond the limit"


class ModelEngine:
    """A rule set compiled; may be shared by threads."""

    def __init__(
        self,
        rules: RuleSet,
        *,
        limits: Limits | None = None,
        store: Store | None = None,
        country_of: CountryOf | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Compile.

        Args:
            limits: Of the site; the rule set may tighten them.
            store: Collections that outlive a request; engines of one site share it.
            country_of: For geoLookup; without it no address has a country.
            clock: Without it, DURATION is 0.
        """
        self.limits = tightened(limits or Limits(), rules)
        self.store = store or MemoryStore(rules.collection_seconds)
        self.clock = clock
        self.program = Program(rules, Cache(geo_lookup(country_of) if country_of else None))

    def inspect(self, request: Request) -> "Inspection":
        """Begin with a request."""
        return Inspection(self, request)


def tightened(limits: Limits, rules: RuleSet) -> Limits:
    """Return the smaller one of each limit of a site and of its rule set."""
    smaller = {name: min(most, getattr(limits, name)) for name, most in rules.limits}
    return msgspec.structs.replace(limits, **smaller)


class Inspection:
    """One request and its response; see `verdict.Inspection` for the order of the calls."""

    def __init__(self, engine: ModelEngine, request: Request) -> None:
        """Begin; no rule has run."""
        self._model, self._request = engine, request
        self._program = engine.program
        self._rules = engine.program.rules
        self._clock = engine.clock
        self._response: Response | None = None
        self._hits: list[Hit] = []
        self._partial = ""
        self._report: Report | None = None
        self._processor = processor_of(request.headers)
        self._open()

    def _open(self) -> None:
        """Make the state; COST: engines that remember outcomes do so where rules are judged."""
        self.state = self._begin()
        self.effects = Effects(self._program.defaults, self.state)

    def _begin(self) -> State:
        model = self._model
        return State(self._request, model.limits, model.store, self._rules.mode)

    def leave_out(
        self, rules: Iterable[int], targets: Mapping[int, tuple[Selector, ...]] | None = None
    ) -> None:
        """Have whole rules, and targets of rules, left out from here on, as actions of rules do."""
        self.state.removed.update(rules)
        self.state.taken.update(targets or {})

    def request_head(self) -> Verdict | None:
        """Judge phase 1."""
        self._add_head(self._program.wanted)
        return self._judge(Phase.REQUEST_HEAD)

    def _add_head(self, wanted: frozenset[str]) -> None:
        """Make the variables of the head; other engines may make them by other means."""
        separator = self._rules.argument_separator
        self.state.add(request_variables(self.state.request, wanted=wanted, separator=separator))

    def _add_body(self, parsed: Parsed) -> None:
        """Make the variables of the body; other engines may make them by other means."""
        known, wanted = self.state.collections, self._program.wanted
        self.state.add(body_variables(parsed, known=known, wanted=wanted))

    def _add_response_head(self, response: Response) -> None:
        """Make the variables of the response's head; likewise."""
        self.state.add(response_variables(response, wanted=self._program.wanted))

    def _add_response_body(self, body: bytes, *, cut: bool) -> None:
        """Make the variables of the response's body; likewise."""
        self.state.add(response_body_variables(body, cut=cut))

    @property
    def reads_request_body(self) -> bool:
        """Whether the body is read: access is on, and a processor or a rule asks for it."""
        if not self._judges(Phase.REQUEST_BODY):
            return False
        chosen = self._switch("requestbodyprocessor") or self._processor
        forced = self._switch("forcerequestbodyvariable") == "on"
        return self._access("requestbodyaccess", self._rules.reads_request_body) and (
            bool(chosen) or forced
        )

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge phase 2."""
        phase = Phase.REQUEST_BODY
        if not self.reads_request_body:
            body, cut = b"", False
        if cut and self._rules.refuses_cut_request:
            return self._refuse(phase, 413, "the body is longer than the limit")
        self._partial = _BEYOND if cut else self._partial
        parsed = read_body(
            self._request,
            body,
            self._model.limits,
            processor=self._switch("requestbodyprocessor") or self._processor,
            force_raw=self._switch("forcerequestbodyvariable") == "on",
            cut=cut,
            separator=self._rules.argument_separator,
        )
        return self._judge_body(parsed)

    def form_reader(self) -> FormReader | None:
        """Return a reader of a form that may pass on while it arrives; None where none may."""
        if not self.reads_request_body or self._switch("requestbodyprocessor"):
            return None
        return form_reader(self._request, self._model.limits)

    def request_form(self, form: Parsed) -> Verdict | None:
        """Judge phase 2 on a form that was read while the form arrived."""
        if form.cut:
            if self._rules.refuses_cut_request:
                return self._refuse(Phase.REQUEST_BODY, 413, "the body is longer than the limit")
            self._partial = _BEYOND
        bound_arguments(self._request, form, self._model.limits, self._rules.argument_separator)
        return self._judge_body(form)

    def _judge_body(self, parsed: Parsed) -> Verdict | None:
        phase = Phase.REQUEST_BODY
        self._add_body(parsed)
        verdict = self._judge(phase)
        refusal = parsed.refusal
        if verdict is None and refusal is not None and self._judges(phase):
            return self._refuse(phase, refusal.status, refusal.reason)
        return verdict

    def response_head(self, response: Response) -> Verdict | None:
        """Judge phase 3."""
        self._response = response
        self._add_response_head(response)
        return self._judge(Phase.RESPONSE_HEAD)

    @property
    def reads_response_body(self) -> bool:
        """Whether the response's body is read: access is on, and its type is one of the rules'."""
        if not self._judges(Phase.RESPONSE_BODY):
            return False
        told = header(self._response.headers, b"content-type") if self._response else None
        return (
            told is not None
            and media_type(told).decode("latin-1") in self._rules.response_types
            and self._access("responsebodyaccess", self._rules.reads_response_body)
        )

    def response_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        """Judge phase 4."""
        phase = Phase.RESPONSE_BODY
        if not self.reads_response_body or self._response is None:
            body, cut = b"", False
        if cut and self._rules.refuses_cut_response:
            return self._refuse(phase, 502, "the response is longer than the limit")
        self._partial = "the response body, beyond the limit" if cut else self._partial
        if self._response is not None and body:
            plain = decoded(self._response.headers, body, self._model.limits, cut=cut)
            if isinstance(plain, Refusal):
                self._partial = f"the response body: {plain.reason}"
                plain = b""
            self._add_response_body(plain, cut=cut)
        return self._judge(phase)

    def end(self) -> Report:
        """Judge the logging phase, and return all that was found; once, and the same ever after."""
        if self._report is None:
            self._judge(Phase.LOGGING)
            return self._reported()
        return self._report

    def told(self) -> Report | None:
        """Judge the logging phase, and return what was found where there is something to tell."""
        report = self.end()
        return None if report.quiet else report

    def _reported(self) -> Report:
        effects = self.effects
        self._report = report_of(
            tuple(self._hits),
            verdict=effects.verdict,
            enforced=effects.enforced,
            scores=scores_of(self.state.tx),
            partial=self._partial,
        )
        return self._report

    def rules_of(self, phase: Phase) -> Iterator[ReadyRule]:
        """Yield the rules to judge, in order; what a rule skips is left out.

        The caller judges each rule before the next is taken, and calls `skip` where one matched.
        """
        rules, self._at = self._program.phases[phase], 0
        while self._at < len(rules):
            ready = rules[self._at]
            self._at += 1
            if ready.rule.id not in self.state.removed:
                yield ready

    def hit_of(self, ready: ReadyRule) -> Hit | None:
        """Judge one rule; other engines judge it by other means."""
        return judge(ready, self.state)

    def _judges(self, phase: Phase) -> bool:
        """Tell whether rules of a phase still run."""
        return self.state.mode is not Mode.OFF and not self.effects.passes(phase)

    def _judge(self, phase: Phase) -> Verdict | None:
        """Judge a phase; a verdict of an earlier one stands."""
        if self.effects.verdict is not None and self.effects.enforced and phase < Phase.LOGGING:
            return self.effects.verdict
        if self.effects.passes(phase):
            return None
        if self._clock is not None:
            self.state.now = self._clock()
        try:
            return self._run(phase)
        except Unjudged as end:
            self._partial = end.reason
            return self._refuse(phase, end.status, end.reason)

    def _run(self, phase: Phase) -> Verdict | None:
        for ready in self.rules_of(phase):
            if self.state.mode is Mode.OFF:
                return None
            hit = self.hit_of(ready)
            if hit is None:
                continue
            self._hits.append(hit)
            if verdict := self.effects.of(ready, hit):
                return verdict
            if self.effects.passes(phase):
                return None
            if ready.skip_to is not None:
                self._at = ready.skip_to
        return None

    def _refuse(self, phase: Phase, status: int, reason: str) -> Verdict | None:
        """Refuse by the engine itself; no rule runs after that but those of the logging phase."""
        verdict = Verdict(rule=0, phase=phase, status=status, reason=reason)
        return self.effects.settle(verdict, last=True)

    def _switch(self, name: str) -> str:
        return self.state.switches.get(name, "")

    def _access(self, name: str, default: bool) -> bool:
        told = self._switch(name)
        return told == "on" if told else default
