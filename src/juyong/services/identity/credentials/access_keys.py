"""AccessKeys of users and of root."""

from typing import Annotated, NamedTuple

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.base.clock import Instant, iso_or_empty
from juyong.base.ids import AccessKeyId, new_access_key_id, new_access_key_secret
from juyong.base.secret import Secret
from juyong.services.actiontrail.facade import last_used
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.errors import missing
from juyong.services.identity.fields import Status
from juyong.services.identity.users.naming import OWNER_BY_NAME, OWNER_BY_PRINCIPAL, for_oneself
from juyong.services.identity.users.owners import Owner, owner_links
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

AnyAccessKeyId = Annotated[str, Text(1, 128, chars=r"\x21-\x7e"), Doc("The key.")]
NoAccessKey = missing(
    "EntityNotExist.User.AccessKey", "user access key", "The user, or root, has no such AccessKey."
)
TooManyAccessKeys = fact(
    "LimitExceeded.User.AccessKey",
    409,
    "The access key count of the user access keys beyond the current limits.",
    why="Quota `ram.access-keys-per-user`, or `ram.root-access-keys`, is full.",
)

UserAccessKeyId = Annotated[AnyAccessKeyId, Raises((NoAccessKey,))]


class AccessKey(Shape, frozen=True, kw_only=True):
    """An AccessKey without its secret, as RAM shows it."""

    access_key_id: str
    status: Status
    create_date: CreateDate


class NewAccessKey(AccessKey, frozen=True, kw_only=True):
    """An AccessKey with its secret, which is shown only here."""

    access_key_secret: Annotated[Secret, Of("secret")]


class DatedAccessKey(AccessKey, frozen=True, kw_only=True):
    """An AccessKey as IMS shows it; UpdateDate is when its status last changed."""

    update_date: UpdateDate


class AccessKeyState(DatedAccessKey, frozen=True, kw_only=True):
    """The inventory's state of an AccessKey."""

    owner_id: str


class Use(NamedTuple):
    """The newest use of an AccessKey, and the product called; None and empty for never."""

    at: Instant | None
    service: str


class LastUsed(Shape, frozen=True, kw_only=True):
    """When a key was last used; empty for never."""

    last_used_date: Annotated[str, Of("at", iso_or_empty)]


class LastUsedWith(LastUsed, frozen=True, kw_only=True):
    """When a key was last used, and with what; both empty for never."""

    service_name: Annotated[str, Of("service")]


def _find(ctx: Context, access_key_id: str) -> AccessKeyRow | None:
    row = ctx.tx.get(AccessKeyRow, AccessKeyId(access_key_id))
    return row if row is not None and row.account_id == ctx.account_id else None


ACCESS_KEY: Resource[AccessKeyRow] = Resource(
    kind="ACS::RAM::AccessKey",
    row=AccessKeyRow,
    id="access_key_id",
    name="access_key_id",
    arn="ram:accesskey/",
    find=_find,
    missing=NoAccessKey,
    state=AccessKeyState,
    links=(owner_links("in"),),
)


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
        NoAccessKey: the owner has no such key, even if another owner has.
    """
    row = _find(ctx, access_key_id)
    if row is None or row.owner_id != owner.owner_id:
        raise NoAccessKey
    ctx.journal.refer(ACCESS_KEY.kind, row.access_key_id)
    return row


def add_access_key(ctx: Context, owner: Owner) -> AccessKeyRow:
    """Make an active AccessKey.

    Raises:
        TooManyAccessKeys: the quota is full.
    """
    row = AccessKeyRow(
        access_key_id=new_access_key_id(),
        account_id=ctx.account_id,
        owner_id=owner.owner_id,
        secret=Secret(new_access_key_secret()),
        active=True,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return store_key(ctx, owner, row)


def store_key(ctx: Context, owner: Owner, row: AccessKeyRow) -> AccessKeyRow:
    """Store an AccessKey that is new, or comes back from the recycle bin.

    Raises:
        TooManyAccessKeys: the owner has its quota of other keys.
    """
    quota = "ram.access-keys-per-user" if owner.user else "ram.root-access-keys"
    held = ctx.tx.count(AccessKeyRow, account_id=ctx.account_id, owner_id=owner.owner_id)
    if held >= ctx.quota(quota):
        raise TooManyAccessKeys
    return ACCESS_KEY.add(ctx, row)


def last_use(tx: Transaction, row: AccessKeyRow) -> Use:
    """Return when an AccessKey was last used, and with which product."""
    return Use(*(last_used(tx, row.access_key_id) or (None, "")))


own_access_keys = for_oneself(lambda preference: preference.allow_manage_access_keys)
"""Users manage their own AccessKeys where the account allows it."""


@operation(
    {RAM: OWNER_BY_NAME, IMS: OWNER_BY_PRINCIPAL},
    "CreateAccessKey",
    self_service=own_access_keys,
    raises=(TooManyAccessKeys,),
    answers="AccessKey",
)
def create_access_key(ctx: Context, owner: Owner) -> NewAccessKey:
    """Make an AccessKey, and return the key with its secret, which no other call returns.

    Assumed: root's quota.
    """
    return NewAccessKey.of(add_access_key(ctx, owner))


@operation(
    {RAM: OWNER_BY_NAME, IMS: OWNER_BY_PRINCIPAL}, "UpdateAccessKey", self_service=own_access_keys
)
def update_access_key(
    ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId, status: Status
) -> None:
    """Switch an AccessKey on or off; the next call with it already sees the change."""
    row = key_of(ctx, owner, user_access_key_id)
    ACCESS_KEY.change(ctx, row, active=status == "Active", updated_at=ctx.now)


@operation(RAM, "DeleteAccessKey", on=OWNER_BY_NAME, self_service=own_access_keys)
def delete_access_key(ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId) -> None:
    """Delete an AccessKey for good."""
    ACCESS_KEY.remove(ctx, key_of(ctx, owner, user_access_key_id))


@operation(
    {RAM: OWNER_BY_NAME, IMS: OWNER_BY_PRINCIPAL},
    "ListAccessKeys",
    self_service=own_access_keys,
    answers="AccessKeys.AccessKey",
    shows={RAM: AccessKey, IMS: DatedAccessKey},
    reads_only=True,
)
def list_access_keys(ctx: Context, owner: Owner) -> list[AccessKeyRow]:
    """List all AccessKeys without their secrets, oldest first."""
    return keys_of(ctx, owner)


@operation(
    {RAM: OWNER_BY_NAME, IMS: OWNER_BY_PRINCIPAL},
    "GetAccessKeyLastUsed",
    self_service=own_access_keys,
    answers="AccessKeyLastUsed",
    shows={RAM: LastUsed, IMS: LastUsedWith},
    reads_only=True,
    scans=True,
)
def get_access_key_last_used(
    ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId
) -> Use:
    """Tell when an AccessKey was last used; IMS also tells with which product.

    Returns:
        The newest call that proved possession of the secret; empty texts for never.

    Assumed: empty texts for never.
    """
    return last_use(ctx.tx, key_of(ctx, owner, user_access_key_id))
