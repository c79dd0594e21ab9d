"""Keys: their names in calls, their states, their own policies, and the inventory's state.

Source: KMS API reference, KeyId (documented): id, `alias/…`, key ARN, alias ARN. KMS, "Impacts of
key states on API operations" (documented); SetDeletionProtection of a key that waits for deletion,
and GetPublicKey of a key that waits for material (assumed).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from juyong.api.access import TargetPolicy
from juyong.api.context import Context, Journal
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.resource import Links, Quota, Resource, Target
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso, iso_or_empty
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.hsm.labels import is_kept_by_process
from juyong.services.kms.errors import (
    USABLE,
    AliasNotTaken,
    KeyDisabled,
    KeyPendingDeletion,
    KeyPendingImport,
    LimitExceeded,
    NoAlias,
    NoKey,
    RejectedOperation,
    StateNotModified,
)
from juyong.services.kms.instances import instance_ref
from juyong.services.kms.intervals import interval_text
from juyong.services.kms.keys.policy import target_policy
from juyong.services.kms.keys.tables import AliasRow, KeyRow, KeyVersionRow
from juyong.services.kms.product import ONLY_CHECK
from juyong.services.kms.tagging import TAGS
from juyong.store.inventory import Change, Ref
from juyong.store.transaction import Transaction

_CHARS = r"A-Za-z0-9_/\-:."
KeyName = Annotated[str, Text(1, 256, chars=_CHARS), Doc("Its id or ARN.")]
AnyKeyName = Annotated[
    str, Text(1, 256, chars=_CHARS), Doc("The key: its id, an alias of it, or the ARN of either.")
]
ALIAS = "alias/"
OWN, EXTERNAL = "Aliyun_KMS", "EXTERNAL"
HSM_INTERNAL, HSM_DATABASE = "HsmInternal", "HsmEncryptedDatabase"
MARK, PROCESS = "hsmKeeper", "development process"
"""The mark in the additional data of events, where the development fallback keeps a key."""


class KeyReference(NamedTuple):
    """The key of a call: `key_id`, or `alias` (with its prefix), with account and region."""

    account_id: AccountId
    region: str
    key_id: str | None = None
    alias: str | None = None


# --- names ---


def key_arn(account_id: AccountId, region: str, key_id: str) -> str:
    """Name a key."""
    return f"acs:kms:{region}:{account_id}:key/{key_id}"


def refer(ctx: Context, name: str) -> KeyReference:
    """Read a KeyId parameter."""
    account_id, region, relative = placed(ctx, name, "key/")
    if relative.startswith(ALIAS):
        return KeyReference(account_id, region, alias=relative)
    return KeyReference(account_id, region, key_id=relative)


def placed(ctx: Context, name: str, prefix: str) -> tuple[AccountId, str, str]:
    """Return the account, the region and the label that a name or an ARN means.

    A text that is no ARN means the caller's account and the region called.
    """
    if name.startswith("acs:"):
        try:
            parsed = parse_resource_name(name)
        except BadResourceName:
            return ctx.account_id, ctx.region, name
        relative = parsed.relative.removeprefix(prefix)
        return AccountId(parsed.account_id), parsed.region, relative
    return ctx.account_id, ctx.region, name


def key_name_of(ctx: Context, name: str) -> str:
    """Return the ARN of the key that a KeyId parameter names, also where it names an alias.

    SECURITY: an alias without a key names every key, so that only a caller who may use all keys
    learns that there is none.
    """
    reference = refer(ctx, name)
    row = _row(ctx, reference)
    if row is not None:
        return KEY.arn_of(row)
    return key_arn(reference.account_id, reference.region, reference.key_id or "*")


# --- states ---

ENABLED, DISABLED = "Enabled", "Disabled"
PENDING_DELETION, PENDING_IMPORT = "PendingDeletion", "PendingImport"

Refusals = Mapping[str, type[ApiError]]
"""State to the error of a group of operations in that state."""

USE: Refusals = {
    DISABLED: KeyDisabled,
    PENDING_DELETION: KeyPendingDeletion,
    PENDING_IMPORT: KeyPendingImport,
}
"""Cryptography, GetPublicKey, CreateKeyVersion, UpdateRotationPolicy."""
SWITCH: Refusals = {PENDING_DELETION: StateNotModified, PENDING_IMPORT: StateNotModified}
"""EnableKey, DisableKey."""
CANCEL_DELETION: Refusals = dict.fromkeys((ENABLED, DISABLED, PENDING_IMPORT), StateNotModified)
CHANGE: Refusals = {PENDING_DELETION: StateNotModified}
"""ScheduleKeyDeletion, ImportKeyMaterial, CreateAlias."""
LABEL: Refusals = {PENDING_DELETION: KeyPendingDeletion}
"""UpdateKeyDescription, UpdateAlias, SetDeletionProtection, tags."""


def refuse(row: KeyRow, refusals: Refusals) -> None:
    """Refuse a key whose state does not allow a group of operations."""
    refusal = refusals.get(row.state)
    if refusal is not None:
        raise refusal


def refuse_services(row: KeyRow) -> None:
    """Refuse a key that a cloud service made; raises RejectedOperation."""
    if row.owner_service is not None:
        raise RejectedOperation


def as_of(row: KeyRow, now: Instant) -> KeyRow | None:
    """Return a key as it is now, even when the job that changes the row has not run yet.

    Returns None when its waiting for deletion is over. The state is PendingImport when imported
    material has expired.
    """
    if row.delete_at is not None and row.delete_at <= now:
        return None
    expired = row.material_expires_at is not None and row.material_expires_at <= now
    if expired and row.state != PENDING_DELETION:
        return replace(row, state=PENDING_IMPORT)
    return row


# --- finding ---


def find_key(ctx: Context, name: str) -> KeyRow:
    """Return the key that a KeyId parameter names, in whatever state.

    A key is found by its id only in its own account and region.

    Raises NoKey (there is none, or its waiting for deletion is over); NoAlias (name is an alias
    that does not exist).
    """
    reference = refer(ctx, name)
    row = _row(ctx, reference)
    if row is None:
        raise NoAlias if reference.alias else NoKey
    ctx.journal.refer(KEY.kind, row.key_id, row.account_id)
    return row


def find_managed_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that manages it; raises AliasNotTaken for an alias, NoKey."""
    if refer(ctx, name).alias:
        raise AliasNotTaken
    return find_key(ctx, name)


def find_usable_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that uses it; raises as find_key, and the errors of USE."""
    row = find_key(ctx, name)
    refuse(row, USE)
    return row


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


# --- what a call on it must be allowed ---


def key_policy(ctx: Context, name: str) -> TargetPolicy | None:
    """Return the policy of the key that a KeyId parameter names, if it carries a policy."""
    return policy_of(_row(ctx, refer(ctx, name)))


def policy_of(row: KeyRow | None) -> TargetPolicy | None:
    """Present a key's own policy to the policy engine."""
    if row is None or row.policy is None:
        return None
    return target_policy(row.policy, row.account_id, KEY.arn_of(row))


# --- what callers and the inventory see of it ---

Optional = str | msgspec.UnsetType


class KeyMetadata(Shape, frozen=True, kw_only=True):
    """A key as CreateKey returns it."""

    key_id: str
    arn: str
    key_state: str
    key_spec: str
    key_usage: str
    origin: str
    protection_level: str
    description: str
    creator: str
    creation_date: str
    delete_date: str
    material_expire_time: str
    last_rotation_date: Optional = msgspec.UNSET
    primary_key_version: Optional = msgspec.UNSET
    automatic_rotation: str
    rotation_interval: Optional = msgspec.UNSET
    next_rotation_date: Optional = msgspec.UNSET
    dkms_instance_id: Optional = msgspec.field(name="DKMSInstanceId", default=msgspec.UNSET)


class DescribedKey(KeyMetadata, frozen=True, kw_only=True):
    """A key as DescribeKey returns it."""

    deletion_protection: str
    deletion_protection_description: Optional = msgspec.UNSET


class KeyState(DescribedKey, frozen=True, kw_only=True):
    """A key as the inventory keeps it.

    hsm_keeper: Says that the development fallback keeps a version of the key; no answer shows it.
    """

    hsm_keeper: Optional = msgspec.UNSET


def metadata_of(row: KeyRow) -> KeyMetadata:
    """Show a key without its deletion protection, as CreateKey does."""
    rotates = row.rotation_seconds is not None and row.next_rotation_at is not None
    expires = None if row.state == PENDING_IMPORT else row.material_expires_at
    return KeyMetadata(
        key_id=row.key_id,
        arn=KEY.arn_of(row),
        key_state=row.state,
        key_spec=row.spec,
        key_usage=row.usage,
        origin=row.origin,
        protection_level=row.protection,
        description=row.description,
        creator=row.owner_service or row.creator,
        creation_date=iso(row.created_at),
        delete_date=iso_or_empty(row.delete_at),
        material_expire_time=iso_or_empty(expires),
        last_rotation_date=iso(row.last_rotation_at) if row.last_rotation_at else msgspec.UNSET,
        primary_key_version=row.primary_version or msgspec.UNSET,
        automatic_rotation=_automatic_rotation(row),
        rotation_interval=interval_text(row.rotation_seconds or 0) if rotates else msgspec.UNSET,
        next_rotation_date=iso_or_empty(row.next_rotation_at) if rotates else msgspec.UNSET,
        dkms_instance_id=row.instance_id or msgspec.UNSET,
    )


def described(row: KeyRow) -> DescribedKey:
    """Show a key with its deletion protection."""
    return DescribedKey(
        **msgspec.structs.asdict(metadata_of(row)),
        deletion_protection="Enabled" if row.deletion_protected else "Disabled",
        deletion_protection_description=row.protection_note or msgspec.UNSET,
    )


def _automatic_rotation(row: KeyRow) -> str:
    """Return Enabled, Disabled, or Suspended while a policy waits for the key to be usable."""
    if row.rotation_seconds is None:
        return "Disabled"
    return "Suspended" if row.state in (DISABLED, PENDING_DELETION) else "Enabled"


def key_state(tx: Transaction, row: KeyRow) -> KeyState:
    """Return a key as the inventory keeps it."""
    return KeyState(**msgspec.structs.asdict(described(row)), hsm_keeper=_keeper(tx, row))


def _keeper(tx: Transaction, row: KeyRow) -> Optional:
    kept = row.protection == "HSM" and any(
        is_kept_by_process(version.token_label or "")
        for version in tx.find(KeyVersionRow, key_id=row.key_id)
    )
    return PROCESS if kept else msgspec.UNSET


def mark_use(journal: Journal, version: KeyVersionRow) -> None:
    """Mark the event of a call that uses a version which the development fallback keeps."""
    if version.token_label is not None and is_kept_by_process(version.token_label):
        journal.extra[MARK] = PROCESS


def note_key(tx: Transaction, journal: Journal, change: Change, row: KeyRow) -> None:
    """Note a change of a key, and mark the event where the development fallback keeps the key."""
    KEY.note(tx, journal, change, row)
    if _keeper(tx, row) is not msgspec.UNSET:
        journal.extra[MARK] = PROCESS


def change_key(ctx: Context, row: KeyRow, **changes: object) -> KeyRow:
    """Store changes to a key."""
    row = ctx.tx.update(row, **changes)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return row


def _instance(_tx: Transaction, row: KeyRow) -> Iterable[Ref]:
    if row.instance_id is not None:
        yield instance_ref(row.account_id, row.instance_id)


KEY = Resource(
    kind="ACS::KMS::Key",
    row=KeyRow,
    id="key_id",
    name="key_id",
    arn="kms:key/",
    resolve=key_name_of,
    regional=True,
    find=find_managed_key,
    missing=(NoKey, AliasNotTaken),
    quota=Quota("kms.keys", LimitExceeded),
    state=key_state,
    policy=key_policy,
    tags=TAGS,
    links=(Links("in", _instance),),
)
MANAGED_KEY = KEY.by(key_id=KeyName)
ANY_KEY = KEY.found(find_key, (NoKey, NoAlias)).by(key_id=AnyKeyName)


def key_to_use(find: Callable[[Context, str], KeyRow], *errors: type[ApiError]) -> Target[KeyRow]:
    """Name a key that a call uses, or by DryRun only checks; errors: of `find`, for its state."""
    target = KEY.found(find, (NoKey, NoAlias, *errors)).by(key_id=AnyKeyName)
    return replace(target, parameters={**target.parameters, **ONLY_CHECK})


USABLE_KEY = key_to_use(find_usable_key, *USABLE)
