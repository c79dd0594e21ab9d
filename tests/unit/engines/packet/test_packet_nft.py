"""The text for the kernel's packet filter: what it refuses to say, and that names cannot inject."""

import re

import pytest
from tests.property import packet_cases as made
from tests.unit.engines.packet.packet_values import address, cidr, group, interface, network, rule

from juyong.engines.packet import (
    BadId,
    Compiled,
    Eip,
    ForwardEntry,
    HopKind,
    Mismatch,
    NatGateway,
    NotFound,
    Ports,
    Route,
    RouteTable,
    nft_text,
)
from juyong.engines.packet.nft import nft_table
from juyong.engines.packet.nft_table import NamedSet, Table
from juyong.engines.packet.topology import PLATFORM_BLOCKS, PLATFORM_WITHIN

DEVICES = {"eni-1": "r1", "eni-2": "r2"}


def text(devices=DEVICES, outside="rout", **changes):
    return nft_text(Compiled(network(**changes)), "vpc-1", devices, outside)


def test_the_text_replaces_its_table_in_one_transaction():
    lines = text().splitlines()
    assert lines[:3] == ["table inet juyong", "delete table inet juyong", "table inet juyong {"]
    assert lines[-1] == "}"


def test_hooks_drop_what_no_rule_lets_pass():
    heads = [line for line in text().splitlines() if line.startswith("type filter")]
    assert len(heads) == 4
    assert all(head.endswith("policy drop;") for head in heads if "postrouting" not in head)


def test_acls_stand_ahead_of_sessions_and_groups_behind():
    said = text()
    places = [said.index(word) for word in ("@acls_out", "@acls_in", "ct state", "@guards_out")]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["", "r1;", 'r1"', "r 1", "R1", "r1\n", "a" * 16, "1r", "r-1"])
def test_a_device_cannot_inject(name):
    with pytest.raises(BadId):
        text({"eni-1": name, "eni-2": "r2"})
    with pytest.raises(BadId):
        text(outside=name)


def test_two_interfaces_have_two_devices():
    with pytest.raises(Mismatch, match="one device"):
        text({"eni-1": "r1", "eni-2": "r1"})
    with pytest.raises(Mismatch, match="one device"):
        text({"eni-1": "r1", "eni-2": "rout"})


def test_an_interface_without_a_device_is_refused():
    with pytest.raises(Mismatch, match="no device"):
        text({"eni-1": "r1"})


def test_a_vpc_that_is_not_there_is_refused():
    with pytest.raises(NotFound):
        nft_text(Compiled(network()), "vpc-9", DEVICES, "rout")


@pytest.mark.parametrize(
    "routes",
    [
        [
            ("rte-1", "0.0.0.0/0", HopKind.NAT, "ngw-1"),
            ("rte-2", "8.0.0.0/8", HopKind.NAT, "ngw-2"),
        ],
    ],
)
def test_routes_that_one_router_cannot_follow_are_refused(routes):
    entries = tuple(
        Route(id=name, destination=cidr(to), hop=hop, hop_id=at) for name, to, hop, at in routes
    )
    nats = tuple(NatGateway(id=name, vpc_id="vpc-1") for name in ("ngw-1", "ngw-2"))
    table = RouteTable(id="vtb-1", vpc_id="vpc-1", routes=entries)
    with pytest.raises(Mismatch):
        text(tables=(table,), nats=nats)


def test_public_addresses_and_ports_are_mapped():
    ports = {"protocol": 6, "external_ports": Ports(80, 81), "internal_ports": Ports(90, 91)}
    entry = ForwardEntry(
        id="fwd-1",
        nat_id="ngw-1",
        external=address("47.96.0.2"),
        internal=address("10.0.1.1"),
        **ports,
    )
    eip = Eip(
        id="eip-1",
        address=address("47.96.0.1"),
        interface_id="eni-1",
        private=address("10.0.0.1"),
    )
    default = Route(id="rte-1", destination=cidr("0.0.0.0/0"), hop=HopKind.NAT, hop_id="ngw-1")
    narrow = Route(id="rte-2", destination=cidr("8.0.0.0/8"), hop=HopKind.NAT, hop_id="ngw-1")
    table = RouteTable(id="vtb-1", vpc_id="vpc-1", routes=(narrow, default))
    said = text(
        tables=(table,),
        eips=(eip,),
        nats=(NatGateway(id="ngw-1", vpc_id="vpc-1", forwards=(entry,)),),
    )
    assert "47.96.0.1 : 10.0.0.1" in said
    assert "10.0.0.1 : 47.96.0.1" in said
    assert "elements = { 10.0.0.0/24 . 0.0.0.0/0, 10.0.1.0/24 . 0.0.0.0/0 };" in said
    assert "ip saddr . ip daddr != @to_ngw_1 drop" in said
    assert "dnat ip to 10.0.1.1 : th dport map { 80 : 90, 81 : 91 }" in said


def test_a_rule_is_said_once_for_each_version_that_it_means():
    said = text(groups=(group(rules=(rule(),)),))
    assert (
        said.count("meta nfproto ipv4 ip saddr 0.0.0.0/0 meta l4proto 6 th dport 22-22 accept") == 1
    )
    assert "ipv6 ip6 saddr" not in said


def test_texts_of_random_networks_hold_known_words_alone():
    known = re.compile(r'[a-z0-9_@.:/,"{}<=!; \n-]+')
    for seed in range(40):
        cases = made.Cases(seed, plain=True)
        compiled = Compiled(made.engine_network(cases.network))
        devices = {name: f"r{at}" for at, name in enumerate(cases.network["interfaces"])}
        peers = dict.fromkeys(compiled.parts.vpcs["vpc-a"].peers, "p1")
        text_of_peers = nft_table(compiled, "vpc-a", devices, "rout", peers).text()
        assert known.fullmatch(text_of_peers)


def table_of(**changes):
    return nft_table(Compiled(network(**changes)), "vpc-1", DEVICES, "rout")


def test_what_stays_is_not_mentioned_and_no_hook_is_taken_away():
    old = table_of()
    assert old.change_from(old) == ""
    new = Table(
        sets={**old.sets, "p4_pl_1": NamedSet("set", "type ipv4_addr;", ("10.9.9.9",))},
        chains={**old.chains, "in_sg_1": ("ip saddr @p4_pl_1 accept", "drop")},
    )
    forth, back = new.change_from(old), old.change_from(new)
    assert forth.splitlines() == [
        "table inet juyong {",
        "set p4_pl_1 { type ipv4_addr; }",
        "}",
        "add element inet juyong p4_pl_1 { 10.9.9.9 }",
        "flush chain inet juyong in_sg_1",
        "table inet juyong {",
        "chain in_sg_1 {",
        "ip saddr @p4_pl_1 accept",
        "drop",
        "}",
        "}",
    ]
    assert back.splitlines()[-1] == "delete set inet juyong p4_pl_1"
    for text in (forth, back):
        assert "hook" not in text
        assert "delete table" not in text


def test_one_member_more_is_one_element():
    head = "type ipv4_addr;"
    old = Table(sets={"g": NamedSet("set", head, ("10.0.0.1", "10.0.0.2"))}, chains={})
    new = Table(sets={"g": NamedSet("set", head, ("10.0.0.2", "10.0.0.3"))}, chains={})
    assert new.change_from(old).splitlines() == [
        "delete element inet juyong g { 10.0.0.1 }",
        "add element inet juyong g { 10.0.0.3 }",
    ]


def test_a_set_of_intervals_is_filled_anew_and_another_type_writes_the_whole_table():
    def one(*elements, head="type ipv4_addr; flags interval; auto-merge;"):
        return Table(sets={"p": NamedSet("set", head, elements)}, chains={})

    assert one("10.0.0.0/8").change_from(one("10.0.0.0/8", "11.0.0.0/8")).splitlines() == [
        "flush set inet juyong p",
        "add element inet juyong p { 10.0.0.0/8 }",
    ]
    other = one("10.0.0.1", head="type ipv4_addr;")
    assert other.change_from(one("10.0.0.1")) == other.text()


def test_interfaces_of_the_same_groups_share_chains_and_others_do_not():
    def chains(*memberships):
        found = tuple(
            interface(f"eni-{number}", "vsw-1", f"10.0.0.{number}", groups=ids)
            for number, ids in enumerate(memberships, 1)
        )
        groups = (group("sg-1"), group("sg-2", rules=()))
        devices = {each.id: f"r{number}" for number, each in enumerate(found, 1)}
        compiled = Compiled(network(interfaces=found, groups=groups))
        names = nft_table(compiled, "vpc-1", devices, "rout").chains
        return sorted(name for name in names if name.startswith("in_"))

    assert chains(("sg-1",), ("sg-1",)) == ["in_sg_1"]
    assert chains(("sg-1",), ("sg-2",)) == ["in_sg_1", "in_sg_2"]
    both = chains(("sg-1", "sg-2"), ("sg-2", "sg-1"))
    assert len(both) == 1
    assert re.fullmatch(r"in_m_[0-9a-f]{32}", both[0])


def test_the_wide_block_holds_all_addresses_of_the_platform():
    for block in PLATFORM_BLOCKS:
        assert PLATFORM_WITHIN.first <= block.first <= block.last <= PLATFORM_WITHIN.last


def test_a_source_that_an_interface_has_not_meets_the_end_of_the_chain():
    lines = text().splitlines()
    start = next(n for n, line in enumerate(lines) if "priority raw" in line)
    chain = lines[start : lines.index("}", start)]
    own = [n for n, line in enumerate(chain) if "@own" in line]
    assert own == [1, 2]
    # Nothing behind lets a packet of an interface pass: all is of the outside.
    assert all('iifname "rout"' in line for line in chain[3:])
    assert chain[0].endswith("policy drop;")
