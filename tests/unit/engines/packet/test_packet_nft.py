"""The text for the kernel's packet filter: what it refuses to say, and that names cannot inject."""

import re

import pytest
from tests.property import packet_cases as made
from tests.unit.engines.packet.packet_values import address, cidr, group, interface, network, rule

from juyong.engines.packet import (
    Acl,
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
    VSwitch,
    nft_text,
)
from juyong.engines.packet.nft import nft_table
from juyong.engines.packet.nft_table import NamedSet, Table

DEVICES = {"eni-1": "r1", "eni-2": "r2"}


EIP = Eip(
    id="eip-1", address=address("47.96.0.1"), interface_id="eni-1", private=address("10.0.0.1")
)


def text(devices=DEVICES, outside="rout", **changes):
    return nft_text(Compiled(network(**changes)), "vpc-1", devices, outside)


def table_of(**changes):
    return nft_table(Compiled(network(**changes)), "vpc-1", DEVICES, "rout")


def test_the_text_replaces_its_table_in_one_transaction():
    lines = text().splitlines()
    assert lines[:3] == ["table inet juyong", "delete table inet juyong", "table inet juyong {"]
    assert lines[-1] == "}"


def test_hooks_drop_what_no_rule_lets_pass():
    heads = [line for line in text().splitlines() if line.startswith("type filter")]
    assert len(heads) == 3
    assert all(head.endswith("policy drop;") for head in heads)


ACL = Acl(id="nacl-1", vpc_id="vpc-1")


def vswitches(*acl_ids):
    return tuple(
        VSwitch(
            id=f"vsw-{n}",
            vpc_id="vpc-1",
            cidrs=(cidr(f"10.0.{n - 1}.0/24"),),
            route_table_id="vtb-1",
            acl_id=each,
        )
        for n, each in enumerate(acl_ids, 1)
    )


def test_acls_stand_ahead_of_sessions_and_groups_behind():
    chains = table_of(acls=(ACL,), vswitches=vswitches("nacl-1", "")).chains
    judged = [line for line in chains["apart"] if "vmap" in line]
    assert judged == ["meta mark vmap @acls_out", "oifname vmap @acls_in"]
    said = "\n".join(chains["forward"])
    places = [said.index(word) for word in ("jump apart", "ct state", "@guards_out")]
    assert places == sorted(places)


def test_the_acl_of_a_vswitch_judges_what_leaves_or_enters_the_vswitch_alone():
    table = table_of(acls=(ACL,), vswitches=vswitches("nacl-1", ""))
    assert table.chains["forward"][1] == "meta mark . oifname != @near jump apart"
    assert table.sets["near"].elements == ('1 . "r1"', '2 . "r2"')
    assert table.sets["own4"].elements == ('"r1" . 10.0.0.1 : 1', '"r2" . 10.0.1.1 : 2')
    assert table.sets["acls_out"].elements == ("1 : jump aclout_vsw_1",)
    assert table.sets["acls_in"].elements == ('"r1" : jump aclin_vsw_1',)


def test_a_vpc_without_acls_looks_only_at_what_leaves_the_vpc():
    table = table_of()
    assert table.chains["forward"][1] == 'oifname "rout" jump apart'
    assert not {"near", "acls_out", "acls_in"} & table.sets.keys()


def test_what_passes_is_counted_and_so_is_what_rules_drop():
    chains = table_of().chains
    accepting = {name for name, lines in chains.items() if any("accept" in each for each in lines)}
    # The source check comes first, and what the platform hears is no flow of the network's.
    assert accepting == {"passed", "raw", "input"}
    for name, verdict in (("passed", "accept"), ("refused", "drop")):
        lines = chains[name]
        assert [line.split(" update")[0] for line in lines] == [
            "ip protocol 6",
            "ip protocol 17",
            "ip protocol != { 6, 17 }",
            verdict,
        ]
        assert [f"counter }} {verdict}" in line for line in lines] == [True, True, False, False]


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
    default = Route(id="rte-1", destination=cidr("0.0.0.0/0"), hop=HopKind.NAT, hop_id="ngw-1")
    narrow = Route(id="rte-2", destination=cidr("8.0.0.0/8"), hop=HopKind.NAT, hop_id="ngw-1")
    table = RouteTable(id="vtb-1", vpc_id="vpc-1", routes=(narrow, default))
    said = text(
        tables=(table,),
        eips=(EIP,),
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
        said.count("meta nfproto ipv4 ip saddr 0.0.0.0/0 meta l4proto 6 th dport 22-22 goto passed")
        == 1
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


def test_a_vpc_without_a_public_address_has_no_hook_that_translates():
    assert "type nat" not in text()
    assert text(eips=(EIP,)).count("type nat") == 2


def test_hooks_that_translate_come_and_go_and_the_table_stays():
    bare, bound = table_of(), table_of(eips=(EIP,))
    forth, back = bound.change_from(bare), bare.change_from(bound)
    for said in (forth, back):
        assert "delete table" not in said
        assert "type filter" not in said
    hook = "chain to_public {\ntype nat hook postrouting priority srcnat; policy accept;\n"
    assert hook in forth
    assert "delete chain inet juyong to_public" in back


def test_a_map_that_goes_is_emptied_before_the_chains_that_its_elements_name():
    judged = table_of(acls=(ACL,), vswitches=vswitches("nacl-1", ""))
    lines = table_of(vswitches=vswitches("", "")).change_from(judged).splitlines()
    emptied = lines.index("flush map inet juyong acls_out")
    gone = lines.index("delete chain inet juyong aclout_vsw_1")
    assert emptied < gone < lines.index("delete map inet juyong acls_out")


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


def test_a_source_that_an_interface_has_not_meets_the_end_of_the_chain():
    lines = text().splitlines()
    start = next(n for n, line in enumerate(lines) if "priority raw" in line)
    chain = lines[start : lines.index("}", start)]
    own = [n for n, line in enumerate(chain) if "@own" in line]
    assert own == [1, 2]
    # Nothing behind lets a packet of an interface pass: all is of the outside.
    assert all('iifname "rout"' in line for line in chain[3:])
    assert chain[0].endswith("policy drop;")
