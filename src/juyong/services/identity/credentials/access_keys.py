"""AccessKeys of users and of root."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccessKeyId, new_access_key_id, new_access_key_secret
from juyong.base.secret import Secret
from juyong.services.actiontrail.facade import last_used
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.users.owners import Owner, for_oneself

RESOURCE = "ACS::RAM::AccessKey"


ACTIVE, INACTIVE = "Active", "Inactive"


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


def _state(row: AccessKeyRow, owner: Owner) -> AccessKeyState:
    return AccessKeyState(
        access_key_id=row.access_key_id,
        status=status_of(row),
        create_date=iso(row.created_at),
        owner_id=owner.owner_id,
        owner_name=owner.name,
        update_date=iso(row.updated_at),
    )
