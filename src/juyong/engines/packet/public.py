"""Public addresses: which one a packet leaves with, and where one that arrives is sent.

Source: VPC documentation, EIP and NAT gateway: an interface with an EIP bypasses SNAT, the more
specific source of two SNAT entries wins, an address that is mapped as a whole carries no other
entry, ports of an address of SNAT may be mapped (documented). An answer belongs to its session, so
that a mapped port takes nothing from what left by SNAT (assumed).
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import Address
from juyong.engines.packet.checks import find
from juyong.engines.packet.compile import Parts
from juyong.engines.packet.errors import Duplicate, Mismatch
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import Eip, ForwardEntry, NatGateway, SnatEntry


class Translated(NamedTuple):
    """A packet with another address, the entry that says so, and the gateway or interface."""

    packet: Packet
    by: str
    at: str


class Publics:
    """The compiled public addresses.

    Raises:
        Duplicate, Mismatch, NotFound: of the first entry that does not fit.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.owned: dict[Address, str] = {}
        """The EIP or the NAT gateway that each public address of the network belongs to."""
        self.eips: dict[Address, Eip] = {}
        self._eip_of: dict[tuple[str, Address], Eip] = {}
        self.forwards: dict[Address, list[ForwardEntry]] = defaultdict(list)
        self.snat: dict[str, tuple[SnatEntry, ...]] = {}
        for eip in parts.network.eips:
            self._add_eip(eip)
        for nat in parts.network.nats:
            self._add_nat(nat)

    def leave(self, packet: Packet, interface_id: str, nat_id: str) -> Translated | None:
        """Translate a packet from an interface to the Internet; `nat_id` is where its route leads.

        None when the packet has no public address to leave with.
        """
        source = Address(packet.version, packet.source)
        if (eip := self._eip_of.get((interface_id, source))) is not None:
            return Translated(packet.moved(source=eip.address.number), eip.id, interface_id)
        for entry in self.snat.get(nat_id, ()):
            if entry.source.holds(source):
                return Translated(packet.moved(source=entry.address.number), entry.id, nat_id)
        return None

    def enter(self, packet: Packet) -> tuple[Translated, str] | None:
        """Translate a packet to a public address; the second part is the VPC it goes to.

        None when the address, or the port of a NAT gateway's address, leads to no interface.
        """
        target = Address(packet.version, packet.target)
        if (eip := self.eips.get(target)) is not None:
            moved = packet.moved(target=eip.private.number)
            vpc_id = self._parts.home[eip.interface_id].vpc_id
            return Translated(moved, eip.id, eip.interface_id), vpc_id
        for entry in self.forwards.get(target, ()):
            if (moved_to := forwarded(entry, packet)) is not None:
                nat = self._parts.nats[entry.nat_id]
                return Translated(moved_to, entry.id, nat.id), nat.vpc_id
        return None

    def leading(self) -> Iterator[Eip | ForwardEntry]:
        """Yield all that leads from the Internet to an address within."""
        yield from self.eips.values()
        for entries in self.forwards.values():
            yield from entries

    def leads_to(self, entry: Eip | ForwardEntry) -> str | None:
        """Return the interface that an EIP or a DNAT entry leads to; None without one."""
        if isinstance(entry, Eip):
            return entry.interface_id
        vpc_id, inside = self._parts.nats[entry.nat_id].vpc_id, entry.internal
        return self._parts.at_address.get((vpc_id, inside.version, inside.number))

    def _add_eip(self, eip: Eip) -> None:
        interface = find(self._parts.interfaces, eip.interface_id)
        if eip.private not in interface.addresses:
            raise Mismatch(f"`{eip.id}`: `{interface.id}` does not have {eip.private}")
        if eip.address in self.owned or (interface.id, eip.private) in self._eip_of:
            raise Duplicate(f"`{eip.id}`: its public or its private address is bound already")
        self.owned[eip.address] = eip.id
        self.eips[eip.address] = eip
        self._eip_of[interface.id, eip.private] = eip

    def _add_nat(self, nat: NatGateway) -> None:
        owners = {snat.nat_id for snat in nat.snat} | {each.nat_id for each in nat.forwards}
        if owners - {nat.id}:
            raise Mismatch(f"`{nat.id}` has an entry of another NAT gateway")
        sources = [entry.source for entry in nat.snat]
        if len(set(sources)) != len(sources):
            raise Duplicate(f"`{nat.id}` has two SNAT entries for one source")
        for snat in nat.snat:
            self._own(snat.address, nat.id)
        outward = {snat.address for snat in nat.snat}
        for forward in nat.forwards:
            self._own(forward.external, nat.id)
            if forward.external_ports is None and forward.external in outward:
                raise Duplicate(f"`{forward.id}` maps the whole of an address of SNAT")
            self._add_forward(forward, nat)
        # The longest prefix first: the more specific source wins.
        self.snat[nat.id] = tuple(sorted(nat.snat, key=lambda entry: -entry.source.length))

    def _own(self, address: Address, owner: str) -> None:
        if self.owned.setdefault(address, owner) != owner:
            raise Duplicate(f"{address} is in use by `{self.owned[address]}`")

    def _add_forward(self, entry: ForwardEntry, nat: NatGateway) -> None:
        vpc = self._parts.vpcs[nat.vpc_id]
        if not any(cidr.holds(entry.internal) for cidr in vpc.cidrs):
            raise Mismatch(f"`{entry.id}`: {entry.internal} is outside of `{vpc.id}`")
        others = self.forwards[entry.external]
        if any(_collide(entry, other) for other in others):
            raise Duplicate(f"`{entry.id}` maps ports that another entry maps")
        others.append(entry)


def forwarded(entry: ForwardEntry, packet: Packet) -> Packet | None:
    """Return the packet as a DNAT entry sends it on; None when the entry does not mean it."""
    outer, inner = entry.external_ports, entry.internal_ports
    if outer is None or inner is None:
        return packet.moved(target=entry.internal.number)
    if packet.protocol != entry.protocol or not outer.first <= packet.target_port <= outer.last:
        return None
    port = packet.target_port - outer.first + inner.first
    return packet.moved(target=entry.internal.number, target_port=port)


def _collide(one: ForwardEntry, other: ForwardEntry) -> bool:
    mine, others = one.external_ports, other.external_ports
    if mine is None or others is None:
        return True
    return (
        one.protocol == other.protocol and mine.first <= others.last and others.first <= mine.last
    )
