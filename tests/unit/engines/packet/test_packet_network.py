"""Networks whose parts do not fit, and the verdicts that the published rules spell out."""

import pytest
from tests.unit.engines.packet.packet_values import (
    address,
    cidr,
    group,
    interface,
    network,
    rule,
    vswitch,
)

from juyong.engines.packet import (
    INTERNET,
    PLATFORM,
    Acl,
    AclEntry,
    Because,
    Compiled,
    Direction,
    Duplicate,
    Eip,
    ForwardEntry,
    GroupPeer,
    HopKind,
    Kind,
    ListPeer,
    Mismatch,
    NatGateway,
    NotFound,
    Packet,
    Ports,
    Route,
    RouteTable,
    SnatEntry,
    Stage,
    Verdict,
    Vpc,
)

ONE, OTHER = "10.0.0.1", "10.0.1.1"
VPC = Vpc(id="vpc-1", cidrs=(cidr("10.0.0.0/16"),))
FAR = Vpc(id="vpc-2", cidrs=(cidr("10.1.0.0/16"),))
NAT_ROUTE = Route(id="rte-1", destination=cidr("0.0.0.0/0"), hop=HopKind.NAT, hop_id="ngw-1")
TO_NAT = RouteTable(id="vtb-1", vpc_id="vpc-1", routes=(NAT_ROUTE,))


def route(name, to, hop, hop_id):
    one = Route(id=name, destination=cidr(to), hop=hop, hop_id=hop_id)
    return (RouteTable(id="vtb-1", vpc_id="vpc-1", routes=(one,)),)


def snat(name, source, public, nat="ngw-1"):
    return SnatEntry(id=name, nat_id=nat, source=cidr(source), address=address(public))


def forward(name, external, internal=ONE, **ports):
    sides = {"external": address(external), "internal": address(internal)}
    return ForwardEntry(id=name, nat_id="ngw-1", **sides, **ports)


def nat(*, snats=(), forwards=(), vpc="vpc-1"):
    return (NatGateway(id="ngw-1", vpc_id=vpc, snat=tuple(snats), forwards=tuple(forwards)),)


def eip(name, public, interface_id="eni-1", private=ONE):
    return Eip(
        id=name, address=address(public), interface_id=interface_id, private=address(private)
    )


def tcp(source=ONE, target=OTHER, port=22, source_port=40000):
    return Packet.of("tcp", source, target, source_port=source_port, target_port=port)


TCP_80 = {"protocol": 6, "external_ports": Ports(80, 80), "internal_ports": Ports(80, 80)}
UNFIT = [
    (NotFound, {"vswitches": (vswitch("vsw-1", "10.0.0.0/24", vpc_id="vpc-9"),), "interfaces": ()}),
    (NotFound, {"vswitches": (vswitch("vsw-1", "10.0.0.0/24", acl_id="nacl-1"),)}),
    (NotFound, {"interfaces": (interface("eni-1", "vsw-9", ONE),)}),
    (NotFound, {"interfaces": (interface("eni-1", "vsw-1", ONE, groups=("sg-9",)),)}),
    (NotFound, {"groups": (group(rules=(rule(peer=GroupPeer("sg-9")),)),)}),
    (NotFound, {"groups": (group(rules=(rule(peer=ListPeer("pl-9")),)),)}),
    (NotFound, {"groups": (group(rules=(rule(ports=None, port_list_id="prl-9"),)),)}),
    (NotFound, {"vpcs": (Vpc(id="vpc-1", cidrs=VPC.cidrs, peers=frozenset({"vpc-9"})),)}),
    (NotFound, {"nats": nat(vpc="vpc-9")}),
    (NotFound, {"eips": (eip("eip-1", "47.96.0.1", "eni-9"),)}),
    (NotFound, {"tables": route("rte-1", "0.0.0.0/0", HopKind.NAT, "ngw-9")}),
    (Mismatch, {"vpcs": (Vpc(id="vpc-1", cidrs=VPC.cidrs, peers=frozenset({"vpc-2"})), FAR)}),
    (Mismatch, {"vswitches": (vswitch("vsw-1", "10.9.0.0/24"),)}),
    (Mismatch, {"vswitches": (vswitch("vsw-1", "10.0.0.0/24"), vswitch("vsw-2", "10.0.0.0/16"))}),
    (Mismatch, {"interfaces": (interface("eni-1", "vsw-1", OTHER),)}),
    (Mismatch, {"groups": (group(vpc_id="vpc-2"),), "vpcs": (VPC, FAR)}),
    (Mismatch, {"tables": (RouteTable(id="vtb-1", vpc_id="vpc-2"),), "vpcs": (VPC, FAR)}),
    (
        Mismatch,
        {"tables": route("rte-1", "10.1.0.0/16", HopKind.PEER, "vpc-2"), "vpcs": (VPC, FAR)},
    ),
    (Mismatch, {"eips": (eip("eip-1", "47.96.0.1", private=OTHER),)}),
    (Mismatch, {"nats": nat(snats=[snat("snat-1", "10.0.0.0/24", "47.96.0.1", nat="ngw-2")])}),
    (Mismatch, {"nats": nat(forwards=[forward("fwd-1", "47.96.0.1", "10.1.0.1")])}),
    (Duplicate, {"groups": (group(), group())}),
    (Duplicate, {"groups": (group(rules=(rule(), rule())),)}),
    (
        Duplicate,
        {"interfaces": (interface("eni-1", "vsw-1", ONE), interface("eni-2", "vsw-1", ONE))},
    ),
    (Duplicate, {"interfaces": (interface("eni-1", "vsw-1", ONE, groups=("sg-1", "sg-1")),)}),
    (Duplicate, {"tables": route("rte-1", "10.0.0.0/24", HopKind.INTERFACE, "eni-1")}),
    (Duplicate, {"eips": (eip("eip-1", "47.96.0.1"), eip("eip-2", "47.96.0.2"))}),
    (
        Duplicate,
        {"eips": (eip("eip-1", "47.96.0.1"), eip("eip-2", "47.96.0.1", "eni-2", OTHER))},
    ),
    (
        Duplicate,
        {
            "nats": nat(
                snats=[snat("snat-1", "10.0.0.0/24", "47.96.0.1")],
                forwards=[forward("fwd-1", "47.96.0.1")],
            )
        },
    ),
    (
        Duplicate,
        {
            "nats": nat(
                snats=[
                    snat("snat-1", "10.0.0.0/24", "47.96.0.1"),
                    snat("snat-2", "10.0.0.0/24", "47.96.0.2"),
                ]
            )
        },
    ),
    (
        Duplicate,
        {
            "nats": nat(
                forwards=[forward("fwd-1", "47.96.0.1"), forward("fwd-2", "47.96.0.1", **TCP_80)]
            )
        },
    ),
    (
        Duplicate,
        {
            "nats": nat(
                forwards=[
                    forward("fwd-1", "47.96.0.1", **TCP_80),
                    forward("fwd-2", "47.96.0.1", **TCP_80),
                ]
            )
        },
    ),
]


@pytest.mark.parametrize(("error", "changes"), UNFIT, ids=range(len(UNFIT)))
def test_networks_whose_parts_do_not_fit_are_refused(error, changes):
    with pytest.raises(error):
        Compiled(network(**changes))


def test_groups_of_two_kinds_share_no_interface():
    both = interface("eni-1", "vsw-1", ONE, groups=("sg-1", "sg-2"))
    groups = (group(), group("sg-2", kind=Kind.ENTERPRISE))
    with pytest.raises(Mismatch, match="two kinds"):
        Compiled(network(interfaces=(both,), groups=groups))


@pytest.mark.parametrize(
    "named", [group("sg-2", kind=Kind.ENTERPRISE), group("sg-2", vpc_id="vpc-2")]
)
def test_a_rule_names_basic_groups_of_its_own_vpc(named):
    groups = (group(rules=(rule(peer=GroupPeer("sg-2")),)), named)
    with pytest.raises(Mismatch):
        Compiled(network(groups=groups, vpcs=(VPC, FAR)))


def explain(packet, start="eni-1", **changes):
    return Compiled(network(**changes)).explain(packet, start)


def test_a_basic_group_lets_out_and_not_in():
    path = explain(tcp())
    assert [hop.stage for hop in path.hops] == [
        *(Stage.EGRESS_GROUP, Stage.ROUTE, Stage.EGRESS_ACL),
        *(Stage.INGRESS_ACL, Stage.INGRESS_GROUP),
    ]
    assert path.deciding == (Stage.INGRESS_GROUP, "eni-2", "", False, Because.DEFAULT)
    assert not path.delivered


def test_an_enterprise_group_lets_nothing_out():
    path = explain(tcp(), groups=(group(kind=Kind.ENTERPRISE, rules=(rule(),)),))
    assert path.deciding.stage is Stage.EGRESS_GROUP


@pytest.mark.parametrize(
    ("port", "priorities", "verdicts", "by"),
    [
        (22, (1, 1), ("accept", "drop"), "sgr-2"),
        (22, (1, 2), ("accept", "drop"), "sgr-1"),
        (22, (2, 1), ("accept", "drop"), "sgr-2"),
        (22, (100, 99), ("drop", "accept"), "sgr-2"),
        (21, (1, 1), ("accept", "drop"), ""),
        (23, (1, 1), ("accept", "drop"), ""),
    ],
)
def test_the_smaller_priority_decides_and_at_one_priority_the_drop(port, priorities, verdicts, by):
    rules = tuple(
        rule(f"sgr-{at + 1}", priority=priorities[at], policy=Verdict(verdicts[at]))
        for at in range(2)
    )
    path = explain(tcp(port=port), groups=(group(rules=rules),))
    assert path.deciding.by == by


def test_inner_access_goes_ahead_of_a_drop():
    drop = rule(policy=Verdict.DROP)
    path = explain(tcp(), groups=(group(inner_access=True, rules=(drop,)),))
    assert path.end == "eni-2"
    assert path.deciding == (Stage.INGRESS_GROUP, "eni-2", "sg-1", True, Because.INNER_ACCESS)
    assert not explain(tcp(), groups=(group(rules=(drop,)),)).delivered


def test_a_group_as_peer_means_its_private_addresses():
    rules = (rule(peer=GroupPeer("sg-2")),)
    groups = (group(rules=rules), group("sg-2"))
    far = interface("eni-2", "vsw-2", OTHER, groups=("sg-2",))
    inside = (interface("eni-1", "vsw-1", ONE), far)
    assert (
        Compiled(network(groups=groups, interfaces=inside))
        .explain(tcp(OTHER, ONE), "eni-2")
        .delivered
    )
    outside = (interface("eni-1", "vsw-1", ONE), interface("eni-2", "vsw-2", OTHER))
    assert (
        not Compiled(network(groups=groups, interfaces=outside))
        .explain(tcp(OTHER, ONE), "eni-2")
        .delivered
    )


def opened(**changes):
    return {"groups": (group(rules=(rule(ports=Ports(1, 65535)),)),)} | changes


def entry(name, port="1/65535", policy=Verdict.ACCEPT, peer="0.0.0.0/0"):
    return AclEntry(id=name, policy=policy, peer=cidr(peer), protocol=6, ports=Ports.parse(port))


def with_acl(ingress, egress):
    acl = Acl(id="nacl-1", vpc_id="vpc-1", ingress=tuple(ingress), egress=tuple(egress))
    switches = (vswitch("vsw-1", "10.0.0.0/24", acl_id="nacl-1"), vswitch("vsw-2", "10.0.1.0/24"))
    return opened(acls=(acl,), vswitches=switches)


def test_an_acl_without_entries_drops_and_same_vswitch_is_not_asked():
    near = interface("eni-3", "vsw-1", "10.0.0.3")
    pair = (interface("eni-1", "vsw-1", ONE), interface("eni-2", "vsw-2", OTHER), near)
    changes = with_acl([], []) | {"interfaces": pair}
    assert explain(tcp(), **changes).deciding.stage is Stage.EGRESS_ACL
    assert explain(tcp(target="10.0.0.3"), **changes).end == "eni-3"


def test_an_acl_knows_no_session():
    compiled = Compiled(network(**with_acl([entry("nae-1", "22/22")], [entry("nae-2", "22/22")])))
    conversation = compiled.converse(tcp(), "eni-1")
    assert conversation.there.end == "eni-2"
    assert not conversation.answered
    assert conversation.back.deciding == (
        *(Stage.INGRESS_ACL, "vsw-1"),
        *("", False, Because.DEFAULT),
    )
    wide = with_acl([entry("nae-1", "1024/65535")], [entry("nae-2", "22/22")])
    assert Compiled(network(**wide)).converse(tcp(), "eni-1").answered


def test_the_first_entry_that_matches_decides():
    drop = entry("nae-1", "22/22", Verdict.DROP)
    path = explain(tcp(), **with_acl([], [drop, entry("nae-2")]))
    assert path.deciding.by == "nae-1"
    assert explain(tcp(), **with_acl([], [entry("nae-2"), drop])).end == "eni-2"


def test_another_source_than_the_interface_has_is_dropped():
    path = explain(tcp(source="10.0.0.9"))
    assert path.deciding.because is Because.NOT_ITS_ADDRESS
    path = explain(tcp(source="10.0.0.9"), INTERNET)
    assert path.deciding.because is Because.NOT_ITS_ADDRESS


def test_the_platform_is_reached_past_groups_and_acls():
    changes = with_acl([], []) | {"groups": (group(kind=Kind.ENTERPRISE),)}
    assert explain(tcp(target="100.100.100.200", port=80), **changes).end == PLATFORM
    assert explain(tcp(target="100.100.2.143", port=53), **changes).end == PLATFORM
    assert not explain(tcp(target="100.100.2.144", port=53), **changes).delivered


def test_an_address_without_an_interface_is_reached_by_no_route():
    assert explain(tcp(target="10.0.1.9")).deciding.because is Because.NO_SUCH_ADDRESS
    assert explain(tcp(target="10.0.9.1")).deciding.because is Because.NO_ROUTE
    assert explain(tcp(target="8.8.8.8")).deciding.because is Because.NO_ROUTE


def test_the_longest_prefix_carries_a_packet():
    changes = opened(tables=route("rte-1", "10.0.1.1/32", HopKind.INTERFACE, "eni-1"))
    assert explain(tcp(), **changes).hops[1].by == "rte-1"
    changes = opened(tables=route("rte-1", "10.0.0.0/16", HopKind.INTERFACE, "eni-1"))
    assert explain(tcp(), **changes).hops[1].by == "vsw-2"


def test_a_packet_leaves_by_the_narrower_snat_entry_and_an_eip_goes_first():
    entries = [
        snat("snat-1", "10.0.0.0/16", "47.96.0.1"),
        snat("snat-2", "10.0.0.0/24", "47.96.0.2"),
    ]
    changes = {"nats": nat(snats=entries), "tables": (TO_NAT,)}
    path = explain(tcp(target="8.8.8.8", port=443), **changes)
    assert (path.end, path.deciding.by) == (INTERNET, "snat-2")
    assert path.arrived.source == address("47.96.0.2").number
    path = explain(tcp(OTHER, "8.8.8.8", 443), "eni-2", **changes)
    assert path.deciding.by == "snat-1"
    path = explain(tcp(target="8.8.8.8", port=443), **changes, eips=(eip("eip-1", "47.96.0.3"),))
    assert path.deciding.by == "eip-1"
    bare = {"nats": nat(), "tables": (TO_NAT,)}
    assert explain(tcp(target="8.8.8.8"), **bare).deciding.because is Because.NO_TRANSLATION


def test_mail_to_the_internet_is_closed():
    changes = {"eips": (eip("eip-1", "47.96.0.1"),)}
    assert explain(tcp(target="8.8.8.8", port=25), **changes).deciding.because is Because.MAIL_PORT
    assert explain(tcp(target="8.8.8.8", port=26), **changes).end == INTERNET


def test_ports_of_a_forward_entry_are_mapped_in_order_both_ways():
    ranges = {"protocol": 6, "external_ports": Ports(1000, 1009), "internal_ports": Ports(20, 29)}
    entries = [forward("fwd-1", "47.96.0.1", **ranges)]
    compiled = Compiled(network(**opened(nats=nat(forwards=entries), tables=(TO_NAT,))))
    conversation = compiled.converse(tcp("8.8.8.8", "47.96.0.1", 1002), INTERNET)
    assert conversation.there.end == "eni-1"
    assert conversation.there.arrived.target_port == 22
    assert conversation.answered
    assert conversation.back.arrived == conversation.there.packet.answer()
    missed = compiled.explain(tcp("8.8.8.8", "47.96.0.1", 1010), INTERNET)
    assert missed.deciding.because is Because.NO_SUCH_ADDRESS


def test_an_address_of_snat_leads_in_by_its_mapped_ports_alone():
    both = nat(
        snats=[snat("snat-1", "10.0.0.0/24", "47.96.0.1")],
        forwards=[forward("fwd-1", "47.96.0.1", **TCP_80)],
    )
    compiled = Compiled(network(**opened(nats=both, tables=(TO_NAT,))))
    assert compiled.converse(tcp("8.8.8.8", "47.96.0.1", 80), INTERNET).answered
    missed = compiled.explain(tcp("8.8.8.8", "47.96.0.1", 81), INTERNET)
    assert missed.deciding.because is Because.NO_SUCH_ADDRESS
    out = compiled.converse(tcp(target="8.8.8.8", port=443), "eni-1")
    assert out.there.deciding.by == "snat-1"
    assert out.answered


def test_an_answer_by_a_nat_gateway_needs_the_route_there():
    entries = [forward("fwd-1", "47.96.0.1")]
    compiled = Compiled(network(**opened(nats=nat(forwards=entries))))
    conversation = compiled.converse(tcp("8.8.8.8", "47.96.0.1"), INTERNET)
    assert conversation.there.delivered
    assert not conversation.answered


def test_rules_of_egress_ask_for_the_target():
    out = rule(direction=Direction.EGRESS, policy=Verdict.DROP, peer=cidr("10.0.1.0/24"))
    path = explain(tcp(), groups=(group(rules=(out,)),))
    assert path.deciding == (Stage.EGRESS_GROUP, "eni-1", "sgr-1", False, Because.RULE)
    assert explain(tcp(port=23), groups=(group(rules=(out,)),)).hops[0].passed
