"""The role by which the service may manage a RAM user's AccessKeys.

Source: KMS, "Dynamic RAM secrets" (documented): the account makes the role
AliyunKMSManagedRAMCrendentialsRole (sic), trusting kms.aliyuncs.com, with the permissions below.
"""

from juyong.api.access import Also, TargetPolicy, compile_target
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.base.names import ram_arn
from juyong.engines.policy import Principal, PrincipalKind, Request, trusts
from juyong.services.identity.facade import RoleRow, find_role, role_may
from juyong.services.kms.acting import SERVICE

ROLE_NAME = "AliyunKMSManagedRAMCrendentialsRole"
_ACTIONS = ("ram:ListAccessKeys", "ram:CreateAccessKey", "ram:DeleteAccessKey")
_SESSION = "secretsmanager"


NoRole = fact(
    "Forbidden.RamRoleNotFound",
    403,
    "The role {role} does not exist, does not trust {service}, "
    "or may not manage the AccessKeys of the user.",
    why="The account does not let the service manage the user's AccessKeys.",
)


def require_role(ctx: Context, user_name: str) -> None:
    """Refuse an account whose role does not let the service manage the keys; raises NoRole."""
    role = find_role(ctx.tx, ctx.account_id, ROLE_NAME)
    if role is None or not _is_trusted(role):
        raise NoRole(role=ROLE_NAME, service=SERVICE)
    user = f"acs:ram:*:{ctx.account_id}:user/{user_name}"
    needs = (Also(action=action, resource=user) for action in _ACTIONS)
    if not all(role_may(ctx.tx, role, _SESSION, each, ctx.now) for each in needs):
        raise NoRole(role=ROLE_NAME, service=SERVICE)


def _is_trusted(role: RoleRow) -> bool:
    arn = ram_arn(role.account_id, f"role/{role.role_name}")
    service = Principal(arn=SERVICE, account_id=role.account_id, kind=PrincipalKind.SERVICE)
    request = Request(action="sts:AssumeRole", resource=arn, principal=service)
    trust = TargetPolicy(document=role.trust_document, identifier=arn, trust=True)
    return trusts(request, compile_target(trust)).allowed
