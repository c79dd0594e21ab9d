"""AccessKeys of users and of root."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import Instant, iso, iso_or_empty
from juyong.base.ids import AccessKeyId, new_access_key_id, new_access_key_secret
from juyong.base.secret import Secret
from juyong.services.actiontrail.facade import last_used
from juyong.services.ram.fields import UserName
from juyong.services.ram.owners import Owner, for_oneself, owner_named, user_resource
from juyong.services.ram.product import PRODUCT as RAM
from juyong.services.ram.tables import AccessKeyRow
from juyong.services.ram.users import NoUser

RESOURCE = "ACS::RAM::AccessKey"
ACTIVE, INACTIVE = "Active", "Inactive"

UserAccessKeyId = Annotated[str, Text(1, 128, chars=r"\x21-\x7e"), Doc("The key.")]
Status = Annotated[str, OneOf((ACTIVE, INACTIVE))]


class NoAccessKey(ApiError):
    """The user, or root, has no such AccessKey."""

    code, status = "EntityNotExist.User.AccessKey", 404
    text = "The user access key does not exist."


class TooManyAccessKeys(ApiError):
    """Quota `ram.access-keys-per-user`, or `ram.root-access-keys`, is full."""

    code, status = "LimitExceeded.User.AccessKey", 409
    text = "The access key count of the user access keys beyond the current limits."


class AccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey without its secret."""

    access_key_id: str
    status: str
    create_date: str


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


class AccessKeyState(AccessKey, frozen=True, kw_only=True):
    """What the inventory keeps of an AccessKey."""

    owner_id: str
    owner_name: str
    update_date: str


def status_of(row: AccessKeyRow) -> str:
    """Return `Active` or `Inactive`."""
    return ACTIVE if row.active else INACTIVE


def add_access_key(ctx: Context, owner: Owner) -> AccessKeyRow:
    """Make an active AccessKey, for RAM and IMS alike.

    Raises:
        TooManyAccessKeys: the quota is full.
    """
    held = ctx.tx.count(AccessKeyRow, account_id=ctx.account_id, owner_id=owner.owner_id)
    quota = ("ram.access-keys-per-user", 2) if owner.user else ("ram.root-access-keys", 5)
    if held >= ctx.quota(*quota):
        raise TooManyAccessKeys
    row = AccessKeyRow(
        access_key_id=new_access_key_id(),
        account_id=ctx.account_id,
        owner_id=owner.owner_id,
        secret=Secret(new_access_key_secret()),
        active=True,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    ctx.tx.insert(row)
    ctx.journal.record(
        "created", RESOURCE, row.access_key_id, row.access_key_id, _state(row, owner)
    )
    return row


def keys_of(ctx: Context, owner: Owner) -> list[AccessKeyRow]:
    """Return an owner's AccessKeys, oldest first."""
    return ctx.tx.find(
        AccessKeyRow,
        order=("created_at", "access_key_id"),
        account_id=ctx.account_id,
        owner_id=owner.owner_id,
    )


def key_of(ctx: Context, owner: Owner, access_key_id: str) -> AccessKeyRow:
    """Return one of an owner's AccessKeys.

    Raises:
        NoAccessKey: it has no such key, whoever else may have.
    """
    row = ctx.tx.get(AccessKeyRow, AccessKeyId(access_key_id))
    if row is None or (row.account_id, row.owner_id) != (ctx.account_id, owner.owner_id):
        raise NoAccessKey
    ctx.journal.refer(RESOURCE, row.access_key_id)
    return row


def set_key_status(ctx: Context, owner: Owner, row: AccessKeyRow, *, active: bool) -> AccessKeyRow:
    """Switch an AccessKey on or off, for RAM and IMS alike; calls see it at once."""
    row = ctx.tx.update(row, active=active, updated_at=ctx.now)
    ctx.journal.record(
        "updated", RESOURCE, row.access_key_id, row.access_key_id, _state(row, owner)
    )
    return row


def remove_key(ctx: Context, owner: Owner, row: AccessKeyRow) -> None:
    """Delete an AccessKey for good."""
    ctx.tx.delete(row)
    ctx.journal.record(
        "deleted", RESOURCE, row.access_key_id, row.access_key_id, _state(row, owner)
    )


def last_use(ctx: Context, row: AccessKeyRow) -> tuple[Instant, str] | None:
    """Return when an AccessKey was last used and with which product, None for never."""
    return last_used(ctx.tx, row.access_key_id)


own_access_keys = for_oneself(lambda preference: preference.allow_manage_access_keys)
"""Users manage their own AccessKeys where the account allows it."""


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


def _state(row: AccessKeyRow, owner: Owner) -> AccessKeyState:
    return AccessKeyState(
        access_key_id=row.access_key_id,
        status=status_of(row),
        create_date=iso(row.created_at),
        owner_id=owner.owner_id,
        owner_name=owner.name,
        update_date=iso(row.updated_at),
    )
