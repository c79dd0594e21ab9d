"""The disks of an image to make: those of an instance, or of snapshots.

Source: ECS API reference, CreateImage (documented); the codes of disks that do not fit each other
(assumed).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, OneOf, Pattern, Text
from juyong.services.ecs.disks.disk import DATA, SYSTEM, SnapshotNotThere, disks_of
from juyong.services.ecs.disks.snapshot import FAILED, SNAPSHOT, NoSnapshot
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.disks.taking import TAKING, has_content, take
from juyong.services.ecs.machines.machine import INSTANCE, NoInstance

SYSTEM_DEVICE = "/dev/xvda"
NotOfSystemDisk = fact(
    "OperationDenied",
    403,
    "The specified snapshot is not allowed to create image.",
    why="The snapshot is of a disk of the other kind, or no disk is the system disk.",
)
TwoDisksThere = fact(
    "InvalidDevice.InUse",
    400,
    "The specified device has been occupied.",
    why="Two disks have the same device, or two are system disks.",
)
DiskTooSmall = fact(
    "InvalidDiskSize.TooSmall",
    400,
    "The specified disk size is less than the snapshot size.",
    why="A disk is smaller than its snapshot, or has neither a size nor a snapshot.",
)
COLLECTING = (
    *(NoInstance, NoSnapshot, SnapshotNotThere, NotOfSystemDisk, TwoDisksThere, DiskTooSmall),
    *TAKING,
)


class DiskOfImage(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """A disk that an image is to have: of a snapshot, or an empty one of a size."""

    snapshot_id: Annotated[str, Text(0, 64)] = ""
    size: Annotated[int, Between(0, 65536)] = 0
    device: Annotated[str, Pattern(r"(/dev/xvd[a-z])?")] = ""
    disk_type: Annotated[str, OneOf((SYSTEM, DATA, ""))] = ""


class Part(msgspec.Struct, frozen=True):
    """A disk of an image to make."""

    device: str
    kind: str
    size_gib: int
    snapshot: SnapshotRow | None


def parts_of_instance(ctx: Context, instance_id: str) -> tuple[list[Part], str]:
    """Take snapshots of the disks of an instance; returns the disks, and the image of it.

    Raises:
        ApiError: of COLLECTING.
    """
    instance = INSTANCE.the(ctx, instance_id)
    parts = []
    for row in disks_of(ctx, instance_id):
        snapshot = take(ctx, row) if has_content(row) else None
        parts.append(Part(row.device, row.kind, row.size_gib, snapshot))
    return parts, instance.image_id


def parts_of(ctx: Context, disks: list[DiskOfImage]) -> list[Part]:
    """Return the disks that a call names; one of the disks is the system disk.

    Raises:
        ApiError: of COLLECTING.
    """
    parts = [_part(ctx, disk, number) for number, disk in enumerate(disks)]
    devices = [part.device for part in parts]
    if len(set(devices)) < len(devices):
        raise TwoDisksThere
    if SYSTEM_DEVICE not in devices:
        raise NotOfSystemDisk
    return parts


def _part(ctx: Context, disk: DiskOfImage, number: int) -> Part:
    snapshot = SNAPSHOT.the(ctx, disk.snapshot_id) if disk.snapshot_id else None
    kind = disk.disk_type or (
        SYSTEM if disk.device == SYSTEM_DEVICE else snapshot.kind if snapshot else DATA
    )
    usual = SYSTEM_DEVICE if kind == SYSTEM else f"/dev/xvd{chr(ord('a') + number)}"
    device = disk.device or usual
    if (device == SYSTEM_DEVICE) != (kind == SYSTEM):
        raise NotOfSystemDisk
    if kind == SYSTEM and snapshot is None:
        raise NotOfSystemDisk
    if snapshot and snapshot.kind != kind:
        raise NotOfSystemDisk
    if snapshot and snapshot.status == FAILED:
        raise SnapshotNotThere
    least = snapshot.size_gib if snapshot else 1
    size = disk.size or (least if snapshot else 0)
    if size < least:
        raise DiskTooSmall
    return Part(device, kind, size, snapshot)


def base_of(ctx: Context, parts: list[Part]) -> str:
    """Return the image of the disk whose snapshot becomes the system disk; empty if it is gone."""
    (system,) = (part.snapshot for part in parts if part.kind == SYSTEM)
    disk = ctx.tx.get(DiskRow, system.disk_id) if system else None
    return disk.image_id if disk else ""
