"""Packets, and the rules that judge them: security groups, network ACLs, and the lists they name.

Everything is checked when it is made, so that the engine never meets a value that it must guess
about.
"""

from enum import Enum
from typing import Self

import msgspec

from juyong.engines.packet.addresses import (
    ICMP,
    ICMPV6,
    LAST_PORT,
    WITH_PORTS,
    Address,
    Cidr,
    Ports,
    check_id,
    parse_protocol,
)
from juyong.engines.packet.errors import BadPacket, BadPorts, BadPriority, BadRule

LAST_PRIORITY = 100
_VERSION_OF = {ICMP: 4, ICMPV6: 6}
_REPLIES = {(ICMP, 8): 0, (ICMP, 13): 14, (ICMPV6, 128): 129}
_LAST_TYPE = 255


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a packet: addresses as numbers of one IP version, and the IANA protocol.

    Protocols other than TCP and UDP have ports of 0; only ICMP and ICMPv6 have an ICMP type.
    """

    version: int
    protocol: int
    source: int
    target: int
    source_port: int = 0
    target_port: int = 0
    icmp_type: int = 0

    @classmethod
    def of(
        cls,
        protocol: str,
        source: str,
        target: str,
        *,
        source_port: int = 0,
        target_port: int = 0,
        icmp_type: int = 0,
    ) -> Self:
        """Read a packet from texts, as `Packet.of("tcp", "10.0.0.1", "10.0.0.2", target_port=22)`.

        Raises:
            BadAddress, BadProtocol: as the parts are read.
            BadPacket: addresses of two versions, protocol `all`, ports or an ICMP type where the
                protocol has none, a value that has no room in its field.
        """
        number, one, other = parse_protocol(protocol), Address.parse(source), Address.parse(target)
        if number is None:
            raise BadPacket("a packet has one protocol")
        if one.version != other.version or _VERSION_OF.get(number, one.version) != one.version:
            raise BadPacket("the IP versions of addresses and protocol differ")
        if number not in WITH_PORTS and (source_port or target_port):
            raise BadPacket(f"protocol {number} has no ports")
        if number not in _VERSION_OF and icmp_type:
            raise BadPacket(f"protocol {number} has no ICMP type")
        if not (0 <= source_port <= LAST_PORT and 0 <= target_port <= LAST_PORT):
            raise BadPacket("a port is not within 0 to 65535")
        if not 0 <= icmp_type <= _LAST_TYPE:
            raise BadPacket("an ICMP type is not within 0 to 255")
        return cls(
            version=one.version,
            protocol=number,
            source=one.number,
            target=other.number,
            source_port=source_port,
            target_port=target_port,
            icmp_type=icmp_type,
        )

    def moved(self, **changes: int) -> Self:
        """Return the packet with other addresses or ports, as network address translation does."""
        return msgspec.structs.replace(self, **changes)

    def answer(self) -> Self:
        """Return the packet that answers: sides swapped, an echo request becomes its reply."""
        kind = (self.protocol, self.icmp_type)
        return self.moved(
            source=self.target,
            target=self.source,
            source_port=self.target_port,
            target_port=self.source_port,
            icmp_type=_REPLIES.get(kind, self.icmp_type),
        )


class Verdict(Enum):
    """The effect of a rule or an entry."""

    ACCEPT = "accept"
    DROP = "drop"


class Direction(Enum):
    """The way of a packet, seen from the interface or the vSwitch."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Kind(Enum):
    """The sorts of security groups, by their names in SecurityGroupType."""

    BASIC = "normal"
    ENTERPRISE = "enterprise"


class GroupPeer(msgspec.Struct, frozen=True):
    """The private addresses of all interfaces of a security group."""

    group_id: str


class ListPeer(msgspec.Struct, frozen=True):
    """The blocks of a prefix list."""

    prefix_list_id: str


class PrefixList(msgspec.Struct, frozen=True, kw_only=True):
    """CIDR blocks of one IP version."""

    id: str
    version: int
    cidrs: tuple[Cidr, ...]

    def __post_init__(self) -> None:
        check_id(self.id)
        if any(cidr.version != self.version for cidr in self.cidrs):
            raise BadRule(f"`{self.id}` has a block of another IP version")


class PortList(msgspec.Struct, frozen=True, kw_only=True):
    """Port ranges."""

    id: str
    ranges: tuple[Ports, ...]

    def __post_init__(self) -> None:
        check_id(self.id)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a security group.

    protocol: A number, or None for all. TCP and UDP have exactly one of `ports` and `port_list_id`;
    other protocols have neither. `ports` and `source_ports` are the packet's target and source
    ports. `peer` is the other side, `own` narrows which address of the member is meant.

    Source: ECS API reference, AuthorizeSecurityGroup and AuthorizeSecurityGroupEgress (documented).
    """

    id: str
    direction: Direction
    peer: Cidr | GroupPeer | ListPeer
    protocol: int | None = None
    ports: Ports | None = None
    port_list_id: str = ""
    source_ports: Ports | None = None
    own: Cidr | None = None
    policy: Verdict = Verdict.ACCEPT
    priority: int = 1

    def __post_init__(self) -> None:
        """Raise the error of a part that does not fit: BadId, BadPorts, BadPriority or BadRule."""
        check_id(self.id)
        if not 1 <= self.priority <= LAST_PRIORITY:
            raise BadPriority(f"`{self.id}` has the priority {self.priority}")
        if self.protocol in WITH_PORTS:
            if (self.ports is None) == (not self.port_list_id):
                raise BadPorts(f"`{self.id}` needs a port range or a port list")
        elif self.ports or self.port_list_id or self.source_ports:
            raise BadPorts(f"`{self.id}` has ports, and its protocol has none")
        versions = {c.version for c in (self.peer, self.own) if isinstance(c, Cidr)}
        if self.protocol in _VERSION_OF:
            versions.add(_VERSION_OF[self.protocol])
        if len(versions) > 1:
            raise BadRule(f"`{self.id}` mixes IPv4 and IPv6")


class SecurityGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A security group.

    inner_access: Whether members reach each other ahead of all rules; of basic groups only.

    Source: ECS documentation, security groups (documented).
    """

    id: str
    vpc_id: str
    kind: Kind = Kind.BASIC
    inner_access: bool = False
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Raise BadId, or BadRule for what an enterprise group cannot have."""
        check_id(self.id)
        if self.kind is Kind.BASIC:
            return
        if self.inner_access:
            raise BadRule(f"`{self.id}` is an enterprise group, which isolates its members")
        if any(isinstance(rule.peer, GroupPeer) for rule in self.rules):
            raise BadRule(f"`{self.id}` is an enterprise group, whose rules name no groups")


class AclEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a network ACL; `ports` are target ports in both directions.

    Source: VPC documentation, network ACL (documented).
    """

    id: str
    policy: Verdict
    peer: Cidr | ListPeer
    protocol: int | None = None
    ports: Ports | None = None

    def __post_init__(self) -> None:
        """Raise BadId, BadPorts or BadRule."""
        check_id(self.id)
        if (self.ports is not None) != (self.protocol in WITH_PORTS):
            raise BadPorts(f"`{self.id}` has ports that do not fit its protocol")
        version = _VERSION_OF.get(self.protocol or 0)
        if version and isinstance(self.peer, Cidr) and self.peer.version != version:
            raise BadRule(f"`{self.id}` mixes IPv4 and IPv6")


class Acl(msgspec.Struct, frozen=True, kw_only=True):
    """A network ACL: entries in the order in which they are tried."""

    id: str
    vpc_id: str
    ingress: tuple[AclEntry, ...] = ()
    egress: tuple[AclEntry, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id)
