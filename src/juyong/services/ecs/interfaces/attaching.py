"""Attach interfaces to instances and detach them.

Source: ECS API reference, AttachNetworkInterface and DetachNetworkInterface (documented). An
instance that runs gets, or loses, the interface at once.
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc
from juyong.api.operation import operation
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.interfaces.interface import (
    AVAILABLE,
    IN_USE,
    INTERFACE,
    InterfaceId,
    NoInterface,
    TooManyInterfaces,
    conditions_of_interface,
    interfaces_of,
)
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import INSTANCE, InstanceId, conditions_of_instance
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InterfaceRow

_NO_TRUNKS = {"TrunkNetworkInstanceId": "there are no trunk interfaces"}
_WHY_STATE = "The interface is attached, or is not attached to the instance."
NoEcs = fact(
    "InvalidEcsId.NotFound",
    404,
    "The specified EcsId does not exist.",
    why="The region has no such instance.",
)
WrongState = fact(
    "InvalidOperation.InvalidEniState",
    400,
    "The operation is not allowed in the current status of the Eni.",
    why=_WHY_STATE,
)
OtherVpc = fact(
    "InvalidOperation.VpcMismatch",
    403,
    "The specified Eni and Ecs are not in the same VPC.",
    why="The instance is in another VPC.",
)
OtherZone = fact(
    "InvalidOperation.AvailabilityZoneMismatch",
    403,
    "The specified Eni and Ecs are not in the same zone.",
    why="The instance is in another zone.",
)
IsPrimary = fact(
    "InvalidOperation.DetachPrimaryEniNotAllowed",
    400,
    "The primary Eni cannot be detached.",
    why="The primary interface of an instance stays with it.",
)
_ECS = INSTANCE.found(INSTANCE.find, NoEcs)


def _both(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instance and the interface: each must be allowed."""
    return (
        INSTANCE.arn_named(ctx, arguments["instance_id"]),
        INTERFACE.arn_named(ctx, arguments["network_interface_id"]),
    )


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**conditions_of_instance(ctx, arn), **conditions_of_interface(ctx, arn)}


def loosen(ctx: Context, row: InterfaceRow) -> None:
    """Detach an interface."""
    INTERFACE.change(ctx, row, instance_id="", device_index=0, status=AVAILABLE)


@operation(
    ECS,
    "AttachNetworkInterface",
    resource=_both,
    resource_conditions=_conditions,
    unsupported=_NO_TRUNKS,
    raises=(NoEcs, NoInterface, WrongState, OtherVpc, OtherZone, TooManyInterfaces),
)
def attach_network_interface(
    ctx: Context,
    *,
    region_id: Region,
    instance_id: InstanceId,
    network_interface_id: InterfaceId,
    wait_for_network_configuration_ready: bool = True,  # noqa: ARG001  # ready at once
    network_card_index: Annotated[int, Between(0, 0), Doc("0.")] = 0,  # noqa: ARG001  # one card
) -> None:
    """Attach an interface to an instance of its zone and VPC.

    Args:
        wait_for_network_configuration_ready: Changes nothing: the interface is ready at once.
    """
    check_region(ctx, region_id)
    instance, row = _ECS.the(ctx, instance_id), INTERFACE.the(ctx, network_interface_id)
    if row.instance_id:
        raise WrongState
    if row.vpc_id != instance.vpc_id:
        raise OtherVpc
    if row.zone_id != instance.zone_id:
        raise OtherZone
    held = interfaces_of(ctx, instance_id)
    if len(held) >= TYPES[instance.instance_type].interfaces:
        raise TooManyInterfaces
    used = {each.device_index for each in held}
    free = next(index for index in range(1, len(held) + 2) if index not in used)
    INTERFACE.change(ctx, row, instance_id=instance_id, device_index=free, status=IN_USE)


@operation(
    ECS,
    "DetachNetworkInterface",
    resource=_both,
    resource_conditions=_conditions,
    unsupported=_NO_TRUNKS,
    raises=(NoEcs, NoInterface, WrongState, IsPrimary),
)
def detach_network_interface(
    ctx: Context, *, region_id: Region, instance_id: InstanceId, network_interface_id: InterfaceId
) -> None:
    """Detach an interface that is not the primary one."""
    check_region(ctx, region_id)
    _ECS.the(ctx, instance_id)
    row = INTERFACE.the(ctx, network_interface_id)
    if row.is_primary:
        raise IsPrimary
    if row.instance_id != instance_id:
        raise WrongState
    loosen(ctx, row)
