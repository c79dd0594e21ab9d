"""Start, stop and restart instances.

Source: ECS API reference, StartInstance, StopInstance, RebootInstance and their plurals
(documented). The state changes in the transaction of the call; the network plane then follows. An
instance whose disks' keys do not open does not start.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import Shape
from juyong.services.ecs.assistant.carrying import end_commands
from juyong.services.ecs.disks.disk import disks_of
from juyong.services.ecs.disks.keys import OPENING, begin_use, end_use
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    ONE,
    RUNNING,
    STOPPED,
    InstanceIds,
    NoInstance,
    WrongStatus,
    conditions_of_instance,
    each_of,
    the_instances,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow

_Force = Annotated[bool, Doc("Without a difference: an instance is ended at once.")]
_MODES = ("StopCharging", "KeepCharging", "Not-applicable")
"""The last stands for the usual: Terraform sends what a running instance shows (observed)."""
_Mode = Annotated[str, OneOf(_MODES), Doc("How the stopped instance is shown.")]
_Batch = Annotated[str, OneOf(("AllTogether",)), Doc("All, or none.")]
_NO_LOCAL = {"InitLocalDisk": "there are no local disks"}
_NO_SLEEP = {
    "Hibernate": "an instance that stops keeps no memory",
    "ConfirmStop": "nothing asks whether an instance may stop",
}
_OF_EACH = each_of("instance_id")


class InstanceResponse(Shape, frozen=True, kw_only=True):
    """The change of one of several instances."""

    instance_id: str
    previous_status: str
    current_status: str
    code: str = "200"
    message: str = "success"


def start(ctx: Context, row: InstanceRow) -> InstanceResponse:
    """Start an instance that is stopped.

    Raises:
        WrongStatus, KeyUnusable: as named.
    """
    if row.status != STOPPED:
        raise WrongStatus
    begin_use(ctx, disks_of(ctx, row.instance_id))
    INSTANCE.change(
        ctx, row, status=RUNNING, boot=row.boot + 1, started_at=ctx.now, stops_charging=False
    )
    return _changed(row, RUNNING)


def _stop(ctx: Context, row: InstanceRow, mode: str | None) -> InstanceResponse:
    if row.status != RUNNING:
        raise WrongStatus
    end_commands(ctx, row.instance_id, "InstanceNotRunning")
    end_use(ctx, disks_of(ctx, row.instance_id))
    INSTANCE.change(ctx, row, status=STOPPED, stops_charging=mode == "StopCharging")
    return _changed(row, STOPPED)


def _reboot(ctx: Context, row: InstanceRow) -> InstanceResponse:
    if row.status != RUNNING:
        raise WrongStatus
    begin_use(ctx, disks_of(ctx, row.instance_id))
    end_commands(ctx, row.instance_id, "InstanceNotRunning")
    INSTANCE.change(ctx, row, boot=row.boot + 1, started_at=ctx.now)
    return _changed(row, RUNNING)


def _changed(row: InstanceRow, status: str) -> InstanceResponse:
    return InstanceResponse(
        instance_id=row.instance_id, previous_status=row.status, current_status=status
    )


@operation(
    ECS,
    "StartInstance",
    on=ONE,
    gateway=CHECKED,
    unsupported=_NO_LOCAL,
    raises=(WrongStatus, *OPENING),
)
def start_instance(ctx: Context, row: InstanceRow) -> None:
    """Start an instance."""
    start(ctx, row)


@operation(
    ECS, "StopInstance", on=ONE, gateway=CHECKED, unsupported=_NO_SLEEP, raises=(WrongStatus,)
)
def stop_instance(
    ctx: Context,
    row: InstanceRow,
    *,
    force_stop: _Force = False,  # noqa: ARG001  # as its type says
    stopped_mode: _Mode | None = None,
) -> None:
    """Stop an instance; it keeps its interfaces, addresses and disks."""
    _stop(ctx, row, stopped_mode)


@operation(ECS, "RebootInstance", on=ONE, gateway=CHECKED, raises=(WrongStatus, *OPENING))
def reboot_instance(
    ctx: Context,
    row: InstanceRow,
    *,
    force_stop: _Force = False,  # noqa: ARG001  # as its type says
) -> None:
    """Restart an instance."""
    _reboot(ctx, row)


@operation(
    ECS,
    "StartInstances",
    resource=_OF_EACH,
    gateway=CHECKED,
    resource_conditions=conditions_of_instance,
    raises=(NoInstance, WrongStatus, *OPENING),
    answers="InstanceResponses.InstanceResponse",
)
def start_instances(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds,
    batch_optimization: _Batch = "AllTogether",  # noqa: ARG001  # as its type says
) -> list[InstanceResponse]:
    """Start instances: all of them, or none."""
    check_region(ctx, region_id)
    return [start(ctx, row) for row in the_instances(ctx, instance_id)]


@operation(
    ECS,
    "StopInstances",
    resource=_OF_EACH,
    gateway=CHECKED,
    resource_conditions=conditions_of_instance,
    raises=(NoInstance, WrongStatus),
    answers="InstanceResponses.InstanceResponse",
)
def stop_instances(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds,
    force_stop: _Force = False,  # noqa: ARG001  # as its type says
    stopped_mode: _Mode | None = None,
    batch_optimization: _Batch = "AllTogether",  # noqa: ARG001  # as its type says
) -> list[InstanceResponse]:
    """Stop instances: all of them, or none."""
    check_region(ctx, region_id)
    return [_stop(ctx, row, stopped_mode) for row in the_instances(ctx, instance_id)]


@operation(
    ECS,
    "RebootInstances",
    resource=_OF_EACH,
    gateway=CHECKED,
    resource_conditions=conditions_of_instance,
    raises=(NoInstance, WrongStatus, *OPENING),
    answers="InstanceResponses.InstanceResponse",
)
def reboot_instances(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceIds,
    force_reboot: _Force = False,  # noqa: ARG001  # as its type says
    batch_optimization: _Batch = "AllTogether",  # noqa: ARG001  # as its type says
) -> list[InstanceResponse]:
    """Restart instances: all of them, or none."""
    check_region(ctx, region_id)
    return [_reboot(ctx, row) for row in the_instances(ctx, instance_id)]
