"""Decide a request against the layers of policies that apply to it.

Total and pure: no I/O, clock or exception; parsing has refused everything malformed. A request in
doubt is denied.
"""

from enum import Enum

import msgspec

from juyong.engines.policy.compile import Match, Question
from juyong.engines.policy.conditions import NO_CONDITIONS, Conditions
from juyong.engines.policy.policy_set import PolicySet
from juyong.engines.policy.principals import Principal, PrincipalKind
from juyong.engines.policy.resources import read_name


class Outcome(Enum):
    """The outcome of a decision; the values of a denial are its NoPermissionType."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"


class Layer(Enum):
    """The layer that settled a decision; the value is its PolicyType."""

    CONTROL = "ControlPolicy"
    SESSION = "SessionPolicy"
    TRUST = "AssumeRolePolicy"
    IDENTITY = "AccountLevelIdentityBasedPolicy"
    RESOURCE_GROUP = "ResourceGroupLevelIdentityBasedPolicy"
    RESOURCE = "ResourceBasedPolicy"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request: who asks for which action on which resource.

    `action` is `<ram code>:<operation>`, `resource` a full resource name or `*` where the operation
    knows no resources. `conditions` come from `conditions_of`, whose keys are case-folded: a key in
    another spelling is never found.
    """

    action: str
    resource: str
    principal: Principal
    conditions: Conditions = msgspec.field(default_factory=lambda: NO_CONDITIONS)


class Layers(msgspec.Struct, frozen=True, kw_only=True):
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
    question = Question(
        request.action.casefold(),
        read_name(request.resource),
        request.principal,
        request.conditions,
    )
    own_layer = Layer.TRUST if require_resource else Layer.RESOURCE
    both = require_resource or cross_account or _is_foreign(question)
    if request.principal.kind is PrincipalKind.ROOT:
        return _root(question, layers.resource, own_layer, both, require_resource)
    guard = _guard(question, layers)
    if guard is not None:
        return guard
    identity = _identity(question, layers)
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
    question = Question(
        request.action.casefold(),
        read_name(request.resource),
        request.principal,
        request.conditions,
    )
    return _judge(trust, question, Layer.TRUST)


def _judge(policies: PolicySet, question: Question, layer: Layer) -> Decision:
    if matched := policies.denying(question):
        return Decision(outcome=Outcome.EXPLICIT_DENY, layer=layer, matched=matched)
    if matched := policies.allowing(question):
        return Decision(outcome=Outcome.ALLOW, layer=layer, matched=matched)
    return _SILENT[layer]


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
