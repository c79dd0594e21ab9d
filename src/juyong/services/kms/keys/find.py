"""Find keys, and name them for authorisation, by whatever a KeyId parameter says."""

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.services.kms.errors import (
    AliasNotTaken,
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    NoAlias,
    NoKey,
)
from juyong.services.kms.keys.names import KeyReference, key_arn, refer
from juyong.services.kms.keys.tables import AliasRow, KeyRow

RESOURCE = "ACS::KMS::Key"
"""The type of a key in events and snapshots."""
ENABLED = "Enabled"
DISABLED = "Disabled"
PENDING_DELETION = "PendingDeletion"
PENDING_IMPORT = "PendingImport"


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
    ctx.journal.refer(RESOURCE, row.key_id)
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
    match row.state:
        case "Disabled":
            raise KeyDisabled
        case "PendingDeletion":
            raise KeyPendingDeletion
        case "PendingImport":
            raise KeyPendingImport


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
    return TargetPolicy(document=row.policy, identifier=identifier)


def _row(ctx: Context, reference: KeyReference) -> KeyRow | None:
    key_id = reference.key_id
    if reference.alias is not None:
        alias = ctx.tx.get(AliasRow, reference.account_id, reference.region, reference.alias)
        key_id = alias.key_id if alias else None
    row = ctx.tx.get(KeyRow, key_id) if key_id else None
    if row is None or (row.account_id, row.region) != (reference.account_id, reference.region):
        return None
    if row.delete_at is not None and row.delete_at <= ctx.now:
        return None
    return row
