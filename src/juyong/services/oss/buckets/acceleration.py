"""Whether a bucket is reached at the accelerating host, `oss-accelerate.aliyuncs.com`.

Source: OSS API reference, PutBucketTransferAcceleration (documented): the host serves a bucket
whose acceleration is switched on; other hosts serve the bucket always.
The platform is one place, so the host is no faster here. Assumed: code and EC of the refusal.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.hosts import name_of
from juyong.api.shape import Shape
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.tables import BucketRow

_HOST = "oss-accelerate.aliyuncs.com"
NoAcceleration = oss_fact(
    "NoSuchTransferAccelerationConfiguration",
    404,
    "0015-00000901",
    "The bucket has no transfer acceleration configuration.",
    why="Transfer acceleration was never switched on or off for the bucket (EC assumed).",
)
NotAccelerated = oss_fact(
    "AccessDenied",
    403,
    "0003-00001404",
    "The bucket is not reached at the accelerating host: transfer acceleration is off.",
    why="The accelerating host is called, and the bucket's acceleration is off (assumed).",
)


class TransferAccelerationConfiguration(Shape, frozen=True, kw_only=True):
    """Whether the accelerating host serves the bucket."""

    enabled: bool


ACCELERATION = Setting(
    kind="transferAcceleration",
    document=TransferAccelerationConfiguration,
    missing=NoAcceleration,
)


@on_bucket("PutBucketTransferAcceleration", "PUT", "transferAcceleration")
def put_bucket_transfer_acceleration(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        TransferAccelerationConfiguration,
        XmlBody("TransferAccelerationConfiguration"),
        Doc("Whether the accelerating host serves the bucket."),
    ],
) -> None:
    """Let the accelerating host serve a bucket, or no longer."""
    keep(ctx, bucket, ACCELERATION, configuration)


@on_bucket(
    "GetBucketTransferAcceleration",
    "GET",
    "transferAcceleration",
    root="TransferAccelerationConfiguration",
    raises=(NoAcceleration,),
)
def get_bucket_transfer_acceleration(
    ctx: Context, bucket: BucketRow
) -> TransferAccelerationConfiguration:
    """Tell whether the accelerating host serves a bucket."""
    return ACCELERATION.needed(ctx.tx, bucket)


def is_accelerated(ctx: Context, bucket_name: str) -> bool:
    """Tell whether the accelerating host serves a bucket."""
    found = ACCELERATION.held(ctx.tx, bucket_name)
    return found is not None and found.enabled


def check_host(ctx: Context, bucket_name: str) -> None:
    """Refuse a call at the accelerating host for a bucket that it does not serve.

    Raises:
        NotAccelerated: as said.
    """
    host = name_of(ctx.host)
    at_host = host == _HOST or host.endswith(f".{_HOST}")
    if bucket_name and at_host and not is_accelerated(ctx, bucket_name):
        raise NotAccelerated(BucketName=bucket_name)
