"""Make, change, delete and list trails.

Source: ActionTrail API reference (documented); the role of a project that names none (live,
2021-05). That a bucket shows none then, that a filter by name which nothing matches lists nothing,
and that a new trail is `Fresh` (observed in Terraform's provider).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped
from juyong.api.operation import Rate, operation
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso, iso_or_empty
from juyong.services.actiontrail.delivery.targets import align
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails import errors
from juyong.services.actiontrail.trails.settings import (
    ALL,
    UNSERVED,
    Settings,
    changed,
    check_targets,
    checked_name,
    roles_needed,
)
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.actiontrail.trails.trail import ONE_TRAIL, TRAIL, Name
from juyong.services.actiontrail_2017.product import PRODUCT as OLDER
from juyong.services.oss.facade import BUCKET

_WRITES = Rate(per_second=5)
_READS = Rate(per_second=100)
_REFUSALS = (
    *(errors.BadPrefix, errors.NoTarget, errors.NoBucket, errors.SameBucket, errors.NoProject),
    *(errors.BucketDenied, errors.ProjectDenied, errors.BadQuery),
)
Given = Annotated[Settings, Grouped()]
_SETTINGS = (
    *("bucket", "prefix", "bucket_role", "project", "project_role"),
    *("event_rw", "trail_region"),
)


class TrailMade(Shape, frozen=True, kw_only=True):
    """The settings of a trail; a project without a role shows the service-linked one."""

    name: str
    home_region: Annotated[str, Of("region")]
    trail_region: str
    event_rw: str = msgspec.field(name="EventRW")
    oss_bucket_name: Annotated[str, Of("bucket")]
    oss_key_prefix: Annotated[str, Of("prefix")]
    oss_write_role_arn: Annotated[str, Of("bucket_role")]
    sls_project_arn: Annotated[str, Of("project")]
    sls_write_role_arn: Annotated[str, Of("project_writer")]


class Trail(TrailMade, frozen=True, kw_only=True):
    """A trail of a list; times are UTC, empty for never. Region: Where the list was asked for."""

    trail_arn: str
    region: str
    status: str
    is_organization_trail: bool = False
    organization_id: str = ""
    oss_bucket_location: str
    max_compute_project_arn: str = ""
    max_compute_write_role_arn: str = ""
    create_time: Annotated[str, Of("created_at", iso)]
    update_time: Annotated[str, Of("updated_at", iso)]
    start_logging_time: Annotated[str, Of("started_at", iso_or_empty)]
    stop_logging_time: Annotated[str, Of("stopped_at", iso_or_empty)]


@operation(
    ACTIONTRAIL,
    "CreateTrail",
    on=TRAIL.new,
    also=roles_needed,
    raises=(*_REFUSALS, errors.BadName, errors.NoOrganization),
    unsupported=UNSERVED,
    rate=_WRITES,
)
def create_trail(
    ctx: Context,
    *,
    name: Name,
    given: Given,
    is_organization_trail: Annotated[bool, Doc("Refused: there are no organizations.")] = False,
) -> TrailMade:
    """Make a trail, which delivers nothing before StartLogging.

    The roles that the service makes for itself are made where there are none, and the logstore
    `actiontrail_<name>` in the project.
    """
    if is_organization_trail:
        raise errors.NoOrganization
    row = TrailRow(
        account_id=ctx.account_id,
        name=checked_name(name),
        region=ctx.region,
        event_rw=ALL,
        trail_region=ALL,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    row = TRAIL.add(ctx, changed(row, given, region=ctx.platform.region))
    check_targets(ctx, row)
    return TrailMade.of(row)


@operation(
    ACTIONTRAIL,
    "UpdateTrail",
    on=ONE_TRAIL,
    also=roles_needed,
    raises=_REFUSALS,
    unsupported=UNSERVED,
    rate=_WRITES,
)
def update_trail(ctx: Context, row: TrailRow, *, given: Given) -> TrailMade:
    """Change a trail; what is absent stays, and a target that is sent empty is no more.

    Events of before this call go to where they would have gone.
    """
    new = changed(row, given, region=ctx.platform.region)
    changes = {each: getattr(new, each) for each in _SETTINGS}
    row = TRAIL.change(ctx, row, updated_at=ctx.now, **changes)
    check_targets(ctx, row)
    align(ctx, row)
    return TrailMade.of(row)


@operation(ACTIONTRAIL, "DeleteTrail", on=ONE_TRAIL, rate=_WRITES)
def delete_trail(ctx: Context, row: TrailRow) -> None:
    """Delete a trail; what it delivered stays, and events up to this call are still delivered."""
    align(ctx, row, deleted=True)
    TRAIL.remove(ctx, row)


@operation(
    (ACTIONTRAIL, OLDER),
    "DescribeTrails",
    on=TRAIL.all,
    rate=_READS,
    answers="TrailList",
    reads_only=True,
)
def describe_trails(
    ctx: Context,
    *,
    name_list: Annotated[str, Doc("Names with commas between them; empty for all.")] = "",
    include_shadow_trails: Annotated[
        bool, Doc("Whether trails whose home is another region are listed.")
    ] = False,
    include_organization_trail: Annotated[bool, Doc("There is none.")] = False,  # noqa: ARG001
) -> list[Trail]:
    """List trails by name; a name that no trail has is passed over."""
    names = set(filter(None, name_list.split(",")))
    rows = ctx.tx.find(TrailRow, order=("name",), account_id=ctx.account_id)
    return [
        Trail.of(
            row,
            trail_arn=TRAIL.arn_of(row),
            region=ctx.region,
            oss_bucket_location=_location(ctx, row.bucket),
        )
        for row in rows
        if (not names or row.name in names) and (include_shadow_trails or row.region == ctx.region)
    ]


def _location(ctx: Context, bucket: str) -> str:
    """Return where a bucket is, as OSS writes that; empty where there is no such bucket."""
    found = BUCKET.find(ctx, bucket) if bucket else None
    return f"oss-{found.region}" if found else ""
