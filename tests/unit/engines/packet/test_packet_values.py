"""Values of the packet engine: what is read, and what is refused by which name."""

import pytest
from tests.unit.engines.packet.packet_values import address, cidr, group, interface, rule

from juyong.engines.packet import (
    Acl,
    AclEntry,
    Address,
    BadAddress,
    BadCidr,
    BadId,
    BadPacket,
    BadPorts,
    BadPriority,
    BadProtocol,
    BadRule,
    Cidr,
    Eip,
    ForwardEntry,
    GroupPeer,
    HopKind,
    Kind,
    Packet,
    PacketError,
    Ports,
    PrefixList,
    Route,
    SnatEntry,
    Verdict,
    check_id,
    parse_protocol,
)


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "255.255.255.255", "::", "fd00::1", "1:2:3:4:5:6:7:8"]
)
def test_addresses_are_written_as_they_were_read(text):
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/32", "fe80::1%lo", "::ffff:10.0.0.1"),
        *("::ffff:a00:1", " 10.0.0.1", "\u0661.1.1.1", "10.0.0.1\n", ":::"),
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadAddress):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ("128.0.0.0/1", "128.0.0.0", "255.255.255.255"),
        ("fd00::/64", "fd00::", "fd00::ffff:ffff:ffff:ffff"),
    ],
)
def test_blocks_hold_their_edges(text, first, last):
    block = Cidr.parse(text)
    assert block.holds(address(first))
    assert block.holds(address(last))
    assert block.last == address(last).number
    assert str(block) == (text if "/" in text else f"{text}/32")


def test_blocks_end_behind_their_last_address():
    block = cidr("10.0.0.4/30")
    assert not block.holds(address("10.0.0.3"))
    assert not block.holds(address("10.0.0.8"))
    assert not cidr("::/0").holds(address("10.0.0.1"))
    assert block.overlaps(cidr("10.0.0.0/8"))
    assert not block.overlaps(cidr("10.0.0.8/30"))


@pytest.mark.parametrize(
    "text",
    ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "fd00::/129", "x"],
)
def test_what_is_no_block_is_refused(text):
    with pytest.raises(BadCidr):
        Cidr.parse(text)


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("10.159.6.18/12", "10.144.0.0/12"),
        ("10.0.0.1/0", "0.0.0.0/0"),
        ("10.0.0.1/32", "10.0.0.1/32"),
        ("10.0.0.1", "10.0.0.1/32"),
        ("2001:db8::1/32", "2001:db8::/32"),
    ],
)
def test_a_block_is_found_around_an_address(text, block):
    assert Cidr.around(text) == Cidr.parse(block)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "x", ""])
def test_around_no_address_there_is_no_block(text):
    with pytest.raises(BadCidr):
        Cidr.around(text)


def test_port_ranges_have_both_ends_within_1_and_65535():
    assert Ports.parse("1/65535") == Ports(1, 65535)
    assert Ports.parse("22/22") == Ports(22, 22)
    assert Ports.parse("-1/-1") is None


@pytest.mark.parametrize("text", ["", "22", "0/1", "1/65536", "23/22", "22/-1", "22/22 ", "1/2/3"])
def test_what_is_no_port_range_is_refused(text):
    with pytest.raises(BadPorts):
        Ports.parse(text)


def test_protocols_are_names_in_any_case_or_numbers():
    assert [
        parse_protocol(t) for t in ("TCP", "udp", "Icmp", "ICMPv6", "gre", "ALL", "0", "255")
    ] == [
        *(6, 17, 1, 58, 47),
        *(None, 0, 255),
    ]


@pytest.mark.parametrize("text", ["", "256", "-1", "06", "sctp"])
def test_what_is_no_protocol_is_refused(text):
    with pytest.raises(BadProtocol):
        parse_protocol(text)


@pytest.mark.parametrize(
    "text",
    ["sg", "sg-", "SG-1", "sg-1;drop", "sg-1 }", "sg-1\n", "sg_1", "sg-1-2", "sg-" + "a" * 41],
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(BadId):
        check_id(text)
    with pytest.raises(BadId):
        group(text)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"priority": 0}, BadPriority),
        ({"priority": 101}, BadPriority),
        ({"ports": None}, BadPorts),
        ({"port_list_id": "prl-1"}, BadPorts),
        ({"protocol": None}, BadPorts),
        ({"protocol": 1}, BadPorts),
        ({"protocol": 1, "ports": None, "source_ports": Ports(1, 2)}, BadPorts),
        ({"own": cidr("fd00::/64")}, BadRule),
        ({"protocol": 58, "ports": None}, BadRule),
    ],
)
def test_rules_that_contradict_themselves_are_refused(changes, error):
    with pytest.raises(error):
        rule(**changes)


def test_rules_at_the_edges_of_priority_are_taken():
    assert [rule(priority=each).priority for each in (1, 100)] == [1, 100]


def test_an_enterprise_group_has_no_inner_access_and_names_no_group():
    assert group(kind=Kind.ENTERPRISE, rules=(rule(),)).rules
    with pytest.raises(BadRule, match="isolates"):
        group(kind=Kind.ENTERPRISE, inner_access=True)
    with pytest.raises(BadRule, match="name no groups"):
        group(kind=Kind.ENTERPRISE, rules=(rule(peer=GroupPeer("sg-2")),))


@pytest.mark.parametrize(
    ("protocol", "ports", "peer", "error"),
    [
        (6, None, "10.0.0.0/8", BadPorts),
        (None, Ports(1, 2), "10.0.0.0/8", BadPorts),
        (58, None, "10.0.0.0/8", BadRule),
    ],
)
def test_entries_that_contradict_themselves_are_refused(protocol, ports, peer, error):
    with pytest.raises(error):
        AclEntry(id="nae-1", policy=Verdict.DROP, peer=cidr(peer), protocol=protocol, ports=ports)


def test_lists_and_places_check_what_they_hold():
    with pytest.raises(BadRule):
        PrefixList(id="pl-1", version=4, cidrs=(cidr("fd00::/64"),))
    with pytest.raises(BadRule):
        interface("eni-1", "vsw-1")
    with pytest.raises(BadRule):
        Route(id="rte-1", destination=cidr("0.0.0.0/0"), hop=HopKind.LOCAL, hop_id="vsw-1")
    with pytest.raises(BadId):
        Acl(id="nacl", vpc_id="vpc-1")


@pytest.mark.parametrize("text", ["10.0.0.1", "172.31.0.1", "100.64.0.1", "224.0.0.1", "fd00::1"])
def test_public_addresses_are_such_that_the_internet_carries(text):
    with pytest.raises(BadAddress):
        Eip(id="eip-1", address=address(text), interface_id="eni-1", private=address("10.0.0.1"))
    with pytest.raises(BadAddress):
        SnatEntry(id="snat-1", nat_id="ngw-1", source=cidr("10.0.0.0/8"), address=address(text))


@pytest.mark.parametrize(
    "changes",
    [
        {"protocol": 6},
        {"protocol": 1, "external_ports": Ports(1, 2), "internal_ports": Ports(1, 2)},
        {"protocol": 6, "external_ports": Ports(1, 2), "internal_ports": Ports(1, 3)},
        {"external_ports": Ports(1, 2)},
    ],
)
def test_forward_entries_have_all_of_their_ports_or_none(changes):
    sides = {"external": address("47.96.0.1"), "internal": address("10.0.0.1")}
    with pytest.raises(BadPorts):
        ForwardEntry(id="fwd-1", nat_id="ngw-1", **sides, **changes)
    assert ForwardEntry(id="fwd-1", nat_id="ngw-1", **sides).protocol is None


@pytest.mark.parametrize(
    ("protocol", "source", "target", "fields"),
    [
        ("all", "10.0.0.1", "10.0.0.2", {}),
        ("tcp", "10.0.0.1", "fd00::1", {}),
        ("icmpv6", "10.0.0.1", "10.0.0.2", {}),
        ("icmp", "fd00::1", "fd00::2", {}),
        ("icmp", "10.0.0.1", "10.0.0.2", {"target_port": 1}),
        ("tcp", "10.0.0.1", "10.0.0.2", {"icmp_type": 8}),
        ("tcp", "10.0.0.1", "10.0.0.2", {"source_port": 65536}),
        ("icmp", "10.0.0.1", "10.0.0.2", {"icmp_type": 256}),
    ],
)
def test_packets_that_cannot_be_are_refused(protocol, source, target, fields):
    with pytest.raises(BadPacket):
        Packet.of(protocol, source, target, **fields)


def test_an_answer_swaps_the_sides_and_replies_to_an_echo():
    asked = Packet.of("icmp", "10.0.0.1", "10.0.0.2", icmp_type=8)
    assert asked.answer() == Packet.of("icmp", "10.0.0.2", "10.0.0.1", icmp_type=0)
    asked = Packet.of("tcp", "10.0.0.1", "10.0.0.2", source_port=40000, target_port=22)
    assert asked.answer().answer() == asked


def test_all_refusals_are_of_one_kind():
    errors = (BadAddress, BadCidr, BadId, BadPacket, BadPorts, BadPriority, BadProtocol, BadRule)
    assert all(issubclass(error, PacketError) for error in errors)
