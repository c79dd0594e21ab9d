"""Make, change, delete and list groups of snapshots.

The disks that instances use are as they were at one moment, also those of several instances. Of a
disk that no instance uses, the snapshot has what was sealed last.

Source: ECS API reference, CreateSnapshotGroup, ModifySnapshotGroup, DeleteSnapshotGroup and
DescribeSnapshotGroups (documented: 16 disks of one zone, which add up to 32 TiB, and that a
snapshot in an image stays when its group is deleted); the codes of calls that name disks which do
not fit, and that a snapshot of which a disk was made stays as well (assumed).
"""

from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, Items, OneOf, Text
from juyong.api.listing import MaxItems100, NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import bears, pairs_of
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.base.ids import new_instance_id
from juyong.services.ecs.disks.disk import DISK, NoDisk, disks_of
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, SNAPSHOT, remove_snapshot
from juyong.services.ecs.disks.snapshots import PROGRESS, NeverAttached, check_unused
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.disks.taking import TAKING, has_content, take
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.key_pairs import NoRegion, Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, Description, Name, NoInstance
from juyong.services.ecs.machines.unsupported import NO_GROUPS
from juyong.services.ecs.places import PAGING, in_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_groups.group import (
    SNAPSHOT_GROUP,
    GroupId,
    TooManyGroups,
    snapshots_of,
    status_of,
)
from juyong.services.ecs.snapshot_groups.tables import SnapshotGroupRow
from juyong.services.ecs.tags import RULES, PlainTag, TagFilter, Tags

_NO_FASTER = "a snapshot is there as soon as it is taken"
_MOST_DISKS, _MOST_GIB = 16, 32 * 1024
_ONE = in_region(SNAPSHOT_GROUP.by(snapshot_group_id=GroupId))
_Disks = Annotated[list[str], Items(1, _MOST_DISKS)]
_Text = Annotated[str, Text(1, 128)]
NothingNamed = fact(
    "MissingParameter.InstanceId",
    400,
    "The parameter InstanceId or DiskId must be given.",
    why="Neither an instance nor a disk is named, or all disks are excluded.",
)
BothNamed = fact(
    "InvalidParameter.Conflict",
    400,
    "The parameters DiskId and ExcludeDiskId cannot be specified at the same time.",
    why="Disks are named and excluded, or disks are excluded of no instance.",
)
OtherZones = fact(
    "ResourcesNotInSameZone",
    403,
    "The specified disks are not in the same zone.",
    why="Two of the disks are in different zones.",
)
TooManyDisks = fact(
    "QuotaExceed.SnapshotGroupDisk",
    403,
    "The number or the size of the disks of the snapshot group exceeds.",
    why="The disks are more than 16, or larger than 32 TiB in sum.",
)


class NewGroup(Shape, frozen=True, kw_only=True):
    """The group just made."""

    snapshot_group_id: str


class SnapshotInGroup(Shape, frozen=True, kw_only=True):
    """A snapshot of a group."""

    snapshot_id: str
    source_disk_id: Annotated[str, Of("disk_id")]
    source_disk_type: Annotated[str, Of("kind")]
    progress: Annotated[str, Of("status", PROGRESS.__getitem__)]
    available: Annotated[bool, Of("status", lambda status: status == ACCOMPLISHED)]
    instant_access: bool = False
    tags: Annotated[list[PlainTag], Within("Tag")]


class SnapshotGroup(Shape, frozen=True, kw_only=True):
    """One group."""

    snapshot_group_id: Annotated[str, Of("group_id")]
    name: Annotated[str, Of("group_name")]
    description: str
    instance_id: str
    status: str
    resource_group_id: str = ""
    creation_time: Annotated[str, Of("created_at", iso)]
    snapshots: Annotated[list[SnapshotInGroup], Within("Snapshot")]
    tags: Annotated[list[PlainTag], Within("Tag")]


class Item(Shape, frozen=True, kw_only=True):
    """The subject of a deletion."""

    name: str = "SnapshotId"
    value: str


class Deletion(Shape, frozen=True, kw_only=True):
    """How the deletion of a snapshot ended."""

    operation_status: str = "Success"
    error_code: str = ""
    error_msg: str = ""
    related_item_set: Annotated[list[Item], Within("RelatedItem")]


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the group to make, and the instance and disks that are named: each must be allowed."""
    instance = arguments["instance_id"]
    return (
        SNAPSHOT_GROUP.arn_named(ctx, "*"),
        *((INSTANCE.arn_named(ctx, instance),) if instance else ()),
        *(DISK.arn_named(ctx, each) for each in arguments["disk_id"] or ()),
    )


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**INSTANCE.tag_conditions(ctx, arn), **DISK.tag_conditions(ctx, arn)}


@operation(
    ECS,
    "CreateSnapshotGroup",
    resource=_each,
    resource_conditions=_conditions,
    gateway=ONCE,
    unsupported=because(
        {
            NO_GROUPS: "ResourceGroupId",
            _NO_FASTER: "InstantAccessRetentionDays",
            "snapshots lie where the platform keeps blobs": "StorageLocationArn",
        }
    ),
    raises=(
        *(NoInstance, NoDisk, NothingNamed, BothNamed, OtherZones, TooManyDisks, TooManyGroups),
        *(NeverAttached, *TAKING),
    ),
)
def create_snapshot_group(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: Annotated[str, Text(1, 64), Doc("All its disks, or those named.")] | None = None,
    disk_id: Annotated[_Disks, Doc("1 to 16 disks.")] | None = None,
    exclude_disk_id: Annotated[_Disks, Doc("Disks of the instance to leave out.")] | None = None,
    name: Name | None = None,
    description: Description | None = None,
    instant_access: OffAlone = False,
    tag: Tags | None = None,
) -> NewGroup:
    """Take snapshots of several disks: of all of them, or of none."""
    check_region(ctx, region_id)
    refuse_on({"InstantAccess": instant_access}, _NO_FASTER)
    if exclude_disk_id and (disk_id or not instance_id):
        raise BothNamed
    disks = _disks(ctx, instance_id, disk_id, exclude_disk_id or [])
    group = SNAPSHOT_GROUP.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        group_id=new_instance_id("ssg"),
        group_name=name or "",
        description=description or "",
        instance_id=instance_id or "",
    )
    for disk in disks:
        take(ctx, disk, group_id=group.group_id)
    return NewGroup(snapshot_group_id=group.group_id)


def _disks(
    ctx: Context, instance_id: str | None, named: list[str] | None, excluded: list[str]
) -> list[DiskRow]:
    """Return the disks of a group to make.

    Raises:
        ApiError: as CreateSnapshotGroup declares.
    """
    if instance_id is None:
        disks = [DISK.the(ctx, each) for each in dict.fromkeys(named or ())]
    else:
        INSTANCE.the(ctx, instance_id)
        own = {row.disk_id: row for row in disks_of(ctx, instance_id)}
        if not own.keys() >= {*(named or ()), *excluded}:
            raise NoDisk
        disks = [row for each, row in own.items() if each in (named or own)]
        disks = [row for row in disks if row.disk_id not in excluded]
    if not disks:
        raise NothingNamed
    if len({row.zone_id for row in disks}) > 1:
        raise OtherZones
    if len(disks) > _MOST_DISKS or sum(row.size_gib for row in disks) > _MOST_GIB:
        raise TooManyDisks
    if not all(map(has_content, disks)):
        raise NeverAttached
    return disks


@operation(ECS, "ModifySnapshotGroup", on=_ONE, raises=(NoRegion,))
def modify_snapshot_group(
    ctx: Context,
    row: SnapshotGroupRow,
    *,
    name: Name | None = None,
    description: Description | None = None,
) -> None:
    """Change the words about a group."""
    SNAPSHOT_GROUP.change(ctx, row, group_name=name, description=description)


@operation(
    ECS,
    "DeleteSnapshotGroup",
    on=_ONE,
    answers="OperationProgressSet.OperationProgress",
    raises=(NoRegion,),
)
def delete_snapshot_group(ctx: Context, row: SnapshotGroupRow) -> list[Deletion]:
    """Delete a group with its snapshots; one that an image or a disk is of stays by itself.

    Returns:
        What became of each snapshot.
    """
    deleted = [_delete(ctx, each) for each in snapshots_of(ctx.tx, row.group_id)]
    SNAPSHOT_GROUP.remove(ctx, row)
    return deleted


def _delete(ctx: Context, row: SnapshotRow) -> Deletion:
    about: dict[str, Any] = {"related_item_set": [Item(value=row.snapshot_id)]}
    try:
        check_unused(ctx, row)
    except ApiError as refusal:
        ctx.tx.update(row, group_id="")
        return Deletion(
            operation_status="Failed", error_code=refusal.code, error_msg=refusal.message, **about
        )
    remove_snapshot(ctx, row)
    return Deletion(**about)


@operation(
    ECS,
    "DescribeSnapshotGroups",
    on=SNAPSHOT_GROUP.all,
    answers="SnapshotGroups.SnapshotGroup",
    unsupported={
        "ResourceGroupId": NO_GROUPS,
        "AdditionalAttributes": "each snapshot of a group tells its progress",
    },
    reads_only=True,
    scans=True,
)
def describe_snapshot_groups(
    ctx: Context,
    *,
    region_id: Region,
    snapshot_group_id: Annotated[list[str], Items(1, 10), Doc("Only these.")] | None = None,
    instance_id: Annotated[_Text, Doc("Only those of this instance.")] | None = None,
    name: Annotated[_Text, Doc("Only those of this name.")] | None = None,
    status: Annotated[
        list[Annotated[str, OneOf(("progressing", "accomplished", "failed"))]],
        Items(1, 3),
        Doc("Only those with one of these."),
    ]
    | None = None,
    tag: TagFilter | None = None,
    max_results: MaxItems100 = 10,
    next_token: NextToken = "",
) -> Listing[SnapshotGroup, TokenPage]:
    """List the groups of a region, by id."""
    check_region(ctx, region_id)
    held, pairs = SNAPSHOT_GROUP.tags_by_id(ctx), pairs_of(tag)
    rows = [
        row
        for row in ctx.tx.find(SnapshotGroupRow, account_id=ctx.account_id, region=ctx.region)
        if (snapshot_group_id is None or row.group_id in snapshot_group_id)
        and instance_id in (None, row.instance_id)
        and name in (None, row.group_name)
        and (status is None or status_of(snapshots_of(ctx.tx, row.group_id)) in status)
        and bears(held.get(row.group_id, {}), pairs)
    ]
    found = PAGING.part(
        "snapshot groups",
        rows,
        key=lambda row: (row.group_id,),
        token=next_token,
        limit=max_results,
    )
    return found.map(lambda row: _shown(ctx, row))


def _shown(ctx: Context, row: SnapshotGroupRow) -> SnapshotGroup:
    snapshots = snapshots_of(ctx.tx, row.group_id)
    return SnapshotGroup.of(
        row,
        status=status_of(snapshots),
        snapshots=[
            SnapshotInGroup.of(each, tags=_tags(SNAPSHOT.tags_of(ctx.tx, each)))
            for each in snapshots
        ],
        tags=_tags(SNAPSHOT_GROUP.tags_of(ctx.tx, row)),
    )


def _tags(tags: dict[str, str]) -> list[PlainTag]:
    return [PlainTag(key=key, value=value) for key, value in sorted(tags.items())]
