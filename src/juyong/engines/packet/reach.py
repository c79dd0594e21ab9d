"""Which interface reaches which: all pairs at once, each with a packet that arrives.

An interface's list of rules and another's address give the mask of kinds that pass (kinds.py); two
interfaces are joined when the masks of groups and ACLs on the way have a bit in common.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import TCP, Address, Ports
from juyong.engines.packet.compile import Members
from juyong.engines.packet.kinds import Kinds, Masks
from juyong.engines.packet.match import FirstMatch, Line
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import PLATFORM_BLOCKS, HopKind, Interface, VSwitch
from juyong.engines.packet.walk import MAIL_PORT, Compiled


class Reach(NamedTuple):
    """An interface reaches another, and `packet` is one that arrives: replay it with `explain`."""

    source: str
    target: str
    packet: Packet


def reach(compiled: Compiled) -> Iterator[Reach]:
    """Yield each pair of interfaces where the first reaches the second, with a packet.

    The function counts only packets from a private address to a private address; `explain` and
    `converse` cover the Internet, translation and answers. A pair is yielded once.

    Cost: a few microseconds a pair, after work that is linear in rules and kinds.
    Model: every packet of a kind is sent through `explain`, in tests/property/test_packet_reach.py.
    """
    engine = Pairs(compiled, kinds_of(compiled))
    for source in compiled.parts.interfaces:
        yield from engine.from_interface(source)


def kinds_of(
    *networks: Compiled, heads: Iterable[tuple[int, int]] = (), asked: Iterable[Line] = ()
) -> Kinds:
    """Cut all packets into kinds that no rule of the networks tells apart.

    heads: Protocols with a port, TCP or UDP, that are a kind of their own. asked: Lines that are
    told apart as those of rules are.
    """
    lines: dict[int, Line] = {id(line): line for line in asked}
    for compiled in networks:
        guards = compiled.parts.guards.values()
        lists = [rules for guard in guards for rules in (guard.ingress, guard.egress)]
        lists += [way for ways in compiled.parts.ways.values() for way in ways]
        lines |= {id(line): line for each in lists for line in each.lines}
    cuts = [(protocol, Ports(port, port)) for protocol, port in (*heads, (TCP, MAIL_PORT))]
    for compiled in networks:
        for entries in compiled.publics.forwards.values():
            cuts += [
                (each.protocol, each.internal_ports)
                for each in entries
                if each.protocol is not None and each.internal_ports is not None
            ]
    extra = [
        Line(id="", accepts=True, protocol=protocol, ports=(ports,)) for protocol, ports in cuts
    ]
    return Kinds([*lines.values(), *extra])


class Side(NamedTuple):
    """An address of an interface, and the lists that judge what leaves it and what comes to it."""

    version: int
    number: int
    vswitch: VSwitch
    inner: tuple[tuple[Line, Members], ...]
    out: Masks
    into: Masks
    acl_out: Masks | None
    acl_in: Masks | None

    @property
    def address(self) -> Address:
        """The address."""
        return Address(self.version, self.number)


class Pairs:
    """All pairs of addresses of a network, and the kinds of packets that pass between them.

    kinds: Cut by all lines of the network at least.
    """

    def __init__(self, compiled: Compiled, kinds: Kinds) -> None:
        self.parts, self.kinds = compiled.parts, kinds
        self._masks: dict[tuple[int, int], Masks] = {}
        self._ends: dict[str, list[tuple[str, list[Side]]]] = {}
        self.sides = {
            each.id: [self._side(each, address) for address in each.addresses]
            for each in self.parts.interfaces.values()
        }

    def _side(self, interface: Interface, address: Address) -> Side:
        guard, version = self.parts.guards[interface.id], address.version
        vswitch = self.parts.vswitches[interface.vswitch_id]
        ways = self.parts.ways.get(vswitch.acl_id)
        return Side(
            version=version,
            number=address.number,
            vswitch=vswitch,
            inner=guard.inner,
            out=self._list(guard.egress, version, self.kinds.all[version] if guard.lets_out else 0),
            into=self._list(guard.ingress, version, 0),
            acl_out=None if ways is None else self._list(ways[1], version, 0),
            acl_in=None if ways is None else self._list(ways[0], version, 0),
        )

    def _list(self, rules: FirstMatch, version: int, default: int) -> Masks:
        key = (id(rules), version)
        if key not in self._masks:
            self._masks[key] = Masks(self.kinds, rules, version, default)
        return self._masks[key]

    def from_interface(self, source: str) -> Iterator[Reach]:
        """Yield what one interface reaches."""
        here = self.sides[source]
        for target, there in self.led_to(here[0].vswitch):
            if (packet := self._first(here, there)) is not None:
                yield Reach(source, target, packet)

    def _first(self, here: list[Side], there: list[Side]) -> Packet | None:
        for one in here:
            for other in there:
                if one.version == other.version and (passing := self.passing(one, other)):
                    return self.kinds.packet(passing, one.address, other.address)
        return None

    def passing(self, one: Side, other: Side) -> int:
        """Return the kinds that all groups and ACLs on the way let pass."""
        here, there = one.number, other.number
        passing = self.kinds.all[one.version]
        if not _inside(one.inner, one.version, here, there):
            passing = one.out.at(there, here)
        if passing and not _inside(other.inner, one.version, here, there):
            passing &= other.into.at(here, there)
        if passing and one.vswitch is not other.vswitch:
            if one.acl_out is not None:
                passing &= one.acl_out.at(there, 0)
            if other.acl_in is not None:
                passing &= other.acl_in.at(here, 0)
        return passing

    def led_to(self, vswitch: VSwitch) -> list[tuple[str, list[Side]]]:
        """Return the interfaces, with their addresses, to which the routes of a vSwitch lead."""
        table = vswitch.route_table_id
        if table not in self._ends:
            found = [
                (name, [each for each in sides if self._end(vswitch, each) == name])
                for name, sides in self.sides.items()
            ]
            self._ends[table] = [each for each in found if each[1]]
        return self._ends[table]

    def _end(self, vswitch: VSwitch, there: Side) -> str | None:
        """Return the interface at which the route to an address ends, None without one."""
        address = Address(there.version, there.number)
        step = self.parts.route(vswitch.route_table_id, address)
        if step is None or step.hop is HopKind.NAT:
            return None
        if any(block.holds(address) for block in PLATFORM_BLOCKS):
            return None
        if step.hop is HopKind.INTERFACE:
            return step.hop_id
        vpc_id = step.hop_id if step.hop is HopKind.PEER else vswitch.vpc_id
        return self.parts.at_address.get((vpc_id, there.version, there.number))


def _inside(inner: tuple[tuple[Line, Members], ...], version: int, here: int, there: int) -> bool:
    return bool(inner) and any(
        here in members[version] and there in members[version] for _, members in inner
    )
