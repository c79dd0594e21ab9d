"""Users."""

from typing import Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.base.ids import AccountId
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    LoginProfileRow,
    MfaDeviceRow,
    PasskeyRow,
)
from juyong.services.identity.policies.tables import AttachmentRow, TagRow
from juyong.services.identity.users.tables import MembershipRow, UserRow
from juyong.store.errors import Duplicate
from juyong.store.tally import one_more, tally
from juyong.store.transaction import Transaction

TextIfSet = str | msgspec.UnsetType
"""A text that is absent where nothing was set (observed in ListUsers, 2021-05)."""


def set_or_absent(text: str) -> TextIfSet:
    """Return a text as answers show it that are without what was not set."""
    return text or msgspec.UNSET


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


def new_user_of(row: UserRow) -> NewUser:
    """Present a user that was just created."""
    return NewUser(**_basics(row))


def listed_user_of(row: UserRow) -> ListedUser:
    """Present a user in a list."""
    return ListedUser(**_basics(row), update_date=iso(row.updated_at))


def user_of(row: UserRow) -> User:
    """Present a user row in full."""
    return User(
        **_basics(row),
        update_date=iso(row.updated_at),
        last_login_date=iso_or_empty(row.last_login_at),
    )


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
