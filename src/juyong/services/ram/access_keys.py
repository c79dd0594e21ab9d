"""AccessKeys by user name."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.base.secret import Secret
from juyong.services.identity.credentials.access_keys import (
    ACTIVE,
    INACTIVE,
    AccessKey,
    NoAccessKey,
    TooManyAccessKeys,
    add_access_key,
    key_of,
    keys_of,
    last_use,
    own_access_keys,
    remove_key,
    set_key_status,
    status_of,
)
from juyong.services.identity.fields import UserName
from juyong.services.identity.users.owners import owner_named, user_resource
from juyong.services.identity.users.users import NoUser
from juyong.services.ram.product import PRODUCT as RAM

UserAccessKeyId = Annotated[str, Text(1, 128, chars=r"\x21-\x7e"), Doc("The key.")]


Status = Annotated[str, OneOf((ACTIVE, INACTIVE))]


class NewAccessKey(AccessKey, frozen=True, kw_only=True):
    """An AccessKey with its secret, which is shown only here."""

    access_key_secret: Secret


class CreateAccessKeyAnswer(Shape, frozen=True, kw_only=True):
    """An AccessKey just made."""

    access_key: NewAccessKey


class AccessKeyList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of AccessKeys."""

    access_key: list[AccessKey]


class ListAccessKeysAnswer(Shape, frozen=True, kw_only=True):
    """The AccessKeys of a user."""

    access_keys: AccessKeyList


class LastUsed(Shape, frozen=True, kw_only=True):
    """When a key was last used; empty for never."""

    last_used_date: str


class LastUsedAnswer(Shape, frozen=True, kw_only=True):
    """The last use of an AccessKey."""

    access_key_last_used: LastUsed


@operation(
    RAM,
    "CreateAccessKey",
    resource=user_resource,
    self_service=own_access_keys,
    raises=(NoUser, TooManyAccessKeys),
)
def create_access_key(ctx: Context, *, user_name: UserName | None = None) -> CreateAccessKeyAnswer:
    """Make an AccessKey.

    Args:
        user_name: Whose; absent is the caller, root included.

    Returns:
        The key with its secret, which no other call returns.

    Source: RAM API reference, CreateAccessKey (documented); root's quota (assumed).
    """
    row = add_access_key(ctx, owner_named(ctx, user_name))
    return CreateAccessKeyAnswer(
        access_key=NewAccessKey(
            access_key_id=row.access_key_id,
            access_key_secret=row.secret,
            status=status_of(row),
            create_date=iso(row.created_at),
        )
    )


@operation(
    RAM,
    "ListAccessKeys",
    resource=user_resource,
    self_service=own_access_keys,
    raises=(NoUser,),
    reads_only=True,
)
def list_access_keys(ctx: Context, *, user_name: UserName | None = None) -> ListAccessKeysAnswer:
    """List AccessKeys, oldest first.

    Args:
        user_name: Whose; absent is the caller, root included.

    Returns:
        All of them, without secrets.

    Source: RAM API reference, ListAccessKeys (documented).
    """
    keys = [
        AccessKey(
            access_key_id=row.access_key_id,
            status=status_of(row),
            create_date=iso(row.created_at),
        )
        for row in keys_of(ctx, owner_named(ctx, user_name))
    ]
    return ListAccessKeysAnswer(access_keys=AccessKeyList(access_key=keys))


@operation(
    RAM,
    "UpdateAccessKey",
    resource=user_resource,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
)
def update_access_key(
    ctx: Context,
    *,
    user_access_key_id: UserAccessKeyId,
    status: Status,
    user_name: UserName | None = None,
) -> Empty:
    """Switch an AccessKey on or off; the next call with it already sees the change.

    Args:
        status: `Active` or `Inactive`.
        user_name: Whose; absent is the caller, root included.

    Source: RAM API reference, UpdateAccessKey (documented).
    """
    owner = owner_named(ctx, user_name)
    row = key_of(ctx, owner, user_access_key_id)
    set_key_status(ctx, owner, row, active=status == ACTIVE)
    return Empty()


@operation(
    RAM,
    "DeleteAccessKey",
    resource=user_resource,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
)
def delete_access_key(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_name: UserName | None = None
) -> Empty:
    """Delete an AccessKey for good.

    Args:
        user_name: Whose; absent is the caller, root included.

    Source: RAM API reference, DeleteAccessKey (documented).
    """
    owner = owner_named(ctx, user_name)
    remove_key(ctx, owner, key_of(ctx, owner, user_access_key_id))
    return Empty()


@operation(
    RAM,
    "GetAccessKeyLastUsed",
    resource=user_resource,
    self_service=own_access_keys,
    raises=(NoUser, NoAccessKey),
    reads_only=True,
    scans=True,
)
def get_access_key_last_used(
    ctx: Context, *, user_access_key_id: UserAccessKeyId, user_name: UserName | None = None
) -> LastUsedAnswer:
    """Tell when an AccessKey was last used.

    Args:
        user_name: Whose; absent is the caller, root included.

    Returns:
        The instant of the newest call that proved possession of the secret; empty for never.

    Source: RAM API reference, GetAccessKeyLastUsed (documented); empty for never (assumed).
    """
    row = key_of(ctx, owner_named(ctx, user_name), user_access_key_id)
    used = last_use(ctx, row)
    at = used[0] if used else None
    return LastUsedAnswer(access_key_last_used=LastUsed(last_used_date=iso_or_empty(at)))
