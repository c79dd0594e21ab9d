"""Users."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Wire
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import AccountId, new_user_id
from juyong.services.ram.fields import (
    Comments,
    DisplayName,
    Email,
    MobilePhone,
    UserName,
)
from juyong.services.ram.product import PRODUCT as RAM
from juyong.services.ram.shapes import (
    ListedUser,
    NewUser,
    User,
    listed_user_of,
    new_user_of,
    user_of,
)
from juyong.services.ram.tables import (
    AccessKeyRow,
    AttachmentRow,
    LoginProfileRow,
    MembershipRow,
    MfaDeviceRow,
    PasskeyRow,
    TagRow,
    UserRow,
)
from juyong.store.errors import Duplicate
from juyong.store.tally import one_more, tally
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::User"


class NoUser(ApiError):
    """No such user in the account."""

    code, status, text = "EntityNotExist.User", 404, "The user does not exist."


class UserExists(ApiError):
    """The name is taken."""

    code, status, text = "EntityAlreadyExists.User", 409, "The user does already EXIST."


class TooManyUsers(ApiError):
    """The account holds its quota `ram.users`."""

    code, status, text = "LimitExceeded.User", 409, "The count of users beyond the current limits."


class UserInGroup(ApiError):
    """Leave the groups first."""

    code, status = "DeleteConflict.User.Group", 409
    text = "The user CAN NOT be in any group while deleting the user."


class UserHasAccessKey(ApiError):
    """Delete the AccessKeys first."""

    code, status = "DeleteConflict.User.AccessKey", 409
    text = "The user CAN NOT has any access key while deleting the user."


class UserHasLoginProfile(ApiError):
    """Delete the login profile first."""

    code, status = "DeleteConflict.User.LoginProfile", 409
    text = "The user CAN NOT has any login profile while deleting the user."


class UserHasMfaDevice(ApiError):
    """Unbind the MFA device first."""

    code, status = "DeleteConflict.User.MFADevice", 409
    text = "The user CAN NOT has any mfa device while deleting the user."


class UserHasPolicy(ApiError):
    """Detach the policies first."""

    code, status = "DeleteConflict.User.Policy", 409
    text = "The user CAN NOT has any attached policy while deleting the user."


def user_named(tx: Transaction, account_id: AccountId, user_name: str) -> UserRow:
    """Return a user by name.

    Raises:
        NoUser: there is none.
    """
    row = tx.find_one(UserRow, account_id=account_id, user_name=user_name)
    if row is None:
        raise NoUser
    return row


class CreateUserAnswer(Shape, frozen=True, kw_only=True):
    """The user created."""

    user: NewUser


class UpdateUserAnswer(Shape, frozen=True, kw_only=True):
    """The user as changed."""

    user: ListedUser


class UserAnswer(Shape, frozen=True, kw_only=True):
    """One user."""

    user: User


class UserList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of users."""

    user: list[ListedUser]


class ListUsersAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of users."""

    users: UserList


def add_user(ctx: Context, row: UserRow) -> UserRow:
    """Store a new user, for RAM and IMS alike.

    Raises:
        UserExists: the name is taken.
        TooManyUsers: the quota is full.
    """
    most = ctx.quota("ram.users", 5000)
    if not one_more(ctx.tx, UserRow, ctx.account_id, "ram.users", most=most):
        raise TooManyUsers
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise UserExists from None
    ctx.journal.record("created", RESOURCE, row.user_id, row.user_name, user_of(row))
    return row


@operation(RAM, "CreateUser", resource=acs("ram", "user/*"), raises=(UserExists, TooManyUsers))
def create_user(
    ctx: Context,
    *,
    user_name: UserName,
    display_name: DisplayName = "",
    mobile_phone: MobilePhone = "",
    email: Email = "",
    comments: Comments = "",
) -> CreateUserAnswer:
    """Create a RAM user in the caller's account.

    Args:
        user_name: Unique within the account.

    Returns:
        The stored user; dates are UTC, whole seconds.

    Source: RAM API reference, CreateUser (documented).
    """
    row = UserRow(
        user_id=new_user_id(),
        account_id=ctx.account_id,
        user_name=user_name,
        display_name=display_name,
        mobile_phone=mobile_phone,
        email=email,
        comments=comments,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return CreateUserAnswer(user=new_user_of(add_user(ctx, row)))


@operation(
    RAM, "GetUser", resource=acs("ram", "user/{user_name}"), raises=(NoUser,), reads_only=True
)
def get_user(ctx: Context, *, user_name: UserName) -> UserAnswer:
    """Return one user.

    Args:
        user_name: Its name.

    Returns:
        The user.

    Source: RAM API reference, GetUser (documented).
    """
    ctx.journal.refer(RESOURCE, user_name)
    return UserAnswer(user=user_of(user_named(ctx.tx, ctx.account_id, user_name)))


@operation(RAM, "UpdateUser", resource=acs("ram", "user/{user_name}"), raises=(NoUser, UserExists))
def update_user(
    ctx: Context,
    *,
    user_name: UserName,
    new_user_name: Annotated[UserName | None, Wire("NewUserName")] = None,
    new_display_name: DisplayName | None = None,
    new_mobile_phone: MobilePhone | None = None,
    new_email: Email | None = None,
    new_comments: Comments | None = None,
) -> UpdateUserAnswer:
    """Rename a user or change its details; an empty text clears one.

    Args:
        user_name: The present name.
        new_user_name: The id, attachments and memberships stay.

    Returns:
        The user as stored.

    Source: RAM API reference, UpdateUser (documented); clearing (observed in Terraform).
    """
    row = user_named(ctx.tx, ctx.account_id, user_name)
    changes = {
        "user_name": new_user_name,
        "display_name": new_display_name,
        "mobile_phone": new_mobile_phone,
        "email": new_email,
        "comments": new_comments,
    }
    return UpdateUserAnswer(user=listed_user_of(change_user(ctx, row, changes)))


def change_user(ctx: Context, row: UserRow, changes: dict[str, str | None]) -> UserRow:
    """Store changes to a user (None: leave as is), for RAM and IMS alike.

    Raises:
        UserExists: the new name is taken.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        row = ctx.tx.update(row, updated_at=ctx.now, **given)
    except Duplicate:
        raise UserExists from None
    ctx.journal.record("updated", RESOURCE, row.user_id, row.user_name, user_of(row))
    return row


@operation(
    RAM,
    "DeleteUser",
    resource=acs("ram", "user/{user_name}"),
    raises=(
        NoUser,
        UserInGroup,
        UserHasAccessKey,
        UserHasLoginProfile,
        UserHasMfaDevice,
        UserHasPolicy,
    ),
)
def delete_user(ctx: Context, *, user_name: UserName) -> Empty:
    """Delete a user that nothing hangs on any more.

    Args:
        user_name: Its name.

    Source: RAM API reference, DeleteUser (documented).
    """
    remove_user(ctx, user_named(ctx.tx, ctx.account_id, user_name))
    return Empty()


def remove_user(ctx: Context, row: UserRow) -> None:
    """Delete a user, for RAM and IMS alike.

    Raises:
        UserInGroup, UserHasAccessKey, UserHasLoginProfile, UserHasMfaDevice, UserHasPolicy.
    """
    tx, user_id = ctx.tx, row.user_id
    if tx.count(MembershipRow, user_id=user_id):
        raise UserInGroup
    if tx.count(AccessKeyRow, account_id=ctx.account_id, owner_id=user_id):
        raise UserHasAccessKey
    if tx.count(LoginProfileRow, owner_id=user_id):
        raise UserHasLoginProfile
    if tx.count(MfaDeviceRow, owner_id=user_id):
        raise UserHasMfaDevice
    if tx.count(AttachmentRow, account_id=ctx.account_id, entity_type="user", entity_id=user_id):
        raise UserHasPolicy
    for tag in tx.find(
        TagRow, account_id=ctx.account_id, resource_type="user", resource_id=user_id
    ):
        tx.delete(tag)
    for passkey in tx.find(PasskeyRow, owner_id=user_id):
        tx.delete(passkey)
    held = tally(tx, UserRow, ctx.account_id, "ram.users")
    tx.delete(row)
    tx.update(held, value=held.value - 1)
    ctx.journal.record("deleted", RESOURCE, user_id, row.user_name, user_of(row))


@operation(RAM, "ListUsers", resource=acs("ram", "user/*"), reads_only=True, scans=True)
def list_users(ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100) -> ListUsersAnswer:
    """List users by name.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: RAM API reference, ListUsers (documented).
    """
    found = MARKED.stored(ctx, UserRow, "user_name", token=marker, limit=max_items)
    return ListUsersAnswer(
        users=UserList(user=[listed_user_of(row) for row in found.items]),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )
