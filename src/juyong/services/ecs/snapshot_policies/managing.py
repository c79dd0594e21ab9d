"""Make, change, delete and list policies that make snapshots by themselves.

Source: ECS API reference, CreateAutoSnapshotPolicy, ModifyAutoSnapshotPolicyEx,
DeleteAutoSnapshotPolicy and DescribeAutoSnapshotPolicyEx (documented); that clients send RegionId
as well as regionId, and that Steampipe asks for every disk by an empty id (observed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Grouped, Text, Wire
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.shape import Of, Shape
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.base.ids import new_instance_id
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.key_pairs import Name, NoRegion, Region, check_region
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_policies.applied import disks_under
from juyong.services.ecs.snapshot_policies.policy import (
    KEPT,
    MOST_DAYS,
    SNAPSHOT_POLICY,
    BadSchedule,
    PolicyId,
    RegionId,
)
from juyong.services.ecs.snapshot_policies.schedule import (
    HOURS,
    WEEKDAYS,
    BadTimes,
    next_after,
    read_times,
)
from juyong.services.ecs.snapshot_policies.tables import SnapshotPolicyRow
from juyong.services.ecs.tags import RULES, TagFilter, Tags

_NO_COPIES = "the snapshots of a policy stay in the region of their disks: copy an image of one"
_BY_NAME = "a policy is applied to disks that are named: ApplyAutoSnapshotPolicy"
_NOT_CHANGED = because(
    {
        _NO_COPIES: "TargetCopyRegions CopyEncryptionConfiguration",
        _BY_NAME: "TargetTags",
    }
)
_NOT_MADE = {
    **_NOT_CHANGED,
    **because(
        {
            _BY_NAME: "AssociationType",
            "snapshots lie where the platform keeps blobs": "StorageLocationArn",
            NO_GROUPS: "ResourceGroupId",
        }
    ),
}
_Text = Annotated[str, Text(0, 128)]
_Days = Annotated[int, Wire("retentionDays", "RetentionDays"), Doc("1 to 65535; -1: for ever.")]
_Hours = Annotated[
    str,
    Wire("timePoints", "TimePoints"),
    Doc('A JSON array of hours in UTC+8, `"0"` to `"23"`.'),
]
_Weekdays = Annotated[
    str,
    Wire("repeatWeekdays", "RepeatWeekdays"),
    Doc('A JSON array of days, `"1"` for Monday to `"7"`.'),
]
_Name = Annotated[Name, Wire("autoSnapshotPolicyName", "AutoSnapshotPolicyName")]
_CopiedDays = Annotated[int, Between(KEPT, KEPT), Doc("-1 alone: nothing is copied.")]
_ONE = SNAPSHOT_POLICY.by(policy_id=PolicyId)


class NewPolicy(Shape, frozen=True, kw_only=True):
    """The policy just made."""

    auto_snapshot_policy_id: str


class SnapshotPolicy(Shape, frozen=True, kw_only=True):
    """One policy."""

    auto_snapshot_policy_id: Annotated[str, Of("policy_id")]
    auto_snapshot_policy_name: Annotated[str, Of("policy_name")]
    region_id: Annotated[str, Of("region")]
    time_points: Annotated[str, Of("hours")]
    repeat_weekdays: Annotated[str, Of("weekdays")]
    retention_days: int
    status: str = "Normal"
    type: str = "Custom"
    disk_nums: int
    volume_nums: int
    enable_cross_region_copy: bool = False
    copied_snapshots_retention_days: int = KEPT
    resource_group_id: str = ""
    creation_time: Annotated[str, Of("created_at", iso)]
    tags: TagList


@operation(
    ECS,
    "CreateAutoSnapshotPolicy",
    on=SNAPSHOT_POLICY.new,
    unsupported=_NOT_MADE,
    raises=(NoRegion, BadSchedule),
)
def create_auto_snapshot_policy(
    ctx: Context,
    *,
    region_id: RegionId,
    time_points: _Hours,
    repeat_weekdays: _Weekdays,
    retention_days: _Days,
    policy_name: _Name | None = None,
    enable_cross_region_copy: OffAlone = False,
    copied_snapshots_retention_days: _CopiedDays = KEPT,  # noqa: ARG001  # alone
    tag: Tags | None = None,
) -> NewPolicy:
    """Make a policy, which is applied to disks by ApplyAutoSnapshotPolicy."""
    check_region(ctx, region_id)
    refuse_on({"EnableCrossRegionCopy": enable_cross_region_copy}, _NO_COPIES)
    hours = _times("TimePoints", time_points, HOURS)
    weekdays = _times("RepeatWeekDays", repeat_weekdays, WEEKDAYS)
    row = SNAPSHOT_POLICY.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        policy_id=new_instance_id("sp"),
        policy_name=policy_name or "",
        hours=hours,
        weekdays=weekdays,
        retention_days=_checked_days(retention_days),
        due_at=next_after(hours, weekdays, ctx.now),
    )
    return NewPolicy(auto_snapshot_policy_id=row.policy_id)


@operation(
    ECS,
    "ModifyAutoSnapshotPolicyEx",
    on=_ONE,
    unsupported=_NOT_CHANGED,
    raises=(NoRegion, BadSchedule),
)
def modify_auto_snapshot_policy_ex(
    ctx: Context,
    row: SnapshotPolicyRow,
    *,
    region_id: RegionId,
    time_points: _Hours | None = None,
    repeat_weekdays: _Weekdays | None = None,
    retention_days: _Days | None = None,
    policy_name: _Name | None = None,
    enable_cross_region_copy: OffAlone = False,
    copied_snapshots_retention_days: _CopiedDays = KEPT,  # noqa: ARG001  # alone
) -> None:
    """Change a policy; snapshots that it made already keep their days."""
    check_region(ctx, region_id)
    refuse_on({"EnableCrossRegionCopy": enable_cross_region_copy}, _NO_COPIES)
    hours, weekdays = row.hours, row.weekdays
    if time_points is not None:
        hours = _times("TimePoints", time_points, HOURS)
    if repeat_weekdays is not None:
        weekdays = _times("RepeatWeekDays", repeat_weekdays, WEEKDAYS)
    is_same = (hours, weekdays) == (row.hours, row.weekdays)
    SNAPSHOT_POLICY.change(
        ctx,
        row,
        policy_name=policy_name,
        hours=hours,
        weekdays=weekdays,
        retention_days=None if retention_days is None else _checked_days(retention_days),
        due_at=None if is_same else next_after(hours, weekdays, ctx.now),
    )


@operation(ECS, "DeleteAutoSnapshotPolicy", on=_ONE, raises=(NoRegion,))
def delete_auto_snapshot_policy(
    ctx: Context, row: SnapshotPolicyRow, *, region_id: RegionId
) -> None:
    """Delete a policy; the snapshots that it made stay for their days."""
    check_region(ctx, region_id)
    for held in disks_under(ctx.tx, row.policy_id):
        ctx.tx.delete(held)
    SNAPSHOT_POLICY.remove(ctx, row)


@operation(
    ECS,
    "DescribeAutoSnapshotPolicyEx",
    on=SNAPSHOT_POLICY.all,
    answers="AutoSnapshotPolicies.AutoSnapshotPolicy",
    unsupported={"ResourceGroupId": NO_GROUPS},
    reads_only=True,
    scans=True,
)
def describe_auto_snapshot_policy_ex(
    ctx: Context,
    *,
    region_id: Region,
    auto_snapshot_policy_id: Annotated[_Text, Doc("Only this one.")] = "",
    auto_snapshot_policy_name: Annotated[_Text, Doc("Only those of this name.")] = "",
    tag: TagFilter | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[SnapshotPolicy, NumberedAnswer]:
    """List the policies of a region, the newest first."""
    check_region(ctx, region_id)
    tags, pairs = SNAPSHOT_POLICY.tags_by_id(ctx), pairs_of(tag)
    rows = ctx.tx.find(SnapshotPolicyRow, account_id=ctx.account_id, region=ctx.region)
    found = [
        row
        for row in sorted(rows, key=lambda row: (row.created_at, row.policy_id), reverse=True)
        if auto_snapshot_policy_id in ("", row.policy_id)
        and auto_snapshot_policy_name in ("", row.policy_name)
        and bears(tags.get(row.policy_id, {}), pairs)
    ]
    return by_number(found, pages).map(lambda row: _shown(ctx, row))


def _shown(ctx: Context, row: SnapshotPolicyRow) -> SnapshotPolicy:
    count = len(disks_under(ctx.tx, row.policy_id))
    tags = tag_list(SNAPSHOT_POLICY.tags_of(ctx.tx, row))
    return SnapshotPolicy.of(row, disk_nums=count, volume_nums=count, tags=tags)


def _times(name: str, text: str, known: tuple[str, ...]) -> str:
    try:
        return read_times(text, known)
    except BadTimes:
        raise BadSchedule(name=name) from None


def _checked_days(days: int) -> int:
    if days != KEPT and not 1 <= days <= MOST_DAYS:
        raise BadSchedule(name="RetentionDays")
    return days
