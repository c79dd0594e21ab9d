"""Flows against single packets: those that arrive are of a flow, and those of a flow arrive.

The ways of single packets are the engine's own, which test_packet_model.py compares with the model.
"""

from random import Random

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import packet_cases as made

from juyong.engines.packet import INTERNET, Compiled, Flows, Packet, Stage

cases = st.integers(0, 10**9).map(made.Cases)


def flow_of(flows, listed, path):
    """Return the flow that a path is of, None when no flow says so."""
    inside = path.arrived if path.start == INTERNET else path.packet
    address = path.packet.source if path.start == INTERNET else path.packet.target
    for flow in listed:
        if (flow.source, flow.target) != (path.start, path.end):
            continue
        if not flows.kinds.has(flow.kinds, inside):
            continue
        if INTERNET in (flow.source, flow.target):
            if any(first <= address <= last for first, last in flow.outside):
                return flow
        elif (flow.packet.source, flow.packet.target) == (path.packet.source, path.packet.target):
            return flow
    return None


def translated_twice(path):
    stages = {hop.stage for hop in path.hops}
    return {Stage.SOURCE_NAT, Stage.TARGET_NAT} <= stages


@settings(max_examples=150)
@given(cases)
def test_each_flow_carries_a_packet_that_arrives(cases):
    note(str(cases.network))
    compiled = Compiled(made.engine_network(cases.network))
    for flow in Flows(compiled).all():
        path = compiled.explain(flow.packet, flow.source)
        assert path.end == flow.target, path
        if flow.source == INTERNET:
            assert flow.by in {hop.by for hop in path.hops}


@settings(max_examples=150)
@given(cases)
def test_a_packet_arrives_where_a_flow_says_so_and_nowhere_else(cases):
    note(str(cases.network))
    compiled = Compiled(made.engine_network(cases.network))
    flows = Flows(compiled)
    listed = list(flows.all())
    for _ in range(60):
        start, packet = cases.packet()
        path = compiled.explain(made.engine_packet(packet), start)
        if path.end == "platform" or translated_twice(path):
            continue
        note(str((start, packet, path)))
        if path.end:
            found = flow_of(flows, listed, path)
            # A route may lead to an interface that the packet is not addressed to: no flow.
            other = INTERNET not in (path.end, path.start) and not owns(compiled, path)
            assert found is not None or other


def owns(compiled, path):
    interface = compiled.parts.interfaces[path.end]
    return path.packet.target in {each.number for each in interface.addresses}


@settings(max_examples=100)
@given(cases, st.integers(0, 10**6))
def test_all_packets_of_a_flow_arrive(cases, seed):
    note(str(cases.network))
    random = Random(seed)  # noqa: S311 - cases, not secrets
    compiled = Compiled(made.engine_network(cases.network))
    flows = Flows(compiled)
    for flow in flows.all():
        for span in flows.kinds.spans(flow.kinds):
            packet = one_of(random, flow, span, flows)
            path = compiled.explain(packet, flow.source)
            assert path.end == flow.target, (flow, span, path)


def one_of(random, flow, span, flows):
    """Return a packet of a span: an edge of its ports, an edge of the outside addresses."""
    changes = {"protocol": flows.kinds.other if span.protocol is None else span.protocol}
    changes |= {"source_port": 0, "target_port": 0, "icmp_type": 0}
    changes["icmp_type"] = {1: 8, 58: 128}.get(changes["protocol"], 0)
    shift = 0
    if flow.source == INTERNET:
        shift = flow.packet.target_port - flow_port(flow, flows)
    if span.ports is not None:
        changes["source_port"] = random.choice([span.source_ports.first, span.source_ports.last])
        changes["target_port"] = random.choice([span.ports.first, span.ports.last]) + shift
    if flow.outside:
        side = "source" if flow.source == INTERNET else "target"
        changes[side] = random.choice(random.choice(flow.outside))
    packet = flow.packet.moved(**changes)
    assert isinstance(packet, Packet)
    return packet


def flow_port(flow, flows):
    """Return the port that the flow's packet has behind the DNAT entry."""
    return flows.compiled.explain(flow.packet, flow.source).arrived.target_port
