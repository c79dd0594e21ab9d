"""The elastic network interface: how calls name one, and what the inventory keeps.

Source: ECS API reference, CreateNetworkInterface and DescribeNetworkInterfaces (documented).
"""

from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, Text
from juyong.api.resource import Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.tags import RULES
from juyong.services.network.addresses import addresses_of
from juyong.services.network.tables import InterfaceRow, MemberRow
from juyong.store.transaction import Transaction

IN_USE, AVAILABLE = "InUse", "Available"
InterfaceId = Annotated[str, Text(1, 64), Doc("The interface.")]
GroupIds = Annotated[list[str], Items(1, 16), Doc("1 to 16 security groups.")]
GroupId = Annotated[str, Text(1, 64), Doc("A security group.")]
NoInterface = fact(
    "InvalidEniId.NotFound",
    404,
    "The specified EniId does not exist.",
    why="The region has no such interface.",
)
TooManyInterfaces = fact(
    "EniPerInstanceLimitExceeded",
    403,
    "The number of ENIs of the instance exceeds the limit of the instance type.",
    why="The instance would have more interfaces than its type allows.",
)


class InterfaceState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an interface."""

    network_interface_id: Annotated[str, Of("interface_id")]
    network_interface_name: Annotated[str, Of("interface_name")]
    instance_id: str
    mac_address: Annotated[str, Of("mac")]
    private_ip_address: Annotated[str, Of("address")]
    status: str
    vpc_id: str
    v_switch_id: Annotated[str, Of("vswitch_id")]
    zone_id: str
    creation_time: CreateDate
    primary: Annotated[bool, Of("is_primary")]
    security_group_ids: list[str]
    private_ip_addresses: list[str]


def _state(tx: Transaction, row: InterfaceRow) -> InterfaceState:
    """Return the state of an interface with its groups and addresses, the primary one first."""
    members = tx.find(MemberRow, order=("group_id",), interface_id=row.interface_id)
    addresses = addresses_of(tx, row.interface_id)
    return InterfaceState.of(
        row,
        security_group_ids=[each.group_id for each in members],
        private_ip_addresses=sorted(addresses, key=lambda text: text != row.address),
    )


_find = found_here(InterfaceRow)

INTERFACE = Resource(
    kind="ACS::ECS::NetworkInterface",
    row=InterfaceRow,
    id="interface_id",
    name="interface_id",
    arn="ecs:eni/",
    regional=True,
    find=_find,
    missing=NoInterface,
    state=_state,
    tags=RULES,
)


def conditions_of_interface(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that one interface of a call brings: its tags and VPC."""
    row = _find(ctx, arn.rpartition("/")[2])
    own = {} if row is None else {"ecs:VpcId": (row.vpc_id,)}
    return {**INTERFACE.tag_conditions(ctx, arn), **own}


ONE = replace(INTERFACE.by(network_interface_id=InterfaceId), conditions=conditions_of_interface)
"""One interface by its id, judged under its tags and VPC."""


def interfaces_of(ctx: Context, instance_id: str) -> list[InterfaceRow]:
    """Return the interfaces of an instance, the primary one first."""
    return ctx.tx.find(InterfaceRow, order=("device_index",), instance_id=instance_id)
