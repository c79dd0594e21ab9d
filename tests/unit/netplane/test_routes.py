"""Custom routes: to a peered VPC, and to an interface."""

import msgspec
from tests.unit.netplane.networks import (
    SERVER,
    SLOW,
    Talk,
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    rule,
    serve,
    vpc,
)

from juyong.engines.packet import Cidr, HopKind, Route, RouteTable, Vpc

BLOCKS = {"a": "10.0.0.0/16", "b": "10.1.0.0/16", "c": "10.2.0.0/16"}
REDIRECTED = "203.0.113.0/24"


def peered(*rules_of_b, pairs=("ab", "bc")):
    """Three VPCs in a row: `a` and `b` are peers, `b` and `c`, and all have routes to all."""
    friends = {name: {p.replace(name, "") for p in pairs if name in p} for name in BLOCKS}
    parts = [vpc(name, block) for name, block in BLOCKS.items()]
    for part, name in zip(parts, BLOCKS, strict=True):
        peers = frozenset(f"vpc-{friend}" for friend in friends[name])
        part["vpcs"] = (Vpc(id=f"vpc-{name}", cidrs=(Cidr.parse(BLOCKS[name]),), peers=peers),)
        routes = [
            Route(
                id=f"rte-{name}{other}",
                destination=Cidr.parse(block),
                hop=HopKind.PEER,
                hop_id=f"vpc-{min(friends[name])}",
            )
            for other, block in BLOCKS.items()
            if other != name and friends[name]
        ]
        if name == "b":
            routes = [
                msgspec.structs.replace(each, hop_id=f"vpc-{each.id[-1]}")
                for each in routes
                if each.id[-1] in friends["b"]
            ]
        part["tables"] = (RouteTable(id=f"vtb-{name}", vpc_id=f"vpc-{name}", routes=tuple(routes)),)
    return joined(
        *parts,
        {
            "groups": (
                group("a", rule(1, 80)),
                group("b", *rules_of_b),
                group("c", rule(3, 80)),
            ),
            "interfaces": (
                interface("a", 1, "10.0.1.1"),
                interface("b", 2, "10.1.1.1"),
                interface("c", 3, "10.2.1.1"),
            ),
        },
    )


def test_peers_reach_each_other_by_both_rules_and_no_one_beyond(plane):
    plane.apply(desired(peered(rule(2, 80)), 1, 2, 3))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81), serve(plane, "i-3", 80):
        assert answer(plane, "i-1", "10.1.1.1", 80, SLOW) == "connected"
        assert answer(plane, "i-1", "10.1.1.1", 81) == "no answer"
        assert answer(plane, "i-3", "10.1.1.1", 80, SLOW) == "connected"
        assert answer(plane, "i-1", "10.2.1.1", 80) == "no answer"


def test_sessions_with_a_peer_go_on_or_are_cut_by_its_rules(plane):
    plane.apply(desired(peered(rule(2, 80), rule(4, 81)), 1, 2))
    with (
        serve(plane, "i-2", 80),
        serve(plane, "i-2", 81),
        connect(plane, "i-1", "10.1.1.1", 80) as kept,
        connect(plane, "i-1", "10.1.1.1", 81) as cut,
    ):
        assert (kept.hear(), cut.hear()) == ("connected", "connected")
        plane.apply(desired(peered(rule(2, 80)), 1, 2))
        assert kept.ask("one") == "one"
        assert cut.ask("one", 0.7) == "cut"


def test_a_peering_that_ends_leads_nowhere_and_may_begin_again(plane):
    both, alone = peered(rule(2, 80)), peered(rule(2, 80), pairs=("bc",))
    with_peer, without = desired(both, 1, 2), desired(alone, 1, 2)
    plane.apply(with_peer)
    with serve(plane, "i-2", 80):
        assert answer(plane, "i-1", "10.1.1.1", 80, SLOW) == "connected"
        plane.apply(without)
        assert answer(plane, "i-1", "10.1.1.1", 80) == "no answer"
        plane.apply(with_peer)
        assert answer(plane, "i-1", "10.1.1.1", 80, SLOW) == "connected"


HAS_IT = """
import socket
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind(("eth0", 0x0800))
print("ready", flush=True)
while True:
    frame = wire.recv(2000)
    print(socket.inet_ntoa(frame[30:34]), int.from_bytes(frame[36:38], "big"), flush=True)
"""


def test_a_route_to_an_interface_brings_packets_to_its_machine_by_its_rules(plane):
    parts = vpc("a")
    route = Route(
        id="rte-1", destination=Cidr.parse(REDIRECTED), hop=HopKind.INTERFACE, hop_id="eni-2"
    )
    parts["tables"] = (RouteTable(id="vtb-a", vpc_id="vpc-a", routes=(route,)),)
    network = joined(
        parts,
        {
            "groups": (group("a", rule(1, 80)),),
            "interfaces": (interface("a", 1, "10.0.1.1"), interface("a", 2, "10.0.1.2")),
        },
    )
    plane.apply(desired(network, 1, 2))
    with Talk(plane, "i-2", HAS_IT) as seen:
        assert seen.hear() == "ready"
        assert answer(plane, "i-1", "203.0.113.7", 22) == "no answer"
        assert answer(plane, "i-1", "203.0.113.7", 80) == "no answer"
        assert seen.hear() == "203.0.113.7 80"
        # The machine stops, and the route leads nowhere; it starts again.
        plane.apply(desired(network, 1))
        assert answer(plane, "i-1", "203.0.113.7", 80) == "no answer"
        plane.apply(desired(network, 1, 2))
    with Talk(plane, "i-2", SERVER, 80) as server:
        assert server.hear() == "ready"
        assert answer(plane, "i-1", "10.0.1.2", 80, SLOW) == "connected"
