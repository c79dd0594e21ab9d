"""AccessKeys that come back from the recycle bin of IMS."""

from juyong.api.context import Context
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccessKeyId
from juyong.base.secret import Secret
from juyong.services.identity.credentials.access_keys import (
    RESOURCE,
    AccessKeyState,
    TooManyAccessKeys,
    keys_of,
    status_of,
)
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.users.owners import Owner


def restore_access_key(
    ctx: Context,
    owner: Owner,
    access_key_id: AccessKeyId,
    *,
    secret: Secret,
    created_at: Instant,
) -> AccessKeyRow:
    """Put a user's deleted AccessKey back under its old id, switched off.

    Raises:
        TooManyAccessKeys: the user has its quota `ram.access-keys-per-user` of other keys.
    """
    if len(keys_of(ctx, owner)) >= ctx.quota("ram.access-keys-per-user", 2):
        raise TooManyAccessKeys
    row = AccessKeyRow(
        access_key_id=access_key_id,
        account_id=ctx.account_id,
        owner_id=owner.owner_id,
        secret=secret,
        active=False,
        created_at=created_at,
        updated_at=ctx.now,
    )
    ctx.tx.insert(row)
    state = AccessKeyState(
        access_key_id=access_key_id,
        status=status_of(row),
        create_date=iso(created_at),
        owner_id=owner.owner_id,
        owner_name=owner.name,
        update_date=iso(ctx.now),
    )
    ctx.journal.record("created", RESOURCE, access_key_id, access_key_id, state)
    return row
