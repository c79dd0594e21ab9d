"""Make, list, change and delete interfaces.

Source: ECS API reference, CreateNetworkInterface, DescribeNetworkInterfaces,
ModifyNetworkInterfaceAttribute and DeleteNetworkInterface (documented).
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Grouped, Items, OneOf, Text
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import ONCE
from juyong.api.tags import bears, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.ecs.interfaces.addresses import (
    AddressesWanted,
    NothingNamed,
    TooManyAddresses,
    add_addresses,
)
from juyong.services.ecs.interfaces.attaching import WrongState
from juyong.services.ecs.interfaces.interface import INTERFACE, ONE, GroupId, GroupIds
from juyong.services.ecs.interfaces.making import (
    ADDRESSING,
    PLACING,
    HasRoute,
    Wanted,
    make_interface,
    refuse_routed,
    remove_interface,
    the_vswitch,
)
from juyong.services.ecs.interfaces.shown import (
    Interface,
    ListedInterface,
    groups_of,
    interface_of,
    kind_of,
    listed_interface,
    private_ips,
)
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import DESCRIPTION, Name
from juyong.services.ecs.machines.unsupported import NO_GROUPS, NO_IPV6
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES, TagFilter, Tags
from juyong.services.network.membership import JOIN_ERRORS, NoGroup, OtherVpc, TwoKinds, replace
from juyong.services.network.tables import InterfaceRow, VSwitchRow

_ONE_QUEUE = "interfaces have one queue"
_QUEUES = because(
    {
        _ONE_QUEUE: (
            "QueueNumber QueuePairNumber RxQueueSize TxQueueSize EnhancedNetwork"
            " NetworkInterfaceTrafficConfig"
        ),
        NO_IPV6: "EnablePrimaryIPv6",
        "sessions end by the times of the kernel": "ConnectionTrackingConfiguration",
        "an instance sends from its own addresses alone": "SourceDestCheck",
    }
)
_NOT_MADE = {
    **_QUEUES,
    **because(
        {
            NO_IPV6: "Ipv6AddressCount Ipv6Address Ipv6PrefixCount Ipv6Prefix",
            NO_GROUPS: "ResourceGroupId",
            "prefixes of addresses are given one by one": "Ipv4PrefixCount Ipv4Prefix",
            "interfaces are of instances alone": "BusinessType",
        }
    ),
}
_Text = Annotated[str, Text(1, 128)]
NoGroupGiven = fact(
    "MissingParameter.SecurityGroupId",
    400,
    "The parameter SecurityGroupId must be given.",
    why="No security group is named.",
)
Conflict = fact(
    "InvalidParameter.Conflict",
    400,
    "The specified parameters conflict with each other.",
    why="Security groups are given in two ways.",
)


class InterfaceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeNetworkInterfaces: only interfaces that meet all of them."""

    network_interface_id: Annotated[list[str], Items(1, 100), Doc("Only these.")] | None = None
    network_interface_name: _Text | None = None
    type: Annotated[str, OneOf(("Primary", "Secondary"))] | None = None
    status: Annotated[str, Text(1, 32)] | None = None
    instance_id: _Text | None = None
    vpc_id: _Text | None = None
    v_switch_id: _Text | None = None
    security_group_id: _Text | None = None
    primary_ip_address: _Text | None = None
    private_ip_address: Annotated[list[str], Items(1, 100), Doc("Any of these.")] | None = None
    service_managed: bool | None = None


def _vpc_of(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    row = ctx.tx.get(VSwitchRow, arguments["v_switch_id"])
    own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return {"ecs:VpcId": (row.vpc_id,)} if row is not None and own else {}


@operation(
    ECS,
    "CreateNetworkInterface",
    resource=acs("ecs", "eni/*", regional=True),
    conditions=_vpc_of,
    gateway=ONCE,
    unsupported=_NOT_MADE,
    raises=(
        *(NoGroupGiven, Conflict, OtherVpc, TwoKinds, NothingNamed, TooManyAddresses),
        *(*PLACING, *ADDRESSING),
    ),
)
def create_network_interface(
    ctx: Context,
    *,
    region_id: Region,
    v_switch_id: Annotated[str, Text(1, 64), Doc("The vSwitch.")],
    security_group_id: GroupId | None = None,
    security_group_ids: GroupIds | None = None,
    network_interface_name: Name | None = None,
    description: Annotated[str, DESCRIPTION] | None = None,
    primary_ip_address: Annotated[str, Text(1, 64), Doc("The primary address.")] | None = None,
    addresses: Annotated[AddressesWanted, Grouped()],
    delete_on_release: Annotated[bool, Doc("Whether it is deleted with its instance.")] = False,
    instance_type: Annotated[str, OneOf(("Secondary",))] = "Secondary",  # noqa: ARG001  # alone
    network_interface_traffic_mode: Annotated[str, OneOf(("Standard",))] = "Standard",  # noqa: ARG001
    visible: bool = True,  # noqa: ARG001  # always
    tag: Tags | None = None,
) -> Interface:
    """Make an interface by itself.

    Args:
        description: A text for people.
        instance_type, network_interface_traffic_mode, visible:
            The one value that interfaces have here.

    Returns:
        The interface; its address is taken from now on.
    """
    check_region(ctx, region_id)
    if security_group_id and security_group_ids:
        raise Conflict
    groups = [security_group_id] if security_group_id else security_group_ids
    if not groups:
        raise NoGroupGiven
    vswitch = the_vswitch(ctx, v_switch_id)
    wanted = Wanted(
        vswitch=vswitch,
        group_ids=tuple(groups),
        address=primary_ip_address,
        name=network_interface_name or "",
        description=description or "",
        delete_on_release=delete_on_release,
    )
    row = make_interface(ctx, wanted, RULES.checked(pairs_of(tag)))
    if addresses.any_wanted:
        add_addresses(ctx, row, addresses)
    return interface_of(ctx, row)


@operation(
    ECS,
    "DescribeNetworkInterfaces",
    on=INTERFACE.all,
    answers="NetworkInterfaceSets.NetworkInterfaceSet",
    unsupported={"ResourceGroupId": NO_GROUPS, "Ipv6Address": NO_IPV6},
    reads_only=True,
    scans=True,
)
def describe_network_interfaces(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[InterfaceFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    tag: TagFilter | None = None,
) -> Listing[ListedInterface, PageAnswer]:
    """List the interfaces of a region, the newest first; ids that none has are passed over.

    Args:
        network_interface_name, type, status, instance_id, vpc_id, v_switch_id:
            Only what has this value.
        security_group_id, primary_ip_address, service_managed: Only what has this value.
    """
    check_region(ctx, region_id)
    held, pairs = INTERFACE.tags_by_id(ctx), pairs_of(tag)
    rows = [row for row in _meeting(ctx, wanted) if bears(held.get(row.interface_id, {}), pairs)]
    found = paged("interfaces", rows, lambda row: (row.created_at, row.interface_id), pages)
    return found.map(lambda row: listed_interface(ctx, row))


def _meeting(ctx: Context, wanted: InterfaceFilter) -> Iterable[InterfaceRow]:
    if wanted.service_managed:
        return []
    equal = {
        "interface_name": wanted.network_interface_name,
        "status": wanted.status,
        "instance_id": wanted.instance_id,
        "vpc_id": wanted.vpc_id,
        "vswitch_id": wanted.v_switch_id,
        "address": wanted.primary_ip_address,
    }
    asked = {name: value for name, value in equal.items() if value is not None}
    ids, group, ips = (
        wanted.network_interface_id,
        wanted.security_group_id,
        set(wanted.private_ip_address or ()),
    )
    return [
        row
        for row in ctx.tx.find(InterfaceRow, account_id=ctx.account_id, region=ctx.region)
        if (ids is None or row.interface_id in ids)
        and wanted.type in (None, kind_of(is_primary=row.is_primary))
        and all(getattr(row, column) == value for column, value in asked.items())
        and (group is None or group in groups_of(ctx.tx, row.interface_id))
        and (not ips or ips & {ip.private_ip_address for ip in private_ips(ctx.tx, row)})
    ]


@operation(
    ECS,
    "ModifyNetworkInterfaceAttribute",
    on=ONE,
    unsupported=_QUEUES,
    raises=(NoGroup, *JOIN_ERRORS),
)
def modify_network_interface_attribute(
    ctx: Context,
    row: InterfaceRow,
    *,
    region_id: Region,
    network_interface_name: Name | None = None,
    description: Annotated[str, Text(0, 256), Clearable(), Doc("Up to 256.")] | None = None,
    security_group_id: GroupIds | None = None,
    delete_on_release: bool | None = None,
) -> None:
    """Change an interface.

    Args:
        delete_on_release: Whether the interface is deleted with its instance.
        security_group_id: In place of those that the interface is in.
    """
    check_region(ctx, region_id)
    if security_group_id is not None:
        replace(ctx, row, security_group_id)
    INTERFACE.change(
        ctx,
        row,
        interface_name=network_interface_name,
        description=description,
        delete_on_release=delete_on_release,
    )


@operation(ECS, "DeleteNetworkInterface", on=ONE, raises=(WrongState, HasRoute))
def delete_network_interface(ctx: Context, row: InterfaceRow, *, region_id: Region) -> None:
    """Delete an interface that is attached to no instance."""
    check_region(ctx, region_id)
    if row.instance_id:
        raise WrongState
    refuse_routed(ctx, row.interface_id)
    remove_interface(ctx, row)
