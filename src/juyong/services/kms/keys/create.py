"""CreateKey."""

from dataclasses import dataclass
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.base.clock import Instant
from juyong.base.ids import new_short_id, new_uuid
from juyong.engines.crypto.specs import SPECS, Family, KeySpec, Usage, spec_of
from juyong.services.kms.errors import (
    InvalidParameter,
    KeyUnavailable,
    LimitExceeded,
    MissingParameter,
    NoInstance,
    UnsupportedOperation,
    UnsupportedProtection,
)
from juyong.services.kms.instances import HARDWARE, Instance, find_instance
from juyong.services.kms.intervals import DAY, parse_interval
from juyong.services.kms.keys.hardware import answering, module_of
from juyong.services.kms.keys.material import HSM, SOFTWARE, new_version
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.policy import check_policy
from juyong.services.kms.keys.shapes import NewKeyAnswer, metadata_of
from juyong.services.kms.keys.states import ENABLED, PENDING_IMPORT
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY
from juyong.services.kms.tagging import (
    BAD_TAGS,
    KEY,
    Tagged,
    parse_tags,
    request_tags,
    set_tags,
)

OWN = "Aliyun_KMS"
EXTERNAL = "EXTERNAL"
HSM_INTERNAL = "HsmInternal"
HSM_DATABASE = "HsmEncryptedDatabase"
MOST_KEYS = 200
LEAST_ROTATION, MOST_ROTATION = 7 * DAY, 730 * DAY

Description = Annotated[str, Text(0, 8192)]
Interval = Annotated[str, Text(1, 16)]


class PolicyNotTaken(ApiError):
    """Only keys and secrets of an instance carry a policy."""

    code, status = "Forbidden.KeyPolicyUnSupported", 400
    text = "The key or secret does not support a policy."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A key as asked for, judged by the rules of specs, origins, instances and protection."""

    spec: KeySpec
    usage: Usage
    origin: str
    protection: str
    instance_id: str | None
    storage: str | None


@operation(
    KMS,
    "CreateKey",
    resource=acs("kms", "key", regional=True),
    conditions=request_tags,
    raises=(
        *BAD_TAGS,
        MissingParameter,
        UnsupportedOperation,
        UnsupportedProtection,
        NoInstance,
        PolicyNotTaken,
        KeyUnavailable,
    ),
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
    dkms_instance_id: Annotated[str, Text(1, 64), Wire("DKMSInstanceId")] | None = None,
    key_storage_mechanism: Annotated[str, OneOf((HSM_INTERNAL, HSM_DATABASE))] | None = None,
    tags: Annotated[str, Text(2, 8192)] | None = None,
    policy: Annotated[str, Text(1, 32_768)] | None = None,
) -> NewKeyAnswer:
    """Make a key.

    Args:
        description: What it is for.
        key_spec: Its kind and size; besides the published ones RSA_4096 and `HMAC_…`.
        key_usage: Fixed for ever. Without it: ECDSA pairs sign, HMAC keys authenticate, all others
            encrypt.
        origin: `EXTERNAL` keys get their material by ImportKeyMaterial; symmetric specs only.
        protection_level: `HSM` keeps the material in the platform's hardware module. In an
            instance the level follows the instance instead.
        enable_automatic_rotation: New material every rotation_interval; symmetric specs only.
        rotation_interval: 7 to 730 days, as `365d`, `8760h` or `31536000s`.
        dkms_instance_id: The instance it belongs to; without it, it is a default key.
        key_storage_mechanism: Hardware instances only: in the module, without rotation, or in the
            database, used in memory and therefore of level SOFTWARE.
        tags: JSON, at most 20.
        policy: Its key policy; instance keys only, which otherwise get the default one.

    Returns:
        The key.

    Source: KMS API reference, CreateKey (documented). Assumed: the default usages of RSA and SM2,
        specs that real software keys do not have, and the names of the HMAC specs and their usage.
    """
    asked = _judge(
        ctx,
        spec=spec_of(key_spec),
        usage=key_usage,
        origin=origin,
        level=protection_level,
        instance_id=dkms_instance_id,
        storage=key_storage_mechanism,
    )
    rotation = _rotation(asked, rotation_interval) if enable_automatic_rotation else None
    if policy is not None:
        if asked.instance_id is None:
            raise PolicyNotTaken
        check_policy(policy)
    wanted = parse_tags(tags) if tags else {}
    held = ctx.tx.count(KeyRow, account_id=ctx.account_id, region=ctx.region)
    if held >= ctx.quota("kms.keys", MOST_KEYS):
        raise LimitExceeded
    row = _made(ctx, asked, description, rotation, policy)
    set_tags(ctx, tagged(row), wanted)
    note_key(ctx.tx, ctx.journal, "created", row)
    return NewKeyAnswer(key_metadata=metadata_of(row))


def tagged(row: KeyRow) -> Tagged:
    """Return a key as something that bears tags."""
    return Tagged(
        account_id=row.account_id, region=row.region, resource_type=KEY, resource_id=row.key_id
    )


def rotation_seconds(interval: str | None) -> int:
    """Return a rotation interval in seconds.

    Raises:
        MissingParameter: there is none.
        InvalidParameter: it is no interval, or outside 7 to 730 days.
    """
    if interval is None:
        raise MissingParameter(name="RotationInterval")
    seconds = parse_interval(interval)
    if seconds is None or not LEAST_ROTATION <= seconds <= MOST_ROTATION:
        raise InvalidParameter(name="RotationInterval")
    return seconds


def _judge(
    ctx: Context,
    *,
    spec: KeySpec,
    usage: str | None,
    origin: str,
    level: str | None,
    instance_id: str | None,
    storage: str | None,
) -> _Asked:
    chosen = Usage(usage) if usage else spec.default_usage
    if chosen not in spec.usages or (origin == EXTERNAL and not spec.imports):
        raise UnsupportedOperation
    instance = find_instance(ctx, instance_id) if instance_id else None
    storage = _storage(instance, storage)
    if instance is None:
        protection = level or SOFTWARE
    else:
        protection = HSM if storage == HSM_INTERNAL else SOFTWARE
    if protection == HSM:
        _refuse_unoffered(ctx, spec)
    return _Asked(
        spec=spec,
        usage=chosen,
        origin=origin,
        protection=protection,
        instance_id=instance.instance_id if instance else None,
        storage=storage,
    )


def _storage(instance: Instance | None, storage: str | None) -> str | None:
    if instance is not None and instance.kind == HARDWARE:
        return storage or HSM_INTERNAL
    if storage is not None:
        raise InvalidParameter(name="KeyStorageMechanism")
    return None


def _refuse_unoffered(ctx: Context, spec: KeySpec) -> None:
    def offers() -> bool:
        with answering():
            return module_of(ctx.platform).offers(spec.name)

    if not ctx.outside(("hsm-offers", spec.name), offers):
        raise UnsupportedProtection(reason="the module does not offer this key spec")


def _rotation(asked: _Asked, interval: str | None) -> int:
    seconds = rotation_seconds(interval)
    if not asked.spec.rotates or asked.origin == EXTERNAL or asked.storage == HSM_INTERNAL:
        raise UnsupportedOperation
    return seconds


def _made(
    ctx: Context, asked: _Asked, description: str, rotation: int | None, policy: str | None
) -> KeyRow:
    has_primary = asked.spec.family in (Family.SYMMETRIC, Family.MAC)
    row = KeyRow(
        key_id=_new_key_id(ctx.region) if asked.instance_id else new_uuid(),
        account_id=ctx.account_id,
        region=ctx.region,
        spec=asked.spec.name,
        usage=asked.usage.value,
        origin=asked.origin,
        protection=asked.protection,
        state=PENDING_IMPORT if asked.origin == EXTERNAL else ENABLED,
        description=description,
        creator=ctx.account_id,
        created_at=ctx.now,
        last_rotation_at=ctx.now,
        rotation_seconds=rotation,
        next_rotation_at=Instant(ctx.now + rotation) if rotation else None,
        instance_id=asked.instance_id,
        storage=asked.storage,
        policy=policy,
    )
    ctx.tx.insert(row)
    if asked.origin == EXTERNAL:
        return row
    version = new_version(ctx, row, 1)
    return ctx.tx.update(row, primary_version=version.version_id) if has_primary else row


def _new_key_id(region: str) -> str:
    """Draw the id of an instance key, which begins with three letters of its region."""
    place = "".join(c for c in region.partition("-")[2] if c.isalpha())
    return f"key-{_CODES.get(region, place[:3].ljust(3, 'x'))}{new_short_id(20)}"


_CODES = {"cn-hangzhou": "hzz"}
