"""An inspection that remembers which values made each rule match, and that can leave some out.

The work of a tool that looks for exclusions: what a ctl action takes out while a request is judged
is taken out here from the start, so that no rule set is compiled anew for each attempt.
"""

from collections.abc import Mapping

import msgspec

from juyong.engines.inspect.http import Request
from juyong.engines.inspect.model.engine import Inspection, ModelEngine
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import ReadyRule
from juyong.engines.inspect.model.state import KEPT, Match
from juyong.engines.inspect.rules import Rule, Selector
from juyong.engines.inspect.verdict import Hit

_HOLD_NAMES = frozenset({"MATCHED_VARS", "MATCHED_VARS_NAMES"})


class Target(msgspec.Struct, frozen=True, order=True):
    """A member of a collection that a rule matched; key: As sent, empty for a single value."""

    collection: str
    key: bytes = b""


class Seen(msgspec.Struct, frozen=True):
    """A rule that matched.

    ways: Sets of targets; without any one of the sets the chain of the rule does not hold. Empty
        where a rule matches on counts, or on what rules keep alone.
    sums_up: Whether the rule reads nothing but what other rules keep, as a score.
    """

    hit: Hit
    ways: tuple[tuple[Target, ...], ...]
    sums_up: bool


class Witness(Inspection):
    """One request judged by the model, with parts of the rules taken out."""

    def __init__(
        self,
        engine: ModelEngine,
        request: Request,
        *,
        without: Mapping[int, tuple[Selector, ...]],
        removed: frozenset[int] = frozenset(),
    ) -> None:
        """Begin; no rule has run.

        Args:
            engine: The rules; may be a fast engine.
            request: The head of the request.
            without: Targets that are taken out, by rule; selectors that exclude.
            removed: Rules that do not run.
        """
        super().__init__(engine, request)
        self.state.taken.update(without)
        self.state.removed |= removed
        self.seen: list[Seen] = []

    def hit_of(self, ready: ReadyRule) -> Hit | None:
        """Judge one rule, and remember the values that it matched."""
        first, state = ready.links[0], self.state
        found: list[Match] | None = None
        if first.link.selectors:
            found = list(first.tester.matches(state, state.taken.get(ready.rule.id, ())))
            if not found:
                return None
        hit = judge(ready, state, found)
        if hit is not None:
            ways = _ways(found or [], state.matched_all)
            self.seen.append(Seen(hit, ways, sums_up(ready.rule)))
        return hit


def sums_up(rule: Rule) -> bool:
    """Tell whether the first link of a rule reads nothing of the request."""
    return all(one.collection in KEPT for one in rule.links[0].selectors)


def _ways(first: list[Match], last: list[Match]) -> tuple[tuple[Target, ...], ...]:
    """Return the ways to break a chain, from the matches of its first and its last link.

    A last link that reads MATCHED_VARS names the members of the link before that hold throughout.
    """
    held = [one.value.key for one in last if one.value.collection in _HOLD_NAMES]
    sets = [
        [_target(*name.partition(b":")[::2]) for name in held],
        [_target(one.value.collection.encode(), one.value.key) for one in first],
        [_target(one.value.collection.encode(), one.value.key) for one in last],
    ]
    found = [tuple(sorted(set(each))) for each in sets if each and all(map(can_go, each))]
    return tuple(dict.fromkeys(found))


def _target(collection: bytes, key: bytes) -> Target:
    return Target(collection.decode(), key)


def can_go(target: Target) -> bool:
    """Tell whether a ctl action can take a target out: counts and what rules keep stay."""
    return not target.collection.startswith("&") and target.collection not in KEPT
