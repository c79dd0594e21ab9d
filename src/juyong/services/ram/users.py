"""Users."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Wire
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import new_user_id
from juyong.services.identity.fields import Comments, DisplayName, Email, MobilePhone, UserName
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import (
    RESOURCE,
    ListedUser,
    NewUser,
    NoUser,
    TooManyUsers,
    User,
    UserExists,
    UserHasAccessKey,
    UserHasLoginProfile,
    UserHasMfaDevice,
    UserHasPolicy,
    UserInGroup,
    add_user,
    change_user,
    listed_user_of,
    new_user_of,
    remove_user,
    user_named,
    user_of,
)
from juyong.services.ram.product import PRODUCT as RAM


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
