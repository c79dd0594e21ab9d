"""Switch trails on and off, and tell how their deliveries stand.

Source: ActionTrail API reference, StartLogging, StopLogging, GetTrailStatus (documented); that
OssBucketStatus and SlsLogStoreStatus tell whether the newest attempt succeeded (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.base.clock import iso_or_empty
from juyong.services.actiontrail.delivery.giving_up import told_error
from juyong.services.actiontrail.delivery.targets import align, targets_of
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow
from juyong.services.actiontrail.trails.trail import ANY_TRAIL, ONE_TRAIL, TRAIL
from juyong.services.actiontrail_2017.product import PRODUCT as OLDER

_WRITES = Rate(per_second=5)


@operation(ACTIONTRAIL, "StartLogging", on=ONE_TRAIL, rate=_WRITES)
def start_logging(ctx: Context, row: TrailRow) -> None:
    """Deliver events from this call on; harmless where the trail is on."""
    if row.status != "Enable":
        row = TRAIL.change(ctx, row, status="Enable", started_at=ctx.now)
    align(ctx, row)


@operation(ACTIONTRAIL, "StopLogging", on=ONE_TRAIL, rate=_WRITES)
def stop_logging(ctx: Context, row: TrailRow) -> None:
    """Deliver no events of after this call; those of before, and its own, still are."""
    if row.status == "Enable":
        row = TRAIL.change(ctx, row, status="Disable", stopped_at=ctx.now)
    align(ctx, row)


class TrailStatus(Shape, frozen=True, kw_only=True):
    """How a trail stands; times are UTC, empty for never, and errors empty for none."""

    is_logging: bool
    start_logging_time: str
    stop_logging_time: str
    latest_delivery_time: str
    latest_delivery_error: str
    latest_delivery_log_service_time: str
    latest_delivery_log_service_error: str
    oss_bucket_status: bool
    sls_log_store_status: bool


@operation(
    (ACTIONTRAIL, OLDER),
    "GetTrailStatus",
    on=ANY_TRAIL,
    rate=Rate(per_second=100),
    reads_only=True,
)
def get_trail_status(
    ctx: Context,
    row: TrailRow,
    *,
    is_organization_trail: Annotated[bool, Doc("There is none.")] = False,  # noqa: ARG001
) -> TrailStatus:
    """Tell whether a trail is on, when each target was written last, and why an attempt failed."""
    held = {
        target.partition("//")[0]: ctx.tx.get(DeliveryRow, row.account_id, row.name, target)
        for target in targets_of(row)
    }
    bucket, project = held.get("oss:"), held.get("sls:")
    return TrailStatus(
        is_logging=row.status == "Enable",
        start_logging_time=iso_or_empty(row.started_at),
        stop_logging_time=iso_or_empty(row.stopped_at),
        latest_delivery_time=iso_or_empty(bucket.delivered_at if bucket else None),
        latest_delivery_error=told_error(bucket),
        latest_delivery_log_service_time=iso_or_empty(project.delivered_at if project else None),
        latest_delivery_log_service_error=told_error(project),
        oss_bucket_status=bool(row.bucket) and not (bucket and bucket.error),
        sls_log_store_status=bool(row.project) and not (project and project.error),
    )
