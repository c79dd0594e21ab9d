"""The principal and the conditions of a request, as the policy engine wants both."""

from functools import lru_cache
from typing import assert_never

from juyong.api.caller import (
    AccessPoint,
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
from juyong.base.clock import iso
from juyong.base.names import ram_arn
from juyong.engines.policy import Principal, PrincipalKind

OF_EVERY_CALL = frozenset(
    {
        *("acs:currenttime", "acs:securetransport", "acs:sourceip", "acs:mfapresent"),
        *("acs:principalaccountid", "acs:principalarn", "acs:sourceidentity"),
    }
)
"""The keys of global_conditions, which no rule of an operation returns."""


def principal_of(caller: Caller) -> Principal:
    """Present a caller to the policy engine."""
    return _long_term(caller) if isinstance(caller, User | Root) else _presented(caller)


@lru_cache(maxsize=1024)
def _long_term(caller: User | Root) -> Principal:
    return _presented(caller)


def _presented(caller: Caller) -> Principal:
    match caller:
        case Root():
            kind = PrincipalKind.ROOT
        case User():
            kind = PrincipalKind.USER
        case RoleSession():
            kind = PrincipalKind.SESSION
        case Service():
            kind = PrincipalKind.SERVICE
        case AccessPoint():
            kind = PrincipalKind.ACCESS_POINT
        case Anonymous():
            kind = PrincipalKind.ANONYMOUS
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
