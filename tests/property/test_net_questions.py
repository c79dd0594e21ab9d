"""`juyong net` against the slow model: what can get somewhere, what is open, and what is not."""

import json

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.model import packet as model
from tests.property import packet_cases as made
from tests.property.net_cases import HEADS, SOURCES, gets_there, packets, shown_packet

from juyong.api.command import BadInput
from juyong.engines.packet import Compiled
from juyong.services.network.picture import Picture
from juyong.services.network.questions import can_reach, exposed, paths
from juyong.services.network.view import View

cases = st.integers(0, 10**9).map(made.Cases)


def view_of(network):
    return View(Picture(Compiled(made.engine_network(network)), ()), {}, {})


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
            shown = shown_packet(answer.packet)
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
                    network, shown_packet(answer.packet), answer.packet.start
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
        packet = shown_packet(each.packet)
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


@settings(max_examples=15)
@given(cases)
def test_paths_carry_packets_that_the_model_delivers(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    for start in (*network["interfaces"], "internet"):
        for flow in paths(view, start, "").flows:
            there, _ = model.converse(network, shown_packet(flow.packet), start)
            assert there.end == flow.target
            assert flow.passes


@pytest.mark.parametrize("head", ["tcp", "tcp/0", "tcp/65536", "tcp/x", "icmp/1", "all", "", "256"])
def test_a_question_that_is_no_question(head):
    view = view_of(made.Cases(1).network)
    with pytest.raises(BadInput):
        can_reach(view, "internet", next(iter(made.Cases(1).network["interfaces"])), head)
