"""AccessKeys, as RAM shows and deletes them."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso_or_empty
from juyong.services.identity.credentials.access_keys import (
    ACCESS_KEY,
    AccessKey,
    NoAccessKey,
    UserAccessKeyId,
    access_key_of,
    key_of,
    keys_of,
    last_use,
    own_access_keys,
)
from juyong.services.identity.users.naming import OWNER_BY_NAME
from juyong.services.identity.users.owners import Owner
from juyong.services.ram.product import PRODUCT as RAM


class LastUsed(Shape, frozen=True, kw_only=True):
    """When a key was last used; empty for never."""

    last_used_date: str


@operation(
    RAM,
    "ListAccessKeys",
    on=OWNER_BY_NAME,
    self_service=own_access_keys,
    answers="AccessKeys.AccessKey",
    reads_only=True,
)
def list_access_keys(ctx: Context, owner: Owner) -> list[AccessKey]:
    """List AccessKeys, oldest first.

    Returns:
        All of them, without secrets.
    """
    return [access_key_of(row) for row in keys_of(ctx, owner)]


@operation(
    RAM, "DeleteAccessKey", on=OWNER_BY_NAME, self_service=own_access_keys, raises=(NoAccessKey,)
)
def delete_access_key(ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId) -> None:
    """Delete an AccessKey for good."""
    ACCESS_KEY.remove(ctx, key_of(ctx, owner, user_access_key_id))


@operation(
    RAM,
    "GetAccessKeyLastUsed",
    on=OWNER_BY_NAME,
    self_service=own_access_keys,
    raises=(NoAccessKey,),
    answers="AccessKeyLastUsed",
    reads_only=True,
    scans=True,
)
def get_access_key_last_used(
    ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId
) -> LastUsed:
    """Tell when an AccessKey was last used.

    Returns:
        The instant of the newest call that proved possession of the secret; empty for never.

    Assumed: empty for never.
    """
    used = last_use(ctx, key_of(ctx, owner, user_access_key_id))
    return LastUsed(last_used_date=iso_or_empty(used[0] if used else None))
