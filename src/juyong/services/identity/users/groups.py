"""Groups of users."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Only
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import Faces, operation
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Shape, UpdateDate
from juyong.api.wrapping import Listing
from juyong.base.ids import new_group_id
from juyong.services.identity.errors import full, in_use, missing, taken
from juyong.services.identity.fields import Comments, GroupName, ShortDisplayName
from juyong.services.identity.policies.policies import attached, policy_links
from juyong.services.identity.users.tables import GroupRow, MembershipRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM

NoGroup = missing("EntityNotExist.Group", "group")
GroupExists = taken("EntityAlreadyExists.Group", "group")
TooManyGroups = full("LimitExceeded.Group", "groups", "ram.groups")
GroupHasUser = in_use(
    "DeleteConflict.Group.User", "has any user member", "Remove the members first."
)
GroupHasPolicy = fact(
    "DeleteConflict.Group.Policy",
    409,
    "The entity CAN NOT has any attached policy while deleting the group.",
    why="Detach the policies first.",
)
GroupDisplayName = Annotated[ShortDisplayName, Clearable(), Only("Ims")]


class NewGroup(Shape, frozen=True, kw_only=True):
    """A group as RAM's CreateGroup returns it."""

    group_id: str
    group_name: str
    comments: str
    create_date: CreateDate


class RamGroup(NewGroup, frozen=True, kw_only=True):
    """A group as RAM shows it otherwise."""

    update_date: UpdateDate


class Group(RamGroup, frozen=True, kw_only=True):
    """A group, as IMS shows it and the inventory keeps it."""

    display_name: str


GROUP: Resource[GroupRow] = Resource(
    kind="ACS::RAM::Group",
    row=GroupRow,
    id="group_id",
    name="group_name",
    arn="ram:group/",
    find=lambda ctx, name: ctx.tx.find_one(GroupRow, account_id=ctx.account_id, group_name=name),
    missing=NoGroup,
    taken=GroupExists,
    quota=Quota("ram.groups", TooManyGroups),
    state=Group,
    links=(policy_links("group", "group_id"),),
)
BY_NAME = GROUP.by(group_name=GroupName)


_FACES: Faces = {RAM: RamGroup, IMS: Group}


@operation(
    (RAM, IMS), "CreateGroup", on=GROUP.new, answers="Group", shows={RAM: NewGroup, IMS: Group}
)
def create_group(
    ctx: Context,
    *,
    group_name: GroupName,
    display_name: GroupDisplayName = "",
    comments: Comments = "",
) -> GroupRow:
    """Create a group without members or policies.

    Args:
        group_name: Unique within the account.
    """
    return GROUP.create(
        ctx,
        group_id=new_group_id(),
        group_name=group_name,
        display_name=display_name,
        comments=comments,
    )


@operation((RAM, IMS), "GetGroup", on=BY_NAME, answers="Group", shows=_FACES, reads_only=True)
def get_group(_ctx: Context, group: GroupRow) -> GroupRow:
    """Return one group."""
    return group


@operation(
    (RAM, IMS), "UpdateGroup", on=BY_NAME, raises=(GroupExists,), answers="Group", shows=_FACES
)
def update_group(
    ctx: Context,
    group: GroupRow,
    *,
    new_group_name: GroupName | None = None,
    new_display_name: GroupDisplayName | None = None,
    new_comments: Comments | None = None,
) -> GroupRow:
    """Rename a group or change its details; an empty text clears one.

    Args:
        new_group_name: The id, attachments and memberships stay.
    """
    return GROUP.change(
        ctx,
        group,
        updated_at=ctx.now,
        group_name=new_group_name,
        display_name=new_display_name,
        comments=new_comments,
    )


@operation((RAM, IMS), "DeleteGroup", on=BY_NAME, raises=(GroupHasUser, GroupHasPolicy))
def delete_group(ctx: Context, group: GroupRow) -> None:
    """Delete a group without members and policies."""
    if ctx.tx.count(MembershipRow, group_id=group.group_id):
        raise GroupHasUser
    if attached(ctx.tx, ctx.account_id, "group", group.group_id):
        raise GroupHasPolicy
    GROUP.remove(ctx, group)


@operation(
    (RAM, IMS),
    "ListGroups",
    on=GROUP.all,
    answers="Groups.Group",
    shows=_FACES,
    reads_only=True,
    scans=True,
)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[GroupRow, MarkerPage]:
    """List groups by name."""
    return MARKED.stored(ctx, GroupRow, "group_name", token=marker, limit=max_items)
