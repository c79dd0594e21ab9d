"""JoinSecurityGroup and LeaveSecurityGroup, of an interface or of an instance's primary one.

Source: ECS API reference, JoinSecurityGroup, LeaveSecurityGroup (documented).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.services.ecs.groups.group import SECURITY_GROUP, GroupId
from juyong.services.ecs.interfaces.interface import (
    INTERFACE,
    NoInterface,
    conditions_of_interface,
)
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import NoInstance, conditions_of_instance
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.membership import (
    JOIN_ERRORS,
    IsMember,
    LastGroup,
    NoGroup,
    NoMember,
    join,
    leave,
)
from juyong.services.network.tables import GroupRow, InterfaceRow

TwoNamed = fact(
    "InvalidParam.EniIdAndInstanceId.Conflict",
    403,
    "The specified parameters NetworkInterfaceId and InstanceId conflict.",
    why="An instance and an interface are given at once.",
)
NoneNamed = fact(
    "MissingParameter",
    400,
    'The input parameter "InstanceId" that is mandatory for processing this request is not '
    "supplied.",
    why="Neither an instance nor an interface is given.",
)
InstanceId = Annotated[str, Doc("The instance, by its primary interface.")]
InterfaceId = Annotated[str, Doc("The interface.")]
_NAMING = (NoGroup, NoInterface, NoInstance, TwoNamed, NoneNamed)


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the group, and the instance or interface; both must be allowed."""
    found = [SECURITY_GROUP.arn_named(ctx, arguments["security_group_id"])]
    for kind, parameter in (("instance", "instance_id"), ("eni", "network_interface_id")):
        if arguments[parameter]:
            found.append(f"acs:ecs:{ctx.region}:{ctx.account_id}:{kind}/{arguments[parameter]}")
    return tuple(found)


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of the group, the instance or the interface of a call."""
    return {
        **SECURITY_GROUP.tag_conditions(ctx, arn),
        **conditions_of_instance(ctx, arn),
        **conditions_of_interface(ctx, arn),
    }


@operation(
    ECS,
    "JoinSecurityGroup",
    resource=_each,
    resource_conditions=_conditions,
    raises=(*_NAMING, IsMember, *JOIN_ERRORS),
)
def join_security_group(
    ctx: Context,
    *,
    security_group_id: GroupId,
    region_id: Region = "",
    instance_id: InstanceId = "",
    network_interface_id: InterfaceId = "",
) -> None:
    """Put an interface into one more security group."""
    group, card = _named(ctx, region_id, security_group_id, instance_id, network_interface_id)
    join(ctx, group, card)
    INTERFACE.note(ctx.tx, ctx.journal, "updated", card)


@operation(
    ECS,
    "LeaveSecurityGroup",
    resource=_each,
    resource_conditions=_conditions,
    raises=(*_NAMING, NoMember, LastGroup),
)
def leave_security_group(
    ctx: Context,
    *,
    security_group_id: GroupId,
    region_id: Region = "",
    instance_id: InstanceId = "",
    network_interface_id: InterfaceId = "",
) -> None:
    """Take an interface out of a security group that is not its last."""
    group, card = _named(ctx, region_id, security_group_id, instance_id, network_interface_id)
    leave(ctx, group, card)
    INTERFACE.note(ctx.tx, ctx.journal, "updated", card)


def _named(
    ctx: Context, region: str, group_id: str, instance_id: str, interface_id: str
) -> tuple[GroupRow, InterfaceRow]:
    if region:
        check_region(ctx, region)
    if instance_id and interface_id:
        raise TwoNamed
    if not instance_id and not interface_id:
        raise NoneNamed
    group = SECURITY_GROUP.the(ctx, group_id)
    if interface_id:
        found = ctx.tx.get(InterfaceRow, interface_id)
    else:
        found = ctx.tx.find_one(InterfaceRow, instance_id=instance_id, is_primary=True)
    if found is None or (found.account_id, found.region) != (ctx.account_id, ctx.region):
        raise NoInterface if interface_id else NoInstance
    return group, found
