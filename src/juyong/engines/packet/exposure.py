"""TCP ports that the Internet reaches: a packet arrives, and its answer comes back."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from juyong.engines.packet.addresses import Ports
from juyong.engines.packet.flows import Flow, Flows, Run
from juyong.engines.packet.kinds import CLIENT_PORT
from juyong.engines.packet.match import port_starts
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import INTERNET
from juyong.engines.packet.walk import Compiled


class Opening(NamedTuple):
    """A port that some addresses of the Internet reach, by an EIP or a DNAT entry.

    port: The interface's own. packet: A packet, as sent, that arrives and is answered.
    """

    by: str
    target: str
    port: int
    sources: tuple[Run, ...]
    packet: Packet


def openings(flows: Flows, ports: Iterable[int]) -> Iterator[Opening]:
    """Yield the ports that are open, each once for each public address that leads there.

    Args:
        flows: The flows of kinds that separate the ports from all others.
        ports: TCP ports of interfaces.

    Cost: for each port and public address, two ways of 60 us for each run that answers tell apart.
    """
    wanted = list(ports)
    found: dict[tuple[str, str, int], tuple[list[Run], Packet]] = {}
    for flow in flows.inward():
        clients = client_ports(flows.compiled, [flow.target])
        packets: dict[tuple[int, int], Packet | None] = {}
        for kind, run in flows.answer_runs(flow):
            for port in wanted:
                if (kind, port) not in packets:
                    packets[kind, port] = _answered(flows, flow, run[0], port, clients)
                packet = packets[kind, port]
                if packet is not None:
                    runs, _ = found.setdefault((flow.by, flow.target, port), ([], packet))
                    runs.append(run)
    for (by, target, port), (runs, packet) in found.items():
        yield Opening(by, target, port, tuple(sorted(runs)), packet)


def client_ports(compiled: Compiled, interfaces: Iterable[str]) -> list[int]:
    """Return source ports that stand for all others: also as the target ports of answers."""
    parts = compiled.parts
    ranges: list[Ports] = []
    for name in interfaces:
        guard = parts.guards[name]
        lines = (*guard.ingress.lines, *guard.egress.lines)
        ranges += [line.source_ports for line in lines if line.source_ports is not None]
        for rules in parts.ways.get(parts.home[name].acl_id, ()):
            ranges += [ports for line in rules.lines for ports in line.ports]
    return [CLIENT_PORT, *(port for port in port_starts(ranges) if port)]


def _answered(
    flows: Flows, flow: Flow, source: int, port: int, clients: Iterable[int]
) -> Packet | None:
    for client in clients:
        packet = flows.entering(flow, source, client, port)
        if packet is not None and flows.compiled.converse(packet, INTERNET).answered:
            return packet
    return None
