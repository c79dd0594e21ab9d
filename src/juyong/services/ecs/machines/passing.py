"""The roles of instances: who may pass one on, and whether a role trusts ECS.

Source: RAM documentation, ram:PassRole and the condition key acs:Service; ECS API reference, error
codes of RunInstances and AttachInstanceRamRole (documented).
"""

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.base.names import ram_arn
from juyong.services.identity.facade import RoleRow, find_role
from juyong.services.sts.facade import RoleTrustsNot, trusting_role

SERVICE = "ecs.aliyuncs.com"
NoRole = fact(
    "InvalidRamRole.NotFound",
    404,
    "The specified RamRole does not exist.",
    why="The account has no such role.",
)
_WHY = "The trust policy of the role does not let ECS assume the role."
_TEXT = "The specified RAM role is not authorized to be used by ECS."
NotEcsRole = fact("InvalidRamRole.NotEcsRole", 404, _TEXT, why=_WHY)
NotEcsRoleAtLaunch = fact("InvalidRamRole.NotEcsRole", 401, _TEXT, why=_WHY)


def passing(ctx: Context, role_name: str | None) -> tuple[Also, ...]:
    """Return what a caller needs who gives an instance a role: ram:PassRole on the role."""
    if not role_name:
        return ()
    return (
        Also(
            action="ram:PassRole",
            resource=ram_arn(ctx.account_id, f"role/{role_name}"),
            conditions={"acs:Service": (SERVICE,)},
        ),
    )


def the_role(ctx: Context, role_name: str, untrusting: type[ApiError] = NotEcsRole) -> RoleRow:
    """Return a role that trusts ECS.

    Raises:
        NoRole: the account has none of that name.
        ApiError: `untrusting`: the role does not trust ECS.
    """
    if find_role(ctx.tx, ctx.account_id, role_name) is None:
        raise NoRole
    try:
        return trusting_role(ctx.tx, SERVICE, (ctx.account_id, role_name), ctx.now)
    except RoleTrustsNot:
        raise untrusting from None
