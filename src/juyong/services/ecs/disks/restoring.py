"""Restore a disk: to a snapshot of the disk, or to what the disk was made of.

Source: ECS API reference, ResetDisk and ReInitDisk (documented: the instance is stopped; a system
disk goes back to its image, a data disk to the snapshot that it was made of, or to nothing); the
codes of a source that is gone (assumed).
"""

from typing import Annotated

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.services.ecs.content.images import IMAGES
from juyong.services.ecs.disks.disk import DISK, SYSTEM, DiskId, NoDisk, SnapshotNotThere
from juyong.services.ecs.disks.filling import SETTLED, NotOfDisk, fill, settled_instance
from juyong.services.ecs.disks.keys import OPENING, needs_to_open
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, SNAPSHOT, NoSnapshot, SnapshotId
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.images.image import NoImage, disks_in, images_of, is_shared, made_image
from juyong.services.ecs.machines.power import start
from juyong.services.ecs.machines.unsupported import NO_PASSWORDS
from juyong.services.ecs.product import PRODUCT as ECS

Unattached = fact(
    "IncorrectDiskStatus",
    403,
    "The current disk status does not support this operation.",
    why="The disk is attached to no instance.",
)
SourceGone = fact(
    "InvalidSourceSnapshot.NotFound",
    404,
    "The snapshot that the specified disk was created from does not exist.",
    why="The snapshot that the disk was made of is deleted.",
)
LOGIN = {
    "Password": NO_PASSWORDS,
    "KeyPairName": "key pairs are attached by AttachKeyPair",
}
Agent = Annotated[str, OneOf(("Deactive",)), Doc("`Deactive` alone.")]


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the disk and the snapshot: each must be allowed."""
    return (
        DISK.arn_named(ctx, arguments["disk_id"]),
        SNAPSHOT.arn_named(ctx, arguments["snapshot_id"]),
    )


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**DISK.tag_conditions(ctx, arn), **SNAPSHOT.tag_conditions(ctx, arn)}


@operation(
    ECS,
    "ResetDisk",
    resource=_both,
    resource_conditions=_conditions,
    gateway=CHECKED,
    raises=(NoDisk, NoSnapshot, NotOfDisk, SnapshotNotThere, *SETTLED),
)
def reset_disk(ctx: Context, *, disk_id: DiskId, snapshot_id: SnapshotId) -> None:
    """Give a disk the content of a snapshot of it; its instance is stopped, or there is none."""
    row, snapshot = DISK.the(ctx, disk_id), SNAPSHOT.the(ctx, snapshot_id)
    if snapshot.disk_id != disk_id:
        raise NotOfDisk
    if snapshot.status != ACCOMPLISHED:
        raise SnapshotNotThere
    settled_instance(ctx, row)
    fill(ctx, row, snapshot)


def _keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return what the caller needs on the key of another account's image."""
    row = DISK.find(ctx, arguments["disk_id"])
    source = ctx.tx.get(SnapshotRow, row.snapshot_id) if row and row.snapshot_id else None
    return needs_to_open(ctx, [source] if source else [])


@operation(
    ECS,
    "ReInitDisk",
    on=DISK.by(disk_id=DiskId),
    also=_keys,
    unsupported=LOGIN,
    raises=(Unattached, SourceGone, NoImage, *SETTLED, *OPENING),
)
def re_init_disk(
    ctx: Context,
    row: DiskRow,
    *,
    auto_start_instance: Annotated[bool, Doc("Whether the instance starts afterwards.")] = False,
    security_enhancement_strategy: Agent = "Deactive",  # noqa: ARG001  # alone
) -> None:
    """Give a disk the content that it was made of: of its image, of its snapshot, or none."""
    instance = settled_instance(ctx, row)
    if instance is None:
        raise Unattached
    fill(ctx, row, _source_of(ctx, row))
    if auto_start_instance:
        start(ctx, instance)


def _source_of(ctx: Context, row: DiskRow) -> SnapshotRow | None:
    if row.kind == SYSTEM and row.image_id not in IMAGES:
        if made_image(ctx, row.image_id) is None:
            raise NoImage
        held = next(disk.snapshot_id for disk in disks_in(ctx.tx, row.image_id))
        return ctx.tx.get(SnapshotRow, held) if held else None
    if row.kind == SYSTEM or not row.snapshot_id:
        return None
    source = ctx.tx.get(SnapshotRow, row.snapshot_id)
    if source is None or not _may_read(ctx, source):
        raise SourceGone
    return source


def _may_read(ctx: Context, snapshot: SnapshotRow) -> bool:
    """Tell whether a snapshot is the account's, or in an image that is shared with the account."""
    if snapshot.account_id == ctx.account_id:
        return True
    return any(is_shared(ctx, row.image_id) for row in images_of(ctx.tx, snapshot.snapshot_id))
