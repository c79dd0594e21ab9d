"""Take a snapshot of a disk, in a call that makes a snapshot or an image."""

from collections.abc import Mapping

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.base.clock import Instant
from juyong.base.ids import new_instance_id
from juyong.blobs import blob as blobs
from juyong.services.ecs.disks.snapshot import (
    ACCOMPLISHED,
    PROGRESSING,
    SNAPSHOT,
    TooManySnapshots,
    waiting_of,
)
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.network.machines import RUNNING
from juyong.services.network.tables import InstanceRow

AnotherWaits = fact(
    "IncorrectDiskStatus.CreatingSnapshot",
    403,
    "A previous snapshot creation is in process.",
    why="Another snapshot of the disk is not taken yet.",
)
TAKING = (AnotherWaits, TooManySnapshots)


def has_content(row: DiskRow) -> bool:
    """Tell whether an instance may have written to a disk, or whether it was made of content."""
    return row.unsealed or bool(row.blob_id)


def _is_plain(ctx: Context, row: DiskRow) -> bool:
    """Tell whether a plain tree may be newer than the sealed content.

    A stop of the platform seals the disks of instances that go on with its next start: those whose
    disks are not encrypted write again although no call has started them.
    """
    machine = ctx.tx.get(InstanceRow, row.instance_id) if row.instance_id else None
    goes_on = machine is not None and machine.status == RUNNING and not row.data_key
    return row.unsealed or goes_on


def take(
    ctx: Context,
    row: DiskRow,
    *,
    name: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
    policy_id: str = "",
    delete_at: Instant | None = None,
    group_id: str = "",
) -> SnapshotRow:
    """Make a snapshot of a disk that has content.

    A disk that is sealed shares its blob with the snapshot; the plane takes that of any other disk.

    Raises:
        ApiError: of TAKING.
    """
    if waiting_of(ctx.tx, row.disk_id):
        raise AnotherWaits
    is_plain = _is_plain(ctx, row)
    if not is_plain:
        blobs.share(ctx.tx, row.blob_id)
    return SNAPSHOT.create(
        ctx,
        tags,
        snapshot_id=new_instance_id("s"),
        snapshot_name=name,
        description=description,
        disk_id=row.disk_id,
        kind=row.kind,
        size_gib=row.size_gib,
        key_id=row.key_id,
        data_key=row.data_key,
        seal_key=row.seal_key,
        blob_id="" if is_plain else row.blob_id,
        blob_key=None if is_plain else row.blob_key,
        policy_id=policy_id,
        delete_at=delete_at,
        group_id=group_id,
        status=PROGRESSING if is_plain else ACCOMPLISHED,
        changed_at=ctx.now,
    )
