"""Buckets made, listed, shown and deleted."""

from typing import Annotated

import msgspec

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, Header, OneOf, Wire, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Of, Shape, Within
from juyong.services.oss.buckets.acceleration import is_accelerated
from juyong.services.oss.buckets.blocking import refuse_public_acl
from juyong.services.oss.buckets.bucket import (
    ALL_BUCKETS,
    BUCKET,
    checked_name,
    is_blocked,
)
from juyong.services.oss.buckets.errors import PublicAccessBlocked
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.resource_group import (
    GROUP_ERRORS,
    check_group,
    resource_group_of,
)
from juyong.services.oss.errors import (
    BadArgument,
    BadBucketName,
    BucketExists,
    BucketNotEmpty,
    TooManyBuckets,
)
from juyong.services.oss.fields import STORAGE_CLASSES, Acl, BucketName
from juyong.services.oss.last_access.configuration import status_of
from juyong.services.oss.moments import xml_time
from juyong.services.oss.objects.encryption import BucketSse, Encryption, asked
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow, BucketSettingRow, ObjectRow, UploadRow

Text = str | msgspec.UnsetType
ResourceGroupId = Annotated[
    str | None, Header("x-oss-resource-group-id"), Doc("There is the account's default one alone.")
]


class Owner(Shape, frozen=True, kw_only=True):
    """The account that has a bucket or object, in both members."""

    id: Annotated[str, Of("account_id")] = msgspec.field(name="ID")
    display_name: Annotated[str, Of("account_id")]


class ListedBucket(Shape, frozen=True, kw_only=True):
    """One bucket in a list."""

    comment: str = ""
    creation_date: Annotated[str, Of("created_at", xml_time)]
    extranet_endpoint: Annotated[str, Of("region", lambda region: f"oss-{region}.aliyuncs.com")]
    intranet_endpoint: Annotated[
        str, Of("region", lambda region: f"oss-{region}-internal.aliyuncs.com")
    ]
    location: Annotated[str, Of("region", lambda region: f"oss-{region}")]
    name: Annotated[str, Of("bucket_name")]
    region: str
    storage_class: str
    resource_group_id: Annotated[str, Of("account_id", resource_group_of)]


class Buckets(Shape, frozen=True, kw_only=True):
    """A page of the account's buckets; what tells of pages is there where pages were asked for."""

    prefix: Text = msgspec.UNSET
    marker: Text = msgspec.UNSET
    max_keys: int | msgspec.UnsetType = msgspec.UNSET
    is_truncated: bool | msgspec.UnsetType = msgspec.UNSET
    next_marker: Text = msgspec.UNSET
    owner: Owner
    buckets: Annotated[list[ListedBucket], Within("Bucket")]


class NewBucket(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The class and redundancy of a new bucket."""

    storage_class: Annotated[str, OneOf(STORAGE_CLASSES)] = "Standard"
    data_redundancy_type: Annotated[str, OneOf(("LRS", "ZRS"))] = "LRS"


class Grants(Shape, frozen=True, kw_only=True):
    """The ACL."""

    grant: Annotated[str, Of("acl")]


def rule_of(row: BucketRow) -> "RuleInfo":
    """Show the default encryption of a bucket."""
    return RuleInfo(
        sse_algorithm=row.algorithm or "None",
        kms_master_key_id=row.key_id or msgspec.UNSET,
        kms_data_encryption=row.data_algorithm or msgspec.UNSET,
    )


class RuleInfo(Shape, frozen=True, kw_only=True):
    """The default encryption."""

    sse_algorithm: str = msgspec.field(name="SSEAlgorithm")
    kms_master_key_id: Text = msgspec.field(name="KMSMasterKeyID", default=msgspec.UNSET)
    kms_data_encryption: Text = msgspec.field(name="KMSDataEncryption", default=msgspec.UNSET)


class BucketInfo(ListedBucket, frozen=True, kw_only=True):
    """A bucket as GetBucketInfo shows it."""

    access_monitor: str
    block_public_access: str
    cross_region_replication: str = "Disabled"
    data_redundancy_type: Annotated[str, Of("redundancy")]
    transfer_acceleration: str
    versioning: Annotated[Text, Of(through=lambda state: state or msgspec.UNSET)]
    access_control_list: Grants
    owner: Owner
    server_side_encryption_rule: RuleInfo


class BucketInfoAnswer(Shape, frozen=True, kw_only=True):
    """The wrapper around the bucket."""

    bucket: BucketInfo


def _new(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the bucket that the caller wants to have."""
    return (f"acs:oss:{ctx.region}:{ctx.account_id}:{arguments['bucket']}",)


def _for_encryption(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what a default encryption needs: the permission to set one.

    Source: OSS, actions of PutBucketEncryption (documented); for the headers (assumed).
    """
    if not arguments.get("sse"):
        return ()
    (arn,) = _new(ctx, arguments)
    return (Also(action="oss:PutBucketEncryption", resource=arn),)


@operation(
    OSS,
    "PutBucket",
    resource=_new,
    also=_for_encryption,
    entry=Entry.OPEN,
    route=Route(method="PUT", path="/{bucket}"),
    raises=(
        BadBucketName,
        BucketExists,
        TooManyBuckets,
        PublicAccessBlocked,
        BadArgument,
        *GROUP_ERRORS,
    ),
)
def put_bucket(
    ctx: Context,
    *,
    bucket: BucketName,
    acl: Acl = "private",
    create_bucket_configuration: Annotated[
        NewBucket | None, XmlBody("CreateBucketConfiguration"), Doc("Its class and redundancy.")
    ] = None,
    resource_group_id: ResourceGroupId = None,
    sse: BucketSse | None = None,
) -> RawAnswer:
    """Make a bucket in the region called, in the account's default resource group.

    Source: OSS API reference, PutBucket (documented); that an own bucket's name is taken too
    (documented in 2021); headers of a default encryption (observed in the Terraform provider).
    """
    refuse_public_acl(ctx, acl)
    if resource_group_id:
        check_group(ctx.account_id, resource_group_id)
    wanted = create_bucket_configuration or NewBucket()
    encryption = asked(sse) if sse else Encryption()
    BUCKET.create(
        ctx,
        bucket_name=checked_name(bucket),
        storage_class=wanted.storage_class,
        redundancy=wanted.data_redundancy_type,
        acl=acl,
        algorithm=encryption.algorithm,
        key_id=encryption.key_id,
        data_algorithm=encryption.data_algorithm,
    )
    return RawAnswer(headers={"Location": f"/{bucket}"}, content_type="application/xml")


@operation(
    OSS,
    "ListBuckets",
    on=ALL_BUCKETS,
    entry=Entry.OPEN,
    route=Route(method="GET", path="/"),
    root="ListAllMyBucketsResult",
    raises=(BadArgument,),
    reads_only=True,
    scans=True,
)
def list_buckets(
    ctx: Context,
    *,
    prefix: Annotated[str | None, Wire("prefix"), Doc("Only names that begin so.")] = None,
    marker: Annotated[str | None, Wire("marker"), Doc("Only names behind it.")] = None,
    max_keys: Annotated[int | None, Wire("max-keys"), Between(1, 1000), Doc("Most.")] = None,
    tag_key: Annotated[str | None, Wire("tag-key"), Doc("Only those with this tag.")] = None,
    tag_value: Annotated[str | None, Wire("tag-value"), Doc("Of that tag.")] = None,
    resource_group_id: ResourceGroupId = None,
) -> Buckets:
    """List the account's buckets of all regions, by name."""
    if tag_value is not None and tag_key is None:
        raise BadArgument(ArgumentName="tag-value", ArgumentValue=tag_value)
    most = max_keys or 100
    paged = any(each is not None for each in (prefix, marker, max_keys))
    rows = ctx.tx.find(
        BucketRow,
        order=("bucket_name",),
        after=("bucket_name", marker) if marker else None,
        account_id=ctx.account_id,
    )
    found = [
        row
        for row in rows
        if row.bucket_name.startswith(prefix or "")
        and resource_group_id in (None, "", resource_group_of(row.account_id))
        and (tag_key is None or _bears(ctx, row, tag_key, tag_value))
    ]
    page, more = found[:most], len(found) > most
    owner = Owner(id=ctx.account_id, display_name=ctx.account_id)
    listed = [ListedBucket.of(row) for row in page]
    if not paged:
        return Buckets(owner=owner, buckets=listed)
    return Buckets(
        prefix=prefix or "",
        marker=marker or "",
        max_keys=most,
        is_truncated=more,
        next_marker=page[-1].bucket_name if more else msgspec.UNSET,
        owner=owner,
        buckets=listed,
    )


def _bears(ctx: Context, row: BucketRow, key: str, value: str | None) -> bool:
    held = BUCKET.tags_of(ctx.tx, row)
    return key in held and value in (None, held[key])


@on_bucket("GetBucketInfo", "GET", "bucketInfo", root="BucketInfo")
def get_bucket_info(ctx: Context, bucket: BucketRow) -> BucketInfoAnswer:
    """Show a bucket."""
    shown = BucketInfo.of(
        bucket,
        access_monitor=status_of(ctx, bucket),
        block_public_access="true" if is_blocked(ctx, bucket) else "false",
        transfer_acceleration="Enabled" if is_accelerated(ctx, bucket.bucket_name) else "Disabled",
        access_control_list=Grants.of(bucket),
        owner=Owner.of(bucket),
        server_side_encryption_rule=rule_of(bucket),
    )
    return BucketInfoAnswer(bucket=shown)


@on_bucket("DeleteBucket", "DELETE", raises=(BucketNotEmpty,))
def delete_bucket(ctx: Context, bucket: BucketRow) -> None:
    """Delete a bucket that has no objects, versions, markers and uploads."""
    name = bucket.bucket_name
    if any(ctx.tx.find(each, limit=1, bucket_name=name) for each in (ObjectRow, UploadRow)):
        raise BucketNotEmpty(BucketName=name)
    for row in ctx.tx.find(BucketSettingRow, bucket_name=name):
        ctx.tx.delete(row)
    BUCKET.remove(ctx, bucket)
