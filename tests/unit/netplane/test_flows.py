"""Flow records: of dumps that are made up, and of packets."""

import json

import pytest
from tests.unit.netplane.networks import (
    SLOW,
    answer,
    connect,
    desired,
    group,
    interface,
    joined,
    pair,
    rule,
    serve,
    vpc,
)

from juyong.engines.packet import Compiled, Direction, Verdict
from juyong.netplane.desired import Flow, Watched
from juyong.netplane.flows import BadCounters, Counted, FlowKey, counters_of, records, since

KEY = FlowKey("10.0.1.1", "10.0.1.2", 6, 4000, 80)


def dump(*flows):
    elements = [
        {
            "elem": {
                "val": {"concat": list(key)},
                "expires": 3,
                "counter": {"packets": packets, "bytes": size},
            }
        }
        for key, packets, size in flows
    ]
    described = {"metainfo": {"version": "1.0.6"}}
    return json.dumps(
        {"nftables": [described, {"set": {"name": "passed", "elem": elements}}]}
    ).encode()


def told(passed, refused, *rules):
    compiled = Compiled(pair(*rules))
    return [
        (flow.interface_id, flow.ingress, flow.accepted, flow.packets, flow.bytes)
        for flow in records(passed, refused, compiled, "vpc-a", (1, 61))
    ]


def test_a_dump_is_read_with_ports_and_without():
    assert counters_of(dump((KEY, 2, 100))) == {KEY: Counted(2, 100)}
    bare = ("10.0.1.1", "10.0.1.2", 1)
    assert counters_of(dump((bare, 1, 84))) == {FlowKey(*bare, 0, 0): Counted(1, 84)}
    assert counters_of(b'{"nftables": [{"set": {"name": "passed"}}]}') == {}
    assert counters_of(b"") == {}


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"\xff",
        dump((("a", "b"), 1, 1)),
        dump((("a", "b", "tcp"), 1, 1)),
        dump(((1, 2, 3), 1, 1)),
    ],
)
def test_what_is_no_dump_is_refused(text):
    with pytest.raises(BadCounters):
        counters_of(text)


def test_windows_count_what_is_new_also_when_counters_begin_anew():
    before = {KEY: Counted(5, 500)}
    assert since({KEY: Counted(7, 700)}, before) == {KEY: Counted(2, 200)}
    assert since({KEY: Counted(5, 500)}, before) == {}
    assert since({KEY: Counted(1, 60)}, before) == {KEY: Counted(1, 60)}


def test_what_passed_is_of_both_interfaces_and_what_did_not_of_the_one_that_dropped():
    one = Counted(1, 60)
    assert told({KEY: Counted(2, 120)}, {KEY: one}, rule(1, 80)) == [
        ("eni-1", False, True, 2, 120),
        ("eni-2", True, True, 2, 120),
        ("eni-1", False, True, 1, 60),
        ("eni-2", True, False, 1, 60),
    ]
    shut = rule(2, 80, policy=Verdict.DROP, direction=Direction.EGRESS)
    assert told({}, {KEY: one}, shut) == [("eni-1", False, False, 1, 60)]


def test_what_comes_from_outside_is_the_targets_and_what_leaves_the_sources():
    inward = FlowKey("8.8.8.8", "10.0.1.2", 6, 4000, 80)
    outward = FlowKey("10.0.1.1", "8.8.8.8", 6, 4000, 80)
    stray = FlowKey("8.8.8.8", "9.9.9.9", 6, 1, 2)
    one = Counted(1, 60)
    assert told({}, {inward: one, outward: one, stray: one}) == [
        ("eni-2", True, False, 1, 60),
        ("eni-1", False, False, 1, 60),
    ]


def flows(plane):
    plane.close_window()
    return {
        (
            each.interface_id,
            each.ingress,
            each.accepted,
            each.protocol,
            each.target,
            each.target_port,
        )
        for each in plane.events()
        if isinstance(each, Flow)
    }


def used(plane):
    """End a window; returns its flows by target port, with the rules they used, and its windows."""
    plane.close_window()
    events = plane.events()
    told = {}
    for each in events:
        if isinstance(each, Flow) and each.used:
            told.setdefault((each.target_port, each.accepted), set()).update(each.used)
    return told, [each for each in events if isinstance(each, Watched)]


def test_flows_tell_the_rules_that_decided_and_whole_windows_are_told(plane):
    shut = rule(3, 22, policy=Verdict.DROP)
    plane.apply(desired(pair(rule(1, 80), rule(2, 81), shut), 1, 2))
    with serve(plane, "i-2", 80), connect(plane, "i-1", "10.0.1.2", 80) as client:
        assert client.hear() == "connected"
        assert client.ask("hello") == "hello"
        assert answer(plane, "i-1", "10.0.1.2", 22) == "no answer"
        told, (first,) = used(plane)
        rules = {name for names in told.values() for name in names}
        assert {pair_of.id for pair_of in (rule(1, 80), shut)} == rules
        assert told[80, True] == {rule(1, 80).id}
        assert told[22, True] == {shut.id}
        # The rule that let the session begin is gone before the window ends: it was used.
        plane.apply(desired(pair(rule(4, 80), rule(2, 81), shut), 1, 2))
        assert client.ask("more") == "more"
        told, (second,) = used(plane)
        assert told[80, True] == {rule(1, 80).id, rule(4, 80).id}
        assert second.start_s == first.end_s


def test_packets_are_told_as_accepted_or_rejected_where_they_were_judged(plane):
    plane.apply(desired(pair(rule(1, 80)), 1, 2))
    with serve(plane, "i-2", 80), connect(plane, "i-1", "10.0.1.2", 80) as client:
        assert client.hear() == "connected"
        assert client.ask("hello") == "hello"
        assert answer(plane, "i-1", "10.0.1.2", 22) == "no answer"
        found = flows(plane)
        assert ("eni-1", False, True, 6, "10.0.1.2", 80) in found
        assert ("eni-2", True, True, 6, "10.0.1.2", 80) in found
        assert ("eni-1", False, True, 6, "10.0.1.2", 22) in found
        assert ("eni-2", True, False, 6, "10.0.1.2", 22) in found
        assert not [each for each in found if each[2] is False and each[5] != 22]
        assert flows(plane) == set()
        # A change of rules keeps the counters: nothing is told twice.
        plane.apply(desired(pair(rule(1, 80), rule(2, 81)), 1, 2))
        assert client.ask("more") == "more"
        again = flows(plane)
        assert ("eni-2", True, True, 6, "10.0.1.2", 80) in again
        assert not any(each[5] == 22 for each in again)


def test_flows_of_two_vpcs_with_the_same_addresses_are_kept_apart(plane):
    network = joined(
        *(vpc(name) for name in "ab"),
        {
            "groups": (group("a", rule(1, 80)), group("b", rule(2, 80))),
            "interfaces": (
                interface("a", 1, "10.0.1.1"),
                interface("a", 2, "10.0.1.2"),
                interface("b", 3, "10.0.1.1"),
                interface("b", 4, "10.0.1.2"),
            ),
        },
    )
    plane.apply(desired(network, 1, 2, 3, 4))
    assert answer(plane, "i-3", "10.0.1.2", 80, SLOW) == "refused"
    assert {each[0] for each in flows(plane)} == {"eni-3", "eni-4"}


FEW_FLOWS = 1000
SCATTER = """
import socket
for source in (7000, 7001):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(("0.0.0.0", source))
    for port in range(1000, 2500):
        try: wire.sendto(b"x", ("10.0.1.2", port))
        except OSError: pass
"""


def test_more_flows_than_a_set_holds_change_no_verdict_and_are_not_told_as_whole(
    plane, monkeypatch
):
    """A machine fills the set of dropped flows: nothing opens, nothing shuts, memory is bounded."""
    for name in ("engines.packet.nft_words", "netplane.windows"):
        monkeypatch.setattr(f"juyong.{name}.MOST_FLOWS", FEW_FLOWS)
    plane.apply(desired(pair(rule(1, 80), addresses=("10.0.1.1", "10.0.1.2", "10.0.1.3")), 1, 2, 3))
    with serve(plane, "i-2", 80), serve(plane, "i-2", 81):
        used(plane)
        assert plane.run("i-1", ["python3", "-c", SCATTER]).code == 0
        for source in ("i-1", "i-3"):
            assert answer(plane, source, "10.0.1.2", 80, SLOW) == "connected"
            assert answer(plane, source, "10.0.1.2", 81) == "no answer"
        plane.close_window()
        events = plane.events()
    told = [each for each in events if isinstance(each, Flow) and not each.accepted]
    counted = {(each.source_port, each.target_port) for each in told}
    assert FEW_FLOWS // 2 < len(counted) <= FEW_FLOWS
    assert not [each for each in events if isinstance(each, Watched)]
