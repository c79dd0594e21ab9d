"""ResizeDisk.

Source: ECS API reference, ResizeDisk (documented: a disk grows, within its category, while no
snapshot of it is taken). A disk is a folder, so an instance that runs has the room at once.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape
from juyong.services.ecs.content.categories import DATA_GIB, SYSTEM_GIB
from juyong.services.ecs.disks.disk import DISK, SYSTEM, BadSize, DiskId
from juyong.services.ecs.disks.snapshot import waiting_of
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.disks.taking import AnotherWaits
from juyong.services.ecs.product import PRODUCT as ECS

TooSmall = fact(
    "InvalidDiskSize.TooSmall",
    403,
    "Specified new disk size is less than the original disk size.",
    why="The disk is at least as large already.",
)


class Resized(Shape, frozen=True, kw_only=True):
    """An order, of which there are none."""

    order_id: str = ""


@operation(
    ECS,
    "ResizeDisk",
    on=DISK.by(disk_id=DiskId),
    gateway=ONCE,
    raises=(TooSmall, AnotherWaits, *BadSize.values()),
)
def resize_disk(
    ctx: Context,
    row: DiskRow,
    *,
    new_size: Annotated[int, Between(1, 65536), Doc("GiB.")],
    type: Annotated[str, OneOf(("offline", "online")), Doc("Without a difference.")] = "offline",  # noqa: ARG001  # as its type says
) -> Resized:
    """Make a disk larger."""
    if waiting_of(ctx.tx, row.disk_id):
        raise AnotherWaits
    if new_size <= row.size_gib:
        raise TooSmall
    if new_size > (SYSTEM_GIB if row.kind == SYSTEM else DATA_GIB)[row.category][1]:
        raise BadSize[row.kind]
    DISK.change(ctx, row, size_gib=new_size)
    return Resized()
