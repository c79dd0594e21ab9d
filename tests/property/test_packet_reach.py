"""Reachability against brute force: packets of every kind, followed one by one.

Their ways are the engine's own, which test_packet_model.py compares with the model.
"""

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import packet_cases as made

from juyong.engines.packet import Compiled, reach

cases = st.integers(0, 10**9).map(made.Cases)
EDGES = sorted(
    {
        port
        for text in made.PORTS
        for edge in text.split("/")
        for port in (int(edge) - 1, int(edge), int(edge) + 1)
        if 0 <= port <= 65535
    }
)


def heads():
    """Every protocol that rules name and one that none does, with ports at all edges."""
    for protocol, icmp_type in ((1, 8), (58, 128), (47, 0), (132, 0), (200, 0)):
        yield {"protocol": protocol, "source_port": 0, "target_port": 0, "icmp_type": icmp_type}
    for protocol in (6, 17):
        for target in EDGES:
            for source in (0, 1, 19, 21, 22, 24, 25, 26, 80, 443, 444, 1024):
                yield {
                    "protocol": protocol,
                    "icmp_type": 0,
                    "source_port": source,
                    "target_port": target,
                }


HEADS = list(heads())


def reached(compiled, network, source, target):
    """Tell whether any packet from one interface ends at another that has its address."""
    for here in network["interfaces"][source]["addresses"]:
        for there in network["interfaces"][target]["addresses"]:
            if (":" in here) != (":" in there):
                continue
            for head in HEADS:
                if head["protocol"] == (1 if ":" in here else 58):
                    continue
                packet = made.engine_packet(head | {"source": here, "target": there})
                if compiled.explain(packet, source).end == target:
                    return True
    return False


@settings(max_examples=25, deadline=None)
@given(cases)
def test_pairs_are_those_that_are_found_by_trying_every_kind_of_packet(cases):
    network = cases.network
    note(str(network))
    names = list(network["interfaces"])
    compiled = Compiled(made.engine_network(network))
    found = {(each.source, each.target) for each in reach(compiled)}
    for _ in range(8):
        pair = cases.pick(names), cases.pick(names)
        note(str(pair))
        assert (pair in found) == reached(compiled, network, *pair)


@settings(max_examples=150, deadline=None)
@given(cases)
def test_each_pair_carries_a_packet_that_arrives(cases):
    compiled = Compiled(made.engine_network(cases.network))
    pairs = set()
    for each in reach(compiled):
        assert compiled.explain(each.packet, each.source).end == each.target
        pairs.add((each.source, each.target))
        assert (
            made.model_packet(each.packet)["target"]
            in (cases.network["interfaces"][each.target]["addresses"])
        )
    assert len(pairs) == len(list(reach(compiled)))


@settings(max_examples=150, deadline=None)
@given(cases)
def test_a_packet_that_arrives_is_never_of_a_pair_that_is_said_not_to(cases):
    compiled = Compiled(made.engine_network(cases.network))
    found = {(each.source, each.target) for each in reach(compiled)}
    for _ in range(40):
        start, packet = cases.packet()
        end = compiled.explain(made.engine_packet(packet), start).end
        has_it = (
            packet["target"] in cases.network["interfaces"].get(end, {"addresses": ()})["addresses"]
        )
        if start != "internet" and has_it:
            assert (start, end) in found
