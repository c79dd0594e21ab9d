"""PutBucketInventory, GetBucketInventory, ListBucketInventory and DeleteBucketInventory.

Source: OSS API reference, PutBucketInventory and its siblings, bucket inventory (documented): 1,000
a bucket, 100 a page, source and destination of one account and region. Assumed: the ECs; the caller
must be allowed to pass the role, as wherever a role is given to a service.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Wire, XmlBody
from juyong.api.shape import Shape
from juyong.base.paging import BadPageToken, page_position, page_token
from juyong.services.oss.buckets.bucket import find_bucket
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.delivery import SERVICE
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument, BadObjectName, oss_fact
from juyong.services.oss.fields import key_bytes
from juyong.services.oss.inventory.rules import (
    FREQUENCIES,
    KIND,
    UNKNOWN_FIELD,
    WRITTEN,
    BucketDestination,
    InventoryConfiguration,
    rows_of,
)
from juyong.services.oss.objects.encryption import KMS, checked
from juyong.services.oss.tables import BucketRow

_MOST = 1000
_PAGE = 100
_LISTING = "oss.inventories"
NoInventory = oss_fact(
    "NoSuchInventory",
    404,
    "0020-00000041",
    "The specified inventory does not exist.",
    why="The bucket has no inventory of that id (EC assumed).",
)
InventoryExists = oss_fact(
    "InventoryAlreadyExist",
    409,
    "0020-00000042",
    "The specified inventory already exists.",
    why="The bucket has an inventory of that id; an inventory is deleted and made anew.",
)
TooManyInventories = oss_fact(
    "InventoryExceedLimit",
    400,
    "0020-00000043",
    "The number of inventories exceeds the limit.",
    why="The bucket has 1,000 inventories.",
)
NotWritten = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "This is not supported: lists are CSV of all objects, written daily or weekly, and do not tell"
    " the time of a transition.",
    why="Parquet, other frequencies than a day or a week, incremental lists, or TransitionTime,"
    " which is not noted.",
)
InventoryId = Annotated[str, Wire("inventoryId"), Doc("The id of the inventory.")]


class InventoryList(Shape, frozen=True, kw_only=True):
    """A page of inventories."""

    inventory_configuration: list[InventoryConfiguration]
    is_truncated: bool
    next_continuation_token: str | msgspec.UnsetType


def _setting(inventory_id: str) -> Setting[InventoryConfiguration]:
    return Setting(
        kind=f"{KIND}{inventory_id}", document=InventoryConfiguration, missing=NoInventory
    )


def _passed_role(_ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    role = arguments["configuration"].destination.bucket.role_arn
    service = {"acs:Service": (SERVICE,)}
    return (Also(action="ram:PassRole", resource=role, conditions=service),)


@on_bucket(
    "PutBucketInventory",
    "PUT",
    "inventory inventoryId",
    also=_passed_role,
    raises=(
        BadArgument,
        BadObjectName,
        InventoryExists,
        NotWritten,
        TooManyInventories,
    ),
)
def put_bucket_inventory(
    ctx: Context,
    bucket: BucketRow,
    *,
    inventory_id: InventoryId,
    configuration: Annotated[
        InventoryConfiguration, XmlBody("InventoryConfiguration"), Doc("What is listed, and where.")
    ],
) -> None:
    """List the objects of the bucket into a bucket of the same account and region.

    The first list is written soon, further ones after midnight UTC, or that of a Sunday. They are
    written as the role, which must trust OSS and be allowed oss:PutObject when a list is written.
    """
    if configuration.id != inventory_id:
        raise BadArgument(ArgumentName="Id", ArgumentValue=configuration.id)
    _refuse_unwritten(configuration)
    _refuse_place(ctx, bucket, configuration)
    there = rows_of(ctx.tx, bucket.bucket_name)
    if inventory_id in there:
        raise InventoryExists(InventoryId=inventory_id)
    if len(there) >= _MOST:
        raise TooManyInventories(BucketName=bucket.bucket_name)
    keep(ctx, bucket, _setting(inventory_id), configuration)


def _refuse_unwritten(wanted: InventoryConfiguration) -> None:
    incremental, fields = wanted.incremental_inventory, wanted.optional_fields
    if (
        wanted.destination.bucket.format != "CSV"
        or wanted.schedule.frequency not in FREQUENCIES
        or (incremental and incremental.is_enabled)
        or (fields and UNKNOWN_FIELD in fields.field)
    ):
        raise NotWritten


def _refuse_place(ctx: Context, bucket: BucketRow, wanted: InventoryConfiguration) -> None:
    """Refuse a destination that no list can be written to.

    Raises:
        BadArgument: another account, region or no bucket; both encryptions, or a key that is none.
        BadObjectName: no object can have the prefix.
    """
    place = wanted.destination.bucket
    # SECURITY: another account's role or bucket would be used on behalf of whoever names it.
    if place.account_id != bucket.account_id:
        raise BadArgument(ArgumentName="AccountId", ArgumentValue=place.account_id)
    if place.role_arn.split(":")[3] != bucket.account_id:
        raise BadArgument(ArgumentName="RoleArn", ArgumentValue=place.role_arn)
    target = find_bucket(ctx, place.bucket_name)
    if target is None or (target.account_id, target.region) != (bucket.account_id, bucket.region):
        raise BadArgument(ArgumentName="Bucket", ArgumentValue=place.bucket)
    key_bytes(f"{place.prefix or bucket.bucket_name}/")
    _check_encryption(place)


def _check_encryption(place: BucketDestination) -> None:
    given = place.encryption
    if not given:
        return
    if (given.sse_kms is msgspec.UNSET) == (given.sse_oss is msgspec.UNSET):
        raise BadArgument(ArgumentName="Encryption")
    if given.sse_kms:
        checked(KMS, given.sse_kms.key_id)


@on_bucket(
    "GetBucketInventory",
    "GET",
    "inventory inventoryId",
    root="InventoryConfiguration",
    raises=(NoInventory,),
)
def get_bucket_inventory(
    ctx: Context, bucket: BucketRow, *, inventory_id: InventoryId
) -> InventoryConfiguration:
    """Show an inventory."""
    return _setting(inventory_id).needed(ctx.tx, bucket)


@on_bucket(
    "ListBucketInventory",
    "GET",
    "inventory",
    action="oss:GetBucketInventory",
    root="ListInventoryConfigurationsResult",
    raises=(BadArgument,),
)
def list_bucket_inventory(
    ctx: Context,
    bucket: BucketRow,
    *,
    continuation_token: Annotated[
        str | None, Wire("continuation-token"), Doc("Of the page before.")
    ] = None,
) -> InventoryList:
    """Show the inventories of a bucket by id, 100 at a time."""
    after = ""
    if continuation_token:
        try:
            (after,) = map(str, page_position(_LISTING, continuation_token))
        except (BadPageToken, ValueError):
            raise BadArgument(ArgumentName="continuation-token") from None
    rows = [
        (name, row) for name, row in rows_of(ctx.tx, bucket.bucket_name).items() if name > after
    ]
    page, is_truncated = rows[:_PAGE], len(rows) > _PAGE
    return InventoryList(
        inventory_configuration=[
            msgspec.json.decode(row.document, type=InventoryConfiguration) for _, row in page
        ],
        is_truncated=is_truncated,
        next_continuation_token=page_token(_LISTING, [page[-1][0]])
        if is_truncated
        else msgspec.UNSET,
    )


@on_bucket("DeleteBucketInventory", "DELETE", "inventory inventoryId")
def delete_bucket_inventory(ctx: Context, bucket: BucketRow, *, inventory_id: InventoryId) -> None:
    """Write no lists of an inventory any more; harmless where there is none."""
    for start in (KIND, WRITTEN):
        drop(ctx, bucket, f"{start}{inventory_id}")
