"""The network that packets cross: VPCs, vSwitches, interfaces, routes, and public addresses.

Values only; `compile.py` holds them against each other.
"""

from enum import Enum

import msgspec

from juyong.engines.packet.addresses import WITH_PORTS, Address, Cidr, Ports, check_id
from juyong.engines.packet.errors import BadAddress, BadPorts, BadRule
from juyong.engines.packet.rules import Acl, PortList, PrefixList, SecurityGroup

INTERNET = "internet"
"""The place outside of all VPCs, as the start or the end of a path."""
PLATFORM = "platform"
"""The platform's own servers, which every interface reaches: metadata and names."""

PLATFORM_BLOCKS = tuple(
    Cidr.parse(text) for text in ("100.100.100.200/32", "100.100.2.128/28", "100.100.2.112/28")
)
"""Addresses of the platform, which neither groups nor ACLs judge.

Source: VPC documentation, network ACL (documented); of security groups (assumed).
"""
NOT_PUBLIC = tuple(
    Cidr.parse(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
    )
)
"""IPv4 blocks that the Internet does not carry. Source: RFC 6890, RFC 5771 (documented)."""


def is_public(address: Address) -> bool:
    """Tell whether the Internet carries packets to the address.

    IPv6 has no translation and needs a gateway of its own, which the engine does not know: deny.
    """
    return address.version == 4 and not any(block.holds(address) for block in NOT_PUBLIC)  # noqa: PLR2004


def is_public_block(block: Cidr) -> bool:
    """Tell whether the Internet carries packets to all addresses of the block."""
    return block.version == 4 and not any(each.overlaps(block) for each in NOT_PUBLIC)  # noqa: PLR2004


class HopKind(Enum):
    """The next hops that the engine follows, by their names in NextHopType; Local is the system's.

    Routes to other kinds (VPN, transit router, IPv4 gateway) are not routes that the engine can
    follow, so that they cannot be made.
    """

    LOCAL = "Local"
    INTERFACE = "NetworkInterface"
    NAT = "NatGateway"
    PEER = "VpcPeer"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A custom route entry; `hop_id` is an interface, a NAT gateway, or the peer's VPC."""

    id: str
    destination: Cidr
    hop: HopKind
    hop_id: str

    def __post_init__(self) -> None:
        """Raise BadId, or BadRule for a local route: the engine adds these by itself."""
        check_id(self.id)
        if self.hop is HopKind.LOCAL:
            raise BadRule(f"`{self.id}`: local routes belong to the vSwitches")


class RouteTable(msgspec.Struct, frozen=True, kw_only=True):
    """Custom entries of a route table; the longest prefix that holds the target decides."""

    id: str
    vpc_id: str
    routes: tuple[Route, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)


class Vpc(msgspec.Struct, frozen=True, kw_only=True):
    """A VPC; `peers` are VPCs with an active peering connection."""

    id: str
    cidrs: tuple[Cidr, ...]
    peers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_id(self.id)


class VSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """A vSwitch: one block a version, its route table, and an ACL where one is bound."""

    id: str
    vpc_id: str
    cidrs: tuple[Cidr, ...]
    route_table_id: str
    acl_id: str = ""

    def __post_init__(self) -> None:
        check_id(self.id)


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """An elastic network interface with its private addresses and its security groups."""

    id: str
    vswitch_id: str
    addresses: tuple[Address, ...]
    group_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise BadId, or BadRule without an address or a group."""
        check_id(self.id)
        if not self.addresses or not self.group_ids:
            raise BadRule(f"`{self.id}` needs an address and a group")


class Eip(msgspec.Struct, frozen=True, kw_only=True):
    """An EIP that is bound to a private address of an interface, which never sees it."""

    id: str
    address: Address
    interface_id: str
    private: Address

    def __post_init__(self) -> None:
        check_id(self.id)
        check_public(self.id, self.address)


class SnatEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry by which sources of a block leave with one public address.

    An entry with several addresses picks one by a hash that is not published: the engine takes
    entries of one address, so that it guesses nothing.
    """

    id: str
    nat_id: str
    source: Cidr
    address: Address

    def __post_init__(self) -> None:
        check_id(self.id)
        check_public(self.id, self.address)


class ForwardEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A DNAT entry. Without protocol and ports the whole address is mapped, which is `Any`.

    Ports of a range are mapped in order, so that both ranges are of one length.
    """

    id: str
    nat_id: str
    external: Address
    internal: Address
    protocol: int | None = None
    external_ports: Ports | None = None
    internal_ports: Ports | None = None

    def __post_init__(self) -> None:
        """Raise BadId, BadAddress or BadPorts."""
        check_id(self.id)
        check_public(self.id, self.external)
        if self.protocol is None and not self.external_ports and not self.internal_ports:
            return
        if self.protocol not in WITH_PORTS or not self.external_ports or not self.internal_ports:
            raise BadPorts(f"`{self.id}` needs TCP or UDP with both port ranges, or nothing of it")
        one, other = self.external_ports, self.internal_ports
        if one.last - one.first != other.last - other.first:
            raise BadPorts(f"`{self.id}` has port ranges of two lengths")


class NatGateway(msgspec.Struct, frozen=True, kw_only=True):
    """A NAT gateway for the Internet, with its SNAT and DNAT entries."""

    id: str
    vpc_id: str
    snat: tuple[SnatEntry, ...] = ()
    forwards: tuple[ForwardEntry, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """All that judges and carries packets."""

    vpcs: tuple[Vpc, ...] = ()
    vswitches: tuple[VSwitch, ...] = ()
    tables: tuple[RouteTable, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()
    acls: tuple[Acl, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    port_lists: tuple[PortList, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    eips: tuple[Eip, ...] = ()
    nats: tuple[NatGateway, ...] = ()


def check_public(owner: str, address: Address) -> None:
    """Raise BadAddress unless the Internet carries packets to the address."""
    if not is_public(address):
        raise BadAddress(f"`{owner}` needs a public IPv4 address, and has {address}")
