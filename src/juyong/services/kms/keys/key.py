"""Keys: their names in calls, their states, their own policies, and the inventory's state.

Source: KMS API reference, KeyId (documented): id, `alias/…`, key ARN, alias ARN. KMS, "Impacts of
key states on API operations" (documented); SetDeletionProtection of a key that waits for deletion,
and GetPublicKey of a key that waits for material (assumed).
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.access import TargetPolicy
from juyong.api.context import Context, Journal
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.resource import Documents, Quota, Resource, Target
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import Instant, iso_or_empty
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.engines.policy import Layer
from juyong.hsm.labels import is_kept_by_process
from juyong.services.kms import errors, shown
from juyong.services.kms.instances import IN_INSTANCE
from juyong.services.kms.keys.policy import documents_of, target_policy
from juyong.services.kms.keys.tables import AliasRow, KeyRow, KeyVersionRow, State
from juyong.services.kms.product import ONLY_CHECK, taking
from juyong.services.kms.tagging import TAGS
from juyong.store.inventory import Change
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


# --- names ---


def key_arn(account_id: AccountId, region: str, key_id: str) -> str:
    """Name a key."""
    return f"acs:kms:{region}:{account_id}:key/{key_id}"


def placed(ctx: Context, name: str, prefix: str) -> tuple[AccountId, str, str]:
    """Return the account, the region and the label that a name or an ARN means.

    A text that is no ARN means the caller's account and the region called.
    """
    if name.startswith("acs:"):
        with suppress(BadResourceName):
            parsed = parse_resource_name(name)
            return AccountId(parsed.account_id), parsed.region, parsed.relative.removeprefix(prefix)
    return ctx.account_id, ctx.region, name


def key_name_of(ctx: Context, name: str) -> str:
    """Return the ARN of the key that a KeyId parameter names, also where it names an alias.

    SECURITY: an alias without a key names every key, so that only a caller who may use all keys
    learns that there is none.
    """
    row = _row(ctx, name)
    if row is not None:
        return KEY.arn_of(row)
    account_id, region, label = placed(ctx, name, "key/")
    return key_arn(account_id, region, "*" if label.startswith(ALIAS) else label)


def _is_alias(ctx: Context, name: str) -> bool:
    return placed(ctx, name, "key/")[2].startswith(ALIAS)


# --- states ---

Refusals = Mapping[str, type[ApiError]]
"""State to the error of a group of operations in that state."""

USE: Refusals = {
    State.DISABLED: errors.KeyDisabled,
    State.PENDING_DELETION: errors.KeyPendingDeletion,
    State.PENDING_IMPORT: errors.KeyPendingImport,
}
"""Cryptography, GetPublicKey, CreateKeyVersion, UpdateRotationPolicy."""
SWITCH: Refusals = {
    State.PENDING_DELETION: errors.StateNotModified,
    State.PENDING_IMPORT: errors.StateNotModified,
}
"""EnableKey, DisableKey."""
CANCEL_DELETION: Refusals = dict.fromkeys(
    (State.ENABLED, State.DISABLED, State.PENDING_IMPORT), errors.StateNotModified
)
CHANGE: Refusals = {State.PENDING_DELETION: errors.StateNotModified}
"""ScheduleKeyDeletion, ImportKeyMaterial, CreateAlias."""
LABEL: Refusals = {State.PENDING_DELETION: errors.KeyPendingDeletion}
"""UpdateKeyDescription, UpdateAlias, SetDeletionProtection, tags."""


def refuse(row: KeyRow, refusals: Refusals) -> None:
    """Refuse a key whose state does not allow a group of operations."""
    refusal = refusals.get(row.state)
    if refusal is not None:
        raise refusal


def refuse_services(row: KeyRow) -> None:
    """Refuse a key that a cloud service made; raises RejectedOperation."""
    if row.owner_service is not None:
        raise errors.RejectedOperation


def as_of(row: KeyRow, now: Instant) -> KeyRow | None:
    """Return a key as it is now, even when the job that changes the row has not run yet.

    Returns None when its waiting for deletion is over. The state is PendingImport when imported
    material has expired.
    """
    if row.delete_at is not None and row.delete_at <= now:
        return None
    if has_expired(row, now) and row.state != State.PENDING_DELETION:
        return replace(row, state=State.PENDING_IMPORT)
    return row


def has_expired(row: KeyRow, now: Instant) -> bool:
    """Say whether imported material is to be wiped now."""
    return row.material_expires_at is not None and row.material_expires_at <= now


# --- finding ---


def find_key(ctx: Context, name: str) -> KeyRow:
    """Return the key that a KeyId parameter names, in whatever state.

    A key is found by its id only in its own account and region.

    Raises NoKey (there is none, or its waiting for deletion is over); NoAlias (name is an alias
    that does not exist).
    """
    row = _row(ctx, name)
    if row is None:
        raise errors.NoAlias if _is_alias(ctx, name) else errors.NoKey
    ctx.journal.refer(KEY.kind, row.key_id, row.account_id)
    return row


def find_managed_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that manages it; raises AliasNotTaken for an alias, NoKey."""
    if _is_alias(ctx, name):
        raise errors.AliasNotTaken
    return find_key(ctx, name)


def find_usable_key(ctx: Context, name: str) -> KeyRow:
    """Return the key for an operation that uses it; raises as find_key, and the errors of USE."""
    row = find_key(ctx, name)
    refuse(row, USE)
    return row


def _row(ctx: Context, name: str) -> KeyRow | None:
    """Return a key as it is now; all the rules of a call cost one read."""
    account_id, region, key_id = placed(ctx, name, "key/")
    if key_id.startswith(ALIAS):
        alias = ctx.tx.get(AliasRow, account_id, region, key_id)
        key_id = alias.key_id if alias else ""
    row = ctx.tx.get(KeyRow, key_id) if key_id else None
    if row is None or (row.account_id, row.region) != (account_id, region):
        return None
    return as_of(row, ctx.now)


# --- what a call on it must be allowed ---


def key_policy(ctx: Context, name: str) -> TargetPolicy | None:
    """Return the policy of the key that a KeyId parameter names, if it carries a policy."""
    return policy_of(_row(ctx, name))


def policy_of(row: KeyRow | None) -> TargetPolicy | None:
    """Present a key's own policy to the policy engine."""
    if row is None or row.policy is None:
        return None
    return target_policy(row.policy, row.account_id, KEY.arn_of(row))


# --- what callers and the inventory see of it ---


class KeyMetadata(Shape, frozen=True, kw_only=True):
    """A key as CreateKey returns it."""

    key_id: str
    arn: str
    key_state: Annotated[str, Of("state")]
    key_spec: Annotated[str, Of("spec")]
    key_usage: Annotated[str, Of("usage")]
    origin: str
    protection_level: Annotated[str, Of("protection")]
    description: str
    creator: Annotated[str, Of("made_by")]
    creation_date: CreateDate
    delete_date: Annotated[str, Of("delete_at", iso_or_empty)]
    material_expire_time: Annotated[str, Of("expires_at", iso_or_empty)]
    last_rotation_date: shown.LastRotation = msgspec.UNSET
    primary_key_version: Annotated[shown.Optional, Of("primary_version", shown.if_set())] = (
        msgspec.UNSET
    )
    automatic_rotation: str
    rotation_interval: shown.RotationInterval = msgspec.UNSET
    next_rotation_date: shown.NextRotation = msgspec.UNSET
    dkms_instance_id: shown.OwnInstance = msgspec.UNSET


class DescribedKey(KeyMetadata, frozen=True, kw_only=True):
    """A key as DescribeKey returns it."""

    deletion_protection: Annotated[
        str, Of("deletion_protected", {True: "Enabled", False: "Disabled"}.get)
    ]
    deletion_protection_description: Annotated[
        shown.Optional, Of("protection_note", shown.if_set())
    ] = msgspec.UNSET


class KeyState(DescribedKey, frozen=True, kw_only=True):
    """A key as the inventory keeps it.

    hsm_keeper: Says that the development fallback keeps a version of the key. policy: Its own, as
    it was set. No answer shows the two.
    """

    hsm_keeper: shown.Optional = msgspec.UNSET
    policy: shown.IfSet = msgspec.UNSET


def key_state(tx: Transaction, row: KeyRow) -> KeyState:
    """Return a key as the inventory keeps it."""
    return KeyState.of(row, arn=KEY.arn_of(row), hsm_keeper=_keeper(tx, row))


def _keeper(tx: Transaction, row: KeyRow) -> shown.Optional:
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


KEY = Resource(
    kind="ACS::KMS::Key",
    row=KeyRow,
    id="key_id",
    name="key_id",
    arn="kms:key/",
    resolve=key_name_of,
    regional=True,
    find=find_managed_key,
    missing=(errors.NoKey, errors.AliasNotTaken),
    quota=Quota("kms.keys", errors.LimitExceeded),
    state=key_state,
    policy=key_policy,
    documents=Documents(Layer.RESOURCE, documents_of),
    tags=TAGS,
    links=(IN_INSTANCE,),
)
MANAGED_KEY = KEY.by(key_id=KeyName)
ANY_KEY = KEY.found(find_key, (errors.NoKey, errors.NoAlias)).by(key_id=AnyKeyName)


def key_to_use(find: Callable[[Context, str], KeyRow], *states: type[ApiError]) -> Target[KeyRow]:
    """Name a key that a call uses, or by DryRun only checks; states: the errors for its state."""
    found = KEY.found(find, (errors.NoKey, errors.NoAlias, *states))
    return taking(found.by(key_id=AnyKeyName), **ONLY_CHECK)


def keys_fit(check: Callable[[KeyRow], None], *refusals: type[ApiError]) -> Resource[KeyRow]:
    """Return the keys to manage that are fit; check: Raises one of the refusals for the others."""

    def find(ctx: Context, name: str) -> KeyRow:
        row = find_managed_key(ctx, name)
        check(row)
        return row

    return KEY.found(find, (errors.NoKey, errors.AliasNotTaken, *refusals))


def keys_in(refusals: Refusals) -> Resource[KeyRow]:
    """Return the keys to manage on which a group of operations may be called in their state now."""
    return keys_fit(partial(refuse, refusals=refusals), *dict.fromkeys(refusals.values()))


def key_in(refusals: Refusals) -> Target[KeyRow]:
    """Name such a key."""
    return keys_in(refusals).by(key_id=KeyName)


USABLE_KEY = key_to_use(find_usable_key, *errors.USABLE)
