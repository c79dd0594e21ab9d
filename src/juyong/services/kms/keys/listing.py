"""ListKeys."""

from collections.abc import Callable, Mapping
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.filters import Filters, parse_filters
from juyong.services.kms.keys.create import tagged
from juyong.services.kms.keys.find import as_of
from juyong.services.kms.keys.names import key_arn
from juyong.services.kms.keys.shapes import ListedKey
from juyong.services.kms.keys.tables import AliasRow, KeyRow
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS
from juyong.services.kms.tagging import tags_of

_ALIAS, _TAG_KEY, _TAG_VALUE = "AliasName", "TagKey", "TagValue"
_COLUMNS: Mapping[str, Callable[[KeyRow], str | None]] = {
    "KeyState": lambda row: row.state,
    "KeySpec": lambda row: row.spec,
    "KeyUsage": lambda row: row.usage,
    "ProtectionLevel": lambda row: row.protection,
    "CreatorType": lambda row: "Service" if row.owner_service else "User",
    "Creator": lambda row: row.owner_service or row.creator,
    "DKMSInstanceId": lambda row: row.instance_id,
    "keyId": lambda row: row.key_id,
    "KeyId": lambda row: row.key_id,
}
KNOWN = frozenset({*_COLUMNS, _ALIAS, _TAG_KEY, _TAG_VALUE})


class KeyList(Shape, frozen=True, kw_only=True):
    """The wrapper around a list of keys."""

    key: list[ListedKey]


class ListKeysAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of keys."""

    keys: KeyList


@operation(
    KMS,
    "ListKeys",
    resource=acs("kms", "key", regional=True),
    raises=(InvalidParameter,),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def list_keys(
    ctx: Context,
    *,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
    filters: Annotated[str, Text(0, 16_384)] = "",
) -> ListKeysAnswer:
    """List the keys of the account in the region, by id.

    Args:
        filters: JSON, `[{"Key":"KeyState","Values":["Enabled"]}]`: at most 10 entries of at most
            10 values. A key must have one of the values of each entry. TagKey and TagValue given
            together must be of one tag.

    Returns:
        A page of keys.

    Cost: all keys of the account in the region are read, and tags or aliases where these filter.
    Source: KMS API reference, ListKeys (documented); the order (assumed).
    """
    wanted = parse_filters(filters, KNOWN)
    rows = ctx.tx.find(KeyRow, order=("key_id",), account_id=ctx.account_id, region=ctx.region)
    now = [row for stored in rows if (row := as_of(stored, ctx.now)) is not None]
    found = [row for row in now if _fits(ctx, row, wanted)]
    return ListKeysAnswer(
        keys=KeyList(
            key=[
                ListedKey(
                    key_id=row.key_id, key_arn=key_arn(row.account_id, row.region, row.key_id)
                )
                for row in page_of(found, page_number, page_size)
            ]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(found),
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
    return _has_tag(ctx, row, wanted.get(_TAG_KEY), wanted.get(_TAG_VALUE))


def _has_tag(
    ctx: Context, row: KeyRow, keys: frozenset[str] | None, values: frozenset[str] | None
) -> bool:
    if keys is None and values is None:
        return True
    return any(
        (keys is None or key in keys) and (values is None or value in values)
        for key, value in tags_of(ctx.tx, tagged(row)).items()
    )
