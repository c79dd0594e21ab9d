"""The role by which the service may manage a RAM user's AccessKeys.

Source: KMS, "Dynamic RAM secrets" (documented): the account makes the role
AliyunKMSManagedRAMCrendentialsRole (sic), trusting kms.aliyuncs.com, with the permissions below.
"""

from juyong.api.access import TargetPolicy, compile_target
from juyong.api.caller import RoleSession, caller_arn, principal_id
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId
from juyong.base.names import ram_arn
from juyong.engines.policy import Layers, Principal, PrincipalKind, Request, authorise, trusts
from juyong.services.identity.facade import Principals, RoleRow, find_role

ROLE_NAME = "AliyunKMSManagedRAMCrendentialsRole"
SERVICE = "kms.aliyuncs.com"
_ACTIONS = ("ram:ListAccessKeys", "ram:CreateAccessKey", "ram:DeleteAccessKey")
_SESSION = "secretsmanager"


class NoRole(ApiError):
    """The account does not let the service manage the user's AccessKeys."""

    code, status = "Forbidden.RamRoleNotFound", 403
    text = (
        "The role {role} does not exist, does not trust {service}, "
        "or may not manage the AccessKeys of the user."
    )


def require_role(ctx: Context, user_name: str) -> RoleSession:
    """Return the session in which the service manages a user's AccessKeys; raises NoRole."""
    role = find_role(ctx.tx, ctx.account_id, ROLE_NAME)
    if role is None or not _is_trusted(role):
        raise NoRole(role=ROLE_NAME, service=SERVICE)
    session = RoleSession(
        account_id=ctx.account_id,
        role_id=role.role_id,
        role_name=role.role_name,
        session_name=_SESSION,
        access_key_id=AccessKeyId(""),
        issued_at=ctx.now,
        expires_at=Instant(ctx.now),
    )
    if not all(_may(ctx, session, action, user_name) for action in _ACTIONS):
        raise NoRole(role=ROLE_NAME, service=SERVICE)
    return session


def _is_trusted(role: RoleRow) -> bool:
    arn = ram_arn(role.account_id, f"role/{role.role_name}")
    service = Principal(arn=SERVICE, account_id=role.account_id, kind=PrincipalKind.SERVICE)
    request = Request(action="sts:AssumeRole", resource=arn, principal=service)
    trust = TargetPolicy(document=role.trust_document, identifier=arn, trust=True)
    return trusts(request, compile_target(trust)).allowed


def _may(ctx: Context, session: RoleSession, action: str, user_name: str) -> bool:
    request = Request(
        action=action,
        resource=f"acs:ram:*:{session.account_id}:user/{user_name}",
        principal=Principal(
            arn=caller_arn(session),
            account_id=session.account_id,
            kind=PrincipalKind.SESSION,
            principal_id=principal_id(session),
        ),
    )
    policies = Principals().identity_policies(ctx.tx, session)
    return authorise(request, Layers(identity=policies)).allowed
