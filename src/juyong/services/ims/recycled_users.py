"""Users in the recycle bin."""

from typing import Annotated, Any

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Pattern, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.identity.account.principal_names import (
    default_domain,
    own_name,
    principal_name,
)
from juyong.services.identity.credentials.access_keys import UserAccessKeyId
from juyong.services.identity.fields import UserId
from juyong.services.identity.users.naming import ManyIdentifiers
from juyong.services.identity.users.recycling import (
    drop_user,
    is_kept,
    recycled_key,
    recycled_user,
    restore_user,
)
from juyong.services.identity.users.tables import RecycledUserRow
from juyong.services.identity.users.users import NoUser, TooManyUsers, UserExists
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.recycled_keys import NoUserId

_ANY = acs("ram", "*")
_FILTER = r"UserPrincipalName eq [A-Za-z0-9._\-]+@[A-Za-z0-9._\-]+"
Filter = Annotated[str, Text(1, 256), Pattern(_FILTER)]


class RecycledUser(Shape, frozen=True, kw_only=True):
    """A user in the recycle bin; on DeleteDate it is gone."""

    user_id: str
    user_principal_name: str
    display_name: str
    create_date: str
    recycle_date: str
    delete_date: str


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
    user_access_key_id: UserAccessKeyId | None = None,
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
    return _user(_in_bin(ctx, user_id), default_domain(ctx.tx, ctx.account_id))


@operation(
    IMS, "RestoreUserFromRecycleBin", resource=_ANY, raises=(NoUser, UserExists, TooManyUsers)
)
def restore_user_from_recycle_bin(ctx: Context, *, user_id: UserId) -> None:
    """Put a user back under its old id and name, with its tags.

    Groups, policies and console access have to be given anew; its AccessKeys stay in the recycle
    bin, each to be restored by itself.

    Assumed: what is restored.
    """
    restore_user(ctx, _in_bin(ctx, user_id))


@operation(IMS, "DeleteUserInRecycleBin", resource=_ANY, raises=(NoUser,))
def delete_user_in_recycle_bin(ctx: Context, *, user_id: UserId) -> None:
    """Delete a user and its AccessKeys from the recycle bin for good."""
    drop_user(ctx, _in_bin(ctx, user_id))


def _in_bin(ctx: Context, user_id: str) -> RecycledUserRow:
    row = recycled_user(ctx, user_id)
    if row is None:
        raise NoUser
    return row


def _user(row: RecycledUserRow, domain: str) -> RecycledUser:
    return RecycledUser(
        user_id=row.user_id,
        user_principal_name=principal_name(row.user_name, domain),
        display_name=row.display_name,
        create_date=iso(row.created_at),
        recycle_date=iso(row.recycled_at),
        delete_date=iso(row.delete_at),
    )
