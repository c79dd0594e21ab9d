"""All packets that open a session and arrive: between interfaces, from the Internet and to it.

Each answer carries a packet that arrives, and is found again with `explain`. Answers are not
followed: a network ACL may still drop them, which `converse` tells.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import BITS, TCP, Address, Cidr, Ports
from juyong.engines.packet.kinds import Kinds, Masks
from juyong.engines.packet.match import Line
from juyong.engines.packet.reach import Pairs, Side, kinds_of
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import (
    INTERNET,
    NOT_PUBLIC,
    Eip,
    ForwardEntry,
    HopKind,
    is_public,
)
from juyong.engines.packet.walk import MAIL_PORT, Compiled

_MAIL = Line(id="", accepts=True, protocol=TCP, ports=(Ports(MAIL_PORT, MAIL_PORT),))
_V4 = 4
_LAST = (1 << BITS[_V4]) - 1

Run = tuple[int, int]
"""Public IPv4 addresses, from the first to the last."""


class Flow(NamedTuple):
    """Packets that pass from an interface or the Internet to an interface or the Internet.

    by: The EIP or the DNAT entry that leads in; empty for another flow. kinds: A set of kinds, by
    the target's own port. outside: The addresses on the Internet's side, empty without one. packet:
    One that arrives.
    """

    source: str
    target: str
    by: str
    kinds: int
    outside: tuple[Run, ...]
    packet: Packet


class Flows:
    """The flows of a network.

    Cost: of pairs as `reach`; of the Internet, for each public address, linear in the runs of
    addresses that its rules tell apart.
    Model: every packet is sent through `explain`, in tests/property/test_packet_flows.py.
    """

    def __init__(self, compiled: Compiled, kinds: Kinds | None = None) -> None:
        self.compiled, self.parts = compiled, compiled.parts
        self.kinds = kinds_of(compiled) if kinds is None else kinds
        self.pairs = Pairs(compiled, self.kinds)
        self._by_id = {entry.id: (entry, side) for entry, side, _ in self._entries()}
        self._public = _edges(NOT_PUBLIC) | {
            number
            for address in compiled.publics.owned
            for number in (address.number, address.number + 1)
        }

    def all(self) -> Iterator[Flow]:
        """Yield all flows."""
        for source in self.parts.interfaces:
            yield from self.between(source)
            yield from self.outward(source)
        yield from self.inward()

    def between(self, source: str, targets: Iterable[str] | None = None) -> Iterator[Flow]:
        """Yield the flows from an interface to others, or to those named."""
        here = self.pairs.sides[source]
        wanted = None if targets is None else set(targets)
        for target, there in self.pairs.led_to(here[0].vswitch):
            if wanted is not None and target not in wanted:
                continue
            for one in here:
                for other in there:
                    if one.version != other.version:
                        continue
                    if passing := self.pairs.passing(one, other):
                        packet = self.kinds.packet(passing, one.address, other.address)
                        yield Flow(source, target, "", passing, (), packet)

    def inward(self, targets: Iterable[str] | None = None) -> Iterator[Flow]:
        """Yield the flows from the Internet, by each EIP and DNAT entry, or to those named."""
        wanted = None if targets is None else set(targets)
        for entry, side, target in self._entries():
            if wanted is not None and target not in wanted:
                continue
            means = self._meant(entry)
            found: dict[int, list[Run]] = defaultdict(list)
            for run in self._runs(side, side.into, side.acl_in):
                if passing := means & self._into(side, run[0]):
                    found[passing].append(run)
            for passing, runs in found.items():
                inside = self.kinds.packet(passing, Address(_V4, runs[0][0]), side.address)
                yield Flow(INTERNET, target, entry.id, passing, joined(runs), outer(entry, inside))

    def outward(self, source: str) -> Iterator[Flow]:
        """Yield the flows from an interface to the Internet."""
        mail = self.kinds.mask(_MAIL)
        for side in self.pairs.sides[source]:
            if side.version != _V4:  # the Internet carries no other
                continue
            table = side.vswitch.route_table_id
            routes = _edges(step.destination for step in self.parts.routes[table])
            found: dict[int, list[Run]] = defaultdict(list)
            for run in self._runs(side, side.out, side.acl_out, routes):
                if self._leaves(source, side, run[0]) and (
                    passing := self._out(side, run[0]) & ~mail
                ):
                    found[passing].append(run)
            for passing, runs in found.items():
                packet = self.kinds.packet(passing, side.address, Address(_V4, runs[0][0]))
                yield Flow(source, INTERNET, "", passing, joined(runs), packet)

    def answer_runs(self, flow: Flow) -> Iterator[tuple[int, Run]]:
        """Yield the runs of a flow from the Internet, cut so that answers tell nothing apart.

        The numbers are alike of runs that answers do not tell from each other.
        """
        side = self._led_by(flow)[1]
        routes = (step.destination for step in self.parts.routes[side.vswitch.route_table_id])
        found = _edges(routes) | set(() if side.acl_out is None else side.acl_out.starts)
        edges = sorted(found)
        for first, last in flow.outside:
            inner = edges[bisect_right(edges, first) : bisect_right(edges, last)]
            starts = [first, *inner]
            for start, end in zip(starts, [*(each - 1 for each in inner), last], strict=True):
                yield bisect_right(edges, start), (start, end)

    def entering(self, flow: Flow, source: int, source_port: int, port: int) -> Packet | None:
        """Return a TCP packet of a flow from the Internet, as sent; None where the flow has none.

        port: The interface's own, which a DNAT entry may map from another.
        """
        entry, side = self._led_by(flow)
        inside = Packet(
            version=_V4,
            protocol=TCP,
            source=source,
            target=side.number,
            source_port=source_port,
            target_port=port,
        )
        return outer(entry, inside) if self.kinds.has(flow.kinds, inside) else None

    def way(self, flow: Flow) -> tuple[object, ...]:
        """Return where a flow starts, ends, and what leads between: the same in any network."""
        if flow.source == INTERNET:
            return flow.source, flow.target, self._led_by(flow)[0]
        target = flow.packet.target if flow.target != INTERNET else 0
        return flow.source, flow.target, flow.packet.version, flow.packet.source, target

    def narrowed(self, flow: Flow, kinds: int, outside: tuple[Run, ...]) -> Flow:
        """Return a part of a flow: some of its kinds, and of its addresses outside."""
        here, there = (
            Address(flow.packet.version, number)
            for number in (flow.packet.source, flow.packet.target)
        )
        if flow.source == INTERNET:
            entry, side = self._led_by(flow)
            inside = self.kinds.packet(kinds, Address(_V4, outside[0][0]), side.address)
            packet = outer(entry, inside)
        elif flow.target == INTERNET:
            packet = self.kinds.packet(kinds, here, Address(_V4, outside[0][0]))
        else:
            packet = self.kinds.packet(kinds, here, there)
        return flow._replace(kinds=kinds, outside=outside, packet=packet)

    def _led_by(self, flow: Flow) -> tuple[Eip | ForwardEntry, Side]:
        return self._by_id[flow.by]

    def _leaves(self, source: str, side: Side, target: int) -> bool:
        """Tell whether a packet to a public address takes the way to the Internet."""
        step = self.parts.route(side.vswitch.route_table_id, Address(_V4, target))
        if step is not None and step.hop is not HopKind.NAT:
            return False
        nat_id = "" if step is None else step.hop_id
        packet = Packet(version=_V4, protocol=TCP, source=side.number, target=target)
        return self.compiled.publics.leave(packet, source, nat_id) is not None

    def _entries(self) -> Iterator[tuple[Eip | ForwardEntry, Side, str]]:
        """Yield what leads in, the side it leads to, and the interface."""
        publics = self.compiled.publics
        for entry in publics.leading():
            end = publics.leads_to(entry)
            if end is not None:
                inside = entry.private if isinstance(entry, Eip) else entry.internal
                yield entry, self._side(end, inside), end

    def _side(self, interface_id: str, address: Address) -> Side:
        return next(each for each in self.pairs.sides[interface_id] if each.address == address)

    def _meant(self, entry: Eip | ForwardEntry) -> int:
        if isinstance(entry, Eip) or entry.internal_ports is None:
            return self.kinds.all[_V4]
        line = Line(id="", accepts=True, protocol=entry.protocol, ports=(entry.internal_ports,))
        return self.kinds.mask(line)

    def _into(self, side: Side, source: int) -> int:
        passing = self.kinds.all[_V4]
        if not _within(side, source):
            passing = side.into.at(source, side.number)
        return passing if side.acl_in is None else passing & side.acl_in.at(source, 0)

    def _out(self, side: Side, target: int) -> int:
        passing = self.kinds.all[_V4]
        if not _within(side, target):
            passing = side.out.at(target, side.number)
        return passing if side.acl_out is None else passing & side.acl_out.at(target, 0)

    def _runs(
        self, side: Side, rules: Masks, acl: Masks | None, more: Iterable[int] = ()
    ) -> Iterator[Run]:
        """Yield runs of public addresses within which nothing is told apart."""
        starts = {*self._public, *rules.starts, *more}
        starts |= set(() if acl is None else acl.starts)
        # Groups may have members with public addresses, in a VPC of such a block.
        for numbers in (*rules.members, *(members[_V4] for _, members in side.inner)):
            starts |= {edge for number in numbers for edge in (number, number + 1)}
        ordered = sorted(each for each in starts if each <= _LAST)
        for first, after in zip(ordered, [*ordered[1:], _LAST + 1], strict=True):
            address = Address(_V4, first)
            if is_public(address) and address not in self.compiled.publics.owned:
                yield first, after - 1


def covered(runs: Iterable[Run]) -> int:
    """Return how many addresses runs hold."""
    return sum(last - first + 1 for first, last in runs)


def everyone(compiled: Compiled) -> int:
    """Return how many addresses the Internet has, without those of the network itself."""
    closed = sum(block.last - block.first + 1 for block in NOT_PUBLIC)
    return (1 << BITS[_V4]) - closed - len(compiled.publics.owned)


def _edges(blocks: Iterable[Cidr]) -> set[int]:
    found = {0}
    for block in blocks:
        if block.version == _V4:
            found |= {block.first, block.last + 1}
    return found


def _within(side: Side, peer: int) -> bool:
    return any(side.number in members[_V4] and peer in members[_V4] for _, members in side.inner)


def outer(entry: Eip | ForwardEntry, inside: Packet) -> Packet:
    """Return the packet as the Internet sends it, that an entry turns into the one inside."""
    if isinstance(entry, Eip):
        return inside.moved(target=entry.address.number)
    public, inner = entry.external_ports, entry.internal_ports
    if public is None or inner is None:
        return inside.moved(target=entry.external.number)
    port = inside.target_port - inner.first + public.first
    return inside.moved(target=entry.external.number, target_port=port)


def joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Join runs that touch; they are in order."""
    found: list[Run] = []
    for first, last in runs:
        if found and found[-1][1] + 1 == first:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return tuple(found)
