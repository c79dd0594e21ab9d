"""Make and remove interfaces: with an address of their vSwitch, in security groups of their VPC.

Source: ECS API reference, RunInstances and CreateNetworkInterface, error codes (documented).
"""

from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.base.ids import new_instance_id, random_bytes
from juyong.services.ecs.interfaces.interface import AVAILABLE, IN_USE, INTERFACE
from juyong.services.network.addresses import (
    AddressInvalid,
    AddressTaken,
    NoFreeAddress,
    give_back,
    take_address,
)
from juyong.services.network.errors import NoVSwitch
from juyong.services.network.membership import (
    GroupIsFull,
    NoGroup,
    TooManyGroups,
    TooManyRules,
    find_group,
    leave_all,
    replace,
)
from juyong.services.network.public.eip import unbind_all
from juyong.services.network.routes.tables import RouteRow
from juyong.services.network.tables import InterfaceRow, VSwitchRow
from juyong.store.transaction import Transaction

_VENDOR = "00:16:3e"
AddressMalformed = fact(
    "InvalidPrivateIpAddress.Malformed",
    400,
    'The specified parameter "PrivateIpAddress" is not valid.',
    why="The text is no IPv4 address.",
)
AddressDuplicated = fact(
    "InvalidPrivateIpAddress.Duplicated",
    400,
    "The specified private IP address is duplicated.",
    why="Another interface has the address.",
)
AddressOutside = fact(
    "InvalidVSwitchId.IpInvalid",
    403,
    "The specified private IP address is not in the vSwitch, or is reserved.",
    why="The vSwitch does not give out the address.",
)
NoAddressLeft = fact(
    "InvalidVSwitchId.IpNotEnough",
    403,
    "The specified VSwitchId has not enough IpAddress.",
    why="All addresses of the vSwitch are in use.",
)
HasRoute = fact(
    "DependencyViolation.RouteEntry",
    400,
    "The specified resource is the next hop of a route entry.",
    why="A custom route entry leads to the instance or interface.",
)
PLACING = (NoVSwitch, NoGroup, TooManyGroups, GroupIsFull, TooManyRules)
ADDRESSING = (AddressMalformed, AddressDuplicated, AddressOutside, NoAddressLeft)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An interface to make.

    address: None for the lowest free address. instance_id: Empty for an interface by itself.
    """

    vswitch: VSwitchRow
    group_ids: tuple[str, ...]
    address: str | None = None
    name: str = ""
    description: str = ""
    instance_id: str = ""
    device_index: int = 0
    delete_on_release: bool = False


def the_vswitch(ctx: Context, vswitch_id: str) -> VSwitchRow:
    """Return a vSwitch of the account and region.

    Raises:
        NoVSwitch: there is none.
    """
    row = ctx.tx.get(VSwitchRow, vswitch_id)
    if row is None or (row.account_id, row.region) != (ctx.account_id, ctx.region):
        raise NoVSwitch
    return row


def groups_in(
    ctx: Context, group_ids: Iterable[str], vpc_id: str, elsewhere: type[ApiError]
) -> tuple[str, ...]:
    """Check that security groups are of a VPC, for a call that answers its own error; each once.

    Raises:
        NoGroup: there is no such group.
        ApiError: `elsewhere`: a group is of another VPC.
    """
    found = tuple(dict.fromkeys(group_ids))
    for each in found:
        row = find_group(ctx, each)
        if row is None:
            raise NoGroup
        if row.vpc_id != vpc_id:
            raise elsewhere
    return found


def make_interface(
    ctx: Context, wanted: Wanted, tags: Mapping[str, str] | None = None
) -> InterfaceRow:
    """Make an interface, which takes its address and joins its groups.

    Raises:
        ApiError: of ADDRESSING, or of membership.REPLACE_ERRORS.
    """
    interface_id = new_instance_id("eni")
    address = take(ctx.tx, wanted.vswitch, interface_id, wanted.address)
    row = INTERFACE.create(
        ctx,
        tags,
        interface_id=interface_id,
        vpc_id=wanted.vswitch.vpc_id,
        vswitch_id=wanted.vswitch.vswitch_id,
        zone_id=wanted.vswitch.zone_id,
        interface_name=wanted.name,
        description=wanted.description,
        mac=f"{_VENDOR}:{random_bytes(3).hex(':')}",
        address=address,
        instance_id=wanted.instance_id,
        device_index=wanted.device_index,
        is_primary=bool(wanted.instance_id) and wanted.device_index == 0,
        status=IN_USE if wanted.instance_id else AVAILABLE,
        delete_on_release=wanted.delete_on_release,
    )
    replace(ctx, row, wanted.group_ids)
    return row


def take(tx: Transaction, vswitch: VSwitchRow, owner_id: str, wanted: str | None) -> str:
    """Take an address of a vSwitch.

    Raises:
        ApiError: of ADDRESSING.
    """
    if wanted is not None:
        try:
            IPv4Address(wanted)
        except AddressValueError:
            raise AddressMalformed from None
    try:
        return take_address(tx, vswitch, owner_id, wanted)
    except AddressInvalid:
        raise AddressOutside from None
    except AddressTaken:
        raise AddressDuplicated from None
    except NoFreeAddress:
        raise NoAddressLeft from None


def refuse_routed(ctx: Context, *hops: str) -> None:
    """Refuse to delete a resource that a route entry leads to.

    Raises:
        HasRoute: an entry does.
    """
    if any(ctx.tx.find_one(RouteRow, hop_id=each) is not None for each in hops):
        raise HasRoute


def remove_interface(ctx: Context, row: InterfaceRow) -> None:
    """Delete an interface: its addresses and EIPs are free at once, and it is in no group."""
    unbind_all(ctx, row.interface_id)
    INTERFACE.remove(ctx, row)
    leave_all(ctx.tx, row.interface_id)
    give_back(ctx.tx, row.interface_id)
