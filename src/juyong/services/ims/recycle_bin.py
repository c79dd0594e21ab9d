"""Users and AccessKeys in the recycle bin."""

from typing import Annotated, Any

from juyong.api.access import acs
from juyong.api.caller import User
from juyong.api.context import Context
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.identity.account.principal_names import (
    default_domain,
    own_name,
    principal_name,
    principal_of,
)
from juyong.services.identity.credentials.access_keys import (
    AnyAccessKeyId,
    NoAccessKey,
    TooManyAccessKeys,
    UserAccessKeyId,
)
from juyong.services.identity.credentials.tables import RecycledAccessKeyRow
from juyong.services.identity.errors import mandatory
from juyong.services.identity.fields import UserId
from juyong.services.identity.users.naming import ManyIdentifiers, identified
from juyong.services.identity.users.owners import owner_of_user
from juyong.services.identity.users.recycling import (
    drop_user,
    is_kept,
    recycled_key,
    recycled_user,
    restore_key,
    restore_user,
)
from juyong.services.identity.users.tables import RecycledUserRow
from juyong.services.identity.users.users import NoUser, TooManyUsers, UserExists
from juyong.services.ims.product import PRODUCT as IMS

_ANY = acs("ram", "*")
_FILTER = r"UserPrincipalName eq [A-Za-z0-9._\-]+@[A-Za-z0-9._\-]+"
Filter = Annotated[str, Text(1, 256), Pattern(_FILTER)]
OwnerId = Annotated[UserId, Doc("Its owner; absent is the calling user.")]
RecycleDate = Annotated[str, Of("recycled_at", iso)]
DeleteDate = Annotated[str, Of("delete_at", iso)]
NoUserId = mandatory("MissingUserId", "A caller that is no user has to name one.")


class RecycledUser(Shape, frozen=True, kw_only=True):
    """A user in the recycle bin; on DeleteDate it is gone."""

    user_id: str
    user_principal_name: str
    display_name: str
    create_date: CreateDate
    recycle_date: RecycleDate
    delete_date: DeleteDate


class RecycledAccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey in the recycle bin; on DeleteDate it is gone."""

    access_key_id: str
    create_date: CreateDate
    recycle_date: RecycleDate
    delete_date: DeleteDate


class OwnedRecycledAccessKey(RecycledAccessKey, frozen=True, kw_only=True):
    """An AccessKey in the recycle bin with its owner, who may be there too (UserRecycled)."""

    user_id: str
    user_principal_name: str
    user_recycled: bool


# --- users ---


@operation(
    IMS, "ListUsersInRecycleBin", resource=_ANY, answers="Users.User", reads_only=True, scans=True
)
def list_users_in_recycle_bin(
    ctx: Context, *, filter: Filter | None = None, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[RecycledUser, MarkerPage]:
    """List users in the recycle bin by id.

    Args:
        filter: `UserPrincipalName eq <name>`: only users that had that name.

    Returns:
        A page, shorter where users on it were due to go; Marker is there only when IsTruncated is
        true.
    """
    named: dict[str, Any] = {}
    if filter is not None:
        name = own_name(ctx.tx, ctx.account_id, filter.rpartition(" ")[2])
        named = {"user_name": name or ""}
    found = MARKED.stored(ctx, RecycledUserRow, "user_id", token=marker, limit=max_items, **named)
    domain = default_domain(ctx.tx, ctx.account_id)
    users = [_user(row, domain) for row in found.items if is_kept(ctx, row)]
    return Listing(users, found.page)


@operation(
    IMS,
    "GetUserInRecycleBin",
    resource=_ANY,
    raises=(NoUserId, ManyIdentifiers, NoUser),
    answers="User",
    reads_only=True,
)
def get_user_in_recycle_bin(
    ctx: Context,
    *,
    user_id: UserId | None = None,
    user_access_key_id: AnyAccessKeyId | None = None,
) -> RecycledUser:
    """Return one user in the recycle bin.

    Args:
        user_access_key_id: The id of one of its AccessKeys in the recycle bin.
    """
    if user_id is not None and user_access_key_id is not None:
        raise ManyIdentifiers
    if user_access_key_id is not None:
        key = recycled_key(ctx, user_access_key_id)
        if key is None:
            raise NoUser
        user_id = key.user_id
    if user_id is None:
        raise NoUserId
    return _user(_user_in_bin(ctx, user_id), default_domain(ctx.tx, ctx.account_id))


@operation(
    IMS, "RestoreUserFromRecycleBin", resource=_ANY, raises=(NoUser, UserExists, TooManyUsers)
)
def restore_user_from_recycle_bin(ctx: Context, *, user_id: UserId) -> None:
    """Put a user back under its old id and name, with its tags.

    Groups, policies and console access have to be given anew; its AccessKeys stay in the recycle
    bin, each to be restored by itself.

    Assumed: what is restored.
    """
    restore_user(ctx, _user_in_bin(ctx, user_id))


@operation(IMS, "DeleteUserInRecycleBin", resource=_ANY, raises=(NoUser,))
def delete_user_in_recycle_bin(ctx: Context, *, user_id: UserId) -> None:
    """Delete a user and its AccessKeys from the recycle bin for good."""
    drop_user(ctx, _user_in_bin(ctx, user_id))


def _user_in_bin(ctx: Context, user_id: str) -> RecycledUserRow:
    row = recycled_user(ctx, user_id)
    if row is None:
        raise NoUser
    return row


def _user(row: RecycledUserRow, domain: str) -> RecycledUser:
    return RecycledUser.of(row, user_principal_name=principal_name(row.user_name, domain))


# --- AccessKeys ---


@operation(
    IMS,
    "ListAccessKeysInRecycleBin",
    resource=_ANY,
    raises=(NoUserId,),
    answers="AccessKeys.AccessKey",
    reads_only=True,
    scans=True,
)
def list_access_keys_in_recycle_bin(
    ctx: Context, *, user_id: UserId | None = None
) -> list[RecycledAccessKey]:
    """List a user's AccessKeys in the recycle bin, the longest there first.

    Args:
        user_id: The user, who may be in the recycle bin itself; absent is the calling user.

    Returns:
        All of them; none for a user that does not exist.
    """
    rows = ctx.tx.find(
        RecycledAccessKeyRow,
        order=("recycled_at", "access_key_id"),
        account_id=ctx.account_id,
        user_id=_user_id(ctx, user_id),
    )
    return [RecycledAccessKey.of(row) for row in rows if is_kept(ctx, row)]


@operation(IMS, "GetAccessKeyInfoInRecycleBin", resource=_ANY, answers="AccessKey", reads_only=True)
def get_access_key_info_in_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId
) -> OwnedRecycledAccessKey:
    """Return one AccessKey in the recycle bin."""
    row = recycled_key(ctx, user_access_key_id)
    if row is None:
        raise NoAccessKey
    return OwnedRecycledAccessKey.of(
        row,
        user_principal_name=principal_of(ctx, row.user_name),
        user_recycled=recycled_user(ctx, row.user_id) is not None,
    )


@operation(
    IMS,
    "RestoreAccessKeyFromRecycleBin",
    resource=_ANY,
    raises=(NoUserId, NoUser, TooManyAccessKeys),
)
def restore_access_key_from_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_id: OwnerId | None = None
) -> None:
    """Put an AccessKey back under its old id, switched off.

    Assumed: that the key comes back switched off.
    """
    row = _key_in_bin(ctx, user_access_key_id, user_id)
    restore_key(ctx, owner_of_user(identified(ctx, {"user_id": row.user_id})), row)


@operation(IMS, "DeleteAccessKeyInRecycleBin", resource=_ANY, raises=(NoUserId,))
def delete_access_key_in_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_id: OwnerId | None = None
) -> None:
    """Delete an AccessKey from the recycle bin for good."""
    ctx.tx.delete(_key_in_bin(ctx, user_access_key_id, user_id))


def _user_id(ctx: Context, given: str | None) -> str:
    if given is not None:
        return given
    if isinstance(ctx.caller, User):
        return ctx.caller.user_id
    raise NoUserId


def _key_in_bin(ctx: Context, access_key_id: str, user_id: str | None) -> RecycledAccessKeyRow:
    owner_id = _user_id(ctx, user_id)
    row = recycled_key(ctx, access_key_id)
    if row is None or row.user_id != owner_id:
        raise NoAccessKey
    return row
