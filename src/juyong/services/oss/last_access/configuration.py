"""PutBucketAccessMonitor and GetBucketAccessMonitor.

Source: OSS API reference, both operations, and error 0036-00000005 (documented). Assumed: its code.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, XmlBody
from juyong.api.shape import Shape
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.last_access.monitor import MONITOR, Monitor
from juyong.services.oss.lifecycle.rules import LIFECYCLE
from juyong.services.oss.tables import BucketRow

ENABLED, DISABLED = "Enabled", "Disabled"
MonitorNeeded = oss_fact(
    "InvalidRequest",
    400,
    "0036-00000005",
    "Access monitoring can not be disabled: a lifecycle rule goes by the last access of objects.",
    why="Monitoring is switched off, and a lifecycle rule of the bucket needs it (code assumed).",
)


class AccessMonitorConfiguration(Shape, frozen=True, kw_only=True):
    """Whether the last access of each object is noted."""

    status: Annotated[str, OneOf((ENABLED, DISABLED))]


def status_of(ctx: Context, bucket: BucketRow) -> str:
    """Return the status of a bucket's monitoring."""
    return ENABLED if MONITOR.held(ctx.tx, bucket.bucket_name) else DISABLED


@on_bucket("PutBucketAccessMonitor", "PUT", "accessmonitor", raises=(MonitorNeeded,))
def put_bucket_access_monitor(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        AccessMonitorConfiguration,
        XmlBody("AccessMonitorConfiguration"),
        Doc("Enabled or Disabled."),
    ],
) -> None:
    """Note the last access of each object, or no longer.

    GetObject notes an access at most once in 24 hours for each version. Times that were noted
    before monitoring was switched off count no more when it is switched on again.
    """
    if configuration.status == status_of(ctx, bucket):
        return
    if configuration.status == ENABLED:
        keep(ctx, bucket, MONITOR, Monitor(since=ctx.now))
        return
    rules = LIFECYCLE.held(ctx.tx, bucket.bucket_name)
    if rules is not None and any(rule.goes_by_access for rule in rules.rule):
        raise MonitorNeeded(BucketName=bucket.bucket_name)
    drop(ctx, bucket, MONITOR.kind)


@on_bucket("GetBucketAccessMonitor", "GET", "accessmonitor", root="AccessMonitorConfiguration")
def get_bucket_access_monitor(ctx: Context, bucket: BucketRow) -> AccessMonitorConfiguration:
    """Tell whether the last access of each object is noted."""
    return AccessMonitorConfiguration(status=status_of(ctx, bucket))
