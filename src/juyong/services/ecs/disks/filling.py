"""Give a disk other content: that of a snapshot, of its image, or none.

The plane keeps the tree of a disk under the name of the content that it began with (`base`). A new
name has the plane drop the tree that is there, and begin anew at the next start.
"""

from typing import Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.base.ids import new_uuid
from juyong.blobs import blob as blobs
from juyong.services.ecs.disks.disk import DISK
from juyong.services.ecs.disks.keys import KeyUnusable, resealed
from juyong.services.ecs.disks.snapshot import waiting_of
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.disks.taking import AnotherWaits
from juyong.services.ecs.machines.machine import INSTANCE, STOPPED, WrongStatus
from juyong.services.network.tables import InstanceRow

NotOfDisk = fact(
    "InvalidParameter.Mismatch",
    403,
    "The specified snapshot is not created from the specified disk.",
    why="The snapshot is of another disk.",
)
SETTLED = (AnotherWaits, WrongStatus)


def settled_instance(ctx: Context, row: DiskRow) -> InstanceRow | None:
    """Return the instance of a disk whose content a call may change; None for none.

    Raises:
        WrongStatus: the instance runs.
        AnotherWaits: a snapshot of the disk is not taken yet.
    """
    instance = INSTANCE.the(ctx, row.instance_id) if row.instance_id else None
    if instance is not None and instance.status != STOPPED:
        raise WrongStatus
    if waiting_of(ctx.tx, row.disk_id):
        raise AnotherWaits
    return instance


def fill(ctx: Context, row: DiskRow, snapshot: SnapshotRow | None) -> DiskRow:
    """Give a disk, which no instance uses, the content of a snapshot, or none."""
    content: dict[str, Any] = {"blob_id": "", "blob_key": None}
    if snapshot is not None:
        blobs.share(ctx.tx, snapshot.blob_id)
        names = ("blob_id", "blob_key", *(("data_key", "seal_key") if snapshot.data_key else ()))
        content = {name: getattr(snapshot, name) for name in names}
        if snapshot.data_key and snapshot.account_id != row.account_id:
            content = _under_own_key(ctx, row, snapshot)
    if row.blob_id:
        blobs.forget(ctx.tx, row.blob_id, ctx.now)
    row = ctx.tx.update(row, base=new_uuid(), unsealed=False, opened_key=None, **content)
    return DISK.change(ctx, row)


def _under_own_key(ctx: Context, row: DiskRow, snapshot: SnapshotRow) -> dict[str, Any]:
    """Return the content of another account's snapshot, under the key that the disk has.

    Raises:
        KeyUnusable: the key of the snapshot does not open.
    """
    if row.seal_key is None:
        raise KeyUnusable
    key = resealed(ctx, snapshot, row.seal_key)
    return {"blob_id": snapshot.blob_id, "blob_key": key}
