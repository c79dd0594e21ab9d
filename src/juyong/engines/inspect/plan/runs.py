"""The steps of a phase: decided rules that follow each other are one step, done at once."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from juyong.engines.inspect.model.program import ReadyRule
from juyong.engines.inspect.model.state import State
from juyong.engines.inspect.plan.partial import Fixed
from juyong.engines.inspect.verdict import Hit


class Run(msgspec.Struct, frozen=True):
    """Decided rules that follow each other, and leave the request alone.

    places: Of the rules, and of those that they skip, in order.
    ids: Of all these, as an earlier rule may remove one. end: Where the rules go on.
    outcomes: Those that do more than to be told. hits: Of all, in order.
    """

    places: tuple[int, ...]
    ids: frozenset[int]
    end: int
    outcomes: tuple[Fixed, ...]
    hits: tuple[Hit, ...]

    def apply(self, state: State) -> None:
        """Do to a request what the rules do; their hits are the caller's to tell.

        Raises:
            Unjudged: TX holds as many members as it may.
        """
        for outcome in self.outcomes:
            outcome.apply(state)


Steps = tuple[Run | int, ...]
"""Decided rules, and the places of rules to judge, in order."""


def steps_of(
    places: Iterable[int], rules: Sequence[ReadyRule], fixed: Mapping[int, Fixed]
) -> Steps:
    """Return the steps of a phase; places: Of rules without a gate, or with one that matched."""
    steps: list[Run | int] = []
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
            steps.append(place)
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
    acting = [one for one in outcomes if one is last or one.acts]
    return Run(
        places=tuple(places),
        ids=frozenset(rules[place].rule.id for place in places),
        end=end,
        outcomes=tuple(acting),
        hits=tuple(one.hit for one in outcomes if one.hit is not None),
    )
