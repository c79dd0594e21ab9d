"""Groups of users."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId, new_group_id
from juyong.services.identity.fields import GroupName
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.users.tables import GroupRow, MembershipRow
from juyong.store.transaction import Transaction


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


class GroupState(Group, frozen=True, kw_only=True):
    """What the inventory keeps of a group."""

    display_name: str


def group_named(tx: Transaction, account_id: AccountId, group_name: str) -> GroupRow:
    """Return a group by name.

    Raises:
        NoGroup: there is none.
    """
    row = _find(tx, account_id, group_name)
    if row is None:
        raise NoGroup
    return row


def group_state(row: GroupRow) -> GroupState:
    """Return what the inventory keeps of a group."""
    return GroupState(
        group_id=row.group_id,
        group_name=row.group_name,
        display_name=row.display_name,
        comments=row.comments,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
    )


def _find(tx: Transaction, account_id: AccountId, group_name: str) -> GroupRow | None:
    return tx.find_one(GroupRow, account_id=account_id, group_name=group_name)


GROUP = Resource(
    kind="ACS::RAM::Group",
    row=GroupRow,
    id="group_id",
    name="group_name",
    arn="ram:group/",
    find=lambda ctx, group_name: _find(ctx.tx, ctx.account_id, group_name),
    missing=NoGroup,
    taken=GroupExists,
    quota=Quota("ram.groups", 300, TooManyGroups),
    state=lambda _tx, row: group_state(row),
)


BY_NAME = GROUP.by(group_name=GroupName)


def new_group(
    ctx: Context, group_name: str, *, display_name: str = "", comments: str = ""
) -> GroupRow:
    """Return the row of a group that is yet to be stored."""
    return GroupRow(
        group_id=new_group_id(),
        account_id=ctx.account_id,
        group_name=group_name,
        display_name=display_name,
        comments=comments,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


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
    GROUP.remove(ctx, row)
