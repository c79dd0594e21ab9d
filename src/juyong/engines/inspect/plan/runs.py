"""The steps of a phase: decided rules that follow each other are one step, done at once."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from juyong.engines.inspect.model.program import ReadyRule
from juyong.engines.inspect.model.state import Match, State
from juyong.engines.inspect.plan.guards import Guard
from juyong.engines.inspect.plan.partial import Fixed
from juyong.engines.inspect.seclang.macros import Macro
from juyong.engines.inspect.verdict import Hit

_MOST_ANSWERS = 64
_LONGEST_KEPT = 256
"""Answers that a run keeps, and bytes of the members of each."""


class Run(msgspec.Struct, frozen=True):
    """Decided rules that follow each other, and leave the request alone.

    places: The places of the rules, and of the rules that these skip, in order.
    ids: Of all these, as an earlier rule may remove one. end: Where the rules go on.
    writing: Outcomes that write. hits: Of all, in order.
    matched, severity: After all; as of `Fixed`.
    reads: Members of TX on which the writes depend. writes: Members that are written.
    answers: Members written, by the members read; none where a member may be removed.
    """

    places: tuple[int, ...]
    ids: frozenset[int]
    end: int
    writing: tuple[Fixed, ...]
    hits: tuple[Hit, ...]
    matched: Match | None
    severity: int
    reads: tuple[bytes, ...]
    writes: tuple[bytes, ...]
    answers: dict[tuple[bytes | None, ...], dict[bytes, bytes]] | None

    def apply(self, state: State) -> None:
        """Do to a request what the rules do; their hits are the caller's to tell.

        Raises:
            Unjudged: TX holds as many members as it may.
        """
        if self.writing:
            self._write(state)
        if self.matched is not None:
            state.matched = self.matched
        state.severity = min(state.severity, self.severity)

    def _write(self, state: State) -> None:
        """Write the members; COST: sums of equal scores are added up once."""
        tx, answers = state.tx, self.answers
        key = tuple([tx.get(name) for name in self.reads])
        known = None if answers is None else answers.get(key)
        if known is not None and len(tx) + len(known) <= state.limits.transaction_keys:
            tx.update(known)
            return
        for outcome in self.writing:
            outcome.apply(state)
        if answers is not None and sum(map(len, filter(None, key))) <= _LONGEST_KEPT:
            if len(answers) >= _MOST_ANSWERS:
                answers.clear()
            answers[key] = {name: tx[name] for name in self.writes}


class ToJudge(msgspec.Struct, frozen=True):
    """A rule to judge, where its guards hold."""

    place: int
    ready: ReadyRule
    number: int
    guards: tuple[Guard, ...]

    def may_match(self, state: State) -> bool:
        """Tell whether the rule stands, and its guards hold."""
        if self.number in state.removed:
            return False
        if self.number in state.taken:
            return True
        # COST: a loop takes half the time of all(), and this runs for each rule.
        for guard in self.guards:  # noqa: SIM110
            if not guard(state):
                return False
        return True


Steps = tuple[Run | ToJudge, ...]
"""Decided rules and rules to judge, in order."""


def steps_of(
    places: Iterable[int],
    rules: Sequence[ReadyRule],
    fixed: Mapping[int, Fixed],
    guards: Mapping[int, tuple[Guard, ...]],
) -> Steps:
    """Return the steps of a phase; places: Those of rules without a gate, or whose gate matched."""
    steps: list[Run | ToJudge] = []
    held: list[int] = []
    end = 0
    for place in sorted(places):
        if held and place < end:
            held.append(place)
            continue
        outcome = fixed.get(place)
        if outcome is None or not outcome.passes:
            if held:
                steps.append(_run(held, end, rules, fixed))
                held = []
            number = rules[place].rule.id
            steps.append(ToJudge(place, rules[place], number, guards.get(place, ())))
            continue
        held.append(place)
        skip = rules[place].skip_to if outcome.hit is not None else None
        end = place + 1 if skip is None else skip
    if held:
        steps.append(_run(held, end, rules, fixed))
    return tuple(steps)


def _run(
    places: Sequence[int], end: int, rules: Sequence[ReadyRule], fixed: Mapping[int, Fixed]
) -> Run:
    outcomes: list[Fixed] = []
    at = 0
    for place in places:
        if place >= at:
            outcome = fixed[place]
            outcomes.append(outcome)
            skip = rules[place].skip_to if outcome.hit is not None else None
            at = place + 1 if skip is None else skip
    last = next((one for one in reversed(outcomes) if one.matched is not None), None)
    sums = [each for one in outcomes for each in one.sums]
    read = {part.key for _, _, value in sums for part in value if isinstance(part, Macro)}
    read |= {key for key, kind, _ in sums if kind != "="}
    written = [(key, value is None) for one in outcomes for key, value in one.writes]
    written += [(key, kind == "!") for key, kind, _ in sums]
    return Run(
        places=tuple(places),
        ids=frozenset(rules[place].rule.id for place in places),
        end=end,
        writing=tuple(one for one in outcomes if one.writes or one.sums),
        hits=tuple(one.hit for one in outcomes if one.hit is not None),
        matched=None if last is None else last.matched,
        severity=min(one.severity for one in outcomes),
        reads=tuple(sorted(key for key in read if key is not None)),
        writes=tuple({key: None for key, _ in written}),
        answers=None if any(gone for _, gone in written) else {},
    )
