"""ModifySnapshotAttribute.

Source: ECS API reference, ModifySnapshotAttribute (documented: the days count from the creation,
and may become more, not fewer); the code of fewer days (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Pattern
from juyong.api.operation import operation
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.services.ecs.disks.snapshot import SNAPSHOT, OwnName, RetentionDays, SnapshotId
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.product import PRODUCT as ECS

Fewer = fact(
    "InvalidRetentionDays.ValueNotSupported",
    400,
    "The retention period of the snapshot can be extended only.",
    why="The snapshot would go earlier, or is kept until a call deletes it.",
)


@operation(ECS, "ModifySnapshotAttribute", on=SNAPSHOT.by(snapshot_id=SnapshotId), raises=(Fewer,))
def modify_snapshot_attribute(
    ctx: Context,
    row: SnapshotRow,
    *,
    snapshot_name: OwnName | None = None,
    description: Annotated[
        str, Pattern(r"(?!https?://)(?s:.{0,256})"), Clearable(), Doc("Up to 256, no link first.")
    ]
    | None = None,
    retention_days: RetentionDays | None = None,
    disable_instant_access: OffAlone = False,
) -> None:
    """Change the words about a snapshot, or let it stay for longer."""
    refuse_on(
        {"DisableInstantAccess": disable_instant_access},
        "a snapshot is there as soon as it is taken",
    )
    delete_at = None
    if retention_days is not None:
        delete_at = Instant(row.created_at + retention_days * DAY_SECONDS)
        if row.delete_at is None or delete_at < row.delete_at:
            raise Fewer
    SNAPSHOT.change(
        ctx,
        row,
        snapshot_name=snapshot_name,
        description=description,
        delete_at=delete_at,
        changed_at=ctx.now,
    )
