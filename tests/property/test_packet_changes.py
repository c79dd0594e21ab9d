"""Two networks held against each other: what opens and what closes, by single packets."""

from copy import deepcopy

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import packet_cases as made
from tests.property.test_packet_flows import flow_of, translated_twice

from juyong.engines.packet import INTERNET, Changes, Compiled

cases = st.integers(0, 10**9).map(made.Cases)


def changed(cases):
    """Return the network of the cases with a few rules, entries and EIPs taken away or turned."""
    net = deepcopy(cases.network)
    lists = [group["rules"] for group in net["groups"].values()]
    lists += [acl[way] for acl in net["acls"].values() for way in ("ingress", "egress")]
    for each in lists:
        if each and cases.chance(2):
            rule = cases.pick(each)
            if cases.chance(2):
                each.remove(rule)
            else:
                rule["policy"] = "drop" if rule["policy"] == "accept" else "accept"
    for name in list(net["eips"]):
        if cases.chance(3):
            del net["eips"][name]
    return net


@settings(max_examples=80)
@given(cases)
def test_what_opens_arrives_after_and_not_before(cases):
    note(str(cases.network))
    before = Compiled(made.engine_network(cases.network))
    after = Compiled(made.engine_network(changed(cases)))
    changes = Changes(before, after)
    for flow in changes.opened():
        assert after.explain(flow.packet, flow.source).end == flow.target
        assert before.explain(flow.packet, flow.source).end != flow.target
    for flow in changes.closed():
        assert before.explain(flow.packet, flow.source).end == flow.target
        assert after.explain(flow.packet, flow.source).end != flow.target


@settings(max_examples=80)
@given(cases)
def test_a_packet_that_newly_arrives_is_of_a_flow_that_opens(cases):
    note(str(cases.network))
    before = Compiled(made.engine_network(cases.network))
    after = Compiled(made.engine_network(changed(cases)))
    changes = Changes(before, after)
    opened = list(changes.opened())
    for _ in range(60):
        start, packet = cases.packet()
        there = made.engine_packet(packet)
        new, old = after.explain(there, start), before.explain(there, start)
        if not new.end or new.end == "platform" or translated_twice(new):
            continue
        if INTERNET not in (start, new.end):
            owned = {each.number for each in after.parts.interfaces[new.end].addresses}
            if new.packet.target not in owned:
                continue
        found = flow_of(changes.after, opened, new)
        assert (found is not None) == (new.end != old.end)


@settings(max_examples=20)
@given(cases)
def test_a_network_does_not_differ_from_itself(cases):
    compiled = Compiled(made.engine_network(cases.network))
    changes = Changes(compiled, Compiled(made.engine_network(cases.network)))
    assert [*changes.opened(), *changes.closed()] == []
