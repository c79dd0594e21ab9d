"""Users, groups and roles as holders of policies: attaching and detaching."""

from typing import Any, NamedTuple

from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.resource import Resource
from juyong.services.identity.policies.catalogue import CUSTOM, SYSTEM, known
from juyong.services.identity.policies.policies import POLICY, attached
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import ROLE
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.groups import GROUP
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.store.errors import Duplicate

_QUOTAS = {
    CUSTOM: ("ram.attached-custom-policies", 10),
    SYSTEM: ("ram.attached-system-policies", 20),
}


UserHasPolicyAlready = fact(
    "EntityAlreadyExists.User.Policy",
    409,
    "The user has already been attached this policy.",
    why="It is attached already.",
)
GroupHasPolicyAlready = fact(
    "EntityAlreadyExists.Group.Policy",
    409,
    "The group has already been attached this policy.",
    why="It is attached already.",
)
RoleHasPolicyAlready = fact(
    "EntityAlreadyExists.Role.Policy",
    409,
    "The role has already been attached this policy.",
    why="It is attached already.",
)
UserLacksPolicy = fact(
    "EntityNotExist.User.Policy",
    404,
    "The indicate policy of the user does not exist.",
    why="It is not attached.",
)
GroupLacksPolicy = fact(
    "EntityNotExist.Group.Policy",
    404,
    "The indicate policy attached to the group does not exist.",
    why="It is not attached.",
)
RoleLacksPolicy = fact(
    "EntityNotExist.Role.Policy",
    404,
    "The indicate policy attached to the role does not exist.",
    why="It is not attached.",
)
TooManyUserPolicies = fact(
    "LimitExceeded.User.Policy",
    409,
    "The policy count of the user attached policies beyond the current limits.",
    why="The user holds its quota of policies of that type.",
)
TooManyGroupPolicies = fact(
    "LimitExceeded.Group.Policy",
    409,
    "The policy count of the group beyond the current limits.",
    why="The group holds its quota of policies of that type.",
)
TooManyRolePolicies = fact(
    "LimitExceeded.Role.Policy",
    409,
    "The count of policies attached to the role beyond the current limits.",
    why="The role holds its quota of policies of that type.",
)


class _Kind(NamedTuple):
    entity_type: str
    resource: Resource[Any]
    held: type[ApiError]
    lacking: type[ApiError]
    full: type[ApiError]


Holder = UserRow | GroupRow | RoleRow
_KINDS: dict[type[Holder], _Kind] = {
    UserRow: _Kind("user", USER, UserHasPolicyAlready, UserLacksPolicy, TooManyUserPolicies),
    GroupRow: _Kind("group", GROUP, GroupHasPolicyAlready, GroupLacksPolicy, TooManyGroupPolicies),
    RoleRow: _Kind("role", ROLE, RoleHasPolicyAlready, RoleLacksPolicy, TooManyRolePolicies),
}


def policies_of(ctx: Context, holder: Holder) -> list[AttachmentRow]:
    """Return the policies that are attached to a holder itself, by name."""
    kind = _KINDS[type(holder)]
    return attached(ctx.tx, ctx.account_id, kind.entity_type, getattr(holder, kind.resource.id))


def attach(ctx: Context, holder: Holder, policy_type: str, policy_name: str) -> None:
    """Attach a policy.

    Raises:
        NoPolicy: there is no such policy.
        ApiError: the holder has it already, or as many as its quota allows.
    """
    known(ctx, policy_type, policy_name)
    kind = _KINDS[type(holder)]
    entity = {"entity_type": kind.entity_type, "entity_id": getattr(holder, kind.resource.id)}
    of_type = {"account_id": ctx.account_id, "policy_type": policy_type, **entity}
    others = ctx.tx.count(AttachmentRow, **of_type)
    try:
        ctx.tx.insert(AttachmentRow(**of_type, policy_name=policy_name, attached_at=ctx.now))
    except Duplicate:
        raise kind.held from None
    if others >= ctx.quota(*_QUOTAS[policy_type]):
        raise kind.full
    _note(ctx, holder, policy_name)


def detach(ctx: Context, holder: Holder, policy_type: str, policy_name: str) -> None:
    """Detach a policy.

    Raises:
        NoPolicy: there is no such policy.
        ApiError: the holder does not have it.
    """
    kind = _KINDS[type(holder)]
    key = (policy_type, policy_name, kind.entity_type, getattr(holder, kind.resource.id))
    row = ctx.tx.get(AttachmentRow, ctx.account_id, *key)
    if row is None:
        known(ctx, policy_type, policy_name)
        raise kind.lacking
    ctx.tx.delete(row)
    _note(ctx, holder, policy_name)


def _note(ctx: Context, holder: Holder, policy_name: str) -> None:
    """Note that a holder's policies changed; the event names both."""
    _KINDS[type(holder)].resource.note(ctx.tx, ctx.journal, "updated", holder)
    ctx.journal.refer(POLICY.kind, policy_name)


def resource_tags(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of one user, role or policy of the caller's account.

    Cost: one or two indexed reads.
    """
    return {
        **USER.tag_conditions(ctx, arn),
        **ROLE.tag_conditions(ctx, arn),
        **POLICY.tag_conditions(ctx, arn),
    }
