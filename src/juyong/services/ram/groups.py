"""Groups of users, without the display name that IMS knows."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Wire
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.identity.fields import Comments, GroupName
from juyong.services.identity.users.groups import BY_NAME, GROUP, GroupExists, add_group
from juyong.services.identity.users.tables import GroupRow
from juyong.services.ram.product import PRODUCT as RAM


class NewGroup(Shape, frozen=True, kw_only=True):
    """A group as CreateGroup returns it."""

    group_id: str
    group_name: str
    comments: str
    create_date: str


class Group(NewGroup, frozen=True, kw_only=True):
    """A group as GetGroup returns it."""

    update_date: str


@operation(RAM, "CreateGroup", on=GROUP.new, answers="Group")
def create_group(ctx: Context, *, group_name: GroupName, comments: Comments = "") -> NewGroup:
    """Create a group without members or policies.

    Args:
        group_name: Unique within the account.
    """
    row = add_group(ctx, group_name, comments=comments)
    return NewGroup(
        group_id=row.group_id,
        group_name=row.group_name,
        comments=row.comments,
        create_date=iso(row.created_at),
    )


@operation(RAM, "GetGroup", on=BY_NAME, answers="Group", reads_only=True)
def get_group(_ctx: Context, group: GroupRow) -> Group:
    """Return one group."""
    return _group_of(group)


@operation(RAM, "UpdateGroup", on=BY_NAME, raises=(GroupExists,), answers="Group")
def update_group(
    ctx: Context,
    group: GroupRow,
    *,
    new_group_name: Annotated[GroupName | None, Wire("NewGroupName")] = None,
    new_comments: Comments | None = None,
) -> Group:
    """Rename a group or change its comments; an empty text clears them.

    Args:
        new_group_name: The id, attachments and memberships stay.
    """
    changes = {"group_name": new_group_name, "comments": new_comments}
    return _group_of(GROUP.change(ctx, group, updated_at=ctx.now, **changes))


@operation(RAM, "ListGroups", on=GROUP.all, answers="Groups.Group", reads_only=True, scans=True)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[Group, MarkerPage]:
    """List groups by name."""
    page = MARKED.stored(ctx, GroupRow, "group_name", token=marker, limit=max_items)
    return page.map(_group_of)


def _group_of(row: GroupRow) -> Group:
    return Group(
        group_id=row.group_id,
        group_name=row.group_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )
