"""Assume a role as a RAM user or as another role."""

from juyong.api.access import TargetPolicy
from juyong.api.caller import RoleSession, Root, User
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.operation import Rate, operation
from juyong.base.names import ram_arn
from juyong.content.policies.service_roles import TRUSTS_NO_SERVICE
from juyong.services.identity.facade import find_role
from juyong.services.sts.fields import (
    ExternalId,
    RoleArn,
    RoleSessionName,
    SourceIdentity,
    split_arn,
)
from juyong.services.sts.product import PRODUCT as STS
from juyong.services.sts.sessions import (
    DurationSeconds,
    SessionAnswer,
    SessionPolicy,
    checked_seconds,
    issue,
    new_session,
)
from juyong.services.sts.trust import trust_of

RootMayNotAssume = fact(
    "NoPermission",
    403,
    "Roles may not be assumed by root accounts.",
    why="The account's root user cannot assume roles, whatever they trust.",
)
NoSuchRole = fact(
    "EntityNotExist.Role",
    404,
    "The role not exists: {arn}. ",
    why="The caller's own account has no such role.",
)
SourceIdentityIsSet = fact(
    "InvalidParameter.SourceIdentity",
    400,
    "The parameter SourceIdentity is wrongly formed.",
    why="The calling session carries another source identity, which it keeps.",
)


def _role(_ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    account_id, name = split_arn(arguments["role_arn"])
    return (ram_arn(account_id, f"role/{name}"),)


def _trust(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the trust policy of the role; for a missing role of another account, an empty trust.

    SECURITY: a caller of another account cannot tell a role that does not exist from a role that
    does not trust the caller.
    """
    if isinstance(ctx.caller, Root):
        raise RootMayNotAssume
    account_id, name = split_arn(arguments["role_arn"])
    role = find_role(ctx.tx, account_id, name)
    if role is not None:
        return trust_of(account_id, name, role.trust_document)
    return None if account_id == ctx.account_id else trust_of(account_id, name, TRUSTS_NO_SERVICE)


def _conditions(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    keys = {
        "sts:ExternalId": arguments["external_id"],
        "sts:SourceIdentity": _source_identity(ctx, arguments["source_identity"]),
    }
    return {key: (value,) for key, value in keys.items() if value}


def _source_identity(ctx: Context, wanted: str | None) -> str | None:
    held = ctx.caller.source_identity if isinstance(ctx.caller, RoleSession) else None
    return held or wanted


@operation(
    STS,
    "AssumeRole",
    resource=_role,
    conditions=_conditions,
    resource_policy=_trust,
    rate=Rate(per_second=100),
    raises=(RootMayNotAssume, NoSuchRole, SourceIdentityIsSet),
    reads_only=True,
)
def assume_role(
    ctx: Context,
    *,
    role_arn: RoleArn,
    role_session_name: RoleSessionName,
    duration_seconds: DurationSeconds | None = None,
    policy: SessionPolicy | None = None,
    external_id: ExternalId | None = None,  # noqa: ARG001  # the trust policy reads it
    source_identity: SourceIdentity | None = None,
) -> SessionAnswer:
    """Issue temporary credentials for a role that trusts the caller.

    The caller's policies and the role's trust policy must both allow `sts:AssumeRole`, within one
    account too.

    Args:
        external_id: For the trust policy's `sts:ExternalId`.
        source_identity: The person behind the session; kept through chains of roles.

    Returns:
        The session; each of its calls is judged by the policies that the role has at that moment.

    Source: STS API reference, AssumeRole (documented); that `sts:AssumeRole` suffices to pass a
    source identity (observed), and that a set one cannot be changed (assumed).
    """
    role = find_role(ctx.tx, *split_arn(role_arn))
    if role is None:
        raise NoSuchRole(arn=role_arn)
    identity = _source_identity(ctx, source_identity)
    if source_identity not in (None, identity):
        raise SourceIdentityIsSet
    session = new_session(
        role,
        ctx.now,
        session_name=role_session_name,
        seconds=checked_seconds(role, duration_seconds),
        policy=policy,
        source_identity=identity,
        mfa=ctx.caller.mfa if isinstance(ctx.caller, User | RoleSession) else None,
    )
    return issue(ctx, role, session, SessionAnswer)
