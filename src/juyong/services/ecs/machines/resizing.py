"""Give an instance another type.

Source: ECS API reference, ModifyInstanceSpec (documented): of an instance that is stopped. An
instance has at most as many interfaces as its type allows.
"""

from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, Text, Wire
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import CHECKED, ONCE
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.interfaces.interface import TooManyInterfaces, interfaces_of
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    ONE,
    STOPPED,
    WrongStatus,
    conditions_of_instance,
    type_keys,
)
from juyong.services.ecs.machines.unsupported import NOT_SOLD
from juyong.services.ecs.machines.wanted import NoType
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.tables import InstanceRow

_NOT_CHANGED = because(
    {
        NOT_SOLD: "Temporary ModifyMode",
        "an instance stays in its zone": "AllowMigrateAcrossZone",
        "traffic into an instance has no limit": "InternetMaxBandwidthIn",
        "disks grow by ResizeDisk, and keep their category": "SystemDisk Disk",
    }
)


def _of_new_type(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of the type that the instance is to have."""
    return type_keys(arguments["instance_type"])


def _of_place(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of the instance without its type, which is to change."""
    found = conditions_of_instance(ctx, arn)
    return {name: values for name, values in found.items() if name not in type_keys("")}


@operation(
    ECS,
    "ModifyInstanceSpec",
    on=replace(ONE, conditions=_of_place),
    conditions=_of_new_type,
    gateway=ONCE | CHECKED,
    unsupported=_NOT_CHANGED,
    raises=(NoType, TooManyInterfaces, WrongStatus),
)
def modify_instance_spec(
    ctx: Context,
    row: InstanceRow,
    *,
    instance_type: Annotated[str, Text(1, 64), Doc("The new type.")],
    internet_max_bandwidth_out: Annotated[int, Between(0, 0), Doc("0.")] = 0,  # noqa: ARG001  # alone
    async_: Annotated[bool, Wire("Async"), Doc("The change is over at once.")] = False,  # noqa: ARG001
) -> None:
    """Give an instance that is stopped another type."""
    found = TYPES.get(instance_type)
    if found is None:
        raise NoType
    if row.status != STOPPED:
        raise WrongStatus
    if len(interfaces_of(ctx, row.instance_id)) > found.interfaces:
        raise TooManyInterfaces
    INSTANCE.change(ctx, row, instance_type=instance_type, memory_mib=found.memory_mib)
