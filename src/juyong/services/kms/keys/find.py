"""Find keys, and name them for authorisation, by whatever a KeyId parameter says."""

from msgspec.structs import replace

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.base.clock import Instant
from juyong.services.kms.errors import AliasNotTaken, NoAlias, NoKey
from juyong.services.kms.keys.names import KeyReference, key_arn, refer
from juyong.services.kms.keys.policy import target_policy
from juyong.services.kms.keys.states import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    USE,
    refuse,
)
from juyong.services.kms.keys.tables import AliasRow, KeyRow

__all__ = [
    "DISABLED",
    "ENABLED",
    "PENDING_DELETION",
    "PENDING_IMPORT",
    "RESOURCE",
    "as_of",
    "find_key",
    "find_managed_key",
    "find_usable_key",
    "key_name_of",
    "key_policy",
    "key_resource",
    "policy_of",
    "refuse_unusable",
]

RESOURCE = "ACS::KMS::Key"
"""The type of a key in events and snapshots."""


def find_key(ctx: Context, name: str) -> KeyRow:
    """Return the key a KeyId parameter names, in whatever state.

    A key is found by its id only in its own account and region.

    Raises:
        NoKey: there is none, or its waiting for deletion is over.
        NoAlias: name is an alias that does not exist.
    """
    reference = refer(ctx, name)
    row = _row(ctx, reference)
    if row is None:
        raise NoAlias if reference.alias else NoKey
    ctx.journal.refer(RESOURCE, row.key_id, row.account_id)
    return row


def find_managed_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that manages it, which takes no alias.

    Raises:
        AliasNotTaken: name is an alias.
        NoKey: there is none.
    """
    if refer(ctx, name).alias:
        raise AliasNotTaken
    return find_key(ctx, name)


def find_usable_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that uses it.

    Raises:
        NoKey, NoAlias: as find_key.
        KeyDisabled, KeyPendingDeletion, KeyPendingImport: its state.
    """
    row = find_key(ctx, name)
    refuse_unusable(row)
    return row


def refuse_unusable(row: KeyRow) -> None:
    """Refuse a key that may not be used in its state."""
    refuse(row, USE)


def key_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key of a call: by its id, also where the call uses an alias."""
    return (key_name_of(ctx, arguments.get("key_id") or "*"),)


def key_name_of(ctx: Context, name: str) -> str:
    """Return the ARN that a KeyId parameter stands for.

    SECURITY: an alias of no key is every key, so that only who may use all learns there is none.
    """
    reference = refer(ctx, name)
    row = _row(ctx, reference)
    if row is not None:
        return key_arn(row.account_id, row.region, row.key_id)
    return key_arn(reference.account_id, reference.region, reference.key_id or "*")


def key_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the policy of the key of a call, if it carries one."""
    name = arguments.get("key_id")
    return policy_of(_row(ctx, refer(ctx, name))) if name else None


def policy_of(row: KeyRow | None) -> TargetPolicy | None:
    """Present a key's own policy to the policy engine."""
    if row is None or row.policy is None:
        return None
    identifier = key_arn(row.account_id, row.region, row.key_id)
    return target_policy(row.policy, row.account_id, identifier)


def _row(ctx: Context, reference: KeyReference) -> KeyRow | None:
    """Return a key as it is now; all the rules of a call cost one read."""
    key_id = reference.key_id
    if reference.alias is not None:
        alias = ctx.tx.get(AliasRow, reference.account_id, reference.region, reference.alias)
        key_id = alias.key_id if alias else None
    row = ctx.tx.get(KeyRow, key_id) if key_id else None
    if row is None or (row.account_id, row.region) != (reference.account_id, reference.region):
        return None
    return as_of(row, ctx.now)


def as_of(row: KeyRow, now: Instant) -> KeyRow | None:
    """Return a key as it is now, also where the job that makes it so has yet to come round.

    None when its waiting for deletion is over; PendingImport when its material has expired.
    """
    if row.delete_at is not None and row.delete_at <= now:
        return None
    expired = row.material_expires_at is not None and row.material_expires_at <= now
    if expired and row.state != PENDING_DELETION:
        return replace(row, state=PENDING_IMPORT)
    return row
