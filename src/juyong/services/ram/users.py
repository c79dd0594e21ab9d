"""Users."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Wire
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Shape, TextIfSet, UpdateDate
from juyong.api.wrapping import Listing
from juyong.services.identity.fields import Comments, DisplayName, Email, MobilePhone, UserName
from juyong.services.identity.users.naming import BY_NAME
from juyong.services.identity.users.removal import (
    UserHasAccessKey,
    UserHasLoginProfile,
    UserHasMfaDevice,
    UserHasPolicy,
    UserInGroup,
    remove_user,
)
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import (
    USER,
    LastLogin,
    TooManyUsers,
    UserExists,
    add_user,
)
from juyong.services.ram.product import PRODUCT as RAM


class NewUser(Shape, frozen=True, kw_only=True):
    """A user as CreateUser returns it.

    MobilePhone and Email are absent where they are not set (observed in ListUsers, 2021-05).
    """

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: TextIfSet = msgspec.UNSET
    email: TextIfSet = msgspec.UNSET
    comments: str
    create_date: CreateDate


class ListedUser(NewUser, frozen=True, kw_only=True):
    """A user as lists and UpdateUser return it."""

    update_date: UpdateDate


class User(ListedUser, frozen=True, kw_only=True):
    """A user as GetUser returns it; LastLoginDate is empty if it never signed in."""

    last_login_date: LastLogin


@operation(RAM, "CreateUser", on=USER.new, raises=(TooManyUsers,), answers="User")
def create_user(
    ctx: Context,
    *,
    user_name: UserName,
    display_name: DisplayName = "",
    mobile_phone: MobilePhone = "",
    email: Email = "",
    comments: Comments = "",
) -> NewUser:
    """Create a RAM user in the caller's account.

    Args:
        user_name: Unique within the account.
    """
    user = add_user(
        ctx,
        user_name=user_name,
        display_name=display_name,
        mobile_phone=mobile_phone,
        email=email,
        comments=comments,
    )
    return NewUser.of(user)


@operation(RAM, "GetUser", on=BY_NAME, answers="User", reads_only=True)
def get_user(_ctx: Context, user: UserRow) -> User:
    """Return one user."""
    return User.of(user)


@operation(RAM, "UpdateUser", on=BY_NAME, raises=(UserExists,), answers="User")
def update_user(
    ctx: Context,
    user: UserRow,
    *,
    new_user_name: Annotated[UserName | None, Wire("NewUserName")] = None,
    new_display_name: DisplayName | None = None,
    new_mobile_phone: MobilePhone | None = None,
    new_email: Email | None = None,
    new_comments: Comments | None = None,
) -> ListedUser:
    """Rename a user or change its details; an empty text clears one.

    Args:
        new_user_name: The id, attachments and memberships stay.

    Source: RAM API reference, UpdateUser (documented); clearing (observed in Terraform).
    """
    row = USER.change(
        ctx,
        user,
        updated_at=ctx.now,
        user_name=new_user_name,
        display_name=new_display_name,
        mobile_phone=new_mobile_phone,
        email=new_email,
        comments=new_comments,
    )
    return ListedUser.of(row)


@operation(
    RAM,
    "DeleteUser",
    on=BY_NAME,
    raises=(UserInGroup, UserHasAccessKey, UserHasLoginProfile, UserHasMfaDevice, UserHasPolicy),
)
def delete_user(ctx: Context, user: UserRow) -> None:
    """Delete a user that has no keys, devices, policies or groups any more."""
    remove_user(ctx, user)


@operation(RAM, "ListUsers", on=USER.all, answers="Users.User", reads_only=True, scans=True)
def list_users(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[ListedUser, MarkerPage]:
    """List users by name."""
    return MARKED.stored(ctx, UserRow, "user_name", token=marker, limit=max_items).map(
        ListedUser.of
    )
