"""Kinds of packets: those that no rule of a network tells apart, whatever their addresses.

A kind is a protocol, or a run of source ports and a run of target ports. A set of kinds is a number
with a bit for each, so that a rule is a mask, and a list of rules and the other side's address give
the mask of kinds that pass.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import (
    BITS,
    ICMP,
    ICMPV6,
    LAST_PORT,
    WITH_PORTS,
    Address,
    Ports,
)
from juyong.engines.packet.match import FirstMatch, Line, port_starts, starts_of
from juyong.engines.packet.rules import Packet

CLIENT_PORT = 49152
"""The first port that clients draw from. Source: RFC 6335 (documented)."""
_UNNAMED_FIRST = 253
"""Protocols for experiments (RFC 3692): where no rule names one, it stands for all others."""
_ECHO = {ICMP: 8, ICMPV6: 128}
_OF_VERSION = {ICMP: 4, ICMPV6: 6}
_SPECIAL = WITH_PORTS | _ECHO.keys()


class Kind(NamedTuple):
    """A kind, by its smallest ports."""

    protocol: int
    source_port: int
    target_port: int


class Span(NamedTuple):
    """Packets of one protocol; None stands for every protocol that no rule names.

    Ports are None where the protocol has none.
    """

    protocol: int | None
    source_ports: Ports | None = None
    ports: Ports | None = None


class Kinds:
    """All packets, cut into kinds by the lines given."""

    def __init__(self, lines: Iterable[Line]) -> None:
        lines = list(lines)
        named = {line.protocol for line in lines if line.protocol is not None}
        others = range(_UNNAMED_FIRST, -1, -1)
        self.other = next((each for each in others if each not in _SPECIAL | named), None)
        plain = [*sorted(named - WITH_PORTS), *(each for each in _ECHO if each not in named)]
        plain += [self.other] if self.other is not None else []
        self.kinds = [Kind(protocol, 0, 0) for protocol in plain]
        self._first = {kind.protocol: at for at, kind in enumerate(self.kinds)}
        self._starts: dict[int, tuple[list[int], list[int]]] = {}
        for protocol in sorted(WITH_PORTS):
            of_it = [line for line in lines if line.protocol == protocol]
            targets = port_starts(ports for line in of_it for ports in line.ports)
            sources = port_starts(_source_ports(of_it))
            self._starts[protocol] = sources, targets
            self._first[protocol] = len(self.kinds)
            self.kinds += [Kind(protocol, one, other) for one in sources for other in targets]
        self.all = {version: self._of_version(version) for version in BITS}
        self._masks: dict[tuple[object, ...], int] = {}

    def mask(self, line: Line) -> int:
        """Return the kinds that a line means, whatever the addresses."""
        key = (line.protocol, line.ports, line.source_ports)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = sum(
                1 << at for at, kind in enumerate(self.kinds) if _means(line, kind)
            )
        return found

    def packet(self, mask: int, source: Address, target: Address) -> Packet:
        """Return a packet of the first kind of a set that is not empty."""
        protocol, source_port, target_port = self.kinds[(mask & -mask).bit_length() - 1]
        if protocol in WITH_PORTS:
            sources = _run(self._starts[protocol][0], source_port)
            # A port that a client may draw, so that a kernel can send the packet as well.
            source_port = min(max(CLIENT_PORT, sources.first), sources.last)
        return Packet(
            version=source.version,
            protocol=protocol,
            source=source.number,
            target=target.number,
            source_port=source_port,
            target_port=target_port,
            icmp_type=_ECHO.get(protocol, 0),
        )

    def has(self, mask: int, packet: Packet) -> bool:
        """Tell whether a packet is of a kind in a set."""
        return bool(mask & self.kind(packet))

    def kind(self, packet: Packet) -> int:
        """Return the kind of a packet, as a set of one; an empty set where there is none."""
        at = self._first.get(packet.protocol)
        if at is None:
            at = self._first.get(self.other if self.other is not None else -1)
        if at is None:
            return 0
        if packet.protocol in WITH_PORTS:
            sources, targets = self._starts[packet.protocol]
            at += (bisect_right(sources, packet.source_port) - 1) * len(targets)
            at += bisect_right(targets, packet.target_port) - 1
        return 1 << at

    def starts(self, protocol: int) -> tuple[list[int], list[int]]:
        """Return where the runs of source ports and of target ports of TCP or UDP begin."""
        return self._starts[protocol]

    def spans(self, mask: int) -> list[Span]:
        """Return the packets of a set as few spans, by protocol and port."""
        found: list[Span] = []
        runs: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at, kind in enumerate(self.kinds):
            if not mask >> at & 1:
                continue
            if kind.protocol in WITH_PORTS:
                runs[kind.protocol, kind.source_port].append(kind.target_port)
            else:
                found.append(Span(None if kind.protocol == self.other else kind.protocol))
        joined: dict[tuple[int, Ports], list[Ports]] = defaultdict(list)
        for (protocol, source), targets in runs.items():
            sources, ends = self._starts[protocol]
            for ports in _joined([_run(ends, start) for start in targets]):
                joined[protocol, ports].append(_run(sources, source))
        for (protocol, ports), each in sorted(joined.items()):
            found += [Span(protocol, source, ports) for source in _joined(each)]
        return found

    def _of_version(self, version: int) -> int:
        return sum(
            1 << at
            for at, kind in enumerate(self.kinds)
            if _OF_VERSION.get(kind.protocol, version) == version
        )


class Masks:
    """The kinds that one list lets pass, by the other side's address; made when first asked.

    default: The kinds that pass where no line of the list means a packet.
    """

    def __init__(self, kinds: Kinds, rules: FirstMatch, version: int, default: int) -> None:
        self.kinds, self.version, self.default = kinds, version, default
        self.lines = [line for line in rules.lines if version in line.versions()]
        self.starts = starts_of(self.lines, version)
        self._meets = [_peers_of(line, version) for line in self.lines]
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

    def decided(self, peer: int, own: int) -> Iterator[tuple[Line, int, int]]:
        """Yield the lines that the addresses fit, the kinds each means, and those it decides."""
        left = self.kinds.all[self.version]
        for line, meets in zip(self.lines, self._meets, strict=True):
            if not meets(peer):
                continue
            if line.own is not None and not line.own.first <= own <= line.own.last:
                continue
            means = self.kinds.mask(line) & self.kinds.all[self.version]
            yield line, means, left & means
            left &= ~means

    def _first_match(self, peer: int, own: int) -> int:
        left, passing = self.kinds.all[self.version], 0
        for line, _, hit in self.decided(peer, own):
            left &= ~hit
            if line.accepts:
                passing |= hit
        return passing | (left & self.default)


def _peers_of(line: Line, version: int) -> Callable[[int], bool]:
    """Return what tells whether the other side's address is one that a line means.

    PERF: a list of 50,000 blocks is searched, not read.
    """
    if line.members is not None:
        return line.members[version].__contains__
    blocks = sorted((c.first, c.last) for c in line.peers if c.version == version)
    starts: list[int] = []
    ends: list[int] = []
    for first, last in blocks:
        if ends and first <= ends[-1] + 1:
            ends[-1] = max(ends[-1], last)
        else:
            starts.append(first)
            ends.append(last)

    def meets(peer: int) -> bool:
        at = bisect_right(starts, peer) - 1
        return at >= 0 and peer <= ends[at]

    return meets


def _source_ports(lines: Iterable[Line]) -> Iterator[Ports]:
    for line in lines:
        if line.source_ports is not None:
            yield line.source_ports


def _means(line: Line, kind: Kind) -> bool:
    if line.protocol is not None and line.protocol != kind.protocol:
        return False
    if line.source_ports is not None and not (
        line.source_ports.first <= kind.source_port <= line.source_ports.last
    ):
        return False
    return any(ports.first <= kind.target_port <= ports.last for ports in line.ports)


def _run(starts: list[int], first: int) -> Ports:
    after = bisect_right(starts, first)
    return Ports(first, starts[after] - 1 if after < len(starts) else LAST_PORT)


def _joined(runs: Iterable[Ports]) -> list[Ports]:
    """Join runs that touch."""
    found: list[Ports] = []
    for run in sorted(runs):
        if found and found[-1].last + 1 >= run.first:
            found[-1] = Ports(found[-1].first, run.last)
        else:
            found.append(run)
    return found
