"""Operations on keys as they are: show, list, describe, switch on and off, own policy."""

from collections.abc import Callable, Mapping

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.errors import InvalidParameter, RejectedOperation
from juyong.services.kms.filters import Filters, FilterText, fits_tags, parse_filters
from juyong.services.kms.keys.key import (
    ANY_KEY,
    KEY,
    LABEL,
    MANAGED_KEY,
    SWITCH,
    DescribedKey,
    as_of,
    change_key,
    key_in,
    refuse_services,
)
from juyong.services.kms.keys.policy import (
    PolicyName,
    PolicyNotTaken,
    PolicyText,
    checked_policy,
    default_policy,
)
from juyong.services.kms.keys.tables import DISABLED, ENABLED, AliasRow, KeyRow
from juyong.services.kms.product import KEY_WRITES, KMS, LISTS, READS, NewDescription

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


class ListedKey(Shape, frozen=True, kw_only=True):
    """A key in a list."""

    key_id: str
    key_arn: str


@operation(KMS, "DescribeKey", on=ANY_KEY, answers="KeyMetadata", **READS)
def describe_key(_ctx: Context, key: KeyRow) -> DescribedKey:
    """Return one key, in whatever state, with its deletion protection."""
    return DescribedKey.of(key, arn=KEY.arn_of(key))


@operation(
    KMS,
    "ListKeys",
    resource=acs("kms", "key", regional=True),
    answers="Keys.Key",
    raises=(InvalidParameter,),
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
    now = [row for stored in rows if (row := as_of(stored, ctx.now)) is not None]
    found = [row for row in now if _fits(ctx, row, wanted)]
    return numbered(found, page_number, page_size).map(
        lambda row: ListedKey(key_id=row.key_id, key_arn=KEY.arn_of(row))
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
    return fits_tags(wanted, lambda: KEY.tags_of(ctx.tx, row))


@operation(KMS, "UpdateKeyDescription", on=key_in(LABEL), rate=KEY_WRITES)
def update_key_description(ctx: Context, key: KeyRow, *, description: NewDescription) -> None:
    """Change the description of a key; an empty text clears it."""
    change_key(ctx, key, description=description)


@operation(KMS, "EnableKey", on=key_in(SWITCH), rate=KEY_WRITES)
def enable_key(ctx: Context, key: KeyRow) -> None:
    """Let a key be used again; its rotation goes on. Enabling an enabled key changes nothing."""
    _switch(ctx, key, ENABLED)


@operation(KMS, "DisableKey", on=key_in(SWITCH), raises=(RejectedOperation,), rate=KEY_WRITES)
def disable_key(ctx: Context, key: KeyRow) -> None:
    """Keep a key from being used, and from rotating. Disabling a disabled key changes nothing."""
    refuse_services(key)
    _switch(ctx, key, DISABLED)


def _switch(ctx: Context, key: KeyRow, state: str) -> None:
    if key.state != state:
        change_key(ctx, key, state=state)


@operation(
    KMS, "SetKeyPolicy", on=MANAGED_KEY, raises=(PolicyNotTaken, InvalidParameter), rate=KEY_WRITES
)
def set_key_policy(
    ctx: Context,
    key: KeyRow,
    *,
    policy_name: PolicyName = "default",  # noqa: ARG001  # a key has one
    policy: PolicyText,
) -> None:
    """Set the policy of a key of an instance, which counts in addition to RAM's policies."""
    checked_policy(policy, key.instance_id)
    change_key(ctx, key, policy=policy)


@operation(KMS, "GetKeyPolicy", on=MANAGED_KEY, raises=(PolicyNotTaken,), answers="Policy", **READS)
def get_key_policy(
    _ctx: Context,
    key: KeyRow,
    *,
    policy_name: PolicyName = "default",  # noqa: ARG001  # a key has one
) -> str:
    """Return the policy of a key of an instance: as it was set, or the default policy."""
    if key.instance_id is None:
        raise PolicyNotTaken
    return key.policy or default_policy(key.account_id, "key")
