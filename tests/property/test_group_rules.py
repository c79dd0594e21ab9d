"""Rules by random calls: the API takes what the packet engine can hold, and both mean the same.

What the engine has read off the rows is compared with the slow model, which reads the texts of
DescribeSecurityGroupAttribute and shares no code with the product.
"""

from random import Random

import pytest
from tests.local import Refused
from tests.model import packet as model
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Groups
from tests.unit.services.ecs.networks import store_vpc
from tests.unit.services.ecs.rule_cases import DIRECTIONS, action, named

from juyong.engines.packet import (
    Address,
    Cidr,
    Compiled,
    Direction,
    GroupPeer,
    Interface,
    ListPeer,
    Network,
    Packet,
    PacketError,
    Ports,
    RouteTable,
    Rule,
    Vpc,
    VSwitch,
    parse_protocol,
)
from juyong.engines.packet.judge import judge_egress, judge_ingress
from juyong.services.network.groups import group_values
from juyong.services.network.tables import GroupRow

RULES, PACKETS = 160, 500
FOUR = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.2", "10.0.0.0/30", "203.0.113.0/24", "10.0.0.1/8", "x")
SIX = ("::/0", "fd00::/64", "FD00:0::2", "fd00::1/64", "10.0.0.0/8")
PORTS = ("22/22", "1/65535", "80/443", "20/24", "-1/-1", "0/1", "24/20", "65536/65536")
PROTOCOLS = ("tcp", "TCP", "udp", "icmp", "icmpv6", "gre", "all", "6", "17", "132", "256", "ip")
NUMBERS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPv6": 58, "GRE": 47, "ALL": None}
LISTS = {
    "nets": {"AddressFamily": "IPv4", "Entry": [{"Cidr": "10.0.0.0/30"}, {"Cidr": "8.8.8.8"}]},
    "nets6": {"AddressFamily": "IPv6", "Entry": [{"Cidr": "fd00::/64"}]},
}
ADDRESSES = {
    "eni-1": ("10.0.0.1", "fd00::1"),
    "eni-2": ("10.0.0.2", "fd00::2"),
    "eni-3": ("10.0.0.6",),
}
OUTSIDE = ("203.0.113.9", "8.8.8.8", "2001:db8::9")


class Rules:
    """Random rules in the words of `rule_cases`."""

    def __init__(self, random, groups, lists, ports):
        self.pick, self.random = random.choice, random
        self.groups, self.lists, self.ports = groups, lists, ports

    def rule(self):
        protocol = self.pick(PROTOCOLS)
        rule = {"IpProtocol": protocol, "Policy": self.pick(("", "accept", "drop"))}
        rule["Priority"] = self.pick(("", "1", "2", "50", "100", "0", "101"))
        if self.random.random() < 0.7 and protocol not in ("tcp", "TCP", "udp", "6", "17"):
            rule["PortRange"] = "-1/-1"
        elif self.random.random() < 0.2:
            rule["PortRangeListId"] = self.ports
        else:
            rule["PortRange"] = self.pick(PORTS)
        if self.random.random() < 0.3:
            rule["SourcePortRange"] = self.pick(("1024/65535", "1/1", "9/1"))
        return {**rule, **self._peer(), **self._own()}

    def _peer(self):
        kind = self.random.random()
        if kind < 0.5:
            return {"peer_cidr": self.pick(FOUR)}
        if kind < 0.7:
            return {"peer_cidr6": self.pick(SIX)}
        if kind < 0.85:
            return {"peer_group": self.pick(self.groups)}
        return {"peer_list": self.pick(list(self.lists))}

    def _own(self):
        kind = self.random.random()
        if kind < 0.8:
            return {}
        return {"own_cidr": "10.0.0.0/29"} if kind < 0.95 else {"own_cidr6": "fd00::/63"}


def builds(rule, lists):
    """Tell whether the engine can hold a rule, by its words alone."""
    try:
        own, peer = (rule.get(f"{side}_cidr") or rule.get(f"{side}_cidr6") for side in SIDES)
        if any(Cidr.around(text).version != 4 for text in _given(rule, "cidr")):
            return False
        if any(Cidr.parse(text).version != 6 for text in _given(rule, "cidr6")):
            return False
        held: Cidr | GroupPeer | ListPeer
        if peer:
            held = Cidr.around(peer)
        elif "peer_group" in rule:
            held = GroupPeer(rule["peer_group"])
        else:
            held = ListPeer(rule["peer_list"])
        ports, source = rule.get("PortRange"), rule.get("SourcePortRange")
        value = Rule(
            id="sgr-1",
            direction=Direction.INGRESS,
            peer=held,
            protocol=parse_protocol(rule["IpProtocol"]),
            ports=Ports.parse(ports) if ports else None,
            port_list_id="" if ports else rule["PortRangeListId"],
            source_ports=Ports.parse(source) if source else None,
            own=Cidr.around(own) if own else None,
            priority=int(rule["Priority"] or 1),
        )
    except PacketError:
        return False
    if isinstance(held, ListPeer):
        versions = {lists[held.prefix_list_id]} | ({value.own.version} if value.own else set())
        versions |= {{1: 4, 58: 6}.get(value.protocol or 0, lists[held.prefix_list_id])}
        return len(versions) == 1
    return True


SIDES = ("own", "peer")


def _given(rule, what):
    return [rule[f"{side}_{what}"] for side in SIDES if f"{side}_{what}" in rule]


def model_rule(shown):
    """Read a rule off an answer."""
    peer, own = ("Source", "Dest") if shown["Direction"] == "ingress" else ("Dest", "Source")
    protocol = shown["IpProtocol"]
    ports = shown["PortRangeListId"] or shown["PortRange"]
    return {
        "id": shown["SecurityGroupRuleId"],
        "way": shown["Direction"],
        "policy": shown["Policy"].lower(),
        "priority": int(shown["Priority"]),
        "protocol": NUMBERS[protocol] if protocol in NUMBERS else int(protocol),
        "ports": "" if ports == "-1/-1" else ports,
        "source_ports": shown["SourcePortRange"].replace("-1/-1", ""),
        "peer": shown[f"{peer}CidrIp"]
        or shown[f"Ipv6{peer}CidrIp"]
        or shown[f"{peer}GroupId"]
        or shown[f"{peer}PrefixListId"],
        "own": shown[f"{own}CidrIp"] or shown[f"Ipv6{own}CidrIp"],
    }


def random_packet(random):
    source = random.choice([*OUTSIDE, *(a for each in ADDRESSES.values() for a in each)])
    near = [
        each
        for each in (*OUTSIDE, *(a for one in ADDRESSES.values() for a in one))
        if (":" in each) == (":" in source) and each != source
    ]
    protocol = random.choice((6, 6, 17, 58 if ":" in source else 1, 47, 132))
    has_ports = protocol in (6, 17)
    return {
        "protocol": protocol,
        "source": source,
        "target": random.choice(near),
        "source_port": random.choice((1, 1024, 40000)) if has_ports else 0,
        "target_port": random.choice((20, 22, 80, 443, 8080)) if has_ports else 0,
        "icmp_type": 0,
    }


def lists_of(ecs):
    """Make the lists, and return prefix lists by id with their IP versions, and the port list."""
    prefixes = {}
    for name, wanted in LISTS.items():
        made = ecs("CreatePrefixList", PrefixListName=name, MaxEntries=2, **wanted)
        prefixes[made["PrefixListId"]] = 4 if wanted["AddressFamily"] == "IPv4" else 6
    ports = [{"PortRange": "22/22"}, {"PortRange": "8000/9000"}]
    made = ecs("CreatePortRangeList", PortRangeListName="some", MaxEntries=2, Entry=ports)
    return prefixes, made["PortRangeListId"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_api_takes_what_the_engine_holds_and_both_judge_alike(call, local, seed):
    random = Random(seed)  # noqa: S311 - cases, not secrets
    ecs = Groups(call, store_vpc(local.running, call.account.account_id))
    groups = [ecs.group() for _ in range(2)]
    ecs("ModifySecurityGroupPolicy", SecurityGroupId=groups[1], InnerAccessPolicy="Drop")
    peer = ecs.group()
    lists, ports = lists_of(ecs)
    rules = Rules(random, [peer], lists, ports)
    taken = 0
    limits = {"ecs.rules-per-group": 1000, "ecs.group-peers-per-group": 1000}
    with quotas(local, limits):
        for _ in range(RULES):
            rule, direction = rules.rule(), random.choice(DIRECTIONS)
            expected = builds(rule, lists)
            try:
                ecs(
                    action("add", direction),
                    SecurityGroupId=random.choice(groups),
                    Permissions=[named(direction, rule)],
                )
                status = 200
            except Refused as refusal:
                status = refusal.status
            accepted = status == 200
            assert accepted == expected, rule
            assert status < 500, rule
            taken += accepted
    assert RULES // 10 < taken < RULES
    judge_alike(ecs, random, [*groups, peer], lists, ports)


def judge_alike(ecs, random, groups, lists, ports):
    inside = {"eni-1": groups[:2], "eni-2": [groups[0]], "eni-3": [groups[2]]}
    shown = {
        group: ecs("DescribeSecurityGroupAttribute", SecurityGroupId=group, MaxResults=1000)
        for group in groups
    }
    network = {
        "groups": {
            group: {
                "kind": "normal",
                "inner": answer["InnerAccessPolicy"] == "Accept",
                "rules": [model_rule(rule) for rule in answer["Permissions"]["Permission"]],
            }
            for group, answer in shown.items()
        },
        "prefix_lists": {
            name: [
                entry["Cidr"]
                for entry in ecs("DescribePrefixListAttributes", PrefixListId=name)["Entries"][
                    "Entry"
                ]
            ]
            for name in lists
        },
        "port_lists": {ports: ["22/22", "8000/9000"]},
        "interfaces": {
            name: {"groups": inside[name], "addresses": addresses}
            for name, addresses in ADDRESSES.items()
        },
    }
    compiled = compiled_of(ecs, groups, inside)
    for _ in range(PACKETS):
        packet, interface = random_packet(random), random.choice(list(ADDRESSES))
        way = random.choice(DIRECTIONS)
        expected = model.judge_groups(network, interface, packet, way)
        judge = judge_ingress if way == "ingress" else judge_egress
        line = judge(compiled.parts.guards[interface], engine_packet(packet))
        assert (line.accepts, line.id, line.because.value) == expected, (packet, interface, way)


def compiled_of(ecs, groups, inside):
    """Compile the engine's values of the rows, with interfaces that are in the groups."""

    def read(tx):
        return group_values(tx, (tx.get(GroupRow, group) for group in groups))

    values = ecs.caller.local.running.store.call(read)
    blocks = (Cidr.parse("10.0.0.0/24"), Cidr.parse("fd00::/64"))
    return Compiled(
        Network(
            vpcs=(Vpc(id=ecs.vpc_id, cidrs=blocks),),
            vswitches=(
                VSwitch(id="vsw-1", vpc_id=ecs.vpc_id, cidrs=blocks, route_table_id="vtb-1"),
            ),
            tables=(RouteTable(id="vtb-1", vpc_id=ecs.vpc_id),),
            groups=values.groups,
            prefix_lists=values.prefix_lists,
            port_lists=values.port_lists,
            interfaces=tuple(
                Interface(
                    id=name,
                    vswitch_id="vsw-1",
                    addresses=tuple(map(Address.parse, addresses)),
                    group_ids=tuple(inside[name]),
                )
                for name, addresses in ADDRESSES.items()
            ),
        )
    )


def engine_packet(packet):
    return Packet.of(
        str(packet["protocol"]),
        packet["source"],
        packet["target"],
        source_port=packet["source_port"],
        target_port=packet["target_port"],
    )
