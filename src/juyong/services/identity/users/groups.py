"""Groups of users."""

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.operation import operation
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import new_group_id
from juyong.services.identity.fields import GroupName
from juyong.services.identity.policies.policies import attached, policy_links
from juyong.services.identity.users.tables import GroupRow, MembershipRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

NoGroup = fact(
    "EntityNotExist.Group", 404, "The group does not exist.", why="No such group in the account."
)
GroupExists = fact(
    "EntityAlreadyExists.Group", 409, "The group does already EXIST.", why="The name is taken."
)
TooManyGroups = fact(
    "LimitExceeded.Group",
    409,
    "The count of groups beyond the current limits.",
    why="The account holds its quota `ram.groups`.",
)
GroupHasUser = fact(
    "DeleteConflict.Group.User",
    409,
    "The group CAN NOT has any user member while deleting the group.",
    why="Remove the members first.",
)
GroupHasPolicy = fact(
    "DeleteConflict.Group.Policy",
    409,
    "The entity CAN NOT has any attached policy while deleting the group.",
    why="Detach the policies first.",
)


class Group(Shape, frozen=True, kw_only=True):
    """A group, as IMS shows it and the inventory keeps it."""

    group_id: str
    group_name: str
    display_name: str
    comments: str
    create_date: str
    update_date: str


def group_of(row: GroupRow) -> Group:
    """Present a group."""
    return Group(
        group_id=row.group_id,
        group_name=row.group_name,
        display_name=row.display_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )


def _state(_tx: Transaction, row: GroupRow) -> Group:
    return group_of(row)


GROUP: Resource[GroupRow] = Resource(
    kind="ACS::RAM::Group",
    row=GroupRow,
    id="group_id",
    name="group_name",
    arn="ram:group/",
    find=lambda ctx, name: ctx.tx.find_one(GroupRow, account_id=ctx.account_id, group_name=name),
    missing=NoGroup,
    taken=GroupExists,
    quota=Quota("ram.groups", 300, TooManyGroups),
    state=_state,
    links=(policy_links("group", "group_id"),),
)
BY_NAME = GROUP.by(group_name=GroupName)


def add_group(
    ctx: Context, group_name: str, *, display_name: str = "", comments: str = ""
) -> GroupRow:
    """Store a new group without members or policies.

    Raises:
        GroupExists: the name is taken.
        TooManyGroups: the quota is full.
    """
    row = GroupRow(
        group_id=new_group_id(),
        account_id=ctx.account_id,
        group_name=group_name,
        display_name=display_name,
        comments=comments,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return GROUP.add(ctx, row)


@operation((RAM, IMS), "DeleteGroup", on=BY_NAME, raises=(GroupHasUser, GroupHasPolicy))
def delete_group(ctx: Context, group: GroupRow) -> None:
    """Delete a group without members and policies."""
    if ctx.tx.count(MembershipRow, group_id=group.group_id):
        raise GroupHasUser
    if attached(ctx.tx, ctx.account_id, "group", group.group_id):
        raise GroupHasPolicy
    GROUP.remove(ctx, group)
