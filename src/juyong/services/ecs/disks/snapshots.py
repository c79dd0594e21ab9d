"""Make, list and delete snapshots.

A disk that is sealed already shares its blob with the snapshot at once. Of any other disk the
network plane takes the snapshot, and the snapshot is `progressing` meanwhile.

Source: ECS API reference, CreateSnapshot, DescribeSnapshots and DeleteSnapshot (documented); that a
disk which was made of a snapshot keeps the snapshot unless Force is given (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Grouped, OneOf, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import DAY_SECONDS, Instant, iso
from juyong.services.ecs.disks.disk import DISK, DiskId, NoDisk, disks_of
from juyong.services.ecs.disks.keys import KeyId
from juyong.services.ecs.disks.snapshot import (
    ACCOMPLISHED,
    FAILED,
    PROGRESSING,
    SNAPSHOT,
    OwnName,
    RetentionDays,
    SnapshotId,
    remove_snapshot,
)
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.disks.taking import TAKING, has_content, take
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.images.image import images_of
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import DESCRIPTION
from juyong.services.ecs.machines.unsupported import NO_GROUPS, NO_TIMES
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged, texts_of
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, TagFilter, Tags

_NO_FASTER = "a snapshot is there as soon as it is taken"
_Text = Annotated[str, Text(1, 128)]
_Category = Annotated[str, OneOf(("standard",)), Doc("`standard` alone.")]
PROGRESS = {PROGRESSING: "0%", ACCOMPLISHED: "100%", FAILED: "0%"}
_STATUSES = ("progressing", "accomplished", "failed", "all")
NeverAttached = fact(
    "IncorrectDiskStatus.NeverAttached",
    403,
    "The specified disk has never been attached to any instance.",
    why="No instance ever wrote to the disk.",
)
HasDisks = fact(
    "SnapshotCreatedDisk",
    403,
    "The snapshot has been used to create disks.",
    why="There is a disk that was made of the snapshot, and Force is not given.",
)
HasImages = fact(
    "SnapshotCreatedImage",
    403,
    "The snapshot has been used to create images.",
    why="There is an image that the snapshot is in, whether Force is given or not.",
)


class NewSnapshot(Shape, frozen=True, kw_only=True):
    """The snapshot just begun."""

    snapshot_id: str


class Snapshot(Shape, frozen=True, kw_only=True):
    """One snapshot."""

    snapshot_id: str
    snapshot_name: str
    description: str
    region_id: Annotated[str, Of("region")]
    snapshot_type: Annotated[str, Of("policy_id", lambda made_by: "auto" if made_by else "user")]
    category: str = "standard"
    status: str
    progress: Annotated[str, Of("status", PROGRESS.__getitem__)]
    available: Annotated[bool, Of("status", lambda status: status == ACCOMPLISHED)]
    source_disk_id: Annotated[str, Of("disk_id")]
    source_disk_type: Annotated[str, Of("kind")]
    source_disk_size: Annotated[str, Of("size_gib", str)]
    source_storage_type: str = "disk"
    encrypted: Annotated[bool, Of("data_key", bool)]
    kms_key_id: Annotated[str, Of("key_id")] = msgspec.field(name="KMSKeyId")
    usage: str
    retention_days: int | msgspec.UnsetType = msgspec.UNSET
    instant_access: bool = False
    product_code: str = ""
    resource_group_id: str = ""
    creation_time: Annotated[str, Of("created_at", iso)]
    last_modified_time: Annotated[str, Of("changed_at", iso)]
    tags: TagList


class SnapshotFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeSnapshots: only snapshots that meet all of them."""

    snapshot_ids: Annotated[str, Doc("A JSON array of up to 100 snapshots.")] | None = None
    disk_id: _Text | None = None
    instance_id: Annotated[_Text, Doc("An instance that has the disk now.")] | None = None
    snapshot_name: _Text | None = None
    status: Annotated[str, OneOf(_STATUSES)] = "all"
    snapshot_type: Annotated[str, OneOf(("auto", "user", "all")), Doc("`auto`: of a policy.")] = (
        "all"
    )
    source_disk_type: Annotated[str, OneOf(("System", "Data", "system", "data"))] | None = None
    usage: Annotated[str, OneOf(("image", "disk", "image_disk", "none"))] | None = None
    category: _Category | None = None
    encrypted: bool | None = None
    kms_key_id: KeyId | None = None


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the disk, and the snapshot to make: each must be allowed."""
    return (DISK.arn_named(ctx, arguments["disk_id"]), SNAPSHOT.arn_named(ctx, "*"))


@operation(
    ECS,
    "CreateSnapshot",
    resource=_both,
    resource_conditions=DISK.tag_conditions,
    gateway=ONCE,
    unsupported=because(
        {
            NO_GROUPS: "ResourceGroupId",
            _NO_FASTER: "InstantAccessRetentionDays",
            "snapshots lie where the platform keeps blobs": "StorageLocationArn",
        }
    ),
    raises=(NoDisk, NeverAttached, *TAKING),
)
def create_snapshot(
    ctx: Context,
    *,
    disk_id: DiskId,
    snapshot_name: OwnName | None = None,
    description: Annotated[str, DESCRIPTION] | None = None,
    category: _Category = "standard",  # noqa: ARG001  # as its type says
    retention_days: RetentionDays | None = None,
    instant_access: OffAlone = False,
    tag: Tags | None = None,
) -> NewSnapshot:
    """Make a snapshot of a disk; an instance that runs goes on, and each file is as it was read.

    Args:
        description: A text for people.
    """
    refuse_on({"InstantAccess": instant_access}, _NO_FASTER)
    row = DISK.the(ctx, disk_id)
    if not has_content(row):
        raise NeverAttached
    made = take(
        ctx,
        row,
        name=snapshot_name or "",
        description=description or "",
        tags=RULES.checked(pairs_of(tag)),
        delete_at=Instant(ctx.now + retention_days * DAY_SECONDS) if retention_days else None,
    )
    return NewSnapshot(snapshot_id=made.snapshot_id)


@operation(
    ECS,
    "DescribeSnapshots",
    on=SNAPSHOT.all,
    answers="Snapshots.Snapshot",
    gateway=CHECKED,
    unsupported={
        "SnapshotLinkId": "a disk has snapshots that stand each by itself",
        "ResourceGroupId": NO_GROUPS,
        "Filter": NO_TIMES,
    },
    reads_only=True,
    scans=True,
)
def describe_snapshots(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[SnapshotFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    tag: TagFilter | None = None,
) -> Listing[Snapshot, PageAnswer]:
    """List the snapshots of a region, the newest first; ids that none has are passed over.

    Args:
        disk_id, snapshot_name, status, source_disk_type, usage, encrypted: Only what has this.
    """
    check_region(ctx, region_id)
    held, pairs = SNAPSHOT.tags_by_id(ctx), pairs_of(tag)
    rows = [row for row in _meeting(ctx, wanted) if bears(held.get(row.snapshot_id, {}), pairs)]
    found = paged("snapshots", rows, lambda row: (row.created_at, row.snapshot_id), pages)
    return found.map(lambda row: _shown(ctx, row))


def _meeting(ctx: Context, wanted: SnapshotFilter) -> list[SnapshotRow]:
    ids = wanted.snapshot_ids and texts_of("SnapshotIds", wanted.snapshot_ids)
    of = wanted.instance_id
    disks = of and {disk.disk_id for disk in disks_of(ctx, of)}
    kind = wanted.source_disk_type and wanted.source_disk_type.lower()
    return [
        row
        for row in ctx.tx.find(SnapshotRow, account_id=ctx.account_id, region=ctx.region)
        if (not ids or row.snapshot_id in ids)
        and (not of or row.disk_id in (disks or ()))
        and wanted.snapshot_type in ("all", "auto" if row.policy_id else "user")
        and wanted.disk_id in (None, row.disk_id)
        and wanted.snapshot_name in (None, row.snapshot_name)
        and wanted.status in ("all", row.status)
        and kind in (None, row.kind)
        and wanted.encrypted in (None, bool(row.data_key))
        and wanted.kms_key_id in (None, row.key_id)
        and wanted.usage in (None, _usage(ctx, row))
    ]


def _usage(ctx: Context, row: SnapshotRow) -> str:
    uses = [
        name
        for name, found in (
            ("image", images_of(ctx.tx, row.snapshot_id)),
            ("disk", _made_of(ctx, row)),
        )
        if found
    ]
    return "_".join(uses) or "none"


def _made_of(ctx: Context, row: SnapshotRow) -> list[DiskRow]:
    return ctx.tx.find(
        DiskRow, account_id=ctx.account_id, region=ctx.region, snapshot_id=row.snapshot_id
    )


def _shown(ctx: Context, row: SnapshotRow) -> Snapshot:
    days = None if row.delete_at is None else (row.delete_at - row.created_at) // DAY_SECONDS
    return Snapshot.of(
        row,
        usage=_usage(ctx, row),
        retention_days=msgspec.UNSET if days is None else days,
        tags=tag_list(SNAPSHOT.tags_of(ctx.tx, row)),
    )


@operation(
    ECS, "DeleteSnapshot", on=SNAPSHOT.by(snapshot_id=SnapshotId), raises=(HasDisks, HasImages)
)
def delete_snapshot(
    ctx: Context,
    row: SnapshotRow,
    *,
    force: Annotated[bool, Doc("Whether disks may have been made of the snapshot.")] = False,
) -> None:
    """Delete a snapshot that is in no image; disks that were made of it keep their content."""
    check_unused(ctx, row, force=force)
    remove_snapshot(ctx, row)


def check_unused(ctx: Context, row: SnapshotRow, *, force: bool = False) -> None:
    """Refuse to delete a snapshot that is used.

    force: Whether disks may have been made of the snapshot.

    Raises:
        HasImages, HasDisks: as named.
    """
    if images_of(ctx.tx, row.snapshot_id):
        raise HasImages
    if not force and _made_of(ctx, row):
        raise HasDisks
