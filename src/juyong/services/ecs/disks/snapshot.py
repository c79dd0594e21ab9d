"""The snapshot: how calls name one, and what the inventory keeps.

Source: ECS API reference, CreateSnapshot and DescribeSnapshots (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Pattern, Text
from juyong.api.resource import Links, Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.blobs import blob as blobs
from juyong.services.ecs.disks.keys import sealing_keys
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.tags import RULES
from juyong.store.transaction import Transaction

PROGRESSING, ACCOMPLISHED, FAILED = "progressing", "accomplished", "failed"
SnapshotId = Annotated[str, Text(1, 64), Doc("The snapshot.")]
OwnName = Annotated[
    str,
    Pattern(r"(?!auto)(?!https?://)[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff:.\-]{1,127}"),
    Doc(
        "2 to 128 letters, digits, `:`, `_`, `.` and `-`; a letter first. Not `auto`, with which "
        "the names of policies begin."
    ),
]
RetentionDays = Annotated[
    int,
    Between(1, 65536),
    Doc("1 to 65536, after which it is deleted, unless an image or a disk is of it."),
]
NoSnapshot = fact(
    "InvalidSnapshotId.NotFound",
    404,
    "The specified snapshot does not exist.",
    why="The region has no such snapshot.",
)
TooManySnapshots = fact(
    "QuotaExceed.Snapshot",
    403,
    "The snapshot quota exceeds.",
    why="The region holds the quota `ecs.snapshots`.",
)


class SnapshotState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a snapshot."""

    snapshot_id: str
    snapshot_name: str
    source_disk_id: Annotated[str, Of("disk_id")]
    source_disk_type: Annotated[str, Of("kind")]
    source_disk_size: Annotated[int, Of("size_gib")]
    status: str
    encrypted: Annotated[bool, Of("data_key", bool)]
    kms_key_id: Annotated[str, Of("key_id")] = msgspec.field(name="KMSKeyId")
    creation_time: CreateDate


SNAPSHOT: Resource[SnapshotRow] = Resource(
    kind="ACS::ECS::Snapshot",
    row=SnapshotRow,
    id="snapshot_id",
    name="snapshot_id",
    arn="ecs:snapshot/",
    regional=True,
    find=found_here(SnapshotRow),
    missing=NoSnapshot,
    quota=Quota("ecs.snapshots", TooManySnapshots),
    state=SnapshotState,
    tags=RULES,
    links=(Links("encrypted-by", sealing_keys),),
)


def waiting_of(tx: Transaction, disk_id: str) -> list[SnapshotRow]:
    """Return the snapshots of a disk that are not taken yet."""
    return tx.find(SnapshotRow, order=("created_at",), disk_id=disk_id, status=PROGRESSING)


def remove_snapshot(ctx: Context, row: SnapshotRow) -> None:
    """Delete a snapshot with its content."""
    if row.blob_id:
        blobs.forget(ctx.tx, row.blob_id, ctx.now)
    SNAPSHOT.remove(ctx, row)
