"""Packets between two interfaces by a public address: they leave translated, and come back in."""

from collections.abc import Iterable, Iterator

from juyong.engines.packet.addresses import WITH_PORTS, Address
from juyong.engines.packet.flows import Flow, Flows, outer
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import Eip, ForwardEntry

Entry = Eip | ForwardEntry
_V4 = 4


def hairpins(
    flows: Flows, source: Address, start: str, entries: Iterable[Entry], asked: int
) -> Iterator[Flow]:
    """Yield what gets from an interface to others by their EIPs and DNAT entries.

    Args:
        flows: Of the network; the kinds may tell apart more than the rules do.
        source: The address that the interface sends from.
        start: The interface.
        entries: The EIPs and DNAT entries that are tried.
        asked: The kinds that are asked for, by the target's own port.

    Cost: 60 us for each kind and entry, since each packet is followed.
    Model: every packet is sent through `explain`, in tests/property/test_net_proofs.py.
    """
    if source.version != _V4:
        return
    for entry in entries:
        found: dict[str, tuple[int, Packet]] = {}
        for inside in _inside(flows, source, entry, asked):
            path = flows.compiled.explain(outer(entry, inside), start)
            if not path.delivered:
                continue
            kinds, packet = found.get(path.end, (0, path.packet))
            found[path.end] = kinds | flows.kinds.kind(inside), packet
        for end, (kinds, packet) in found.items():
            yield Flow(start, end, entry.id, kinds, (), packet)


def _inside(flows: Flows, source: Address, entry: Entry, asked: int) -> Iterator[Packet]:
    """Yield packets, as the target gets them, that stand for all of the kinds asked for."""
    target = entry.private if isinstance(entry, Eip) else entry.internal
    for at in range(asked.bit_length()):
        if not asked >> at & 1:
            continue
        packet = flows.kinds.packet(1 << at, source, target)
        if packet.protocol not in WITH_PORTS:
            if isinstance(entry, Eip) or entry.protocol is None:
                yield packet
            continue
        for port in _ports(flows, entry, packet):
            moved = packet.moved(target_port=port)
            if flows.kinds.has(1 << at, moved):
                yield moved


def _ports(flows: Flows, entry: Entry, packet: Packet) -> Iterable[int]:
    """Return the target's own ports that rules of both ends tell apart.

    Rules of the sender's end see the public port of a DNAT entry, those of the target its own.
    """
    if isinstance(entry, Eip) or entry.protocol is None:
        return (packet.target_port,)
    public, inner = entry.external_ports, entry.internal_ports
    if entry.protocol != packet.protocol or public is None or inner is None:
        return ()
    starts = flows.kinds.starts(packet.protocol)[1]
    found = {inner.first, *starts, *(each + inner.first - public.first for each in starts)}
    return sorted(each for each in found if inner.first <= each <= inner.last)
