"""PutBucketVersioning and GetBucketVersioning."""

from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.bucket import BUCKET, ONE_BUCKET
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow


class WantedVersioning(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Whether new writes make versions."""

    status: Annotated[str, OneOf(("Enabled", "Suspended"))]


class VersioningConfiguration(Shape, frozen=True, kw_only=True):
    """Whether writes make versions; no status where a bucket never had any."""

    status: Annotated[str | msgspec.UnsetType, Of("versioning", lambda it: it or msgspec.UNSET)]


@operation(
    OSS,
    "PutBucketVersioning",
    on=ONE_BUCKET,
    entry=Entry.OPEN,
    route=Route(method="PUT", path="/{bucket}", marks="versioning"),
    raises=(BadArgument,),
)
def put_bucket_versioning(
    ctx: Context,
    bucket: BucketRow,
    *,
    versioning_configuration: Annotated[
        WantedVersioning, XmlBody("VersioningConfiguration"), Doc("Enabled or Suspended.")
    ],
) -> None:
    """Make every write of an object a version, or let new writes overwrite the `null` version.

    A bucket never loses the versions that it has, and no body takes it back to none at all.
    """
    BUCKET.change(ctx, bucket, versioning=versioning_configuration.status)


@operation(
    OSS,
    "GetBucketVersioning",
    on=ONE_BUCKET,
    entry=Entry.OPEN,
    route=Route(method="GET", path="/{bucket}", marks="versioning"),
    root="VersioningConfiguration",
    reads_only=True,
)
def get_bucket_versioning(_ctx: Context, bucket: BucketRow) -> VersioningConfiguration:
    """Tell whether writes make versions."""
    return VersioningConfiguration.of(bucket)
