"""Parts of the packet engine in words: rules, packets, hops, spans of ports, runs of addresses."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, summarize_address_range

from juyong.engines.packet import (
    INTERNET,
    AclEntry,
    Address,
    Because,
    Cidr,
    Compiled,
    Flow,
    Flows,
    Hop,
    ListPeer,
    Packet,
    Path,
    Ports,
    Rule,
    Span,
    covered,
    everyone,
)
from juyong.engines.packet.addresses import LAST_PORT, PROTOCOLS
from juyong.services.network.answers import FlowShown, HopShown, PacketShown
from juyong.services.network.view import View

_NAMES = {number: name for name, number in PROTOCOLS.items()}


class Words:
    """The rules and entries of a network in words, by id."""

    def __init__(self, compiled: Compiled) -> None:
        network = compiled.parts.network
        self.rules = {
            rule.id: f"{_rule(rule)} ({group.id})"
            for group in network.groups
            for rule in group.rules
        } | {
            entry.id: f"{_entry(entry)} ({acl.id})"
            for acl in network.acls
            for entry in (*acl.ingress, *acl.egress)
        }

    def hop(self, hop: Hop) -> HopShown:
        """Return a step with its rule in words."""
        rule = self.rules.get(hop.by, "") if hop.because is Because.RULE else ""
        if hop.because is Because.INNER_ACCESS:
            rule = "members reach each other"
        return HopShown(
            stage=hop.stage.value,
            at=hop.at,
            by=hop.by,
            passed=hop.passed,
            because=hop.because.value,
            rule=rule,
        )

    def hops(self, path: Path | None) -> tuple[HopShown, ...]:
        """Return the steps of a path; none of no path."""
        return () if path is None else tuple(map(self.hop, path.hops))


def packet_shown(packet: Packet, start: str) -> PacketShown:
    """Return a packet with its addresses as text."""
    return PacketShown(
        start=start,
        protocol=packet.protocol,
        source=str(Address(packet.version, packet.source)),
        source_port=packet.source_port,
        target=str(Address(packet.version, packet.target)),
        target_port=packet.target_port,
        icmp_type=packet.icmp_type,
    )


def flow_shown(view: View, flows: Flows, flow: Flow) -> FlowShown:
    """Return a flow with the names of its ends."""
    return FlowShown(
        source=end_shown(view, flow.source),
        target=end_shown(view, flow.target),
        by=flow.by,
        passes=tuple(map(span_text, flows.kinds.spans(flow.kinds))),
        outside=tuple(blocks_of(flow.outside)),
        everyone=covered(flow.outside) == everyone(flows.compiled),
        packet=packet_shown(flow.packet, flow.source),
    )


def end_shown(view: View, end: str) -> str:
    """Return how people name an interface, or the Internet."""
    return end if end == INTERNET else view.shown(end)


def blocks_of(runs: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield runs of public addresses as CIDR blocks."""
    for first, last in runs:
        yield from map(str, summarize_address_range(IPv4Address(first), IPv4Address(last)))


def protocol_text(protocol: int | None) -> str:
    """Return the name of a protocol, or its number."""
    return "all" if protocol is None else _NAMES.get(protocol, str(protocol))


def span_text(span: Span) -> str:
    """Return packets of one protocol, such as `tcp/22` or `udp/1-1024 from 53`."""
    if span.ports is None or span.source_ports is None:
        return "other protocols" if span.protocol is None else protocol_text(span.protocol)
    ports, sources = _ports(span.ports), _ports(span.source_ports)
    told = protocol_text(span.protocol) + (f"/{ports}" if ports else "")
    return f"{told} from {sources}" if sources else told


def _ports(ports: Ports) -> str:
    """Return ports as text; all of them are no text, with and without port 0."""
    if ports.first <= 1 and ports.last == LAST_PORT:
        return ""
    return str(ports.first) if ports.first == ports.last else f"{ports.first}-{ports.last}"


def _rule(rule: Rule) -> str:
    peer = "from" if rule.direction.value == "ingress" else "to"
    parts = [rule.policy.value, str(rule.priority), protocol_text(rule.protocol)]
    parts += [rule.port_list_id] if rule.port_list_id else []
    parts += [str(rule.ports)] if rule.ports else []
    parts += [peer, peer_text(rule.peer)]
    parts += [f"source ports {rule.source_ports}"] if rule.source_ports else []
    parts += [f"own {rule.own}"] if rule.own else []
    return " ".join(parts)


def _entry(entry: AclEntry) -> str:
    ports = f" {entry.ports}" if entry.ports else ""
    return f"{entry.policy.value} {protocol_text(entry.protocol)}{ports} {peer_text(entry.peer)}"


def peer_text(peer: object) -> str:
    """Return the other side of a rule."""
    if isinstance(peer, Cidr):
        return str(peer)
    return peer.prefix_list_id if isinstance(peer, ListPeer) else str(getattr(peer, "group_id", ""))
