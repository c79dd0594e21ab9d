"""The users, groups and roles that have a policy."""

from typing import Annotated, TypeVar

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.base.clock import iso
from juyong.services.identity.policies.policies import BY_TYPE_AND_NAME, AnyPolicy, attachments_of
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ram.product import PRODUCT as RAM

S = TypeVar("S", bound=Shape)


class UserEntity(Shape, frozen=True, kw_only=True):
    """A user that has the policy."""

    user_id: str
    user_name: str
    display_name: str
    attach_date: str


class GroupEntity(Shape, frozen=True, kw_only=True):
    """A group that has the policy."""

    group_name: str
    comments: str
    attach_date: str


class RoleEntity(Shape, frozen=True, kw_only=True):
    """A role that has the policy."""

    role_id: str
    role_name: str
    arn: str
    description: str
    attach_date: str


class EntitiesAnswer(Shape, frozen=True, kw_only=True):
    """All holders of a policy; each of the three lists is there even if empty."""

    users: Annotated[list[UserEntity], Within("User")]
    groups: Annotated[list[GroupEntity], Within("Group")]
    roles: Annotated[list[RoleEntity], Within("Role")]


@operation(RAM, "ListEntitiesForPolicy", on=BY_TYPE_AND_NAME, reads_only=True, scans=True)
def list_entities_for_policy(ctx: Context, policy: AnyPolicy) -> EntitiesAnswer:
    """List the users, groups and roles of the account that a policy is attached to.

    Returns:
        All of them; there is no paging.

    Cost: one read for each holder.
    """
    rows = attachments_of(ctx, policy)

    def entities(kind: str, holders: type[UserRow | GroupRow | RoleRow], shape: type[S]) -> list[S]:
        found = [
            (ctx.tx.get(holders, row.entity_id), row) for row in rows if row.entity_type == kind
        ]
        return [
            shape.of(holder, attach_date=iso(row.attached_at))
            for holder, row in found
            if holder is not None
        ]

    return EntitiesAnswer(
        users=entities("user", UserRow, UserEntity),
        groups=entities("group", GroupRow, GroupEntity),
        roles=entities("role", RoleRow, RoleEntity),
    )
