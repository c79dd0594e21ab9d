"""Interfaces as answers show them."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagList, tag_list
from juyong.services.ecs.interfaces.interface import INTERFACE
from juyong.services.network.addresses import addresses_of
from juyong.services.network.public.eips import eips_of_interface
from juyong.services.network.tables import InterfaceRow, MemberRow
from juyong.store.transaction import Transaction

NONE: list[str] = []


class PrivateIp(Shape, frozen=True, kw_only=True):
    """One private address."""

    private_ip_address: str
    primary: bool


class Ipv4Prefix(Shape, frozen=True, kw_only=True):
    """A prefix of addresses; no interface has any."""

    ipv4_prefix: str


class Ipv6Prefix(Shape, frozen=True, kw_only=True):
    """A prefix of IPv6 addresses; no interface has any."""

    ipv6_prefix: str


class PublicIp(Shape, frozen=True, kw_only=True):
    """The EIP of an interface's primary address, empty where none is bound."""

    public_ip_address: str = ""
    allocation_id: str = ""


class Attachment(Shape, frozen=True, kw_only=True):
    """The instance of an interface, empty for none."""

    instance_id: str = ""
    device_index: int = 0
    network_card_index: int = 0
    trunk_network_interface_id: str = ""


class Interface(Shape, frozen=True, kw_only=True):
    """One interface."""

    network_interface_id: Annotated[str, Of("interface_id")]
    network_interface_name: Annotated[str, Of("interface_name")]
    description: str
    type: Annotated[str, Of("is_primary", lambda is_primary: kind_of(is_primary=is_primary))]
    status: str
    mac_address: Annotated[str, Of("mac")]
    private_ip_address: Annotated[str, Of("address")]
    private_ip_sets: Annotated[list[PrivateIp], Within("PrivateIpSet")]
    ipv6_sets: Annotated[list[str], Within("Ipv6Set")] = NONE
    ipv4_prefix_sets: Annotated[list[Ipv4Prefix], Within("Ipv4PrefixSet")] = msgspec.field(
        default_factory=list
    )
    ipv6_prefix_sets: Annotated[list[Ipv6Prefix], Within("Ipv6PrefixSet")] = msgspec.field(
        default_factory=list
    )
    v_switch_id: Annotated[str, Of("vswitch_id")]
    vpc_id: str
    zone_id: str
    owner_id: Annotated[str, Of("account_id")]
    security_group_ids: Annotated[list[str], Within("SecurityGroupId")]
    resource_group_id: str = ""
    service_managed: bool = False
    tags: TagList


class ListedInterface(Interface, frozen=True, kw_only=True):
    """One interface in a list."""

    instance_id: str
    attachment: Attachment
    associated_public_ip: PublicIp
    network_interface_traffic_mode: str = "Standard"
    queue_number: int = 1
    creation_time: CreateDate
    delete_on_release: bool


def kind_of(*, is_primary: bool) -> str:
    """Return the type of an interface."""
    return "Primary" if is_primary else "Secondary"


def private_ips(tx: Transaction, row: InterfaceRow) -> list[PrivateIp]:
    """Return the addresses of an interface, the primary one first."""
    others = [each for each in addresses_of(tx, row.interface_id) if each != row.address]
    return [
        PrivateIp(private_ip_address=row.address, primary=True),
        *(PrivateIp(private_ip_address=each, primary=False) for each in others),
    ]


def groups_of(tx: Transaction, interface_id: str) -> list[str]:
    """Return the security groups of an interface, in order."""
    found = tx.find(MemberRow, interface_id=interface_id)
    return sorted(row.group_id for row in found)


def _parts(ctx: Context, row: InterfaceRow) -> dict[str, object]:
    return {
        "private_ip_sets": private_ips(ctx.tx, row),
        "security_group_ids": groups_of(ctx.tx, row.interface_id),
        "tags": tag_list(INTERFACE.tags_of(ctx.tx, row)),
    }


def interface_of(ctx: Context, row: InterfaceRow) -> Interface:
    """Show an interface just made."""
    return Interface.of(row, **_parts(ctx, row))


def listed_interface(ctx: Context, row: InterfaceRow) -> ListedInterface:
    """Show an interface of a list."""
    attachment = Attachment()
    if row.instance_id:
        attachment = Attachment(instance_id=row.instance_id, device_index=row.device_index)
    public = next(
        (
            PublicIp(public_ip_address=eip.address, allocation_id=eip.allocation_id)
            for eip in eips_of_interface(ctx.tx, row.interface_id)
            if eip.private_address == row.address
        ),
        PublicIp(),
    )
    return ListedInterface.of(
        row, attachment=attachment, associated_public_ip=public, **_parts(ctx, row)
    )
