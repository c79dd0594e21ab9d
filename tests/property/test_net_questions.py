"""`juyong net` against the slow model: what can get somewhere, what is open, and what is not."""

import json
from itertools import product

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.model import packet as model
from tests.property import packet_cases as made

from juyong.api.command import BadInput
from juyong.engines.packet import Compiled
from juyong.services.network.picture import Picture
from juyong.services.network.questions import can_reach, exposed, paths
from juyong.services.network.view import View

cases = st.integers(0, 10**9).map(made.Cases)
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "gre": 47, "132": 132, "icmpv6": 58}
HEADS = ("tcp/22", "tcp/25", "tcp/80", "tcp/443", "tcp/1024", "udp/22", "icmp", "gre", "132")
CLIENTS = (1, 20, 21, 22, 24, 25, 79, 80, 443, 444, 1023, 1024, 49152, 65535)
SOURCES = (*made.OUTSIDE, "47.96.0.200", "128.0.0.1", "1.0.0.1", "203.0.113.200", "199.0.0.1")


def view_of(network):
    return View(Picture(Compiled(made.engine_network(network)), ()), {}, {})


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


def model_packet(shown):
    return {key: value for key, value in shown.items() if key != "start"}


@settings(max_examples=30)
@given(cases)
def test_can_is_yes_exactly_where_the_model_finds_a_packet(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    names = list(network["interfaces"])
    for _ in range(3):
        start = cases.pick([*names, "internet"])
        target, head = cases.pick(names), cases.pick(HEADS)
        note(f"{start} {target} {head}")
        answer = can_reach(view, start, target, head)
        if answer.can:
            shown = model_packet(answer.members()["packet"])
            assert gets_there(network, shown, answer.packet.start, target)
            assert answer.decides.passed
            assert answer.status == 0
        else:
            found = [
                packet
                for packet in packets(network, start, target, head)
                if gets_there(network, packet, start, target)
            ]
            assert not found
            assert answer.status == 1
            if answer.packet is not None:
                there, back = model.converse(
                    network, model_packet(answer.members()["packet"]), answer.packet.start
                )
                lost = back if answer.arrives else there
                last = lost.hops[-1]
                shown = (answer.decides.stage, answer.decides.at, answer.decides.by)
                assert shown == last[:3]


@settings(max_examples=20)
@given(cases)
def test_a_port_is_open_exactly_to_the_sources_that_the_model_lets_in(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    ports = (22, 25, 80, 443)
    found = exposed(view, ports, narrow=True).exposed
    for each in found:
        packet = model_packet(vars_of(each.packet))
        assert gets_there(network, packet, "internet", each.interface)
    # The model is slow: one port of each of two interfaces.
    for _ in range(2):
        target, port = cases.pick(list(network["interfaces"])), cases.pick(ports)
        blocks = [
            block
            for each in found
            if (each.interface, each.port) == (target, port)
            for block in each.sources
        ]
        let_in = {
            packet["source"]
            for packet in packets(network, "internet", target, f"tcp/{port}")
            if gets_there(network, packet, "internet", target)
        }
        for source in SOURCES:
            assert (source in let_in) == any(model.inside(source, block) for block in blocks)


def vars_of(shown):
    return {name: getattr(shown, name) for name in shown.__struct_fields__}


@settings(max_examples=15)
@given(cases)
def test_paths_carry_packets_that_the_model_delivers(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    for start in (*network["interfaces"], "internet"):
        for flow in paths(view, start, "").flows:
            there, _ = model.converse(network, model_packet(vars_of(flow.packet)), start)
            assert there.end == flow.target
            assert flow.passes


@pytest.mark.parametrize("head", ["tcp", "tcp/0", "tcp/65536", "tcp/x", "icmp/1", "all", "", "256"])
def test_a_question_that_is_no_question(head):
    view = view_of(made.Cases(1).network)
    with pytest.raises(BadInput):
        can_reach(view, "internet", next(iter(made.Cases(1).network["interfaces"])), head)
