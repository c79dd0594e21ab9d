"""AccessKeys of users in the recycle bin."""

from juyong.api.access import acs
from juyong.api.caller import User
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.access_keys import (
    NoAccessKey,
    TooManyAccessKeys,
    UserAccessKeyId,
)
from juyong.services.identity.credentials.tables import RecycledAccessKeyRow
from juyong.services.identity.fields import UserId
from juyong.services.identity.users.naming import identified
from juyong.services.identity.users.owners import owner_of_user
from juyong.services.identity.users.recycling import (
    is_kept,
    recycled_key,
    recycled_user,
    restore_key,
)
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.product import PRODUCT as IMS

_ANY = acs("ram", "*")
NoUserId = fact(
    "MissingUserId",
    400,
    "UserId is mandatory for this action.",
    why="A caller that is no user has to name one.",
)


class RecycledAccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey in the recycle bin; on DeleteDate it is gone."""

    access_key_id: str
    create_date: str
    recycle_date: str
    delete_date: str


class OwnedRecycledAccessKey(RecycledAccessKey, frozen=True, kw_only=True):
    """An AccessKey in the recycle bin with its owner, who may be there too (UserRecycled)."""

    user_id: str
    user_principal_name: str
    user_recycled: bool


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
    return [
        RecycledAccessKey(
            access_key_id=row.access_key_id,
            create_date=iso(row.created_at),
            recycle_date=iso(row.recycled_at),
            delete_date=iso(row.delete_at),
        )
        for row in rows
        if is_kept(ctx, row)
    ]


@operation(
    IMS,
    "GetAccessKeyInfoInRecycleBin",
    resource=_ANY,
    raises=(NoAccessKey,),
    answers="AccessKey",
    reads_only=True,
)
def get_access_key_info_in_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId
) -> OwnedRecycledAccessKey:
    """Return one AccessKey in the recycle bin."""
    row = recycled_key(ctx, user_access_key_id)
    if row is None:
        raise NoAccessKey
    domain = default_domain(ctx.tx, ctx.account_id)
    return OwnedRecycledAccessKey(
        access_key_id=row.access_key_id,
        create_date=iso(row.created_at),
        recycle_date=iso(row.recycled_at),
        delete_date=iso(row.delete_at),
        user_id=row.user_id,
        user_principal_name=principal_name(row.user_name, domain),
        user_recycled=recycled_user(ctx, row.user_id) is not None,
    )


@operation(
    IMS,
    "RestoreAccessKeyFromRecycleBin",
    resource=_ANY,
    raises=(NoUserId, NoAccessKey, NoUser, TooManyAccessKeys),
)
def restore_access_key_from_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_id: UserId | None = None
) -> None:
    """Put an AccessKey back under its old id, switched off.

    Args:
        user_id: Its owner; absent is the calling user.

    Assumed: that the key comes back switched off.
    """
    row = _in_bin(ctx, user_access_key_id, user_id)
    restore_key(ctx, owner_of_user(identified(ctx, {"user_id": row.user_id})), row)


@operation(IMS, "DeleteAccessKeyInRecycleBin", resource=_ANY, raises=(NoUserId, NoAccessKey))
def delete_access_key_in_recycle_bin(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_id: UserId | None = None
) -> None:
    """Delete an AccessKey from the recycle bin for good.

    Args:
        user_id: Its owner; absent is the calling user.
    """
    ctx.tx.delete(_in_bin(ctx, user_access_key_id, user_id))


def _user_id(ctx: Context, given: str | None) -> str:
    if given is not None:
        return given
    if isinstance(ctx.caller, User):
        return ctx.caller.user_id
    raise NoUserId


def _in_bin(ctx: Context, access_key_id: str, user_id: str | None) -> RecycledAccessKeyRow:
    owner_id = _user_id(ctx, user_id)
    row = recycled_key(ctx, access_key_id)
    if row is None or row.user_id != owner_id:
        raise NoAccessKey
    return row
