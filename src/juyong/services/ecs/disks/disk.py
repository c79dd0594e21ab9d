"""The disk: how calls name one, how one is made, and what the inventory keeps.

Source: ECS API reference, CreateDisk, RunInstances and DescribeDisks (documented).
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.resource import Links, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.ids import new_instance_id, new_uuid
from juyong.blobs import blob as blobs
from juyong.services.ecs.content.categories import DATA_GIB, LEVELLED, LEVELS, SYSTEM_GIB
from juyong.services.ecs.disks.keys import (
    DRAWING,
    NotEncrypted,
    begin_use,
    draw_key,
    resealed,
    sealing_keys,
)
from juyong.services.ecs.disks.snapshot import (
    ACCOMPLISHED,
    FAILED,
    SNAPSHOT,
    NoSnapshot,
    waiting_of,
)
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.images.image import IMAGE, settled
from juyong.services.ecs.snapshot_policies.applied import bind, release
from juyong.services.ecs.tags import RULES

SYSTEM, DATA = "system", "data"
IN_USE, AVAILABLE = "In_use", "Available"
_USUAL = "cloud_essd"
_USUAL_GIB = 40
_KEY_COLUMNS = ("key_id", "data_key", "seal_key")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_DISKS = 17
"""Of an instance, with the system disk (documented)."""
DiskId = Annotated[str, Text(1, 64), Doc("The disk.")]
Level = Annotated[str, OneOf(LEVELS), Doc("Of `cloud_essd`: `PL0` to `PL3`; `PL1` if absent.")]
NoDisk = fact(
    "InvalidDiskId.NotFound",
    404,
    "The specified disk does not exist.",
    why="The region has no such disk.",
)


def _unsupported(name: str, why: str) -> type[ApiError]:
    return fact(
        f"Invalid{name}.ValueNotSupported",
        400,
        f'The specified parameter "{name}" is not supported.',
        why=why,
    )


_BAD_CATEGORY = "There is no such category of disks."
_BAD_SIZE = "The category has no disks of the size, or the image is larger."
BadCategory = {
    SYSTEM: _unsupported("SystemDiskCategory", _BAD_CATEGORY),
    DATA: _unsupported("DataDiskCategory", _BAD_CATEGORY),
}
BadSize = {
    SYSTEM: _unsupported("SystemDiskSize", _BAD_SIZE),
    DATA: _unsupported("DataDiskSize", _BAD_SIZE),
}
MAKING = (BadCategory[DATA], BadSize[DATA], *DRAWING)
"""The errors of a data disk that a call makes."""
SnapshotNotThere = fact(
    "IncorrectSnapshotStatus",
    403,
    "The current status of the resource does not support this operation.",
    why="The snapshot is not taken yet, or failed.",
)
OtherEncryption = fact(
    "EncryptedOption.Conflict",
    400,
    "Encryption value of disk and snapshot conflict.",
    why="The snapshot is not encrypted, or is encrypted under another key.",
)
MAKING_OF_SNAPSHOT = (NoSnapshot, SnapshotNotThere, OtherEncryption)
"""The further errors of a data disk that is made of a snapshot."""
MAKING_SYSTEM = (BadCategory[SYSTEM], BadSize[SYSTEM])


class DiskState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a disk."""

    disk_id: str
    disk_name: str
    type: Annotated[str, Of("kind")]
    category: str
    size: Annotated[int, Of("size_gib")]
    instance_id: str
    encrypted: Annotated[bool, Of("data_key", bool)]
    kms_key_id: Annotated[str, Of("key_id")] = msgspec.field(name="KMSKeyId")
    delete_with_instance: bool
    zone_id: str
    creation_time: CreateDate


DISK: Resource[DiskRow] = Resource(
    kind="ACS::ECS::Disk",
    row=DiskRow,
    id="disk_id",
    name="disk_id",
    arn="ecs:disk/",
    regional=True,
    find=found_here(DiskRow),
    missing=NoDisk,
    state=DiskState,
    tags=RULES,
    links=(Links("encrypted-by", sealing_keys),),
)


class WantedDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk to make; None stands for the usual.

    of_image: The snapshot is in the image of the instance. least_gib: Its size in that image.
    policy_id: The policy that makes snapshots of the disk, which is there.
    """

    kind: str
    zone_id: str
    category: str | None = None
    level: str | None = None
    size_gib: int | None = None
    name: str = ""
    description: str = ""
    encrypted: bool = False
    key_id: str | None = None
    instance_id: str = ""
    image_id: str = ""
    delete_with_instance: bool = True
    is_running: bool = False
    snapshot_id: str = ""
    of_image: bool = False
    least_gib: int = 0
    policy_id: str = ""


def make_disk(ctx: Context, wanted: WantedDisk, tags: Mapping[str, str] | None = None) -> DiskRow:
    """Make a disk, attached to an instance if one is named.

    Raises:
        ApiError: of BadCategory, BadSize or DRAWING.
    """
    snapshot = _snapshot_of(ctx, wanted)
    category = wanted.category or _USUAL
    least, most = (SYSTEM_GIB if wanted.kind == SYSTEM else DATA_GIB).get(category, (0, 0))
    if not most:
        raise BadCategory[wanted.kind]
    held = max(wanted.least_gib, snapshot.size_gib if snapshot else 0)
    usual = held if held and wanted.kind == DATA else max(held, _USUAL_GIB)
    size = usual if wanted.size_gib is None else wanted.size_gib
    if not max(least, held) <= size <= most:
        raise BadSize[wanted.kind]
    row = DISK.create(
        ctx,
        tags,
        disk_id=new_instance_id("d"),
        zone_id=wanted.zone_id,
        disk_name=wanted.name,
        description=wanted.description,
        kind=wanted.kind,
        category=category,
        performance_level=(wanted.level or "PL1") if category == LEVELLED else "",
        size_gib=size,
        image_id=wanted.image_id,
        instance_id=wanted.instance_id,
        device=free_device(ctx, wanted.instance_id) if wanted.instance_id else "",
        delete_with_instance=wanted.delete_with_instance,
        base=new_uuid(),
        unsealed=wanted.is_running,
        attached_at=ctx.now if wanted.instance_id else None,
        **(_content_of(ctx, wanted, snapshot) if snapshot else _drawn(ctx, wanted)),
    )
    if snapshot and wanted.is_running:
        (row,) = begin_use(ctx, [row])
    if wanted.policy_id:
        bind(ctx, row.disk_id, wanted.policy_id)
    return row


def _drawn(ctx: Context, wanted: WantedDisk) -> dict[str, Any]:
    """Return the columns of the key of a disk without content."""
    if wanted.key_id and not wanted.encrypted:
        raise NotEncrypted
    if not wanted.encrypted:
        return {}
    drawn = draw_key(ctx, wanted.key_id)
    values = (wanted.key_id or "", drawn.data_key, drawn.seal_key)
    return dict(zip(_KEY_COLUMNS, values, strict=True))


def _snapshot_of(ctx: Context, wanted: WantedDisk) -> SnapshotRow | None:
    """Return the snapshot that a disk is to be made of.

    Raises:
        ApiError: of MAKING_OF_SNAPSHOT.
        NotSupported: the snapshot is of a system disk.
    """
    if not wanted.snapshot_id:
        return None
    found = ctx.tx.get(SnapshotRow, wanted.snapshot_id) if wanted.of_image else None
    if found is None:
        found = SNAPSHOT.the(ctx, wanted.snapshot_id)
    if found.status != ACCOMPLISHED:
        raise SnapshotNotThere
    if found.account_id != ctx.account_id:
        return found
    if found.data_key or not wanted.of_image:
        other_key = wanted.key_id not in (None, found.key_id)
        if other_key or (wanted.encrypted and not found.data_key):
            raise OtherEncryption
    if found.kind != wanted.kind:
        raise NotSupported(
            name="SnapshotId", reason="folders of a system disk have no place on a data disk"
        )
    return found


def _content_of(ctx: Context, wanted: WantedDisk, snapshot: SnapshotRow) -> dict[str, Any]:
    """Return the columns of a disk that has the content and the key of a snapshot.

    A disk of an encrypted image of another account has a key of its own account, to which the KMS
    reseals the content now; so later only that key decides on the disk.

    The first content of an encrypted disk of an image that is not encrypted stays as it is in the
    image; what the disk holds later is sealed under its key.
    """
    blobs.share(ctx.tx, snapshot.blob_id)
    content = {name: getattr(snapshot, name) for name in ("snapshot_id", "blob_id", "blob_key")}
    if not snapshot.data_key:
        return {**content, **_drawn(ctx, wanted)}
    if snapshot.account_id != ctx.account_id:
        drawn = _drawn(ctx, msgspec.structs.replace(wanted, encrypted=True))
        return {**content, **drawn, "blob_key": resealed(ctx, snapshot, drawn["seal_key"])}
    return {**content, **{name: getattr(snapshot, name) for name in _KEY_COLUMNS}}


def disks_of(ctx: Context, instance_id: str) -> list[DiskRow]:
    """Return the disks of an instance, the system disk first."""
    return ctx.tx.find(DiskRow, order=("device",), instance_id=instance_id)


def free_device(ctx: Context, instance_id: str) -> str:
    """Return the first device name that no disk of an instance has."""
    used = {row.device for row in disks_of(ctx, instance_id)}
    names = (f"/dev/xvd{letter}" for letter in _LETTERS)
    return next(name for name in names if name not in used)


def remove_disk(ctx: Context, row: DiskRow) -> None:
    """Delete a disk with its content."""
    for snapshot in waiting_of(ctx.tx, row.disk_id):
        SNAPSHOT.change(ctx, snapshot, status=FAILED, changed_at=ctx.now)
        for image in settled(ctx.tx, snapshot.snapshot_id):
            IMAGE.note(ctx.tx, ctx.journal, "updated", image)
    if row.blob_id:
        blobs.forget(ctx.tx, row.blob_id, ctx.now)
    release(ctx.tx, row.disk_id)
    DISK.remove(ctx, row)
