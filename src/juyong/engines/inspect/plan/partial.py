"""Partial evaluation: rules whose outcome the settings decide are run once, at load.

Rules run in a fixed sequence, so a rule that reads only members of TX that no earlier undecided
rule may write has the same outcome in every request. The model's own code runs such a rule on the
known members. A rule that never holds is dropped; of a rule that always holds, the hit and the
writes are kept ready. All that is in doubt stays as it is, which costs time, and loses no rule.

A rule may be passed over: by a skip, by `ctl:ruleRemove…`, by `allow`. Then the outcome is still
known for requests that reach the rule, but its writes are in doubt for later rules.

INVARIANT: `tests/property/test_inspect_engines.py` holds whole reports against the model's.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise

import msgspec

from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import Program, ReadyLink, ReadyRule, ReadySetVar
from juyong.engines.inspect.model.state import Match, State
from juyong.engines.inspect.plan.members import Members, acts, reads_match, reads_stale_match
from juyong.engines.inspect.plan.recall import may_recall
from juyong.engines.inspect.rules import Disruption, Mode, Phase
from juyong.engines.inspect.seclang.macros import Template, parse
from juyong.engines.inspect.stored import MemoryStore
from juyong.engines.inspect.verdict import Hit

_NOWHERE = Peer(address="", port=0)
NOTHING_ASKED = Request(
    method=b"", target=b"", version="", headers=(), client=_NOWHERE, server=_NOWHERE, unique=""
)
"""A request for states in which no request is read."""
_ALLOWS = frozenset({Disruption.ALLOW, Disruption.ALLOW_PHASE, Disruption.ALLOW_REQUEST})
_PLENTY = 1 << 40


class Fixed(msgspec.Struct, frozen=True):
    """The outcome of a rule, the same in every request that reaches the rule.

    hit: None where a first link holds and its chain does not.
    writes: Members of TX after the rule; None for one that is removed.
    passes: Whether the rule leaves the request, and the sequence of rules, alone.
    sums: Member, kind and value of what a rule writes whose hit alone is decided, as of scores.
    """

    hit: Hit | None
    writes: tuple[tuple[bytes, bytes | None], ...]
    matched: Match | None
    severity: int
    passes: bool
    sums: tuple[tuple[bytes, str, Template], ...] = ()

    def apply(self, state: State) -> Hit | None:
        """Carry the rule out on a request, and return the hit.

        Raises:
            Unjudged: TX holds as many members as it may.
        """
        for key, value in self.writes:
            state.write(key, "!" if value is None else "=", (value or b"",))
        for key, kind, text in self.sums:
            state.write(key, kind, text)
        if self.matched is not None:
            state.matched = self.matched
        state.severity = min(state.severity, self.severity)
        return self.hit


class Decided(msgspec.Struct, frozen=True):
    """The rules of a phase whose outcome is known.

    dropped: Places of rules that do nothing in any request. fixed: Outcomes by place.
    start: How many rules at the beginning are all dropped, or fixed and pass.
    trims: How many links of an undecided rule hold in every request and do nothing; by place.
    arguments: The arguments of the links behind these, with known macros filled in; by place.
    recalled: Known members of TX, where a rule runs whose chain may be remembered; by place.
    guarded: Whether links behind the first may be tested before the first: no rule of the set reads
        the match of a rule before it.
    """

    dropped: frozenset[int] = frozenset()
    fixed: Mapping[int, Fixed] = {}
    start: int = 0
    trims: Mapping[int, int] = {}
    arguments: Mapping[int, bytes] = {}
    recalled: Mapping[int, Mapping[bytes, bytes]] = {}
    guarded: bool = False


def decide(program: Program, limits: Limits) -> dict[Phase, Decided]:
    """Return what is known of each phase's rules before any request."""
    if program.rules.mode is Mode.OFF:
        return {phase: Decided() for phase in Phase}
    return _Deciding(program, limits).run()


class _Deciding:
    """The members of TX that are known at a rule, and what may pass the rule over.

    removals: Sets of rules that an undecided rule may remove together.
    targeted: Rules from which an undecided rule may take targets.
    sure: No undecided `allow` stood before.
    stale: Some rule reads the last match of a rule before it.
    early: The members before the first undecided rule, which runs in every request.
    """

    def __init__(self, program: Program, limits: Limits) -> None:
        self._program = program
        self._limits = msgspec.structs.replace(limits, work=_PLENTY)
        self._members = Members()
        self._early: Members | None = None
        self._removals: set[frozenset[int]] = set()
        self._targeted: set[int] = set()
        self._sure = True
        self._stale = any(map(reads_stale_match, chain.from_iterable(program.phases.values())))

    def run(self) -> dict[Phase, Decided]:
        decided: dict[Phase, Decided] = {}
        for phase, rules in self._program.phases.items():
            if phase is Phase.LOGGING and self._early is not None:
                # A verdict may have left out any rule behind the early ones.
                self._members = self._early.before(self._members)
            decided[phase] = self._phase(rules)
        return decided

    def _phase(self, rules: Sequence[ReadyRule]) -> Decided:
        dropped: set[int] = set()
        fixed: dict[int, Fixed] = {}
        trims: dict[int, int] = {}
        arguments: dict[int, bytes] = {}
        recalled: dict[int, Mapping[bytes, bytes]] = {}
        start: int | None = None
        doubtful_until = dead_until = 0
        companions: list[frozenset[int]] = []
        for place, ready in enumerate(rules):
            # Whoever removes the rule that skips these removes these as well.
            if place < dead_until and all(ready.rule.id in one for one in companions):
                dropped.add(place)
                continue
            outcome = self._outcome(ready)
            if outcome is None:
                dropped.add(place)
                continue
            skip = ready.skip_to or 0
            removals = [one for one in self._removals if ready.rule.id in one]
            reached = self._sure and place >= doubtful_until
            if isinstance(outcome, Fixed):
                fixed[place] = outcome
                if reached and outcome.hit is not None and skip:
                    dead_until, companions = skip, removals
            else:
                trims[place] = trim = self._trim(ready)
                if self._members.know_argument(ready.links[trim]):
                    arguments[place] = self._argument(ready.links[trim])
                if may_recall(ready.links[trim:], self._members):
                    recalled[place] = dict(self._members.values)
            if not isinstance(outcome, Fixed) or not outcome.passes or outcome.sums:
                start = place if start is None else start
                self._early = self._early or self._members.copy()
            known = isinstance(outcome, Fixed) and not outcome.sums
            if isinstance(outcome, Fixed) and known and reached and not removals:
                self._learn(ready, outcome)
            else:
                self._doubt(ready)
                doubtful_until = max(doubtful_until, skip)
        start = len(rules) if start is None else start
        gone, guarded = frozenset(dropped), not self._stale
        return Decided(gone, fixed, start, trims, arguments, recalled, guarded)

    def _outcome(self, ready: ReadyRule) -> Fixed | bool | None:
        """Return the outcome of a rule that is reached: None for nothing, False where unknown."""
        first = ready.links[0]
        if ready.rule.id in self._targeted or not self._members.know_test(first, first=True):
            return False
        try:
            if first.link.selectors and not any(True for _ in first.tester.matches(self._state())):
                return None
            whole = self._members.know_rule(ready)
            if not whole and not self._members.know_hit(ready):
                return False
            state = self._state()
            hit = judge(ready, state)
        except Unjudged:
            return False
        return Fixed(
            hit=hit,
            writes=tuple(_changes(self._members.values, state.tx)) if whole else (),
            matched=state.matched,
            severity=state.severity,
            passes=hit is None or self._effect(ready) is Disruption.PASS,
            sums=() if whole else tuple(map(_sum, first.setvars)),
        )

    def _trim(self, ready: ReadyRule) -> int:
        """Return how many links at the beginning of a rule hold always, and do nothing."""
        if self._stale or ready.rule.id in self._targeted:
            return 0
        trim = 0
        for link, after in pairwise(ready.links):
            plain = link.link.selectors and not acts(link)
            if (
                not plain
                or reads_match(after)
                or not self._members.know_test(link, first=trim == 0)
            ):
                break
            if not any(True for _ in link.tester.matches(self._state())):
                break
            trim += 1
        return trim

    def _argument(self, link: ReadyLink) -> bytes:
        return self._state().expand(parse(link.link.operator.argument))

    def _state(self) -> State:
        state = State(NOTHING_ASKED, self._limits, MemoryStore(), Mode.ON)
        state.tx.update(self._members.values)
        return state

    def _effect(self, ready: ReadyRule) -> Disruption:
        effect = ready.rule.disruption
        if effect is Disruption.BLOCK:
            return self._program.rules.default_of(ready.rule.phase).disruption
        return effect

    def _learn(self, ready: ReadyRule, outcome: Fixed) -> None:
        for key, value in outcome.writes:
            self._members.learn(key, value)
        if outcome.hit is not None and self._effect(ready) in _ALLOWS:
            self._sure = False

    def _doubt(self, ready: ReadyRule) -> None:
        """Take into account that a rule may do all that it says, or nothing."""
        for link in ready.links:
            self._members.doubt(link)
            for taken in link.taken:
                if taken.targets:
                    self._targeted |= taken.ids
                else:
                    self._removals.add(taken.ids)
        if self._effect(ready) in _ALLOWS:
            self._sure = False


def _sum(one: ReadySetVar) -> tuple[bytes, str, Template]:
    """Return a write of a named member of TX."""
    return (
        b"".join(part for part in one.name if isinstance(part, bytes)).lower(),
        one.what.kind,
        one.value,
    )


def _changes(
    before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]
) -> Iterator[tuple[bytes, bytes | None]]:
    for key in before.keys() - after.keys():
        yield key, None
    for key, value in after.items():
        if before.get(key) != value:
            yield key, value
