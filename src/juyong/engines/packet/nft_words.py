"""The words of the text for the kernel's packet filter: sets that are declared once, and lines."""

from collections.abc import Iterable, Iterator, Mapping

from juyong.engines.packet.addresses import TCP, UDP, Address
from juyong.engines.packet.match import ANY_PORTS, Line
from juyong.engines.packet.nft_table import NamedSet

FAMILY = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
"""How the filter names a version: in a test, and as the type of a set."""
REFUSED, PASSED = ("refused", "refused_bare"), ("passed", "passed_bare")
"""The sets of flows that rules dropped, and of those that passed them: with ports, and without."""
DROP, PASS = "goto refused", "goto passed"
"""How rules drop and let pass, so that either is counted."""
MOST_FLOWS = 65535
MOST_NEW = 4000
"""Sessions that one source may begin in a second; twice as many at once."""
_ENDS = "ipv4_addr . ipv4_addr . inet_proto"


class Words:
    """Collects the sets and maps that rules name."""

    def __init__(self) -> None:
        self.declared: dict[str, NamedSet] = {}

    def set(self, name: str, kind: str, elements: Iterable[str], flags: str = "") -> str:
        """Declare a set once, and return how rules name it."""
        if name not in self.declared:
            self.declared[name] = NamedSet("set", f"type {kind};{flags}", tuple(elements))
        return f"@{name}"

    def map(self, name: str, kind: str, elements: Mapping[str, str]) -> str:
        found = tuple(f"{key} : {value}" for key, value in elements.items())
        self.declared[name] = NamedSet("map", f"type {kind};", found)
        return f"@{name}"

    def counted(self, name: str, verdict: str) -> Iterator[str]:
        """Count packets and bytes of each flow of IPv4; a set that is full counts no new ones.

        PERF: a packet of TCP meets the first line alone. The kernel compares a byte of the packet
        within its loop over the rules; `meta` and a set of protocols are calls.
        """
        ends = "ip saddr . ip daddr . ip protocol"
        flags = f" size {MOST_FLOWS}; flags dynamic,timeout; timeout 15m;"
        whole = self.set(name, f"{_ENDS} . inet_service . inet_service", (), flags)
        bare = self.set(f"{name}_bare", _ENDS, (), flags)
        for protocol in (TCP, UDP):
            flow = f"{ends} . th sport . th dport"
            yield f"ip protocol {protocol} update {whole} {{ {flow} counter }} {verdict}"
        yield f"ip protocol != {{ {TCP}, {UDP} }} update {bare} {{ {ends} counter }}"
        yield verdict

    def slowed(self, drop: str) -> Iterator[str]:
        """Drop what begins sessions faster than one source may, so that none fills the table."""
        rate = f"limit rate over {MOST_NEW}/second burst {2 * MOST_NEW} packets"
        for version, (family, kind) in FAMILY.items():
            flags = f" size {MOST_FLOWS}; flags dynamic,timeout; timeout 1m;"
            begun = self.set(f"begun{version}", kind, (), flags)
            yield f"ct state new update {begun} {{ {family} saddr {rate} }} {drop}"

    def lines(self, lines: Iterable[Line], side: str, accept: str) -> list[str]:
        return [
            f"{test} {accept if line.accepts else DROP}"
            for line in lines
            for version in sorted(line.versions())
            for test in self._tests(line, version, side)
        ]

    def _tests(self, line: Line, version: int, side: str) -> list[str]:
        """Return the tests of a line for one version; none when no packet can match."""
        family = FAMILY[version][0]
        peer = self._peer(line, version)
        if peer is None or not line.ports:
            return []
        other = "saddr" if side == "daddr" else "daddr"
        words = [f"meta nfproto ipv{version} {family} {side} {peer}"]
        if line.own is not None:
            words.append(f"{family} {other} {line.own}")
        if line.protocol is not None:
            words.append(f"meta l4proto {line.protocol}")
        if line.source_ports is not None:
            words.append(f"th sport {line.source_ports.first}-{line.source_ports.last}")
        if line.ports != ANY_PORTS:
            return [
                " ".join([*words, f"th dport {ports.first}-{ports.last}"]) for ports in line.ports
            ]
        return [" ".join(words)]

    def _peer(self, line: Line, version: int) -> str | None:
        if line.members is not None:
            return self.members(line.peer_id, line.members, version)
        blocks = [str(cidr) for cidr in line.peers if cidr.version == version]
        if not blocks:
            return None
        if not line.peer_id:
            return blocks[0]
        flags = " flags interval; auto-merge;"
        return self.set(f"p{version}_{name_of(line.peer_id)}", FAMILY[version][1], blocks, flags)

    def members(self, group_id: str, members: Mapping[int, frozenset[int]], version: int) -> str:
        elements = [str(Address(version, number)) for number in sorted(members[version])]
        return self.set(f"g{version}_{name_of(group_id)}", FAMILY[version][1], elements)


def name_of(thing_id: str) -> str:
    """Return an id as a name of the packet filter; ids have one hyphen, so that names differ."""
    return thing_id.replace("-", "_")
