"""Groups of users, with the display name RAM does not know."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Clearable, Doc, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.identity.fields import Comments, GroupName
from juyong.services.identity.users.groups import BY_NAME as GROUP_BY_NAME
from juyong.services.identity.users.groups import (
    GROUP,
    GroupExists,
    GroupHasPolicy,
    GroupHasUser,
    new_group,
    remove_group,
)
from juyong.services.identity.users.tables import GroupRow
from juyong.services.ims.product import PRODUCT as IMS

GroupDisplayName = Annotated[
    str,
    Text(1, 24, chars=r"\w@. \-"),
    Clearable(),
    Doc("At most 24 characters."),
]


class Group(Shape, frozen=True, kw_only=True):
    """A group."""

    group_id: str
    group_name: str
    display_name: str
    comments: str
    create_date: str
    update_date: str


@operation(IMS, "CreateGroup", on=GROUP.new, answers="Group")
def create_group(
    ctx: Context,
    *,
    group_name: GroupName,
    display_name: GroupDisplayName = "",
    comments: Comments = "",
) -> Group:
    """Create a group without members or policies.

    Args:
        group_name: Unique within the account.

    Returns:
        The stored group.

    Source: IMS API reference, CreateGroup (documented).
    """
    row = new_group(ctx, group_name, display_name=display_name, comments=comments)
    return _group(GROUP.add(ctx, row))


@operation(IMS, "GetGroup", on=GROUP_BY_NAME, answers="Group", reads_only=True)
def get_group(_ctx: Context, group: GroupRow) -> Group:
    """Return one group.

    Returns:
        The group.

    Source: IMS API reference, GetGroup (documented).
    """
    return _group(group)


@operation(IMS, "UpdateGroup", on=GROUP_BY_NAME, raises=(GroupExists,), answers="Group")
def update_group(
    ctx: Context,
    group: GroupRow,
    *,
    new_group_name: GroupName | None = None,
    new_display_name: GroupDisplayName | None = None,
    new_comments: Comments | None = None,
) -> Group:
    """Rename a group or change its details; an empty text clears one.

    Args:
        new_group_name: The id, attachments and memberships stay.

    Returns:
        The group as stored.

    Source: IMS API reference, UpdateGroup (documented).
    """
    changes = {
        "group_name": new_group_name,
        "display_name": new_display_name,
        "comments": new_comments,
    }
    return _group(GROUP.change(ctx, group, updated_at=ctx.now, **changes))


@operation(IMS, "DeleteGroup", on=GROUP_BY_NAME, raises=(GroupHasUser, GroupHasPolicy))
def delete_group(ctx: Context, group: GroupRow) -> Empty:
    """Delete a group without members and policies.

    Source: IMS API reference, DeleteGroup (documented).
    """
    remove_group(ctx, group)
    return Empty()


@operation(IMS, "ListGroups", on=GROUP.all, answers="Groups.Group", reads_only=True, scans=True)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[Group, MarkerPage]:
    """List groups by name.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: IMS API reference, ListGroups (documented).
    """
    found = MARKED.stored(ctx, GroupRow, "group_name", token=marker, limit=max_items)
    return found.map(_group)


def _group(row: GroupRow) -> Group:
    return Group(
        group_id=row.group_id,
        group_name=row.group_name,
        display_name=row.display_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )
