"""Which interface reaches which: all pairs at once, each with a packet that arrives.

Packets that no rule of the network tells apart are one kind: a protocol, or a run of source ports
and a run of target ports. A set of kinds is a number with a bit for each, so that a rule is a mask.
An interface's list of rules and another's address give the mask of kinds that pass; two interfaces
are joined when the masks of groups and ACLs on the way have a bit in common.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import (
    BITS,
    ICMP,
    ICMPV6,
    WITH_PORTS,
    Address,
    Ports,
)
from juyong.engines.packet.compile import Members
from juyong.engines.packet.match import FirstMatch, Line, meets, port_starts, starts_of
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import PLATFORM_BLOCKS, HopKind, Interface, VSwitch
from juyong.engines.packet.walk import Compiled

_UNNAMED_FIRST = 253
"""Protocols for experiments (RFC 3692): where no rule names one, it stands for all others."""
_ECHO = {ICMP: 8, ICMPV6: 128}
_OF_VERSION = {ICMP: 4, ICMPV6: 6}


class Reach(NamedTuple):
    """An interface reaches another, and `packet` is one that arrives: replay it with `explain`."""

    source: str
    target: str
    packet: Packet


class _Kind(NamedTuple):
    protocol: int
    source_port: int
    target_port: int


def reach(compiled: Compiled) -> Iterator[Reach]:
    """Yield each pair of interfaces of which the first reaches the second, with a packet.

    Only packets from a private address to a private address count: the Internet, translation and
    answers are left to `explain` and `converse`. A pair is yielded once.

    Cost: a few microseconds a pair, after work that is linear in rules and kinds.
    Model: every packet of a kind is sent through `explain`, in tests/property/test_packet_reach.py.
    """
    engine = _Reach(compiled)
    for source in compiled.parts.interfaces:
        yield from engine.from_interface(source)


class _Side(NamedTuple):
    """An address of an interface, and the lists that judge what leaves it and what comes to it."""

    version: int
    number: int
    vswitch: VSwitch
    inner: tuple[tuple[Line, Members], ...]
    out: "_Masks"
    into: "_Masks"
    acl_out: "_Masks | None"
    acl_in: "_Masks | None"


class _Reach:
    def __init__(self, compiled: Compiled) -> None:
        self.parts = compiled.parts
        guards = self.parts.guards.values()
        lists = [rules for guard in guards for rules in (guard.ingress, guard.egress)]
        lists += [way for ways in self.parts.ways.values() for way in ways]
        self.kinds = _kinds({id(line): line for each in lists for line in each.lines}.values())
        self.all = {version: self._of_version(version) for version in BITS}
        self._lines: dict[tuple[object, ...], int] = {}
        self._masks: dict[tuple[int, int], _Masks] = {}
        self._ends: dict[str, list[tuple[str, list[_Side]]]] = {}
        self.sides = {
            each.id: [self._side(each, address) for address in each.addresses]
            for each in self.parts.interfaces.values()
        }

    def _of_version(self, version: int) -> int:
        return sum(
            1 << at
            for at, kind in enumerate(self.kinds)
            if _OF_VERSION.get(kind.protocol, version) == version
        )

    def _side(self, interface: Interface, address: Address) -> _Side:
        guard, version = self.parts.guards[interface.id], address.version
        vswitch = self.parts.vswitches[interface.vswitch_id]
        ways = self.parts.ways.get(vswitch.acl_id)
        return _Side(
            version=version,
            number=address.number,
            vswitch=vswitch,
            inner=guard.inner,
            out=self._list(guard.egress, version, self.all[version] if guard.lets_out else 0),
            into=self._list(guard.ingress, version, 0),
            acl_out=None if ways is None else self._list(ways[1], version, 0),
            acl_in=None if ways is None else self._list(ways[0], version, 0),
        )

    def _list(self, rules: FirstMatch, version: int, default: int) -> "_Masks":
        key = (id(rules), version)
        if key not in self._masks:
            self._masks[key] = _Masks(self, rules, version, default)
        return self._masks[key]

    def from_interface(self, source: str) -> Iterator[Reach]:
        """Yield what one interface reaches."""
        here = self.sides[source]
        for target, there in self._led_to(here[0].vswitch):
            if (packet := self._first(here, there)) is not None:
                yield Reach(source, target, packet)

    def _first(self, here: list[_Side], there: list[_Side]) -> Packet | None:
        for one in here:
            for other in there:
                if one.version == other.version and (passing := self._passing(one, other)):
                    return self._packet(one, other, passing)
        return None

    def _packet(self, one: _Side, other: _Side, passing: int) -> Packet:
        """Return a packet of the first kind that passes."""
        protocol, source_port, target_port = self.kinds[(passing & -passing).bit_length() - 1]
        return Packet(
            version=one.version,
            protocol=protocol,
            source=one.number,
            target=other.number,
            source_port=source_port,
            target_port=target_port,
            icmp_type=_ECHO.get(protocol, 0),
        )

    def _passing(self, one: _Side, other: _Side) -> int:
        """Return the kinds that all groups and ACLs on the way let pass."""
        here, there = one.number, other.number
        passing = self.all[one.version]
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

    def _led_to(self, vswitch: VSwitch) -> list[tuple[str, list[_Side]]]:
        """Return the interfaces, with their addresses, to which the routes of a vSwitch lead."""
        table = vswitch.route_table_id
        if table not in self._ends:
            found = [
                (name, [each for each in sides if self._end(vswitch, each) == name])
                for name, sides in self.sides.items()
            ]
            self._ends[table] = [each for each in found if each[1]]
        return self._ends[table]

    def _end(self, vswitch: VSwitch, there: _Side) -> str | None:
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

    def line_mask(self, line: Line) -> int:
        """Return the kinds that a line means, whatever the addresses."""
        key = (line.protocol, line.ports, line.source_ports)
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = sum(
                1 << at for at, kind in enumerate(self.kinds) if _means(line, kind)
            )
        return found


class _Masks:
    """The kinds that one list lets pass, by the other side's address; made when first asked."""

    def __init__(self, engine: _Reach, rules: FirstMatch, version: int, default: int) -> None:
        self.engine, self.version, self.default = engine, version, default
        self.lines = [line for line in rules.lines if version in line.versions()]
        self.starts = starts_of(self.lines, version)
        self.members = [line.members[version] for line in self.lines if line.members is not None]
        self.asks_own = any(line.own is not None for line in self.lines)
        self._known: dict[tuple[int, tuple[bool, ...], int], int] = {}

    def at(self, peer: int, own: int) -> int:
        """Return the kinds that pass between the other side's address and the list's own."""
        members = self.members
        key = (
            bisect_right(self.starts, peer),
            tuple([peer in each for each in members]) if members else (),
            own if self.asks_own else 0,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._first_match(peer, own)
        return found

    def _first_match(self, peer: int, own: int) -> int:
        left, passing = self.engine.all[self.version], 0
        for line in self.lines:
            if not meets(line, self.version, peer):
                continue
            if line.members is not None and peer not in line.members[self.version]:
                continue
            if line.own is not None and not line.own.first <= own <= line.own.last:
                continue
            hit = left & self.engine.line_mask(line)
            left &= ~hit
            if line.accepts:
                passing |= hit
        return passing | (left & self.default)


def _inside(inner: tuple[tuple[Line, Members], ...], version: int, here: int, there: int) -> bool:
    return bool(inner) and any(
        here in members[version] and there in members[version] for _, members in inner
    )


def _kinds(lines: Iterable[Line]) -> list[_Kind]:
    """Cut all packets into kinds that no line tells apart, each with its smallest ports."""
    lines = list(lines)
    named = {line.protocol for line in lines if line.protocol is not None}
    others = (number for number in range(_UNNAMED_FIRST, -1, -1) if number not in _SPECIAL | named)
    kinds = [_Kind(protocol, 0, 0) for protocol in sorted(named - WITH_PORTS)]
    kinds += [_Kind(protocol, 0, 0) for protocol in _ECHO if protocol not in named]
    kinds += [_Kind(protocol, 0, 0) for protocol in [next(others, None)] if protocol is not None]
    for protocol in sorted(WITH_PORTS):
        of_it = [line for line in lines if line.protocol == protocol]
        targets = port_starts(ports for line in of_it for ports in line.ports)
        sources = port_starts(_source_ports(of_it))
        kinds += [_Kind(protocol, source, target) for source in sources for target in targets]
    return kinds


_SPECIAL = WITH_PORTS | _ECHO.keys()


def _source_ports(lines: Iterable[Line]) -> Iterator[Ports]:
    for line in lines:
        if line.source_ports is not None:
            yield line.source_ports


def _means(line: Line, kind: _Kind) -> bool:
    if line.protocol is not None and line.protocol != kind.protocol:
        return False
    if line.source_ports is not None and not (
        line.source_ports.first <= kind.source_port <= line.source_ports.last
    ):
        return False
    return any(ports.first <= kind.target_port <= ports.last for ports in line.ports)
