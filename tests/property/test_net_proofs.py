"""`juyong net prove` against the slow model: an assertion is refuted exactly where a packet is."""

import json

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.model import packet as model
from tests.property import packet_cases as made
from tests.property.net_cases import HEADS, SOURCES, gets_there, packets, shown_packet

from juyong.engines.packet import Compiled
from juyong.services.network.picture import Picture
from juyong.services.network.proving.lines import assertions_of
from juyong.services.network.proving.proving import proved
from juyong.services.network.view import View

cases = st.integers(0, 10**9).map(made.Cases)
RANGES = ("tcp/20-25", "tcp/1-1024", "tcp/443-444", "udp/22")
PORTS = {"tcp/20-25": (20, 21, 22, 24, 25), "tcp/443-444": (443, 444)}


def view_of(network):
    return View(Picture(Compiled(made.engine_network(network)), ()), {}, {})


def judged(view, *lines, held=None):
    asserted = assertions_of("\n".join(lines).encode())
    return list(proved(view, held or {}, asserted))


def ports_of(head):
    """Return single heads that stand for a range, as far as the cases tell ports apart."""
    if head == "tcp/1-1024":
        return [each for each in HEADS if each.startswith("tcp/")] + ["tcp/20", "tcp/24"]
    return [f"tcp/{port}" for port in PORTS.get(head, ())] or [head]


def arriving(network, start, target, head):
    """Yield packets of a question that arrive by the model, answered or not."""
    for one in ports_of(head):
        for packet in packets(network, start, target, one):
            there, _ = model.converse(network, packet, start)
            if there.end == target:
                yield packet


@settings(max_examples=40)
@given(cases)
def test_deny_is_refuted_exactly_where_the_model_delivers_a_packet(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    names = list(network["interfaces"])
    for _ in range(3):
        start, target = cases.pick([*names, "internet"]), cases.pick(names)
        head = cases.pick((*HEADS, *RANGES))
        if start == target:
            continue
        line = f"deny {start} -> {target} {head}"
        note(line)
        (found,) = judged(view, line)
        for each in found.counters:
            there, _ = model.converse(network, shown_packet(each.packet), start)
            assert there.end == target
            assert each.decides.passed
        assert found.holds == (not found.counters)
        if found.holds:
            assert next(arriving(network, start, target, head), None) is None


@settings(max_examples=25)
@given(cases)
def test_deny_of_blocks_by_the_addresses_that_packets_show(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    names = list(network["interfaces"])
    source = cases.pick(("0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24", "128.0.0.0/1"))
    target, head = cases.pick(names), cases.pick(HEADS)
    note(f"{source} {target} {head}")
    (found,) = judged(view, f"deny {source} -> {target} {head}")
    for each in found.counters:
        packet = shown_packet(each.packet)
        assert model.inside(packet["source"], source)
        there, _ = model.converse(network, packet, each.packet.start)
        assert there.end == target
    if found.holds:
        for start in (*names, "internet"):
            if start == target:
                continue
            for packet in arriving(network, start, target, head):
                assert not model.inside(packet["source"], source)


@settings(max_examples=25)
@given(cases)
def test_allow_holds_exactly_where_the_model_finds_an_answered_packet_for_each_pair(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    names = list(network["interfaces"])
    one, other, target = (cases.pick(names) for _ in range(3))
    head = cases.pick(HEADS)
    held = {name: {"tier": "web"} for name in {one, other} - {target}}
    if not held:
        return
    note(f"{held} {target} {head}")
    (found,) = judged(view, f"allow tag:tier=web -> {target} {head}", held=held)
    assert found.holds == all(
        any(
            gets_there(network, each, name, target) for each in packets(network, name, target, head)
        )
        for name in held
    )
    assert {each.source for each in found.counters} <= set(held)


@settings(max_examples=15)
@given(cases)
def test_deny_of_the_internet_as_a_target(cases):
    network = cases.network
    note(json.dumps(network))
    view = view_of(network)
    start, head = cases.pick(list(network["interfaces"])), cases.pick(HEADS)
    (found,) = judged(view, f"deny {start} -> internet {head}")
    for each in found.counters:
        there, _ = model.converse(network, shown_packet(each.packet), start)
        assert there.end == "internet"
    word, _, port = head.partition("/")
    if found.holds and word in ("tcp", "udp"):
        for address in SOURCES:
            for own in network["interfaces"][start]["addresses"]:
                if (":" in own) != (":" in address):
                    continue
                packet = {
                    "protocol": made.TCP if word == "tcp" else made.UDP,
                    "source": own,
                    "target": address,
                    "source_port": 49152,
                    "target_port": int(port),
                    "icmp_type": 0,
                }
                assert model.converse(network, packet, start)[0].end != "internet"
