"""Rules that decide no packet: without them no verdict changes, and every other rule decides one."""

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import packet_cases as made

from juyong.engines.packet import Compiled, Why, unused

cases = st.integers(0, 10**9).map(made.Cases)


def without(network, names):
    """Return a network of the model's form without some rules and entries."""
    groups = {
        name: group | {"rules": [rule for rule in group["rules"] if rule["id"] not in names]}
        for name, group in network["groups"].items()
    }
    acls = {
        name: acl | {way: [each for each in acl[way] if each["id"] not in names] for way in WAYS}
        for name, acl in network["acls"].items()
    }
    return network | {"groups": groups, "acls": acls}


WAYS = ("ingress", "egress")


@settings(max_examples=200)
@given(cases)
def test_rules_without_effect_can_be_taken_away_together(cases):
    note(str(cases.network))
    compiled = Compiled(made.engine_network(cases.network))
    names = {each.id for each in unused(compiled)}
    less = Compiled(made.engine_network(without(cases.network, names)))
    for _ in range(60):
        start, packet = cases.packet()
        there = made.engine_packet(packet)
        with_all, with_less = compiled.converse(there, start), less.converse(there, start)
        assert with_all == with_less
        hops = (*with_all.there.hops, *(with_all.back.hops if with_all.back else ()))
        assert not names & {hop.by for hop in hops}


@settings(max_examples=100)
@given(cases)
def test_reasons_name_what_stands_in_the_way(cases):
    note(str(cases.network))
    network = cases.network
    compiled = Compiled(made.engine_network(network))
    in_use = {group for each in network["interfaces"].values() for group in each["groups"]}
    bound = {each["acl"] for each in network["vswitches"].values()}
    known = {rule["id"] for group in network["groups"].values() for rule in group["rules"]}
    known |= {each["id"] for acl in network["acls"].values() for way in WAYS for each in acl[way]}
    for each in unused(compiled):
        assert (each.why is Why.SHADOWED) == bool(each.by)
        assert set(each.by) <= known | network["groups"].keys()
        assert (each.why is Why.NO_MEMBERS) == (
            each.owner in network["groups"] and each.owner not in in_use
        )
        assert (each.why is Why.NOT_BOUND) == (
            each.owner in network["acls"] and each.owner not in bound
        )
