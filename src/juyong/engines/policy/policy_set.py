"""The union of several policies, indexed so that a decision looks at few of their statements.

INVARIANT: the index only leaves out rules that cannot apply, so it may err towards more candidates,
never towards fewer. tests/property compares it with a model that looks at every statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from juyong.engines.policy.compile import Match, Policy, Question, Rule
from juyong.engines.policy.document import Effect

_REMEMBERED_ACTIONS = 512

Ranked = tuple[int, Rule]


class _Candidates(NamedTuple):
    """The rules of one effect for one action.

    `always` apply whatever the resource and conditions; `by_start` finds rules by the first
    characters of the resource's relative part, one table a length; `loose` are tried every time.
    """

    always: dict[int, Match]
    settled: tuple[Match, ...]
    loose: tuple[Ranked, ...]
    by_start: tuple[tuple[int, dict[str, tuple[Ranked, ...]]], ...]

    def hits(self, question: Question) -> tuple[Match, ...]:
        """Return every statement that applies, in the order of the set."""
        found: dict[int, Match] = {}
        for rank, rule in self.loose:
            if rule.applies(question):
                found[rank] = rule.match
        relative = question.name.folded_relative
        for length, table in self.by_start:
            for rank, rule in table.get(relative[:length], ()):
                if rule.applies(question):
                    found[rank] = rule.match
        if not found:
            return self.settled
        if len(found) == 1 and not self.always:
            return tuple(found.values())
        found.update(self.always)
        return tuple([found[rank] for rank in sorted(found)])


class _Acting(NamedTuple):
    """The rules of the set for one action, and the condition keys that these rules ask for."""

    denying: _Candidates
    allowing: _Candidates
    condition_keys: frozenset[str]


class PolicySet:
    """Policies that take effect together; neither order nor repetition of them matters.

    Immutable and safe to share between threads. The candidates of the 512 actions last asked for
    are remembered, so the first request for an action costs a pass over all statements and later
    ones a few lookups.
    """

    __slots__ = ("_candidates", "policies", "rules")

    policies: tuple[Policy, ...]
    rules: tuple[Rule, ...]

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self.policies = tuple(sorted(dict.fromkeys(policies), key=_order))
        self.rules = tuple(rule for policy in self.policies for rule in policy.rules)
        self._candidates = lru_cache(maxsize=_REMEMBERED_ACTIONS)(partial(_select, self.rules))

    def __repr__(self) -> str:
        names = ", ".join(policy.source.identifier for policy in self.policies)
        return f"PolicySet({names})"

    def denying(self, question: Question) -> tuple[Match, ...]:
        """Return the Deny statements that apply."""
        return self._candidates(question.action).denying.hits(question)

    def allowing(self, question: Question) -> tuple[Match, ...]:
        """Return the Allow statements that apply."""
        return self._candidates(question.action).allowing.hits(question)

    def condition_keys(self, action: str) -> frozenset[str]:
        """Return the condition keys that can affect a case-folded action, case-folded too.

        No other key of a request makes any difference to what the set says of the action.
        """
        return self._candidates(action).condition_keys


def _order(policy: Policy) -> tuple[str, ...]:
    source = policy.source
    return (
        source.policy_type,
        source.identifier,
        source.version or "",
        source.attached_scope,
        source.attached_entity_type,
    )


def _select(rules: tuple[Rule, ...], action: str) -> _Acting:
    acting = [(rank, rule) for rank, rule in enumerate(rules) if rule.acts(action)]
    conditions = (each for _, rule in acting for each in rule.statement.conditions)
    return _Acting(
        _index(acting, Effect.DENY),
        _index(acting, Effect.ALLOW),
        frozenset(condition.key.casefold() for condition in conditions),
    )


def _index(acting: Sequence[Ranked], effect: Effect) -> _Candidates:
    always: dict[int, Match] = {}
    loose: list[Ranked] = []
    by_start: defaultdict[int, defaultdict[str, list[Ranked]]]
    by_start = defaultdict(lambda: defaultdict(list))
    for rank, rule in acting:
        if rule.match.effect is not effect:
            continue
        starts = {pattern.start for pattern in rule.patterns}
        if rule.always:
            always[rank] = rule.match
        elif rule.statement.resources_excluded or "" in starts:
            loose.append((rank, rule))
        else:
            for start in starts:
                by_start[len(start)][start].append((rank, rule))
    return _Candidates(
        always,
        tuple(always.values()),
        tuple(loose),
        tuple(
            (length, {start: tuple(found) for start, found in table.items()})
            for length, table in sorted(by_start.items())
        ),
    )
