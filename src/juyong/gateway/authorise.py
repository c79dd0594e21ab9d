"""Ask the policy engine; the only maker of Permitted."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

import msgspec
from msgspec.structs import replace

from juyong.api.access import Also, Entry, TargetPolicy, compile_target
from juyong.api.asked import BOTH_SIDES, EITHER_SIDE, SELF_SERVICE, SHARED, Asked, Way, decide
from juyong.api.caller import AccessPoint
from juyong.api.context import Arguments, Context
from juyong.api.denial import PURPOSE, AccessDenied, denied
from juyong.api.operation_spec import Operation
from juyong.engines.policy import (
    Conditions,
    Decision,
    Layer,
    Layers,
    Outcome,
    Principal,
    Request,
    conditions_of,
)
from juyong.gateway.request_context import OF_EVERY_CALL, global_conditions, principal_of
from juyong.gateway.stages import Decoded, Permitted
from juyong.services.identity.facade import Principals, principal_tags

_NOT_SHARED = Decision(outcome=Outcome.IMPLICIT_DENY, layer=Layer.RESOURCE, matched=())
Values = Mapping[str, tuple[str, ...]]
"""Condition values by keys as their sources spell them."""


def permit(decoded: Decoded, principals: Principals) -> Permitted:
    """Let a call through if policies allow each resource it touches, and its further needs.

    Raises:
        AccessDenied: with AccessDeniedDetail, when anything is not allowed; of a call in parts,
            when no part is.
    """
    operation = decoded.authenticated.routed.operation
    if operation.entry not in (Entry.AUTHORISED, Entry.OPEN):
        return Permitted(decoded=decoded)
    ctx, arguments = decoded.context, decoded.arguments
    judge = _judge(decoded, principals)
    if operation.resource is not None:
        _permit_each(decoded, judge, operation.resource(ctx, arguments))
    if operation.also is not None:
        refusal = judge.first_refusal(operation.also(ctx, arguments))
        if refusal is not None:
            raise refusal
    if operation.parts is not None:
        _permit_parts(ctx, judge, operation.parts(ctx, arguments))
    return Permitted(decoded=decoded)


def permit_named(decoded: Decoded, principals: Principals) -> bool:
    """Judge a call by what its head names, before its body is read; False where that is too little.

    It is too little where a resource is named by the body, or condition keys come from there. The
    call is judged as a whole when its body is there, and only that makes a Permitted.

    Raises:
        AccessDenied: as `permit`.
    """
    operation, ctx = decoded.authenticated.routed.operation, decoded.context
    plain = operation.conditions is None and operation.action_with is None
    if operation.entry is not Entry.AUTHORISED or operation.resource is None or not plain:
        return False
    resources = operation.resource(ctx, decoded.arguments)
    # What a template is not given stands as `*`.
    if any("*" in resource.split(":", 4)[-1] for resource in resources):
        return False
    _permit_each(decoded, _judge(decoded, principals), resources)
    return True


def _judge(decoded: Decoded, principals: Principals) -> "_Judge":
    ctx = decoded.context
    return _Judge(decoded, principal_of(ctx.caller), _layers_of(ctx, principals))


def _permit_each(decoded: Decoded, judge: "_Judge", resources: Iterable[str]) -> None:
    operation, ctx = decoded.authenticated.routed.operation, decoded.context
    policy, arguments = operation.resource_policy, decoded.arguments
    target = policy(ctx, arguments) if policy else None
    action = _action_of(operation, arguments)
    rule = operation.resource_conditions or _no_conditions
    for resource in resources:
        own = partial(rule, ctx, resource)
        refusal = judge.refusal(action, resource, own, target, own_affair=True)
        if refusal is not None:
            raise refusal


def _permit_parts(ctx: Context, judge: "_Judge", parts: Mapping[str, tuple[Also, ...]]) -> None:
    """Tell the operation which parts are denied, or refuse it when all are."""
    for part, needs in parts.items():
        refusal = judge.first_refusal(needs)
        if refusal is not None:
            ctx.denied[part] = refusal
    if parts and len(ctx.denied) == len(parts):
        raise next(iter(ctx.denied.values()))


def _action_of(operation: Operation, arguments: Arguments) -> str:
    other = operation.action_with
    given = other is not None and arguments.get(other.parameter) is not None
    return other.action if other is not None and given else operation.action


def _no_conditions(_ctx: Context, _resource: str) -> Values:
    return {}


class _Judge(msgspec.Struct, eq=False):
    """One call's caller, and the policies that decide all its questions."""

    _decoded: Decoded
    _principal: Principal
    _layers: Layers
    _of_call: Conditions | None = None

    def first_refusal(self, needs: Iterable[Also]) -> AccessDenied | None:
        """Return why not everything is allowed, or None when it is."""
        for need in needs:
            own = partial(_given, need.conditions)
            refusal = self.refusal(need.action, need.resource, own, need.policy)
            if refusal is not None:
                return refusal
        return None

    def refusal(
        self,
        action: str,
        resource: str,
        own: Callable[[], Values],
        target: TargetPolicy | None,
        *,
        own_affair: bool = False,
    ) -> AccessDenied | None:
        """Return why an action on a resource is not allowed, or None when it is.

        PERF: condition values, such as tags, are read only where a policy asks for any, or where
        a denial has to tell them.
        """
        layers = self._layers
        if target is not None:
            layers = replace(layers, resource=compile_target(target))
        way = EITHER_SIDE if target is None else _way_of(target)
        settled = _settled(action, resource, self._principal, layers, way)
        if settled is not None:
            self._decoded.context.journal.asked.append(settled)
            return None
        request = Request(action=action, resource=resource, principal=self._principal)
        keys = layers.condition_keys(action)
        if keys and keys <= OF_EVERY_CALL:
            request = replace(request, conditions=global_conditions(self._decoded.context))
            decision = decide(request, layers, way)
            if decision.allowed:
                self._note(Asked(request, layers, decision.outcome.value, way))
                return None
        request = replace(request, conditions={**self._conditions(), **conditions_of(own())})
        decision = decide(request, layers, way)
        if decision.allowed:
            self._note(Asked(request, layers, decision.outcome.value, way))
            return None
        if own_affair and _is_own(self._decoded, decision):
            self._note(Asked(request, layers, SELF_SERVICE, way))
            return None
        if _is_anothers(resource, self._principal) and way != BOTH_SIDES:
            request = replace(request, conditions=self._conditions())
            return self._of_another(request, layers, hidden=way == SHARED)
        self._note(Asked(request, layers, decision.outcome.value, way))
        return self._denied(request, decision, layers)

    def _denied(self, request: Request, decision: Decision, layers: Layers) -> AccessDenied:
        routed = self._decoded.authenticated.routed
        return denied(
            routed.product.dialect,
            request,
            decision,
            self._decoded.context.key(PURPOSE),
            layers=layers,
            told=request.resource if _is_named(request.resource, routed.envelope.params) else None,
        )

    def _note(self, asked: Asked) -> None:
        """Keep a question for the event of the call."""
        self._decoded.context.journal.asked.append(asked)

    def _of_another(self, request: Request, layers: Layers, *, hidden: bool) -> AccessDenied:
        """Deny access to a resource of another account, whether the resource exists or not.

        hidden: The caller named the resource without its region and account.

        SECURITY: the caller's account can open the explanation. So the explanation tells nothing
        that comes from the other account: not which key an alias names, no tags, nothing of the
        resource's policy. It does not tell whether the resource exists either.
        """
        own_side, meant = replace(layers, resource=None), request.resource
        decision = decide(request, own_side, EITHER_SIDE)
        if decision.allowed or decision.layer is Layer.RESOURCE:
            decision = _NOT_SHARED
        if hidden:
            _, service, _, _, relative = request.resource.split(":", 4)
            request = replace(request, resource=f"acs:{service}:*:*:{relative}")
        elif request.resource not in self._decoded.authenticated.routed.envelope.params.values():
            account = ":".join(request.resource.split(":", 4)[:4])
            request = replace(request, resource=f"{account}:*")
        outcome = decision.outcome.value
        self._note(Asked(request, own_side, outcome, EITHER_SIDE, meant=meant))
        return self._denied(request, decision, own_side)

    def _conditions(self) -> Conditions:
        """Return the values of the call itself, whichever of its resources is asked about."""
        if self._of_call is None:
            ctx = self._decoded.context
            rule = self._decoded.authenticated.routed.operation.conditions
            extra = rule(ctx, self._decoded.arguments) if rule else {}
            own = principal_tags(ctx.tx, ctx.caller)
            self._of_call = {**global_conditions(ctx), **conditions_of({**own, **extra})}
        return self._of_call


@lru_cache(maxsize=2048)
def _settled(
    action: str,
    resource: str,
    principal: Principal,
    layers: Layers,
    way: Way,
) -> Asked | None:
    """Return a question that policies allow without looking at a condition, else None.

    PERF: sets of policies never change, so neither does the answer; another edition of a policy is
    another set.
    """
    if layers.condition_keys(action):
        return None
    request = Request(action=action, resource=resource, principal=principal)
    decision = decide(request, layers, way)
    return Asked(request, layers, decision.outcome.value, way) if decision.allowed else None


def _way_of(target: TargetPolicy) -> Way:
    if target.trust:
        return BOTH_SIDES
    return SHARED if target.shared else EITHER_SIDE


def _layers_of(ctx: Context, principals: Principals) -> Layers:
    if isinstance(ctx.caller, AccessPoint):
        from juyong.services.kms.facade import policies_of  # noqa: PLC0415  # rare

        # SECURITY: like a session policy, these policies must allow the call in addition to any
        # other policy; a key policy that allows every principal does not open the key to every
        # access point.
        own = policies_of(ctx.tx, ctx.caller)
        return Layers(identity=own, session=own)
    return principals.layers(ctx.tx, ctx.caller)


def _is_anothers(resource: str, principal: Principal) -> bool:
    owner = resource.split(":", 4)[3:4]
    return bool(owner) and owner[0].isdecimal() and owner[0] != principal.account_id


def _is_named(resource: str, params: Mapping[str, Any]) -> bool:
    """Tell whether a call names a resource itself.

    A call does so by name, ARN, sign-in name or in a JSON list; or, of a resource in another one,
    by the name of each: `<project>/logstore/<logstore>`.
    """
    label = resource.partition("/")[2]
    path = label.split("/")
    if len(path) > 1 and {*path[::2]} <= {*map(str, params.values()), "*"}:
        return True
    return any(
        value == label
        or value.endswith(f"/{label}")
        or value.startswith(f"{label}@")
        or f'"{label}"' in value
        for value in map(str, params.values())
    )


def _given(values: Values) -> Values:
    return values


def _is_own(decoded: Decoded, decision: Decision) -> bool:
    """Let users manage their own things where preferences allow; a Deny still wins."""
    rule = decoded.authenticated.routed.operation.self_service
    return (
        rule is not None
        and decision.outcome is Outcome.IMPLICIT_DENY
        and decision.layer is Layer.IDENTITY
        and rule(decoded.context, decoded.arguments)
    )


def may(ctx: Context, principals: Principals, action: str, resource: str, *, own: bool) -> bool:
    """Tell whether a signed-in caller may do something on the platform's own pages.

    Args:
        ctx: The request, with its caller.
        principals: The policies of callers.
        action: Such as `ram:BindMFADevice`.
        resource: The target of the action, without tags.
        own: Whether preferences let callers do this to themselves; a Deny still wins.
    """
    layers = Layers(identity=principals.identity_policies(ctx.tx, ctx.caller))
    request = Request(
        action=action,
        resource=resource,
        principal=principal_of(ctx.caller),
        conditions=global_conditions(ctx),
    )
    decision = decide(request, layers, EITHER_SIDE)
    is_own = own and decision.outcome is Outcome.IMPLICIT_DENY
    outcome = SELF_SERVICE if is_own else decision.outcome.value
    ctx.journal.asked.append(Asked(request, layers, outcome))
    return decision.allowed or is_own
