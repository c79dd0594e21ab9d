"""The recycle bin of deleted users and AccessKeys.

A recycled user or key is out of RAM's tables, so it can neither sign in nor be allowed; it stays
here for 30 days. Rows past their time are never shown, and dropped at the next deletion.

Source: RAM documentation, deleting RAM users and AccessKeys (documented): 30 days, at most 1000
users, at most three AccessKeys a user, the oldest give way.
"""

from typing import Any

import msgspec

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.base.clock import Instant
from juyong.base.ids import UserId
from juyong.services.identity.credentials.access_keys import (
    ACCESS_KEY,
    UserAccessKeyId,
    key_of,
    keys_of,
    own_access_keys,
    store_key,
)
from juyong.services.identity.credentials.login_profiles import remove_login_profile
from juyong.services.identity.credentials.mfa_devices import device_of, unbind_device
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    LoginProfileRow,
    RecycledAccessKeyRow,
)
from juyong.services.identity.policies.holders import detach, policies_of
from juyong.services.identity.users.memberships import leave_group
from juyong.services.identity.users.naming import OWNER_BY_PRINCIPAL
from juyong.services.identity.users.owners import Owner, owner_of_user
from juyong.services.identity.users.removal import remove_user
from juyong.services.identity.users.tables import GroupRow, MembershipRow, RecycledUserRow, UserRow
from juyong.services.identity.users.users import USER, add_user
from juyong.services.ims.product import PRODUCT as IMS
from juyong.store.chunks import change_most, lapsed
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

KEPT_SECONDS = 30 * 86_400
MOST_KEYS = 3
_PURGED_A_CALL = 10
_EXPIRED = (lapsed(RecycledUserRow, "delete_at"), lapsed(RecycledAccessKeyRow, "delete_at"))


def _keys_of() -> "sa.Delete":
    key = table_of(RecycledAccessKeyRow)
    return sa.delete(key).where(
        key.c.account_id == sa.bindparam("account_id"), key.c.user_id == sa.bindparam("user_id")
    )


def _columns(row: UserRow | RecycledUserRow) -> dict[str, Any]:
    """Return the columns that a user has in the recycle bin and out of it."""
    names = (each for each in RecycledUserRow.__struct_fields__ if hasattr(UserRow, each))
    return {each: getattr(row, each) for each in names}


def purge_recycle_bin(tx: Transaction, now: Instant, most: int) -> int:
    """Drop at most so many rows that have been in any account's recycle bin for 30 days.

    Returns:
        How many were dropped.

    Cost: a scan of the bin.
    """
    return change_most(tx, _EXPIRED, most, now=now)


def recycle_user(ctx: Context, row: UserRow) -> None:
    """Move a user and its AccessKeys to the recycle bin.

    It leaves its groups, loses policies and console access; its MFA device is unbound.
    """
    purge_recycle_bin(ctx.tx, ctx.now, _PURGED_A_CALL)
    owner = owner_of_user(row)
    for key in keys_of(ctx, owner):
        _put_key(ctx, owner, key)
    _take_away(ctx, owner, row)
    tags = USER.tags_of(ctx.tx, row)
    remove_user(ctx, row)
    _drop_oldest_users(ctx)
    ctx.tx.insert(
        RecycledUserRow(
            **_columns(row),
            tags=msgspec.json.encode(tags).decode(),
            recycled_at=ctx.now,
            delete_at=Instant(ctx.now + KEPT_SECONDS),
        )
    )


def recycled_user(ctx: Context, user_id: str) -> RecycledUserRow | None:
    """Return a user in the account's recycle bin."""
    row = ctx.tx.get(RecycledUserRow, UserId(user_id))
    return row if row is not None and is_kept(ctx, row) else None


def recycled_key(ctx: Context, access_key_id: str) -> RecycledAccessKeyRow | None:
    """Return an AccessKey in the account's recycle bin."""
    row = ctx.tx.find_one(RecycledAccessKeyRow, access_key_id=access_key_id)
    return row if row is not None and is_kept(ctx, row) else None


def restore_user(ctx: Context, row: RecycledUserRow) -> UserRow:
    """Put a user back under its old id, name and tags; its AccessKeys stay in the recycle bin.

    Raises:
        UserExists: another user has the name by now.
        TooManyUsers: the quota is full.
    """
    user = add_user(ctx, msgspec.json.decode(row.tags, type=dict[str, str]), **_columns(row))
    ctx.tx.delete(row)
    return user


def restore_key(ctx: Context, owner: Owner, row: RecycledAccessKeyRow) -> None:
    """Put an AccessKey back, switched off.

    Raises:
        TooManyAccessKeys: its owner has its quota of keys.
    """
    key = AccessKeyRow(
        access_key_id=row.access_key_id,
        account_id=row.account_id,
        owner_id=owner.owner_id,
        secret=row.secret,
        active=False,
        created_at=row.created_at,
        updated_at=ctx.now,
    )
    store_key(ctx, owner, key)
    ctx.tx.delete(row)


def drop_user(ctx: Context, row: RecycledUserRow) -> None:
    """Delete a user and its AccessKeys from the recycle bin for good."""
    ctx.tx.change(_keys_of, account_id=row.account_id, user_id=row.user_id)
    ctx.tx.delete(row)


def is_kept(ctx: Context, row: RecycledUserRow | RecycledAccessKeyRow) -> bool:
    """Tell whether a row is the account's and its time is not over."""
    return row.account_id == ctx.account_id and ctx.now < row.delete_at


def _take_away(ctx: Context, owner: Owner, row: UserRow) -> None:
    """Take groups, policies and credentials from a user that is about to be removed."""
    tx, user_id = ctx.tx, row.user_id
    for membership in tx.find(MembershipRow, user_id=user_id):
        group = tx.get(GroupRow, membership.group_id)
        if group is not None:
            leave_group(ctx, row, group)
    for attached in policies_of(ctx, row):
        detach(ctx, row, attached.policy_type, attached.policy_name)
    profile = tx.get(LoginProfileRow, user_id)
    if profile is not None:
        remove_login_profile(ctx, profile)
    if device_of(tx, user_id) is not None:
        unbind_device(ctx, owner)


def _put_key(ctx: Context, owner: Owner, row: AccessKeyRow) -> None:
    ACCESS_KEY.remove(ctx, row)
    if owner.user is None:
        return
    held = ctx.tx.find(
        RecycledAccessKeyRow,
        order=("recycled_at", "access_key_id"),
        account_id=ctx.account_id,
        user_id=owner.user.user_id,
    )
    for oldest in held[: max(0, len(held) - MOST_KEYS + 1)]:
        ctx.tx.delete(oldest)
    ctx.tx.insert(
        RecycledAccessKeyRow(
            access_key_id=row.access_key_id,
            account_id=row.account_id,
            user_id=owner.user.user_id,
            user_name=owner.name,
            secret=row.secret,
            created_at=row.created_at,
            recycled_at=ctx.now,
            delete_at=Instant(ctx.now + KEPT_SECONDS),
        )
    )


def _drop_oldest_users(ctx: Context) -> None:
    count = ctx.tx.count(RecycledUserRow, account_id=ctx.account_id)
    if count < ctx.quota("ims.recycled-users"):
        return
    for row in ctx.tx.find(
        RecycledUserRow,
        order=("recycled_at", "user_id"),
        limit=count - ctx.quota("ims.recycled-users") + 1,
        account_id=ctx.account_id,
    ):
        drop_user(ctx, row)


@operation(IMS, "DeleteAccessKey", on=OWNER_BY_PRINCIPAL, self_service=own_access_keys)
def delete_access_key(ctx: Context, owner: Owner, *, user_access_key_id: UserAccessKeyId) -> None:
    """Move a user's AccessKey to the recycle bin, where it stays 30 days; root's goes for good.

    Source: IMS API reference, DeleteAccessKey; RAM documentation, recycle bin (documented); that it
    need not be switched off first, and that root's keys are deleted for good (assumed).
    """
    key = key_of(ctx, owner, user_access_key_id)
    purge_recycle_bin(ctx.tx, ctx.now, _PURGED_A_CALL)
    _put_key(ctx, owner, key)
