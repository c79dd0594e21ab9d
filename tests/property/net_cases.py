"""Packets that fit a question of `juyong net`, and the slow model's word on each."""

from itertools import product

from tests.model import packet as model
from tests.property import packet_cases as made

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "gre": 47, "132": 132, "icmpv6": 58}
HEADS = ("tcp/22", "tcp/25", "tcp/80", "tcp/443", "tcp/1024", "udp/22", "icmp", "gre", "132")
CLIENTS = (1, 20, 21, 22, 24, 25, 79, 80, 443, 444, 1023, 1024, 49152, 65535)
SOURCES = (*made.OUTSIDE, "47.96.0.200", "128.0.0.1", "1.0.0.1", "203.0.113.200", "199.0.0.1")


def gets_there(network, packet, start, target):
    """Tell by the model whether a packet arrives, and is answered where its protocol needs that."""
    there, back = model.converse(network, packet, start)
    arrives = there.end == target
    answered = back is not None and back.end == start
    return arrives and (answered or packet["protocol"] not in (6, 1, 58))


def ends_of(network, target, protocol, port):
    """Return the addresses and ports that lead to a port of an interface."""
    ends = [(each, port) for each in network["interfaces"][target]["addresses"]]
    ends += [
        (eip["address"], port) for eip in network["eips"].values() if eip["interface"] == target
    ]
    for entry in (each for nat in network["nats"].values() for each in nat["forwards"]):
        if entry["protocol"] is None:
            ends.append((entry["external"], port))
        elif entry["protocol"] == protocol:
            outer, inner = (
                int(entry[side].split("/")[0]) for side in ("external_ports", "internal_ports")
            )
            ends.append((entry["external"], port - inner + outer))
    return [end for end in ends if 0 <= end[1] <= 65535]


def packets(network, start, target, head):
    """Yield packets that fit a question, over the addresses and ports of the cases."""
    word, _, port = head.partition("/")
    protocol = PROTOCOLS[word]
    sources = SOURCES if start == "internet" else network["interfaces"][start]["addresses"]
    for source, (address, number) in product(
        sources, ends_of(network, target, protocol, int(port or 0))
    ):
        version = 6 if ":" in source else 4
        if (":" in address) != (version == 6) or {1: 4, 58: 6}.get(protocol, version) != version:
            continue
        for client in CLIENTS if protocol in (6, 17) else (0,):
            yield {
                "protocol": protocol,
                "source": source,
                "target": address,
                "source_port": client,
                "target_port": number,
                "icmp_type": {1: 8, 58: 128}.get(protocol, 0),
            }


def shown_packet(shown):
    """Return a packet of an answer in the model's form."""
    names = ("protocol", "source", "target", "source_port", "target_port", "icmp_type")
    return {name: getattr(shown, name) for name in names}
