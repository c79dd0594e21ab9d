"""Groups of users, with the display name RAM does not know."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Clearable, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.services.ims.fields import MaxItems100
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.facade import (
    GROUP,
    Comments,
    GroupExists,
    GroupHasPolicy,
    GroupHasUser,
    GroupName,
    GroupRow,
    Marker,
    NoGroup,
    Page,
    TooManyGroups,
    add_group,
    change_group,
    group_named,
    page_of,
    remove_group,
)

GroupDisplayName = Annotated[str, Text(1, 24, chars=r"\w@. \-"), Clearable()]
_OF_GROUP = acs("ram", "group/{group_name}")


class Group(Shape, frozen=True, kw_only=True):
    """A group."""

    group_id: str
    group_name: str
    display_name: str
    comments: str
    create_date: str
    update_date: str


class GroupAnswer(Shape, frozen=True, kw_only=True):
    """One group."""

    group: Group


class GroupList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of groups."""

    group: list[Group]


class ListGroupsAnswer(Page, frozen=True, kw_only=True):
    """A page of groups."""

    groups: GroupList


@operation(IMS, "CreateGroup", resource=acs("ram", "group/*"), raises=(GroupExists, TooManyGroups))
def create_group(
    ctx: Context,
    *,
    group_name: GroupName,
    display_name: GroupDisplayName = "",
    comments: Comments = "",
) -> GroupAnswer:
    """Create a group without members or policies.

    Args:
        group_name: Unique within the account.
        display_name: At most 24 characters.
        comments: Free text.

    Returns:
        The stored group.

    Raises:
        GroupExists: group_name is taken.
        TooManyGroups: the account already holds its quota `ram.groups` (300).

    Source: IMS API reference, CreateGroup (documented).
    """
    row = add_group(ctx, group_name, display_name=display_name, comments=comments)
    return GroupAnswer(group=_group(row))


@operation(IMS, "GetGroup", resource=_OF_GROUP, raises=(NoGroup,), reads_only=True)
def get_group(ctx: Context, *, group_name: GroupName) -> GroupAnswer:
    """Return one group.

    Args:
        group_name: Its name.

    Returns:
        The group.

    Raises:
        NoGroup: there is none.

    Source: IMS API reference, GetGroup (documented).
    """
    ctx.journal.refer(GROUP, group_name)
    return GroupAnswer(group=_group(group_named(ctx.tx, ctx.account_id, group_name)))


@operation(IMS, "UpdateGroup", resource=_OF_GROUP, raises=(NoGroup, GroupExists))
def update_group(
    ctx: Context,
    *,
    group_name: GroupName,
    new_group_name: GroupName | None = None,
    new_display_name: GroupDisplayName | None = None,
    new_comments: Comments | None = None,
) -> GroupAnswer:
    """Rename a group or change its details; an empty text clears one.

    Args:
        group_name: The present name.
        new_group_name: The id, attachments and memberships stay.
        new_display_name: At most 24 characters.
        new_comments: Free text.

    Returns:
        The group as stored.

    Raises:
        NoGroup: there is none.
        GroupExists: the new name is taken.

    Source: IMS API reference, UpdateGroup (documented).
    """
    row = group_named(ctx.tx, ctx.account_id, group_name)
    changes = {
        "group_name": new_group_name,
        "display_name": new_display_name,
        "comments": new_comments,
    }
    return GroupAnswer(group=_group(change_group(ctx, row, changes)))


@operation(IMS, "DeleteGroup", resource=_OF_GROUP, raises=(NoGroup, GroupHasUser, GroupHasPolicy))
def delete_group(ctx: Context, *, group_name: GroupName) -> Empty:
    """Delete a group without members and policies.

    Args:
        group_name: Its name.

    Returns:
        Nothing.

    Raises:
        NoGroup: there is none.
        GroupHasUser, GroupHasPolicy: what has to go first.

    Source: IMS API reference, DeleteGroup (documented).
    """
    remove_group(ctx, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(IMS, "ListGroups", resource=acs("ram", "group/*"), reads_only=True, scans=True)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> ListGroupsAnswer:
    """List groups by name.

    Args:
        marker: Where the last page ended.
        max_items: 1 to 100.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: IMS API reference, ListGroups (documented).
    """
    rows, truncated, token = page_of(
        ctx, GroupRow, order="group_name", marker=marker, limit=max_items
    )
    return ListGroupsAnswer(
        groups=GroupList(group=[_group(row) for row in rows]), is_truncated=truncated, marker=token
    )


def _group(row: GroupRow) -> Group:
    return Group(
        group_id=row.group_id,
        group_name=row.group_name,
        display_name=row.display_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )
