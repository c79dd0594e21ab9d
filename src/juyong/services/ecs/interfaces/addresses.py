"""The secondary private addresses of interfaces: assigned and taken back.

Source: ECS API reference, AssignPrivateIpAddresses and UnassignPrivateIpAddresses (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Grouped, Items
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape, Within
from juyong.engines.packet import Kind
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.interfaces.interface import INTERFACE, ONE
from juyong.services.ecs.interfaces.making import ADDRESSING, take, the_vswitch
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.addresses import addresses_of
from juyong.services.network.membership import GroupIsFull, groups_of, room
from juyong.services.network.public.eips import eips_of_interface
from juyong.services.network.tables import AddressRow, InstanceRow, InterfaceRow

_MOST = 10
_NO_PREFIXES = because({"prefixes of addresses are given one by one": "Ipv4PrefixCount Ipv4Prefix"})
NothingNamed = fact(
    "MissingParameter.PrivateIpAddress",
    400,
    "Either PrivateIpAddress.N or SecondaryPrivateIpAddressCount must be given.",
    why="Neither addresses nor their number are given, or both.",
)
TooManyAddresses = fact(
    "InvalidIp.AddressLimitExceeded",
    403,
    "The number of private IP addresses exceeds the limit of the interface.",
    why="The interface would have more addresses than the type of its instance allows.",
)
NotAssigned = fact(
    "InvalidIp.IpUnassigned",
    403,
    "The specified IP address is not assigned to the Eni.",
    why="The interface has no such secondary address.",
)
HasEip = fact(
    "InvalidOperation.EipAssociated",
    403,
    "The specified IP address is associated with an EIP.",
    why="An EIP stands for the address (the code is assumed).",
)
_Addresses = Annotated[list[str], Items(1, _MOST), Doc("1 to 10 addresses.")]


class AddressesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Secondary addresses that a call asks for: these, or as many."""

    private_ip_address: _Addresses | None = None
    secondary_private_ip_address_count: (
        Annotated[int, Between(1, _MOST), Doc("1 to 10.")] | None
    ) = None

    @property
    def any_wanted(self) -> bool:
        """Whether the call asks for secondary addresses."""
        return self.private_ip_address is not None or (
            self.secondary_private_ip_address_count is not None
        )


class AssignedAddresses(Shape, frozen=True, kw_only=True):
    """The addresses that an interface was given."""

    network_interface_id: str
    private_ip_set: Annotated[list[str], Within("PrivateIpAddress")]


class AssignAnswer(Shape, frozen=True, kw_only=True):
    """The answer of AssignPrivateIpAddresses."""

    assigned_private_ip_addresses_set: AssignedAddresses


def add_addresses(ctx: Context, row: InterfaceRow, wanted: AddressesWanted) -> list[str]:
    """Give an interface secondary addresses.

    Returns:
        The addresses.

    Raises:
        ApiError: NothingNamed, TooManyAddresses, GroupIsFull, or of ADDRESSING.
    """
    given, count = wanted.private_ip_address, wanted.secondary_private_ip_address_count
    if (given is None) == (count is None):
        raise NothingNamed
    asked: list[str | None] = [*given] if given is not None else [None] * (count or 0)
    held = addresses_of(ctx.tx, row.interface_id)
    if len(held) + len(asked) > _most(ctx, row):
        raise TooManyAddresses
    for group in groups_of(ctx.tx, row.interface_id):
        if group.kind != Kind.ENTERPRISE.value and len(asked) > room(ctx, group):
            raise GroupIsFull
    vswitch = the_vswitch(ctx, row.vswitch_id)
    return [take(ctx.tx, vswitch, row.interface_id, each) for each in asked]


def _most(ctx: Context, row: InterfaceRow) -> int:
    """Return how many addresses an interface may have, the primary one included."""
    instance = ctx.tx.get(InstanceRow, row.instance_id) if row.instance_id else None
    return TYPES[instance.instance_type].addresses if instance else _MOST


@operation(
    ECS,
    "AssignPrivateIpAddresses",
    on=ONE,
    gateway=ONCE,
    unsupported=_NO_PREFIXES,
    raises=(NothingNamed, TooManyAddresses, GroupIsFull, *ADDRESSING),
)
def assign_private_ip_addresses(
    ctx: Context,
    row: InterfaceRow,
    *,
    region_id: Region,
    wanted: Annotated[AddressesWanted, Grouped()],
) -> AssignAnswer:
    """Give an interface secondary addresses of its vSwitch."""
    check_region(ctx, region_id)
    found = add_addresses(ctx, row, wanted)
    INTERFACE.note(ctx.tx, ctx.journal, "updated", row)
    return AssignAnswer(
        assigned_private_ip_addresses_set=AssignedAddresses(
            network_interface_id=row.interface_id, private_ip_set=found
        )
    )


@operation(
    ECS,
    "UnassignPrivateIpAddresses",
    on=ONE,
    unsupported=_NO_PREFIXES,
    raises=(NotAssigned, HasEip),
)
def unassign_private_ip_addresses(
    ctx: Context, row: InterfaceRow, *, region_id: Region, private_ip_address: _Addresses
) -> None:
    """Take secondary addresses back from an interface."""
    check_region(ctx, region_id)
    for each in dict.fromkeys(private_ip_address):
        held = ctx.tx.get(AddressRow, row.vswitch_id, each)
        if held is None or held.owner_id != row.interface_id or each == row.address:
            raise NotAssigned
        if any(eip.private_address == each for eip in eips_of_interface(ctx.tx, row.interface_id)):
            raise HasEip
        ctx.tx.delete(held)
    INTERFACE.note(ctx.tx, ctx.journal, "updated", row)
