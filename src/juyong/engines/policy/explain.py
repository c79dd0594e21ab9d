"""Say why a request was decided as it was: the content of a diagnostic message, and sentences.

The values are plain; the gateway seals them before it sends them.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from juyong.base.shown import shown
from juyong.engines.policy.conditions import compile_condition
from juyong.engines.policy.decide import Decision, Layers, PolicySet, Rule
from juyong.engines.policy.document import Condition, Effect
from juyong.engines.policy.principals import PrincipalKind
from juyong.engines.policy.request import Layer, Match, Outcome, Request
from juyong.engines.policy.resources import read_name

_MAX_NEAR_MISSES = 10
_MAX_SHOWN_VALUES = 5

_SPELLINGS = {
    key.casefold(): key
    for key in (
        *("acs:CurrentTime", "acs:SecureTransport", "acs:SourceIp", "acs:MFAPresent"),
        *("acs:PrincipalARN", "acs:PrincipalRDId", "acs:PrincipalRDPath"),
        *("acs:PrincipalAccountId", "acs:TagKeys", "acs:SourceVpc", "acs:VpcSourceIp"),
        *("acs:Service", "acs:SourceIdentity", "acs:ResourceGroupId", "acs:UserAgent"),
        *("ram:ServiceName", "ram:TrustedPrincipalTypes", "ram:ServiceNames"),
        *("ram:OidcIssuerUrl", "sts:ExternalId", "sts:SourceIdentity"),
    )
}


class AuthCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition key of the request, in its published spelling, with its values."""

    key: str
    values: tuple[str, ...]


class MatchedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One policy that settled the decision, as DecodeDiagnosticMessage lists it."""

    policy_type: str
    policy_identifier: str
    policy_version: str | None
    effect: str
    attached_scope: str
    attached_entity_type: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a decoded diagnostic message, and `sentences` for a reader.

    `no_permission_policy_type` is empty when the request was allowed. The first sentence says what
    settled the decision; for an implicit denial the others are near misses, at most ten.
    """

    explicit_deny: bool
    no_permission_policy_type: str
    auth_action: str
    auth_resource: str
    auth_principal_type: str
    auth_principal_owner_id: str
    auth_principal_display_name: str
    auth_conditions: tuple[AuthCondition, ...]
    matched_policies: tuple[MatchedPolicy, ...]
    sentences: tuple[str, ...]


def explain(request: Request, decision: Decision, layers: Layers | None = None) -> Explanation:
    """Explain a decision about a request.

    Args:
        request: The request.
        decision: The answer of `authorise` or `trusts`.
        layers: The policies that were asked; with them an implicit denial names statements that
            came near: right action, but another resource, principal or condition.

    Cost: one pass over all statements when layers are given and the denial is implicit.
    Source: DecodeDiagnosticMessage (observed); condition keys beyond the published ones are shown
        case-folded (assumed).
    """
    principal = request.principal
    return Explanation(
        explicit_deny=decision.outcome is Outcome.EXPLICIT_DENY,
        no_permission_policy_type="" if decision.allowed else decision.layer.value,
        auth_action=request.action,
        auth_resource=request.resource,
        auth_principal_type=principal.kind.value,
        auth_principal_owner_id=principal.account_id,
        auth_principal_display_name=principal.display_name,
        auth_conditions=tuple(
            AuthCondition(key=_SPELLINGS.get(key, key), values=tuple(values))
            for key, values in sorted(request.conditions.items())
        ),
        matched_policies=tuple(dict.fromkeys(map(_matched_policy, decision.matched))),
        sentences=tuple(_sentences(request, decision, layers)),
    )


def _matched_policy(match: Match) -> MatchedPolicy:
    source = match.source
    return MatchedPolicy(
        policy_type=source.policy_type,
        policy_identifier=source.identifier,
        policy_version=source.version,
        effect=match.effect.value,
        attached_scope=source.attached_scope,
        attached_entity_type=source.attached_entity_type,
    )


def _sentences(request: Request, decision: Decision, layers: Layers | None) -> Iterator[str]:
    asked = f"`{request.action}` on `{request.resource}`"
    if decision.matched:
        for match in decision.matched:
            verb = "denies" if match.effect is Effect.DENY else "allows"
            yield f"{_statement(match)} {verb} {asked}"
    elif decision.allowed:
        yield f"the account root is bound by no policy: {asked} is allowed"
    elif request.principal.kind is PrincipalKind.ROOT:
        yield f"the account root needs a permission from the other side: {asked} is denied"
    else:
        yield f"no statement of the {decision.layer.value} layer allows {asked}"
        if layers is not None:
            asked_sets = _asked(decision.layer, layers)
            yield from islice(_near_misses(request, asked_sets), _MAX_NEAR_MISSES)


def _statement(match: Match) -> str:
    sid = f" ({shown(match.sid)})" if match.sid else ""
    source = match.source
    version = f" {source.version}" if source.version else ""
    return f"Statement[{match.index}]{sid} of {source.policy_type} `{source.identifier}`{version}"


def _asked(layer: Layer, layers: Layers) -> tuple[PolicySet, ...]:
    """Return the sets that denied by having no Allow."""
    asked: tuple[PolicySet | None, ...]
    match layer:
        case Layer.CONTROL:
            return layers.control or ()
        case Layer.SESSION:
            asked = (layers.session,)
        case Layer.TRUST | Layer.RESOURCE:
            asked = (layers.resource,)
        case Layer.IDENTITY | Layer.RESOURCE_GROUP:
            asked = (layers.identity, layers.identity_resource_group, layers.resource)
    return tuple(policies for policies in asked if policies is not None)


def _near_misses(request: Request, asked: Iterable[PolicySet]) -> Iterator[str]:
    action = request.action.casefold()
    for policies in asked:
        for rule in policies.rules:
            if rule.match.effect is Effect.ALLOW and rule.acts(action):
                missing = "; ".join(_missing(request, rule))
                if missing:
                    yield f"{_statement(rule.match)} allows `{request.action}`, but {missing}"


def _missing(request: Request, rule: Rule) -> Iterator[str]:
    name = read_name(request.resource)
    if not rule.reaches(name):
        yield "only on other resources"
    if not rule.concerns(request.principal, name.account_id):
        yield "only to other principals"
    for condition in rule.statement.conditions:
        if not compile_condition(condition, doubt=False)(request.conditions):
            yield f"only if {_wish(request, condition)}"


def _wish(request: Request, condition: Condition) -> str:
    wanted = _listed(condition.values)
    values = request.conditions.get(condition.key.casefold(), ())
    given = f"it was {_listed(values)}" if values else "the request has no such key"
    return f"{condition.written} `{condition.key}` {wanted} ({given})"


def _listed(values: tuple[str, ...]) -> str:
    listed = ", ".join(shown(value) for value in values[:_MAX_SHOWN_VALUES])
    rest = len(values) - _MAX_SHOWN_VALUES
    return f"{listed} and {rest} more" if rest > 0 else listed
