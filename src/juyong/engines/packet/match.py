"""First match: an ordered list of lines, compiled so that a decision looks at few of them.

A list is cut twice, by target port and by the other side's address. Both cuts leave out only lines
that cannot match.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

import msgspec

from juyong.engines.packet.addresses import BITS, LAST_PORT, WITH_PORTS, Cidr, Ports
from juyong.engines.packet.rules import Packet

ANY_PORTS = (Ports(0, LAST_PORT),)
OTHER = -1
"""Stands for every protocol that no line of a list names."""


class Because(Enum):
    """The reasons by which a packet passes or is dropped."""

    RULE = "rule"
    DEFAULT = "default"
    INNER_ACCESS = "inner access"
    SESSION = "session"
    SAME_VSWITCH = "same vSwitch"
    NO_ACL = "no ACL"
    PLATFORM = "platform"
    NOT_ITS_ADDRESS = "not an address of the start"
    ROUTE = "route"
    NO_ROUTE = "no route"
    NO_SUCH_ADDRESS = "no such address"
    TRANSLATED = "translated"
    NO_TRANSLATION = "no translation"
    MAIL_PORT = "mail port"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list, with all names resolved; also the answer of the list that holds it.

    id: The rule, entry or group; empty for a default.
    peers: Blocks of the other side. members: its addresses by version, for a group; then `peers` is
    empty. peer_id: the group or prefix list, empty for a block. protocol: None for all. own,
    source_ports: None for any.
    """

    id: str
    accepts: bool
    because: Because = Because.RULE
    peers: tuple[Cidr, ...] = ()
    members: dict[int, frozenset[int]] | None = None
    peer_id: str = ""
    protocol: int | None = None
    ports: tuple[Ports, ...] = ANY_PORTS
    source_ports: Ports | None = None
    own: Cidr | None = None

    def versions(self) -> frozenset[int]:
        """The IP versions of packets that the line may match."""
        if self.own is not None:
            return frozenset({self.own.version})
        if self.members is None:
            return frozenset(cidr.version for cidr in self.peers)
        return frozenset(BITS)


class _Rest(NamedTuple):
    """The tests of a line that the two cuts have not made."""

    members: frozenset[int] | None
    own: Cidr | None
    source_ports: Ports | None

    def holds(self, peer: int, own: int, source_port: int) -> bool:
        members, block, ports = self
        if members is not None and peer not in members:
            return False
        if block is not None and not block.first <= own <= block.last:
            return False
        return ports is None or ports.first <= source_port <= ports.last


Candidates = tuple[tuple[_Rest | None, Line], ...]


class _Cut:
    """The lines for one version, protocol and run of ports, in order; cut by address when asked."""

    __slots__ = ("candidates", "lines", "starts", "version")

    def __init__(self, version: int, lines: tuple[Line, ...]) -> None:
        self.version = version
        self.lines = lines
        self.starts = starts_of(lines, version)
        self.candidates: list[Candidates | None] = [None] * len(self.starts)

    def fill(self, run: int) -> Candidates:
        """Return the lines that the addresses of a run leave over, and keep them."""
        first = self.starts[run]
        found = self.candidates[run] = tuple(
            (_rest(line, self.version), line)
            for line in self.lines
            if meets(line, self.version, first)
        )
        return found


class _Table:
    """The lines for one version and protocol, in order; cut by target port when asked."""

    __slots__ = ("_lines", "_version", "cuts", "starts")

    def __init__(self, version: int, protocol: int, lines: tuple[Line, ...]) -> None:
        self._version = version
        self._lines = tuple(
            line
            for line in lines
            if version in line.versions() and line.protocol in (None, protocol)
        )
        self.starts = [0]
        if protocol in WITH_PORTS:
            self.starts = port_starts(ports for line in self._lines for ports in line.ports)
        self.cuts: list[_Cut | None] = [None] * len(self.starts)

    def fill(self, run: int) -> _Cut:
        """Return the lines that the target ports of a run leave over, and keep them."""
        first = self.starts[run]
        lines = (line for line in self._lines if has_port(line, first))
        found = self.cuts[run] = _Cut(self._version, tuple(lines))
        return found


class FirstMatch:
    """A compiled list. `lines` are as they were given, the first that matches decides.

    COST: cuts are made when a packet first meets them, so that a list of a thousand lines is
    compiled at once. Two threads may make the same cut; either is right.
    """

    __slots__ = ("_by_protocol", "_others", "lines")

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = tuple(lines)
        named = {line.protocol for line in self.lines if line.protocol is not None}
        self._by_protocol = {
            version << 8 | protocol: _Table(version, protocol, self.lines)
            for version in BITS
            for protocol in named
        }
        self._others = {version: _Table(version, OTHER, self.lines) for version in BITS}

    def decide(self, packet: Packet, peer: int, own: int) -> Line | None:
        """Return the first line that matches; None when no line does.

        `peer` and `own` are the packet's addresses, named from where the list stands.

        Cost: two bisections, and the lines that the two cuts leave over.
        PERF: both cuts are looked up here, since a call costs as much as a bisection.
        Model: tests/model/packet.py.
        """
        version = packet.version
        table = self._by_protocol.get(version << 8 | packet.protocol) or self._others[version]
        run = bisect_right(table.starts, packet.target_port) - 1
        cut = table.cuts[run] or table.fill(run)
        run = bisect_right(cut.starts, peer) - 1
        found = cut.candidates[run]
        for rest, line in cut.fill(run) if found is None else found:
            if rest is None or rest.holds(peer, own, packet.source_port):
                return line
        return None


def port_starts(ranges: Iterable[Ports]) -> list[int]:
    """Return the first ports of runs within which no range begins or ends; the first run is 0."""
    starts = {0}
    for ports in ranges:
        starts.update((ports.first, ports.last + 1))
    starts.discard(LAST_PORT + 1)
    return sorted(starts)


def starts_of(lines: Sequence[Line], version: int) -> list[int]:
    """Return the first addresses of runs within which no block of a line begins or ends."""
    starts = {0}
    for line in lines:
        for cidr in line.peers:
            if cidr.version == version:
                starts.update((cidr.first, cidr.last + 1))
    starts.discard(1 << BITS[version])
    return sorted(starts)


def has_port(line: Line, port: int) -> bool:
    """Tell whether a target port is among those of the line."""
    return any(ports.first <= port <= ports.last for ports in line.ports)


def meets(line: Line, version: int, address: int) -> bool:
    """Tell whether the other side's address may match: of a group, its members are not asked."""
    if line.members is not None:
        return True
    return any(c.version == version and c.first <= address <= c.last for c in line.peers)


def _rest(line: Line, version: int) -> _Rest | None:
    if line.members is None and line.own is None and line.source_ports is None:
        return None
    members = None if line.members is None else line.members.get(version, frozenset())
    return _Rest(members, line.own, line.source_ports)
