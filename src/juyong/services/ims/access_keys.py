"""AccessKeys, as IMS shows and deletes them."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso_or_empty
from juyong.services.identity.credentials.access_keys import (
    DatedAccessKey,
    NoAccessKey,
    UserAccessKeyId,
    dated_access_key_of,
    key_of,
    keys_of,
    last_use,
    own_access_keys,
)
from juyong.services.identity.users.naming import OWNER_BY_PRINCIPAL
from juyong.services.identity.users.owners import Owner
from juyong.services.identity.users.recycling import recycle_key
from juyong.services.ims.product import PRODUCT as IMS


class LastUsed(Shape, frozen=True, kw_only=True):
    """When a key was last used, and with what; both empty for never."""

    last_used_date: str
    service_name: str


@operation(
    IMS,
    "ListAccessKeys",
    on=OWNER_BY_PRINCIPAL,
    self_service=own_access_keys,
    answers="AccessKeys.AccessKey",
    reads_only=True,
)
def list_access_keys(ctx: Context, owner: Owner) -> list[DatedAccessKey]:
    """List AccessKeys, oldest first.

    Returns:
        All of them, without secrets.
    """
    return [dated_access_key_of(row) for row in keys_of(ctx, owner)]


@operation(
    IMS,
    "DeleteAccessKey",
    on=OWNER_BY_PRINCIPAL,
    self_service=own_access_keys,
    raises=(NoAccessKey,),
)
def delete_access_key(ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId) -> None:
    """Move a user's AccessKey to the recycle bin, where it stays 30 days; root's goes for good.

    Source: IMS API reference, DeleteAccessKey; RAM documentation, recycle bin (documented); that it
    need not be switched off first, and that root's keys are deleted for good (assumed).
    """
    recycle_key(ctx, owner, key_of(ctx, owner, user_access_key_id))


@operation(
    IMS,
    "GetAccessKeyLastUsed",
    on=OWNER_BY_PRINCIPAL,
    self_service=own_access_keys,
    raises=(NoAccessKey,),
    answers="AccessKeyLastUsed",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used(
    ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId
) -> LastUsed:
    """Tell when an AccessKey was last used, and with which product.

    Returns:
        The newest call that proved possession of the secret; empty texts for never.

    Assumed: empty texts for never.
    """
    at, service = last_use(ctx, key_of(ctx, owner, user_access_key_id)) or (None, "")
    return LastUsed(last_used_date=iso_or_empty(at), service_name=service)
