"""Decide a request: layers of policies, each a set of them, each set the rules of its statements.

Total and pure: no I/O, clock or exception; parsing has refused everything malformed. A request in
doubt is denied.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

import msgspec

from juyong.engines.policy.conditions import Conditions, Test
from juyong.engines.policy.document import Document, Effect, Statement
from juyong.engines.policy.principals import Principal, PrincipalKind, PrincipalTest
from juyong.engines.policy.request import Layer, Match, Outcome, Request, Source
from juyong.engines.policy.resources import Name, ResourcePattern, read_name
from juyong.engines.policy.wildcard import Matcher

_REMEMBERED_ACTIONS = 512


class Question(NamedTuple):
    """A request in the form that rules test; the action is case-folded."""

    action: str
    name: Name
    principal: Principal
    conditions: Conditions


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled statement."""

    match: Match
    statement: Statement
    acts: Matcher
    patterns: tuple[ResourcePattern, ...]
    principals: tuple[PrincipalTest, ...] | None
    tests: tuple[Test, ...]

    @property
    def always(self) -> bool:
        """Whether the rule applies to every request for its actions."""
        return not self.tests and self.principals is None and self.all_resources

    @property
    def all_resources(self) -> bool:
        """Whether the rule covers every resource."""
        return not self.statement.resources_excluded and any(p.everything for p in self.patterns)

    def concerns(self, principal: Principal, owner: str) -> bool:
        """Tell whether the rule names the principal; owner is the account of the resource."""
        return self.principals is None or any(test(principal, owner) for test in self.principals)

    def reaches(self, name: Name) -> bool:
        """Tell whether the rule covers the resource."""
        for pattern in self.patterns:
            if pattern.covers(name):
                return not self.statement.resources_excluded
        return self.statement.resources_excluded

    def applies(self, question: Question) -> bool:
        """Tell whether everything except the action matches; the index has matched the action."""
        if not self.reaches(question.name):
            return False
        for test in self.tests:
            if not test(question.conditions):
                return False
        return self.principals is None or self.concerns(
            question.principal, question.name.account_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A document with its source, compiled. Equal when both are."""

    source: Source
    document: Document
    rules: tuple[Rule, ...] = field(compare=False, repr=False)


Ranked = tuple[int, Rule]


class _Candidates(NamedTuple):
    """The rules of one effect for one action: an index that leaves out what cannot apply.

    INVARIANT: it may err towards more candidates, never towards fewer. tests/property compares it
    with a model that looks at every statement.

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


class Layers(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The policies that apply to a request.

    `identity` are those attached account-wide to the caller (a user's own and its groups', or a
    role's), `identity_resource_group` those attached within the resource group of the target.
    `session` is the policy inside the caller's token. `control` has one set for each level from
    the root folder down to the account. `resource` is the policy of the target: a bucket's, a
    key's, or a role's trust policy. None means that the layer does not take part; an empty set
    takes part and allows nothing.
    """

    identity: PolicySet
    identity_resource_group: PolicySet | None = None
    session: PolicySet | None = None
    control: tuple[PolicySet, ...] | None = None
    resource: PolicySet | None = None

    def condition_keys(self, action: str) -> frozenset[str]:
        """Return the condition keys, case-folded, that can affect a decision about an action.

        A request that lacks any other key is decided as one that has it.
        """
        folded = action.casefold()
        keys = self.identity.condition_keys(folded)
        others = (self.identity_resource_group, self.session, self.resource, *(self.control or ()))
        for policies in others:
            if policies is not None:
                keys |= policies.condition_keys(folded)
        return keys


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome, the layer that settled it, and that layer's statements which did.

    An implicit denial and root's freedom have no statements.
    """

    outcome: Outcome
    layer: Layer
    matched: tuple[Match, ...]

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.outcome is Outcome.ALLOW


_SILENT = {
    layer: Decision(outcome=Outcome.IMPLICIT_DENY, layer=layer, matched=()) for layer in Layer
}
_ROOT = Decision(outcome=Outcome.ALLOW, layer=Layer.IDENTITY, matched=())


def authorise(
    request: Request,
    layers: Layers,
    *,
    cross_account: bool = False,
    require_resource: bool = False,
    shared: bool = False,
) -> Decision:
    """Decide a request of a RAM principal: a matching Deny beats any Allow, silence denies.

    Args:
        request: The request.
        layers: The policies that apply to it.
        cross_account: The target belongs to another account, so that both the caller's identity
            policies and the target's own policy must allow. Assumed also when the account in the
            resource's name is another than the caller's.
        require_resource: Both must allow even within one account, as for AssumeRole; `resource` is
            then a trust policy. Root is always refused.
        shared: The target's own policy alone may allow whoever it names, of any account and of
            none, as a bucket's; on a target of another account the caller's identity policies only
            deny.

    Returns:
        The decision. Control and session policies come first and must allow. An Allow of the
        account-wide policies leaves those of the resource group unread, a Deny among them too. Root
        is bound by no policy on what its own account holds.

    Cost: some microseconds with 200 statements attached once an action has been seen, plus less
        than one for each statement about the same action that the start of the resource's relative
        part does not rule out; each pattern costs O(pattern * text) at worst.
    Source: RAM policy evaluation process (documented); root, and callers of other accounts
        (documented for KMS and AssumeRole, assumed elsewhere).
    Model: tests/model/policy.py.
    """
    question = _question(request)
    own_layer = Layer.TRUST if require_resource else Layer.RESOURCE
    foreign = cross_account or _is_foreign(question)
    both = require_resource or (foreign and not shared)
    if request.principal.kind is PrincipalKind.ROOT:
        return _root(question, layers.resource, own_layer, both or foreign, require_resource)
    guard = _guard(question, layers)
    if guard is not None:
        return guard
    identity = _identity(question, layers)
    if shared and foreign and identity.allowed:
        identity = _SILENT[identity.layer]
    if layers.resource is None:
        return _SILENT[own_layer] if both and identity.allowed else identity
    return _combine(identity, _judge(layers.resource, question, own_layer), both)


def trusts(request: Request, trust: PolicySet) -> Decision:
    """Decide whether a role may be assumed by a caller that has no identity policies.

    Such callers are cloud services and identities of a SAML or OIDC provider: the trust policy
    alone decides. Any other principal is refused, since its identity policies must be asked too.

    Source: RAM policy evaluation process (documented).
    """
    if request.principal.kind not in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
        return _SILENT[Layer.TRUST]
    question = _question(request)
    return _judge(trust, question, Layer.TRUST)


def _question(request: Request) -> Question:
    return Question(
        request.action.casefold(),
        read_name(request.resource),
        request.principal,
        request.conditions,
    )


def _is_foreign(question: Question) -> bool:
    """Tell whether the resource's name gives an account other than the caller's."""
    owner = question.name.account_id
    return owner != question.principal.account_id and owner.isdecimal()


def _root(
    question: Question,
    resource: PolicySet | None,
    layer: Layer,
    both: bool,
    never: bool,
) -> Decision:
    if never:
        return _SILENT[layer]
    if not both:
        return _ROOT
    return _SILENT[layer] if resource is None else _judge(resource, question, layer)


def _guard(question: Question, layers: Layers) -> Decision | None:
    """Return the denial of a layer that can only narrow, or None."""
    if layers.control is not None:
        levels = [_judge(level, question, Layer.CONTROL) for level in layers.control]
        denied = [level for level in levels if level.outcome is Outcome.EXPLICIT_DENY]
        for level in denied or levels:
            if not level.allowed:
                return level
    if layers.session is not None:
        session = _judge(layers.session, question, Layer.SESSION)
        if not session.allowed:
            return session
    return None


def _identity(question: Question, layers: Layers) -> Decision:
    decision = _judge(layers.identity, question, Layer.IDENTITY)
    if layers.identity_resource_group is None or decision.outcome is not Outcome.IMPLICIT_DENY:
        return decision
    return _judge(layers.identity_resource_group, question, Layer.RESOURCE_GROUP)


def _combine(identity: Decision, resource: Decision, both: bool) -> Decision:
    """Combine the decisions of the caller's side and of the target's side."""
    for side in (identity, resource):
        if side.outcome is Outcome.EXPLICIT_DENY:
            return side
    if not both:
        return resource if resource.allowed and not identity.allowed else identity
    for side in (identity, resource):
        if not side.allowed:
            return side
    return Decision(
        outcome=Outcome.ALLOW, layer=identity.layer, matched=identity.matched + resource.matched
    )


def _judge(policies: PolicySet, question: Question, layer: Layer) -> Decision:
    if matched := policies.denying(question):
        return Decision(outcome=Outcome.EXPLICIT_DENY, layer=layer, matched=matched)
    if matched := policies.allowing(question):
        return Decision(outcome=Outcome.ALLOW, layer=layer, matched=matched)
    return _SILENT[layer]
