"""The packet engine against the slow model, on whole ways: each hop, its rule, and the end."""

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.model import packet as model
from tests.property import packet_cases as made

from juyong.engines.packet import Compiled, NotFound, Stage

PACKETS = 25
cases = st.integers(0, 10**9).map(made.Cases)
many = settings(max_examples=300, deadline=None)


def assert_same(way, path):
    assert (way is None) == (path is None)
    if way is not None:
        assert made.hops_of(path) == way.hops
        assert path.end == way.end
        assert made.model_packet(path.arrived) == way.packet


@many
@given(cases)
def test_conversations_agree_with_the_model(cases):
    compiled = Compiled(made.engine_network(cases.network))
    note(str(cases.network))
    for _ in range(PACKETS):
        start, packet = cases.packet()
        note(f"{start} {packet}")
        there, back = model.converse(cases.network, packet, start)
        conversation = compiled.converse(made.engine_packet(packet), start)
        assert_same(there, conversation.there)
        assert_same(back, conversation.back)


@many
@given(cases)
def test_admission_between_two_interfaces_agrees_with_the_model(cases):
    compiled = Compiled(made.engine_network(cases.network))
    names = list(cases.network["interfaces"])
    for _ in range(PACKETS):
        start, packet = cases.packet()
        if start == "internet":
            continue
        end = cases.pick(names)
        note(f"{start} {end} {packet}")
        expected = admission(cases.network, packet, start, end)
        line, admitted = compiled.admits(made.engine_packet(packet), start, end)
        assert (admitted, line.id, line.because.value) == expected


def admission(network, packet, start, end):
    source, target = (network["interfaces"][name]["vswitch"] for name in (start, end))
    verdicts = [model.judge_groups(network, start, packet, "egress")]
    if source != target:
        for vswitch, way in ((source, "egress"), (target, "ingress")):
            acl = network["vswitches"][vswitch]["acl"]
            verdicts.append(model.judge_acl(network, acl, packet, way))
    verdicts.append(model.judge_groups(network, end, packet, "ingress"))
    return next((verdict for verdict in verdicts if not verdict[0]), verdicts[-1])


@many
@given(cases)
def test_a_path_is_found_again_from_what_it_carries(cases):
    compiled = Compiled(made.engine_network(cases.network))
    for _ in range(PACKETS):
        start, packet = cases.packet()
        path = compiled.explain(made.engine_packet(packet), start)
        assert compiled.explain(path.packet, path.start) == path
        assert path.delivered == all(hop.passed for hop in path.hops)
        assert path.deciding == path.hops[-1]


@many
@given(cases)
def test_a_further_drop_never_opens_and_a_further_accept_never_closes(cases):
    before = Compiled(made.engine_network(cases.network))
    asked = [cases.packet() for _ in range(PACKETS)]
    group = cases.network["groups"][cases.pick(list(cases.network["groups"]))]
    rule = cases._rule(next(n for n, g in cases.network["groups"].items() if g is group))
    note(str(rule))
    group["rules"].append(rule)
    after = Compiled(made.engine_network(cases.network))
    for start, packet in asked:
        was = before.explain(made.engine_packet(packet), start).delivered
        now = after.explain(made.engine_packet(packet), start).delivered
        assert was >= now if rule["policy"] == "drop" else was <= now


@many
@given(cases)
def test_the_order_of_rules_and_groups_in_their_lists_decides_nothing(cases):
    before = Compiled(made.engine_network(cases.network))
    for key in ("groups", "interfaces", "vswitches", "eips"):
        names = list(cases.network[key])
        cases.random.shuffle(names)
        cases.network[key] = {name: cases.network[key][name] for name in names}
    for group in cases.network["groups"].values():
        cases.random.shuffle(group["rules"])
    for interface in cases.network["interfaces"].values():
        cases.random.shuffle(interface["groups"])
    after = Compiled(made.engine_network(cases.network))
    for _ in range(PACKETS):
        start, packet = cases.packet()
        asked = made.engine_packet(packet)
        assert before.converse(asked, start) == after.converse(asked, start)


def test_the_generators_meet_every_reason_at_every_stage():
    """Without this the comparison could agree on nothing but silence."""
    met, answered = set(), 0
    for seed in range(400):
        cases = made.Cases(seed)
        compiled = Compiled(made.engine_network(cases.network))
        for _ in range(PACKETS):
            start, packet = cases.packet()
            conversation = compiled.converse(made.engine_packet(packet), start)
            answered += conversation.answered
            for path in filter(None, conversation):
                met.update((hop.stage, hop.because, hop.passed) for hop in path.hops)
    assert len(met) == 30, sorted(f"{stage} {why} {passed}" for stage, why, passed in met)
    assert {stage for stage, _, _ in met} == set(Stage)
    assert answered > 500


def test_a_start_that_is_not_there_is_refused():
    cases = made.Cases(1)
    compiled = Compiled(made.engine_network(cases.network))
    _, packet = cases.packet()
    with pytest.raises(NotFound, match="eni-none"):
        compiled.explain(made.engine_packet(packet), "eni-none")
