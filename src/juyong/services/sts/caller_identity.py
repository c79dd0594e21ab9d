"""GetCallerIdentity: the identity of the caller."""

from typing import assert_never

import msgspec
from msgspec.structs import replace

from juyong.api.access import Entry
from juyong.api.caller import (
    AccessPoint,
    Anonymous,
    RoleSession,
    Root,
    Service,
    User,
    caller_arn,
    principal_id,
)
from juyong.api.context import Context
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.services.sts.product import PRODUCT as STS


class CallerIdentityAnswer(Shape, frozen=True, kw_only=True):
    """The caller; UserId is there for a RAM user only, RoleId for a role session only."""

    identity_type: str
    account_id: str
    principal_id: str
    arn: str
    user_id: str | msgspec.UnsetType = msgspec.UNSET
    role_id: str | msgspec.UnsetType = msgspec.UNSET


@operation(
    STS,
    "GetCallerIdentity",
    entry=Entry.IDENTIFIED,
    rate=Rate(per_second=100),
    replayable=True,
    reads_only=True,
)
def get_caller_identity(ctx: Context) -> CallerIdentityAnswer:
    """Return the identity of the caller; any valid credential may ask, and no policy is asked.

    A signed call is a token that proves to another service who made it: ack-ram-authenticator sends
    the one that ack-ram-tool signed for each request of a cluster's user.

    Returns:
        The identity: `Account`, `RAMUser` or `AssumedRoleUser`. The Arn of a session has the role's
        name in lower case.

    Source: STS API reference, GetCallerIdentity (documented); root without UserId (documented in
    older editions); a session's members and Arn (observed, 2025-05); tokens (observed in the
    sources of both programs).
    """
    caller = ctx.caller
    match caller:
        case Root():
            kind = "Account"
        case User():
            kind = "RAMUser"
        case RoleSession():
            kind = "AssumedRoleUser"
            caller = replace(caller, role_name=caller.role_name.lower())
        case Service() | AccessPoint() | Anonymous():
            kind = "Service"
        case _:
            assert_never(caller)
    return CallerIdentityAnswer.of(
        caller, identity_type=kind, principal_id=principal_id(caller), arn=caller_arn(caller)
    )
