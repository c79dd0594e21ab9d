"""AccessKeys by principal name."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.base.secret import Secret
from juyong.services.identity.credentials.access_keys import (
    NoAccessKey,
    TooManyAccessKeys,
    add_access_key,
    key_of,
    keys_of,
    last_use,
    set_key_status,
    status_of,
)
from juyong.services.identity.fields import UserPrincipalName
from juyong.services.identity.users.lookup import for_oneself, own_or_named, owner_by_name
from juyong.services.identity.users.recycling import recycle_key
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.fields import KeyStatus, UserAccessKeyId
from juyong.services.ims.product import PRODUCT as IMS

own_access_keys = for_oneself(lambda preference: preference.allow_manage_access_keys)
"""Users manage their own AccessKeys where the account allows it."""


class NewAccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey with its secret, which is shown only here."""

    access_key_id: str
    access_key_secret: Secret
    status: str
    create_date: str


class CreateAccessKeyAnswer(Shape, frozen=True, kw_only=True):
    """An AccessKey just made."""

    access_key: NewAccessKey


class ListedAccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey without its secret; UpdateDate is when its status last changed."""

    access_key_id: str
    status: str
    create_date: str
    update_date: str


class AccessKeyList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of AccessKeys."""

    access_key: list[ListedAccessKey]


class ListAccessKeysAnswer(Shape, frozen=True, kw_only=True):
    """The AccessKeys of a user."""

    access_keys: AccessKeyList


class LastUsed(Shape, frozen=True, kw_only=True):
    """When a key was last used, and with what; both empty for never."""

    last_used_date: str
    service_name: str


class LastUsedAnswer(Shape, frozen=True, kw_only=True):
    """The last use of an AccessKey."""

    access_key_last_used: LastUsed


@operation(
    IMS,
    "CreateAccessKey",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser, TooManyAccessKeys),
)
def create_access_key(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> CreateAccessKeyAnswer:
    """Make an AccessKey.

    Args:
        user_principal_name: Whose; absent is the caller, root included.

    Returns:
        The key with its secret, which no other call returns.

    Source: IMS API reference, CreateAccessKey (documented).
    """
    row = add_access_key(ctx, owner_by_name(ctx, user_principal_name))
    return CreateAccessKeyAnswer(
        access_key=NewAccessKey(
            access_key_id=row.access_key_id,
            access_key_secret=row.secret,
            status=status_of(row),
            create_date=iso(row.created_at),
        )
    )


@operation(
    IMS,
    "ListAccessKeys",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser,),
    reads_only=True,
)
def list_access_keys(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> ListAccessKeysAnswer:
    """List AccessKeys, oldest first.

    Args:
        user_principal_name: Whose; absent is the caller, root included.

    Returns:
        All of them, without secrets.

    Source: IMS API reference, ListAccessKeys (documented).
    """
    keys = [
        ListedAccessKey(
            access_key_id=row.access_key_id,
            status=status_of(row),
            create_date=iso(row.created_at),
            update_date=iso(row.updated_at),
        )
        for row in keys_of(ctx, owner_by_name(ctx, user_principal_name))
    ]
    return ListAccessKeysAnswer(access_keys=AccessKeyList(access_key=keys))


@operation(
    IMS,
    "UpdateAccessKey",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
)
def update_access_key(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    status: KeyStatus,
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Switch an AccessKey on or off; the next call with it already sees the change.

    Args:
        status: `Active` or `Inactive`.
        user_principal_name: Whose; absent is the caller, root included.

    Source: IMS API reference, UpdateAccessKey (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = key_of(ctx, owner, user_access_key_id)
    set_key_status(ctx, owner, row, active=status == "Active")
    return Empty()


@operation(
    IMS,
    "DeleteAccessKey",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
)
def delete_access_key(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    user_principal_name: UserPrincipalName | None = None,
) -> Empty:
    """Move a user's AccessKey to the recycle bin, where it stays 30 days; root's goes for good.

    Args:
        user_principal_name: Whose; absent is the caller, root included.

    Source: IMS API reference, DeleteAccessKey; RAM documentation, recycle bin (documented); that it
    need not be switched off first, and what becomes of root's keys (assumed).
    """
    owner = owner_by_name(ctx, user_principal_name)
    recycle_key(ctx, owner, key_of(ctx, owner, user_access_key_id))
    return Empty()


@operation(
    IMS,
    "GetAccessKeyLastUsed",
    resource=own_or_named,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
    reads_only=True,
    scans=True,
)
def get_access_key_last_used(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    user_principal_name: UserPrincipalName | None = None,
) -> LastUsedAnswer:
    """Tell when an AccessKey was last used, and with which product.

    Args:
        user_principal_name: Whose; absent is the caller, root included.

    Returns:
        The newest call that proved possession of the secret; empty texts for never.

    Source: IMS API reference, GetAccessKeyLastUsed (documented); empty texts for never (assumed).
    """
    row = key_of(ctx, owner_by_name(ctx, user_principal_name), user_access_key_id)
    used = last_use(ctx, row)
    at, service = used or (None, "")
    return LastUsedAnswer(
        access_key_last_used=LastUsed(last_used_date=iso_or_empty(at), service_name=service)
    )
