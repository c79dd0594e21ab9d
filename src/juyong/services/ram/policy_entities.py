"""The users, groups and roles that have a policy."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.fields import PolicyName, PolicyType
from juyong.services.identity.policies.catalogue import NoPolicy, known, policy_resource
from juyong.services.identity.policies.policies import POLICY
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction


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


class UserEntities(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of users."""

    user: list[UserEntity]


class GroupEntities(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of groups."""

    group: list[GroupEntity]


class RoleEntities(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of roles."""

    role: list[RoleEntity]


class EntitiesAnswer(Shape, frozen=True, kw_only=True):
    """All holders of a policy; each of the three lists is there even if empty."""

    users: UserEntities
    groups: GroupEntities
    roles: RoleEntities


@operation(
    RAM,
    "ListEntitiesForPolicy",
    resource=policy_resource,
    resource_conditions=POLICY.tag_conditions,
    raises=(NoPolicy,),
    reads_only=True,
    scans=True,
)
def list_entities_for_policy(
    ctx: Context, *, policy_type: PolicyType, policy_name: PolicyName
) -> EntitiesAnswer:
    """List the users, groups and roles of the account that a policy is attached to.

    Returns:
        All of them; there is no paging.

    Cost: one read for each holder.
    """
    known(ctx, policy_type, policy_name)
    ctx.journal.refer(POLICY.kind, policy_name)
    rows = ctx.tx.find(
        AttachmentRow, account_id=ctx.account_id, policy_type=policy_type, policy_name=policy_name
    )
    return EntitiesAnswer(
        users=UserEntities(user=_users(ctx.tx, rows)),
        groups=GroupEntities(group=_groups(ctx.tx, rows)),
        roles=RoleEntities(role=_roles(ctx.tx, rows)),
    )


def _users(tx: Transaction, rows: list[AttachmentRow]) -> list[UserEntity]:
    return [
        UserEntity(
            user_id=user.user_id,
            user_name=user.user_name,
            display_name=user.display_name,
            attach_date=iso(row.attached_at),
        )
        for row in rows
        if row.entity_type == "user" and (user := tx.get(UserRow, row.entity_id)) is not None
    ]


def _groups(tx: Transaction, rows: list[AttachmentRow]) -> list[GroupEntity]:
    return [
        GroupEntity(
            group_name=group.group_name, comments=group.comments, attach_date=iso(row.attached_at)
        )
        for row in rows
        if row.entity_type == "group" and (group := tx.get(GroupRow, row.entity_id)) is not None
    ]


def _roles(tx: Transaction, rows: list[AttachmentRow]) -> list[RoleEntity]:
    return [
        RoleEntity(
            role_id=role.role_id,
            role_name=role.role_name,
            arn=role.arn,
            description=role.description,
            attach_date=iso(row.attached_at),
        )
        for row in rows
        if row.entity_type == "role" and (role := tx.get(RoleRow, row.entity_id)) is not None
    ]
