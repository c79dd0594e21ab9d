"""Users."""

from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Wire
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso, iso_or_empty
from juyong.base.ids import new_user_id
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
    TextIfSet,
    TooManyUsers,
    UserExists,
    add_user,
    set_or_absent,
)
from juyong.services.ram.product import PRODUCT as RAM


class NewUser(Shape, frozen=True, kw_only=True):
    """A user as CreateUser returns it; MobilePhone and Email are absent where they are not set."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: TextIfSet = msgspec.UNSET
    email: TextIfSet = msgspec.UNSET
    comments: str
    create_date: str


class ListedUser(NewUser, frozen=True, kw_only=True):
    """A user as lists and UpdateUser return it."""

    update_date: str


class User(ListedUser, frozen=True, kw_only=True):
    """A user as GetUser returns it; LastLoginDate is empty if it never signed in."""

    last_login_date: str


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
    return NewUser(**_basics(add_user(ctx, row)))


@operation(RAM, "GetUser", on=BY_NAME, answers="User", reads_only=True)
def get_user(_ctx: Context, user: UserRow) -> User:
    """Return one user.

    Source: RAM API reference, GetUser (documented).
    """
    return User(
        **_basics(user),
        update_date=iso(user.updated_at),
        last_login_date=iso_or_empty(user.last_login_at),
    )


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
    changes = {
        "user_name": new_user_name,
        "display_name": new_display_name,
        "mobile_phone": new_mobile_phone,
        "email": new_email,
        "comments": new_comments,
    }
    return _listed(USER.change(ctx, user, updated_at=ctx.now, **changes))


@operation(
    RAM,
    "DeleteUser",
    on=BY_NAME,
    raises=(UserInGroup, UserHasAccessKey, UserHasLoginProfile, UserHasMfaDevice, UserHasPolicy),
)
def delete_user(ctx: Context, user: UserRow) -> None:
    """Delete a user that has no keys, devices, policies or groups any more.

    Source: RAM API reference, DeleteUser (documented).
    """
    remove_user(ctx, user)


@operation(RAM, "ListUsers", on=USER.all, answers="Users.User", reads_only=True, scans=True)
def list_users(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[ListedUser, MarkerPage]:
    """List users by name.

    Source: RAM API reference, ListUsers (documented).
    """
    return MARKED.stored(ctx, UserRow, "user_name", token=marker, limit=max_items).map(_listed)


def _listed(row: UserRow) -> ListedUser:
    return ListedUser(**_basics(row), update_date=iso(row.updated_at))


def _basics(row: UserRow) -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "user_name": row.user_name,
        "display_name": row.display_name,
        "mobile_phone": set_or_absent(row.mobile_phone),
        "email": set_or_absent(row.email),
        "comments": row.comments,
        "create_date": iso(row.created_at),
    }
