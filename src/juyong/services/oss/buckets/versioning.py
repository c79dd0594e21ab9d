"""PutBucketVersioning and GetBucketVersioning."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, XmlBody
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.retention.policy import retention_of
from juyong.services.oss.tables import BucketRow

VersioningRetained = oss_fact(
    "OperationNotSupported",
    400,
    "0012-00000006",
    "The versioning of a bucket with a retention policy can not be changed.",
    why="The bucket has a retention policy (code assumed).",
)


class WantedVersioning(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Whether new writes make versions."""

    status: Annotated[str, OneOf(("Enabled", "Suspended"))]


class VersioningConfiguration(Shape, frozen=True, kw_only=True):
    """Whether writes make versions; no status where a bucket never had any."""

    status: Annotated[str | msgspec.UnsetType, Of("versioning", lambda it: it or msgspec.UNSET)]


@on_bucket("PutBucketVersioning", "PUT", "versioning", raises=(BadArgument, VersioningRetained))
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
    While a retention policy is in force, the versioning stays as it is: it is not switched on
    (documented), and not suspended (assumed, since neither goes with a policy that is made).
    """
    held = retention_of(ctx.tx, bucket.bucket_name)
    is_retained = held is not None and held.is_in_force(ctx.now)
    if is_retained and versioning_configuration.status != bucket.versioning:
        raise VersioningRetained(BucketName=bucket.bucket_name)
    BUCKET.change(ctx, bucket, versioning=versioning_configuration.status)


@on_bucket("GetBucketVersioning", "GET", "versioning", root="VersioningConfiguration")
def get_bucket_versioning(_ctx: Context, bucket: BucketRow) -> VersioningConfiguration:
    """Tell whether writes make versions."""
    return VersioningConfiguration.of(bucket)
