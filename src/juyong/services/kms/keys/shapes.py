"""What callers see of keys, versions and aliases."""

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.kms.intervals import interval_text
from juyong.services.kms.keys.names import alias_arn, key_arn
from juyong.services.kms.keys.states import DISABLED, PENDING_DELETION, PENDING_IMPORT
from juyong.services.kms.keys.tables import AliasRow, KeyRow, KeyVersionRow

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
    """A key as DescribeKey returns it, and as snapshots keep it."""

    deletion_protection: str
    deletion_protection_description: Optional = msgspec.UNSET


class NewKeyAnswer(Shape, frozen=True, kw_only=True):
    """The key made."""

    key_metadata: KeyMetadata


class KeyAnswer(Shape, frozen=True, kw_only=True):
    """One key."""

    key_metadata: DescribedKey


class ListedKey(Shape, frozen=True, kw_only=True):
    """A key in a list."""

    key_id: str
    key_arn: str


class KeyVersion(Shape, frozen=True, kw_only=True):
    """A version of a key."""

    key_id: str
    key_version_id: str
    creation_date: str


class KeyVersionAnswer(Shape, frozen=True, kw_only=True):
    """One version."""

    key_version: KeyVersion


class Alias(Shape, frozen=True, kw_only=True):
    """A name of a key."""

    alias_name: str
    alias_arn: str
    key_id: str


def automatic_rotation(row: KeyRow) -> str:
    """Return Enabled, Disabled, or Suspended while a policy waits for the key to be usable."""
    if row.rotation_seconds is None:
        return "Disabled"
    return "Suspended" if row.state in (DISABLED, PENDING_DELETION) else "Enabled"


def metadata_of(row: KeyRow) -> KeyMetadata:
    """Show a key without its deletion protection, as CreateKey does."""
    rotates = row.rotation_seconds is not None and row.next_rotation_at is not None
    expires = None if row.state == PENDING_IMPORT else row.material_expires_at
    return KeyMetadata(
        key_id=row.key_id,
        arn=key_arn(row.account_id, row.region, row.key_id),
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
        automatic_rotation=automatic_rotation(row),
        rotation_interval=interval_text(row.rotation_seconds or 0) if rotates else msgspec.UNSET,
        next_rotation_date=iso(row.next_rotation_at or row.created_at)
        if rotates
        else msgspec.UNSET,
        dkms_instance_id=row.instance_id or msgspec.UNSET,
    )


def described(row: KeyRow) -> DescribedKey:
    """Show a key with its deletion protection."""
    return DescribedKey(
        **msgspec.structs.asdict(metadata_of(row)),
        deletion_protection="Enabled" if row.deletion_protected else "Disabled",
        deletion_protection_description=row.protection_note or msgspec.UNSET,
    )


def version_shape(version: KeyVersionRow) -> KeyVersion:
    """Show a version."""
    return KeyVersion(
        key_id=version.key_id,
        key_version_id=version.version_id,
        creation_date=iso(version.created_at),
    )


def alias_shape(row: AliasRow) -> Alias:
    """Show an alias."""
    return Alias(
        alias_name=row.alias_name,
        alias_arn=alias_arn(row.account_id, row.region, row.alias_name),
        key_id=row.key_id,
    )
