"""Ask the policy engine; the only maker of Permitted."""

from functools import lru_cache
from typing import assert_never

from juyong.api.access import Entry, compile_target
from juyong.api.caller import (
    Anonymous,
    Caller,
    RoleSession,
    Root,
    Service,
    User,
    caller_arn,
    principal_id,
)
from juyong.api.context import Context
from juyong.api.denial import PURPOSE, denied
from juyong.base.clock import iso
from juyong.base.names import ram_arn
from juyong.engines.policy import (
    Decision,
    Kind,
    Layer,
    Layers,
    Outcome,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    authorise,
    compile_policy,
    parse,
)
from juyong.gateway.stages import Decoded, Permitted
from juyong.services.ram.principals import Principals


def permit(decoded: Decoded, principals: Principals) -> Permitted:
    """Let a call through if policies allow each resource it touches.

    Raises:
        AccessDenied: with AccessDeniedDetail, when any resource is not allowed.
    """
    operation = decoded.authenticated.routed.operation
    if operation.entry is not Entry.AUTHORISED or operation.resource is None:
        return Permitted(decoded=decoded)
    ctx, arguments = decoded.context, decoded.arguments
    extra = operation.conditions(ctx, arguments) if operation.conditions else {}
    target = operation.resource_policy(ctx, arguments) if operation.resource_policy else None
    layers = Layers(
        identity=principals.identity_policies(ctx.tx, ctx.caller),
        session=_session_policy(ctx.caller),
        resource=compile_target(target) if target else None,
    )
    common = {**global_conditions(ctx), **{k.casefold(): v for k, v in extra.items()}}
    principal = principal_of(ctx.caller)
    for resource in operation.resource(ctx, arguments):
        own = operation.resource_conditions(ctx, resource) if operation.resource_conditions else {}
        request = Request(
            action=operation.action,
            resource=resource,
            principal=principal,
            conditions={**common, **{k.casefold(): v for k, v in own.items()}},
        )
        decision = authorise(request, layers, require_resource=target is not None and target.trust)
        if decision.allowed or _is_own(decoded, decision):
            continue
        raise denied(operation.product.dialect, request, decision, ctx.key(PURPOSE), layers=layers)
    return Permitted(decoded=decoded)


def _is_own(decoded: Decoded, decision: Decision) -> bool:
    """Let users manage their own things where preferences allow; a Deny still wins."""
    rule = decoded.authenticated.routed.operation.self_service
    return (
        rule is not None
        and decision.outcome is Outcome.IMPLICIT_DENY
        and decision.layer is Layer.IDENTITY
        and rule(decoded.context, decoded.arguments)
    )


def principal_of(caller: Caller) -> Principal:
    """Present a caller to the policy engine."""
    match caller:
        case Root():
            kind = PrincipalKind.ROOT
        case User():
            kind = PrincipalKind.USER
        case RoleSession():
            kind = PrincipalKind.SESSION
        case Service():
            kind = PrincipalKind.SERVICE
        case Anonymous():
            kind = PrincipalKind.FEDERATED
        case _:
            assert_never(caller)
    return Principal(
        arn=caller_arn(caller),
        account_id=caller.account_id,
        kind=kind,
        principal_id=principal_id(caller),
    )


def global_conditions(ctx: Context) -> dict[str, tuple[str, ...]]:
    """Return the condition keys every call has; names are case-folded as the engine wants them.

    acs:MFAPresent exists for console sessions and what derives from them, never for plain
    AccessKey calls.
    """
    caller = ctx.caller
    found: dict[str, tuple[str, ...]] = {
        "acs:currenttime": (iso(ctx.now),),
        "acs:securetransport": ("true" if ctx.secure else "false",),
        "acs:sourceip": (ctx.source_ip,),
        "acs:principalaccountid": (ctx.account_id,),
    }
    match caller:
        case User() | Root():
            found["acs:principalarn"] = (caller_arn(caller),)
            mfa = caller.mfa
        case RoleSession():
            found["acs:principalarn"] = (
                ram_arn(caller.account_id, f"role/{caller.role_name.lower()}"),
            )
            mfa = caller.mfa
            if caller.source_identity:
                found["acs:sourceidentity"] = (caller.source_identity,)
        case _:
            mfa = None
    if mfa is not None:
        found["acs:mfapresent"] = ("true" if mfa else "false",)
    return found


def _session_policy(caller: Caller) -> PolicySet | None:
    if not isinstance(caller, RoleSession) or caller.session_policy is None:
        return None
    return _compiled_session(caller.session_policy, caller.session_name)


@lru_cache(maxsize=1024)
def _compiled_session(document: str, session_name: str) -> PolicySet:
    source = Source(
        policy_type=Layer.SESSION.value,
        identifier=session_name,
        version=None,
        attached_scope="Session",
        attached_entity_type="Role",
    )
    return PolicySet((compile_policy(parse(document, Kind.SESSION), source),))
