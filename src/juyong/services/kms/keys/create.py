"""CreateKey."""

from collections.abc import Mapping
from typing import Annotated

from msgspec.structs import replace

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.base.clock import Instant
from juyong.base.ids import new_short_id, new_uuid
from juyong.engines.crypto.specs import SPECS, Family, Usage, spec_of
from juyong.services.kms.errors import (
    InvalidParameter,
    KeyUnavailable,
    MissingParameter,
    NoInstance,
    UnsupportedOperation,
    UnsupportedProtection,
)
from juyong.services.kms.instances import HARDWARE, DkmsInstanceId, Instance, find_instance
from juyong.services.kms.intervals import seconds_between
from juyong.services.kms.keys.hardware import offers
from juyong.services.kms.keys.key import (
    EXTERNAL,
    HSM_DATABASE,
    HSM_INTERNAL,
    KEY,
    OWN,
    KeyMetadata,
    note_key,
)
from juyong.services.kms.keys.material import HSM, SOFTWARE, new_version
from juyong.services.kms.keys.policy import PolicyNotTaken, PolicyText, checked_policy
from juyong.services.kms.keys.tables import ENABLED, PENDING_IMPORT, KeyRow
from juyong.services.kms.keys.versions import ROTATION, Interval
from juyong.services.kms.product import CREATE_KEY, KMS, Description
from juyong.services.kms.tagging import TagsText, parse_tags


@operation(
    KMS,
    "CreateKey",
    on=KEY.new,
    resource=acs("kms", "key", regional=True),
    raises=(
        *(InvalidParameter, MissingParameter, UnsupportedOperation, UnsupportedProtection),
        *(NoInstance, PolicyNotTaken, KeyUnavailable),
    ),
    answers="KeyMetadata",
    rate=CREATE_KEY,
)
def create_key(
    ctx: Context,
    *,
    description: Description = "",
    key_spec: Annotated[str, OneOf(tuple(SPECS))] = "Aliyun_AES_256",
    key_usage: Annotated[str, OneOf(tuple(usage.value for usage in Usage))] | None = None,
    origin: Annotated[str, OneOf((OWN, EXTERNAL))] = OWN,
    protection_level: Annotated[str, OneOf((SOFTWARE, HSM))] | None = None,
    enable_automatic_rotation: bool = False,
    rotation_interval: Interval | None = None,
    dkms_instance_id: DkmsInstanceId | None = None,
    key_storage_mechanism: Annotated[str, OneOf((HSM_INTERNAL, HSM_DATABASE))] | None = None,
    tags: TagsText | None = None,
    policy: PolicyText | None = None,
) -> KeyMetadata:
    """Make a key.

    Args:
        key_spec: Its kind and size: the published ones, and RSA_4096 and `HMAC_…`.
        key_usage: Fixed for ever. Without it: ECDSA pairs sign, HMAC keys authenticate, all others
            encrypt.
        origin: `EXTERNAL` keys get their material by ImportKeyMaterial; symmetric specs only.
        protection_level: `HSM` keeps the material in the platform's hardware module. In an
            instance the level follows the instance instead.
        enable_automatic_rotation: New material every rotation_interval; symmetric specs only.
        dkms_instance_id: The instance it belongs to; without it, it is a default key.
        key_storage_mechanism: Hardware instances only: in the module, without rotation, or in the
            database, used in memory and therefore of level SOFTWARE.
        policy: Its key policy; instance keys only, which otherwise get the default one.

    Source: KMS API reference, CreateKey (documented). Assumed: the default usages of RSA and SM2,
        specs that real software keys do not have, and the names of the HMAC specs and their usage.
    """
    spec = spec_of(key_spec)
    usage = Usage(key_usage) if key_usage else spec.default_usage
    if usage not in spec.usages or (origin == EXTERNAL and not spec.imports):
        raise UnsupportedOperation
    instance = find_instance(ctx, dkms_instance_id) if dkms_instance_id else None
    storage = _storage(instance, key_storage_mechanism)
    if instance is not None:
        protection_level = HSM if storage == HSM_INTERNAL else SOFTWARE
    if protection_level == HSM and not offers(ctx, spec.name):
        raise UnsupportedProtection(reason="the module does not offer this key spec")
    row = KeyRow(
        key_id=_new_key_id(ctx.region) if instance else new_uuid(),
        account_id=ctx.account_id,
        region=ctx.region,
        spec=spec.name,
        usage=usage.value,
        origin=origin,
        protection=protection_level or SOFTWARE,
        state=PENDING_IMPORT if origin == EXTERNAL else ENABLED,
        description=description,
        creator=ctx.account_id,
        created_at=ctx.now,
        last_rotation_at=ctx.now,
        instance_id=dkms_instance_id,
        storage=storage,
        policy=policy,
    )
    if enable_automatic_rotation:
        seconds = _rotation(row, rotation_interval)
        next_at = Instant(ctx.now + seconds)
        row = replace(row, rotation_seconds=seconds, next_rotation_at=next_at)
    checked_policy(policy, dkms_instance_id)
    row = add_key(ctx, row, parse_tags(tags))
    return KeyMetadata.of(row, arn=KEY.arn_of(row))


def add_key(
    ctx: Context, row: KeyRow, tags: Mapping[str, str], resource: Resource[KeyRow] = KEY
) -> KeyRow:
    """Store a new key, with its first version unless its material is imported.

    Raises LimitExceeded (the account holds its quota of keys in the region, of versions, or of
    tags); BadTagKey (two tags differ in case alone); UnsupportedProtection, KeyUnavailable,
    UnsupportedOperation (as material.new_version).
    """
    row = resource.add(ctx, row, tags=tags)
    if row.origin != EXTERNAL:
        version = new_version(ctx, row, 1)
        if spec_of(row.spec).family in (Family.SYMMETRIC, Family.MAC):
            row = ctx.tx.update(row, primary_version=version.version_id)
    note_key(ctx.tx, ctx.journal, "created", row)
    return row


def _storage(instance: Instance | None, storage: str | None) -> str | None:
    if instance is not None and instance.kind == HARDWARE:
        return storage or HSM_INTERNAL
    if storage is not None:
        raise InvalidParameter(name="KeyStorageMechanism")
    return None


def _rotation(row: KeyRow, interval: str | None) -> int:
    seconds = seconds_between(interval, *ROTATION)
    if not spec_of(row.spec).rotates or row.origin == EXTERNAL or row.storage == HSM_INTERNAL:
        raise UnsupportedOperation
    return seconds


def _new_key_id(region: str) -> str:
    """Draw the id of an instance key, which begins with three letters of its region."""
    place = "".join(c for c in region.partition("-")[2] if c.isalpha())
    return f"key-{_CODES.get(region, place[:3].ljust(3, 'x'))}{new_short_id(20)}"


_CODES = {"cn-hangzhou": "hzz"}
