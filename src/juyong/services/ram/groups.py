"""Groups of users."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Wire
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId, new_group_id
from juyong.services.ram.fields import Comments, GroupName, Marker, MaxItems100
from juyong.services.ram.paging import Page, page_of
from juyong.services.ram.product import PRODUCT as RAM
from juyong.services.ram.tables import AttachmentRow, GroupRow, MembershipRow
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::Group"


class NoGroup(ApiError):
    """No such group in the account."""

    code, status, text = "EntityNotExist.Group", 404, "The group does not exist."


class GroupExists(ApiError):
    """The name is taken."""

    code, status, text = "EntityAlreadyExists.Group", 409, "The group does already EXIST."


class TooManyGroups(ApiError):
    """The account holds its quota `ram.groups`."""

    code, status = "LimitExceeded.Group", 409
    text = "The count of groups beyond the current limits."


class GroupHasUser(ApiError):
    """Remove the members first."""

    code, status = "DeleteConflict.Group.User", 409
    text = "The group CAN NOT has any user member while deleting the group."


class GroupHasPolicy(ApiError):
    """Detach the policies first."""

    code, status = "DeleteConflict.Group.Policy", 409
    text = "The entity CAN NOT has any attached policy while deleting the group."


class NewGroup(Shape, frozen=True, kw_only=True):
    """A group as CreateGroup returns it."""

    group_id: str
    group_name: str
    comments: str
    create_date: str


class Group(NewGroup, frozen=True, kw_only=True):
    """A group as GetGroup returns it."""

    update_date: str


class CreateGroupAnswer(Shape, frozen=True, kw_only=True):
    """A group just made."""

    group: NewGroup


class GroupAnswer(Shape, frozen=True, kw_only=True):
    """One group."""

    group: Group


class GroupList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of groups."""

    group: list[Group]


class ListGroupsAnswer(Page, frozen=True, kw_only=True):
    """A page of groups."""

    groups: GroupList


class GroupState(Group, frozen=True, kw_only=True):
    """What the inventory keeps of a group."""

    display_name: str


def group_named(tx: Transaction, account_id: AccountId, group_name: str) -> GroupRow:
    """Return a group by name.

    Raises:
        NoGroup: there is none.
    """
    row = tx.find_one(GroupRow, account_id=account_id, group_name=group_name)
    if row is None:
        raise NoGroup
    return row


def add_group(
    ctx: Context, group_name: str, *, display_name: str = "", comments: str = ""
) -> GroupRow:
    """Store a new group, for RAM and IMS alike.

    Raises:
        GroupExists: the name is taken.
        TooManyGroups: the quota is full.
    """
    if ctx.tx.count(GroupRow, account_id=ctx.account_id) >= ctx.quota("ram.groups", 300):
        raise TooManyGroups
    row = GroupRow(
        group_id=new_group_id(),
        account_id=ctx.account_id,
        group_name=group_name,
        display_name=display_name,
        comments=comments,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise GroupExists from None
    ctx.journal.record("created", RESOURCE, row.group_id, row.group_name, _state_of(row))
    return row


def change_group(ctx: Context, row: GroupRow, changes: dict[str, str | None]) -> GroupRow:
    """Store changes to a group (None: leave as is), for RAM and IMS alike.

    Raises:
        GroupExists: the new name is taken.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        row = ctx.tx.update(row, updated_at=ctx.now, **given)
    except Duplicate:
        raise GroupExists from None
    ctx.journal.record("updated", RESOURCE, row.group_id, row.group_name, _state_of(row))
    return row


def remove_group(ctx: Context, row: GroupRow) -> None:
    """Delete a group, for RAM and IMS alike.

    Raises:
        GroupHasUser, GroupHasPolicy: what has to go first.
    """
    if ctx.tx.count(MembershipRow, group_id=row.group_id):
        raise GroupHasUser
    if ctx.tx.count(
        AttachmentRow, account_id=ctx.account_id, entity_type="group", entity_id=row.group_id
    ):
        raise GroupHasPolicy
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.group_id, row.group_name, _state_of(row))


@operation(RAM, "CreateGroup", resource=acs("ram", "group/*"), raises=(GroupExists, TooManyGroups))
def create_group(
    ctx: Context, *, group_name: GroupName, comments: Comments = ""
) -> CreateGroupAnswer:
    """Create a group without members or policies.

    Args:
        group_name: Unique within the account.
        comments: Free text.

    Returns:
        The stored group.

    Raises:
        GroupExists: group_name is taken.
        TooManyGroups: the account already holds its quota `ram.groups` (300).

    Source: RAM API reference, CreateGroup (documented).
    """
    row = add_group(ctx, group_name, comments=comments)
    return CreateGroupAnswer(
        group=NewGroup(
            group_id=row.group_id,
            group_name=row.group_name,
            comments=row.comments,
            create_date=iso(row.created_at),
        )
    )


@operation(
    RAM, "GetGroup", resource=acs("ram", "group/{group_name}"), raises=(NoGroup,), reads_only=True
)
def get_group(ctx: Context, *, group_name: GroupName) -> GroupAnswer:
    """Return one group.

    Args:
        group_name: Its name.

    Returns:
        The group.

    Raises:
        NoGroup: there is none.

    Source: RAM API reference, GetGroup (documented).
    """
    ctx.journal.refer(RESOURCE, group_name)
    return GroupAnswer(group=_group_of(group_named(ctx.tx, ctx.account_id, group_name)))


@operation(
    RAM, "UpdateGroup", resource=acs("ram", "group/{group_name}"), raises=(NoGroup, GroupExists)
)
def update_group(
    ctx: Context,
    *,
    group_name: GroupName,
    new_group_name: Annotated[GroupName | None, Wire("NewGroupName")] = None,
    new_comments: Comments | None = None,
) -> GroupAnswer:
    """Rename a group or change its comments; an empty text clears them.

    Args:
        group_name: The present name.
        new_group_name: The id, attachments and memberships stay.
        new_comments: Free text.

    Returns:
        The group as stored.

    Raises:
        NoGroup: there is none.
        GroupExists: the new name is taken.

    Source: RAM API reference, UpdateGroup (documented).
    """
    row = group_named(ctx.tx, ctx.account_id, group_name)
    changes = {"group_name": new_group_name, "comments": new_comments}
    return GroupAnswer(group=_group_of(change_group(ctx, row, changes)))


@operation(
    RAM,
    "DeleteGroup",
    resource=acs("ram", "group/{group_name}"),
    raises=(NoGroup, GroupHasUser, GroupHasPolicy),
)
def delete_group(ctx: Context, *, group_name: GroupName) -> Empty:
    """Delete a group without members and policies.

    Args:
        group_name: Its name.

    Returns:
        Nothing.

    Raises:
        NoGroup: there is none.
        GroupHasUser, GroupHasPolicy: what has to go first.

    Source: RAM API reference, DeleteGroup (documented).
    """
    remove_group(ctx, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(RAM, "ListGroups", resource=acs("ram", "group/*"), reads_only=True, scans=True)
def list_groups(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> ListGroupsAnswer:
    """List groups by name.

    Args:
        marker: Where the last page ended.
        max_items: 1 to 100.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: RAM API reference, ListGroups (documented).
    """
    rows, truncated, token = page_of(
        ctx, GroupRow, order="group_name", marker=marker, limit=max_items
    )
    return ListGroupsAnswer(
        groups=GroupList(group=[_group_of(row) for row in rows]),
        is_truncated=truncated,
        marker=token,
    )


def _group_of(row: GroupRow) -> Group:
    return Group(
        group_id=row.group_id,
        group_name=row.group_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )


def _state_of(row: GroupRow) -> GroupState:
    return GroupState(
        group_id=row.group_id,
        group_name=row.group_name,
        display_name=row.display_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )
