"""Operations on keys: make, show, list, describe, switch on and off, own policy."""

from collections.abc import Callable, Mapping
from typing import Annotated

from msgspec.structs import replace

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.base.ids import new_short_id, new_uuid
from juyong.engines.crypto.specs import SPECS, Family, Usage, spec_of
from juyong.services.kms import errors
from juyong.services.kms.filters import Filters, FilterText, fits_tags, parse_filters
from juyong.services.kms.instances import HARDWARE, DkmsInstanceId, find_instance, kind_of_instances
from juyong.services.kms.intervals import seconds_between
from juyong.services.kms.keys import key as keys
from juyong.services.kms.keys.hardware import offers
from juyong.services.kms.keys.material import HSM, MAKING, SOFTWARE, new_version
from juyong.services.kms.keys.policy import (
    PolicyName,
    PolicyNotTaken,
    PolicyText,
    checked_policy,
    default_policy,
)
from juyong.services.kms.keys.tables import AliasRow, KeyRow, State
from juyong.services.kms.keys.versions import ROTATION, Interval, rotates
from juyong.services.kms.product import (
    CREATE_KEY,
    KEY_WRITES,
    KMS,
    LISTS,
    READS,
    Description,
    NewDescription,
    taking,
)
from juyong.services.kms.tagging import TagsText, parse_tags

_ALIAS, _TAG_KEY, _TAG_VALUE = "AliasName", "TagKey", "TagValue"
_COLUMNS: Mapping[str, Callable[[KeyRow], str | None]] = {
    "KeyState": lambda row: row.state,
    "KeySpec": lambda row: row.spec,
    "KeyUsage": lambda row: row.usage,
    "ProtectionLevel": lambda row: row.protection,
    "CreatorType": lambda row: "Service" if row.owner_service else "User",
    "Creator": lambda row: row.made_by,
    "DKMSInstanceId": lambda row: row.instance_id,
    "keyId": lambda row: row.key_id,
    "KeyId": lambda row: row.key_id,
}
_KNOWN = frozenset({*_COLUMNS, _ALIAS, _TAG_KEY, _TAG_VALUE})
_CODES = {"cn-hangzhou": "hzz"}
Storage = Annotated[str, OneOf((keys.HSM_INTERNAL, keys.HSM_DATABASE))]
_POLICY_OF_KEY = taking(keys.MANAGED_KEY, policy_name=PolicyName | None)


class ListedKey(Shape, frozen=True, kw_only=True):
    """A key in a list."""

    key_id: str
    key_arn: str


@operation(
    KMS,
    "CreateKey",
    on=keys.KEY.new,
    resource=acs("kms", "key", regional=True),
    raises=(*MAKING, errors.UnsupportedOperation),
    answers="KeyMetadata",
    rate=CREATE_KEY,
)
def create_key(
    ctx: Context,
    *,
    description: Description = "",
    key_spec: Annotated[str, OneOf(tuple(SPECS))] = "Aliyun_AES_256",
    key_usage: Annotated[str, OneOf(tuple(usage.value for usage in Usage))] | None = None,
    origin: Annotated[str, OneOf((keys.OWN, keys.EXTERNAL))] = keys.OWN,
    protection_level: Annotated[str, OneOf((SOFTWARE, HSM))] | None = None,
    enable_automatic_rotation: bool = False,
    rotation_interval: Interval | None = None,
    dkms_instance_id: DkmsInstanceId | None = None,
    key_storage_mechanism: Storage | None = None,
    tags: TagsText | None = None,
    policy: PolicyText | None = None,
) -> keys.KeyMetadata:
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
    if usage not in spec.usages or (origin == keys.EXTERNAL and not spec.imports):
        raise errors.UnsupportedOperation
    instance = find_instance(ctx, dkms_instance_id) if dkms_instance_id else None
    of_hardware = instance is not None and kind_of_instances(ctx.platform) == HARDWARE
    storage = _storage(key_storage_mechanism, of_hardware=of_hardware)
    if instance is not None:
        protection_level = HSM if storage == keys.HSM_INTERNAL else SOFTWARE
    if protection_level == HSM and not offers(ctx, spec.name):
        raise errors.UnsupportedProtection(reason="the module does not offer this key spec")
    row = KeyRow(
        key_id=_new_key_id(ctx.region) if instance else new_uuid(),
        account_id=ctx.account_id,
        region=ctx.region,
        spec=spec.name,
        usage=usage.value,
        origin=origin,
        protection=protection_level or SOFTWARE,
        state=State.PENDING_IMPORT if origin == keys.EXTERNAL else State.ENABLED,
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
    return keys.KeyMetadata.of(row, arn=keys.KEY.arn_of(row))


def add_key(
    ctx: Context, row: KeyRow, tags: Mapping[str, str], resource: Resource[KeyRow] = keys.KEY
) -> KeyRow:
    """Store a new key, with its first version unless its material is imported.

    Raises LimitExceeded (the account holds its quota of keys in the region, of versions, or of
    tags); BadTagKey (two tags differ in case alone); UnsupportedProtection, KeyUnavailable,
    UnsupportedOperation (as material.new_version).
    """
    row = resource.add(ctx, row, tags=tags)
    if row.origin != keys.EXTERNAL:
        version = new_version(ctx, row, 1)
        if spec_of(row.spec).family in (Family.SYMMETRIC, Family.MAC):
            row = ctx.tx.update(row, primary_version=version.version_id)
    keys.note_key(ctx.tx, ctx.journal, "created", row)
    return row


def _storage(storage: str | None, *, of_hardware: bool) -> str | None:
    if of_hardware:
        return storage or keys.HSM_INTERNAL
    if storage is not None:
        raise errors.InvalidParameter(name="KeyStorageMechanism")
    return None


def _rotation(row: KeyRow, interval: str | None) -> int:
    seconds = seconds_between(interval, *ROTATION)
    if not rotates(row):
        raise errors.UnsupportedOperation
    return seconds


def _new_key_id(region: str) -> str:
    """Draw the id of an instance key, which begins with three letters of its region."""
    place = "".join(c for c in region.partition("-")[2] if c.isalpha())
    return f"key-{_CODES.get(region, place[:3].ljust(3, 'x'))}{new_short_id(20)}"


@operation(KMS, "DescribeKey", on=keys.ANY_KEY, answers="KeyMetadata", **READS)
def describe_key(_ctx: Context, key: KeyRow) -> keys.DescribedKey:
    """Return one key, in whatever state, with its deletion protection."""
    return keys.DescribedKey.of(key, arn=keys.KEY.arn_of(key))


@operation(
    KMS,
    "ListKeys",
    resource=acs("kms", "key", regional=True),
    answers="Keys.Key",
    **LISTS,
)
def list_keys(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 10, filters: FilterText = ""
) -> Listing[ListedKey, NumberedPage]:
    """List the keys of the account in the region, by id.

    Args:
        filters: JSON, `[{"Key":"KeyState","Values":["Enabled"]}]`: at most 10 entries of at most
            10 values. A key must have one of the values of each entry. TagKey and TagValue given
            together must be of one tag.

    Cost: all keys of the account in the region are read, and tags or aliases where these filter.
    Assumed: the order.
    """
    wanted = parse_filters(filters, _KNOWN)
    rows = ctx.tx.find(KeyRow, order=("key_id",), account_id=ctx.account_id, region=ctx.region)
    now = [row for stored in rows if (row := keys.as_of(stored, ctx.now)) is not None]
    found = [row for row in now if _fits(ctx, row, wanted)]
    return numbered(found, page_number, page_size).map(
        lambda row: ListedKey(key_id=row.key_id, key_arn=keys.KEY.arn_of(row))
    )


def _fits(ctx: Context, row: KeyRow, wanted: Filters) -> bool:
    for key, values in wanted.items():
        column = _COLUMNS.get(key)
        if column is not None and column(row) not in values:
            return False
    if _ALIAS in wanted:
        names = {alias.alias_name for alias in ctx.tx.find(AliasRow, key_id=row.key_id)}
        if not names & wanted[_ALIAS]:
            return False
    return fits_tags(wanted, lambda: keys.KEY.tags_of(ctx.tx, row))


@operation(KMS, "UpdateKeyDescription", on=keys.key_in(keys.LABEL), rate=KEY_WRITES)
def update_key_description(ctx: Context, key: KeyRow, *, description: NewDescription) -> None:
    """Change the description of a key; an empty text clears it."""
    keys.change_key(ctx, key, description=description)


@operation(KMS, "EnableKey", on=keys.key_in(keys.SWITCH), rate=KEY_WRITES)
def enable_key(ctx: Context, key: KeyRow) -> None:
    """Let a key be used again; its rotation goes on. Enabling an enabled key changes nothing."""
    _switch(ctx, key, State.ENABLED)


@operation(
    KMS,
    "DisableKey",
    on=keys.key_in(keys.SWITCH),
    raises=(errors.RejectedOperation,),
    rate=KEY_WRITES,
)
def disable_key(ctx: Context, key: KeyRow) -> None:
    """Keep a key from being used, and from rotating. Disabling a disabled key changes nothing."""
    keys.refuse_services(key)
    _switch(ctx, key, State.DISABLED)


def _switch(ctx: Context, key: KeyRow, state: str) -> None:
    if key.state != state:
        keys.change_key(ctx, key, state=state)


@operation(KMS, "SetKeyPolicy", on=_POLICY_OF_KEY, rate=KEY_WRITES)
def set_key_policy(ctx: Context, key: KeyRow, *, policy: PolicyText) -> None:
    """Set the policy of a key of an instance, which counts in addition to RAM's policies."""
    checked_policy(policy, key.instance_id)
    keys.change_key(ctx, key, policy=policy)


@operation(
    KMS, "GetKeyPolicy", on=_POLICY_OF_KEY, raises=(PolicyNotTaken,), answers="Policy", **READS
)
def get_key_policy(_ctx: Context, key: KeyRow) -> str:
    """Return the policy of a key of an instance: as it was set, or the default policy."""
    if key.instance_id is None:
        raise PolicyNotTaken
    return key.policy or default_policy(key.account_id, "key")
