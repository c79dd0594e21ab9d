"""Delete instances, with what lives as long as they do.

Source: ECS API reference, DeleteInstance and DeleteInstances (documented): the primary interface
goes with its instance, other interfaces and disks as they were made, and EIPs are free again.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.services.ecs.assistant.carrying import end_commands
from juyong.services.ecs.disks.attaching import leave
from juyong.services.ecs.disks.disk import disks_of, remove_disk
from juyong.services.ecs.interfaces.attaching import loosen
from juyong.services.ecs.interfaces.interface import interfaces_of
from juyong.services.ecs.interfaces.making import HasRoute, refuse_routed, remove_interface
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    ONE,
    RUNNING,
    InstanceIds,
    NoInstance,
    WrongStatus,
    conditions_of_instance,
    each_of,
    the_instances,
)
from juyong.services.ecs.machines.unsupported import NOT_SOLD
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.public.eip import unbind_all
from juyong.services.network.tables import InstanceRow

_Force = Annotated[bool, Doc("Whether an instance that runs is deleted, too.")]
_SOLD = {"TerminateSubscription": NOT_SOLD}
Protected = fact(
    "InvalidOperation.DeletionProtection",
    403,
    "The operation is not allowed due to deletion protection.",
    why="The instance is protected from being deleted.",
)


def _delete(ctx: Context, row: InstanceRow, *, force: bool) -> None:
    if row.deletion_protection:
        raise Protected
    if row.status == RUNNING and not force:
        raise WrongStatus
    cards = interfaces_of(ctx, row.instance_id)
    refuse_routed(ctx, row.instance_id, *(each.interface_id for each in cards))
    unbind_all(ctx, row.instance_id)
    end_commands(ctx, row.instance_id, "InstanceReleased")
    for each in cards:
        if each.is_primary or each.delete_on_release:
            remove_interface(ctx, each)
        else:
            loosen(ctx, each)
    for disk in disks_of(ctx, row.instance_id):
        if disk.delete_with_instance:
            remove_disk(ctx, disk)
        else:
            leave(ctx, disk)
    INSTANCE.remove(ctx, row)


@operation(
    ECS,
    "DeleteInstance",
    on=ONE,
    gateway=CHECKED,
    unsupported=_SOLD,
    raises=(Protected, WrongStatus, HasRoute),
)
def delete_instance(
    ctx: Context, row: InstanceRow, *, force: _Force = False, force_stop: _Force = False
) -> None:
    """Delete an instance that is stopped, or any by force."""
    _delete(ctx, row, force=force or force_stop)


@operation(
    ECS,
    "DeleteInstances",
    resource=each_of("instance_id"),
    gateway=ONCE | CHECKED,
    resource_conditions=conditions_of_instance,
    unsupported=_SOLD,
    raises=(NoInstance, Protected, WrongStatus, HasRoute),
)
def delete_instances(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds,
    force: _Force = False,
    force_stop: _Force = False,
) -> None:
    """Delete instances: all of them, or none."""
    check_region(ctx, region_id)
    for row in the_instances(ctx, instance_id):
        _delete(ctx, row, force=force or force_stop)
