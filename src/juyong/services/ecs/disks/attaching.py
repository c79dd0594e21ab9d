"""Attach disks to instances and detach them.

Source: ECS API reference, AttachDisk and DetachDisk (documented).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.services.ecs.disks.disk import (
    DATA,
    DISK,
    MOST_DISKS,
    DiskId,
    NoDisk,
    disks_of,
    free_device,
)
from juyong.services.ecs.disks.keys import OPENING, begin_use, end_use, opened
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    RUNNING,
    InstanceId,
    NoInstance,
    conditions_of_instance,
)
from juyong.services.ecs.product import PRODUCT as ECS

_DeleteWith = Annotated[bool, Doc("Whether the disk is deleted with the instance.")]
DiskInUse = fact(
    "InvalidDisk.InUse",
    404,
    "The specified disk has been occupied.",
    why="The disk is attached to an instance.",
)
OtherZone = fact(
    "ResourcesNotInSameZone",
    403,
    "The specified instance and disk are not in the same zone.",
    why="The disk is in another zone than the instance.",
)
TooManyDisks = fact(
    "InstanceDiskLimitExceeded",
    403,
    "The amount of the disk on instance in question reach its limits.",
    why="The instance has 17 disks.",
)
NotPortable = fact(
    "DiskNotPortable",
    403,
    "The specified disk is not a portable disk.",
    why="A system disk stays with its instance.",
)
NotAttached = fact(
    "InvalidDisk.AlreadyDetached",
    403,
    "The specified disk has been detached.",
    why="The disk is not attached to the instance.",
)


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instance and the disk: each must be allowed."""
    return (
        INSTANCE.arn_named(ctx, arguments["instance_id"]),
        DISK.arn_named(ctx, arguments["disk_id"]),
    )


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**conditions_of_instance(ctx, arn), **DISK.tag_conditions(ctx, arn)}


def leave(ctx: Context, row: DiskRow) -> None:
    """Detach a disk."""
    (row,) = end_use(ctx, [row])
    DISK.change(ctx, row, instance_id="", device="", detached_at=ctx.now)


@operation(
    ECS,
    "AttachDisk",
    resource=_both,
    resource_conditions=_conditions,
    unsupported={
        "Password": "an instance has no login that takes a password",
        "KeyPairName": "key pairs are attached by AttachKeyPair",
        "Device": "devices are named in the order in which disks come",
    },
    raises=(NoInstance, NoDisk, DiskInUse, OtherZone, TooManyDisks, *OPENING),
)
def attach_disk(
    ctx: Context,
    *,
    instance_id: InstanceId,
    disk_id: DiskId,
    delete_with_instance: _DeleteWith | None = None,
    bootable: OffAlone = False,
    force: OffAlone = False,
) -> None:
    """Attach a data disk to an instance, running or stopped, whose key opens."""
    refuse_on({"Bootable": bootable}, "the system disk of an instance stays with it")
    refuse_on({"Force": force}, "a disk is attached to one instance at a time")
    instance, row = INSTANCE.the(ctx, instance_id), DISK.the(ctx, disk_id)
    if row.instance_id:
        raise DiskInUse
    if row.zone_id != instance.zone_id:
        raise OtherZone
    if len(disks_of(ctx, instance_id)) >= MOST_DISKS:
        raise TooManyDisks
    if instance.status == RUNNING:
        (row,) = begin_use(ctx, [row])
    else:
        opened(ctx, row)
    DISK.change(
        ctx,
        row,
        instance_id=instance_id,
        device=free_device(ctx, instance_id),
        attached_at=ctx.now,
        delete_with_instance=delete_with_instance,
    )


@operation(
    ECS,
    "DetachDisk",
    resource=_both,
    resource_conditions=_conditions,
    raises=(NoInstance, NoDisk, NotAttached, NotPortable),
)
def detach_disk(
    ctx: Context,
    *,
    instance_id: InstanceId,
    disk_id: DiskId,
    delete_with_instance: _DeleteWith | None = None,
) -> None:
    """Detach a data disk from its instance."""
    INSTANCE.the(ctx, instance_id)
    row = DISK.the(ctx, disk_id)
    if row.instance_id != instance_id:
        raise NotAttached
    if row.kind != DATA:
        raise NotPortable
    if delete_with_instance is not None:
        row = ctx.tx.update(row, delete_with_instance=delete_with_instance)
    leave(ctx, row)
