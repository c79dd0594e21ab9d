"""Groups of users, with the display name RAM does not know."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Clearable, Doc, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.wrapping import Listing
from juyong.services.identity.fields import Comments, GroupName
from juyong.services.identity.users.groups import (
    BY_NAME,
    GROUP,
    Group,
    GroupExists,
    add_group,
    group_of,
)
from juyong.services.identity.users.tables import GroupRow
from juyong.services.ims.product import PRODUCT as IMS

GroupDisplayName = Annotated[
    str, Text(1, 24, chars=r"\w@. \-"), Clearable(), Doc("At most 24 characters.")
]


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
    """
    return group_of(add_group(ctx, group_name, display_name=display_name, comments=comments))


@operation(IMS, "GetGroup", on=BY_NAME, answers="Group", reads_only=True)
def get_group(_ctx: Context, group: GroupRow) -> Group:
    """Return one group."""
    return group_of(group)


@operation(IMS, "UpdateGroup", on=BY_NAME, raises=(GroupExists,), answers="Group")
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
    """
    changes = {
        "group_name": new_group_name,
        "display_name": new_display_name,
        "comments": new_comments,
    }
    return group_of(GROUP.change(ctx, group, updated_at=ctx.now, **changes))


@operation(IMS, "ListGroups", on=GROUP.all, answers="Groups.Group", reads_only=True, scans=True)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[Group, MarkerPage]:
    """List groups by name."""
    page = MARKED.stored(ctx, GroupRow, "group_name", token=marker, limit=max_items)
    return page.map(group_of)
