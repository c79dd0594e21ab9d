"""Rules of security groups: added, shown, taken away and changed, in both directions."""

import json

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.ecs.rule_cases import (
    BAD_PORTS,
    DIRECTIONS,
    EGRESS,
    INGRESS,
    MALFORMED,
    MALFORMED_BY_SIDE,
    OTHER_VERSIONS,
    PORTS_OF_ANOTHER_PROTOCOL,
    SSH,
    action,
    named,
)

both = pytest.mark.parametrize("direction", DIRECTIONS)
ALL = {"IpProtocol": "all", "PortRange": "-1/-1"}


def change(ecs, kind, group, direction, *rules, **params):
    ecs(
        action(kind, direction),
        SecurityGroupId=group,
        Permissions=[named(direction, rule) for rule in rules] or None,
        **params,
    )


def add(ecs, group, direction, *rules):
    change(ecs, "add", group, direction, *rules)


def drop(ecs, group, direction, *rules, **params):
    change(ecs, "drop", group, direction, *rules, **params)


def modify(ecs, group, direction, **rule):
    ecs(action("change", direction), SecurityGroupId=group, **named(direction, rule))


def ids(ecs, group):
    return [rule["SecurityGroupRuleId"] for rule in ecs.rules(group)]


def prefix_list(ecs, family="IPv4", most=5, *cidrs):
    made = ecs(
        "CreatePrefixList",
        PrefixListName="nets",
        AddressFamily=family,
        MaxEntries=most,
        Entry=[{"Cidr": cidr} for cidr in cidrs] or None,
    )
    return made["PrefixListId"]


def port_list(ecs, most=5, *ranges):
    made = ecs(
        "CreatePortRangeList",
        PortRangeListName="web",
        MaxEntries=most,
        Entry=[{"PortRange": each} for each in ranges] or None,
    )
    return made["PortRangeListId"]


# --- what answers show ---------------------------------------------------------------------------


def test_a_rule_is_shown_as_it_was_sent_and_what_is_absent_is_empty(ecs):
    group = ecs.group()
    add(ecs, group, INGRESS, {**SSH, "Policy": "DROP", "Priority": "7", "Description": "no ssh"})
    (rule,) = ecs.rules(group)
    assert rule.pop("SecurityGroupRuleId").startswith("sgr-")
    assert rule.pop("CreateTime").endswith("Z")
    empty = {
        f"{side}{what}"
        for side in ("Source", "Dest")
        for what in ("GroupId", "GroupName", "GroupOwnerAccount", "PrefixListId", "PrefixListName")
    } | {"Ipv6SourceCidrIp", "Ipv6DestCidrIp", "DestCidrIp", "PortRangeListId"}
    empty |= {"PortRangeListName", "SourcePortRange"}
    assert rule == dict.fromkeys(empty, "") | {
        "Direction": "ingress",
        "IpProtocol": "TCP",
        "PortRange": "22/22",
        "Policy": "Drop",
        "Priority": "7",
        "NicType": "intranet",
        "SourceCidrIp": "10.0.0.0/8",
        "Description": "no ssh",
    }


def test_all_five_parts_of_a_rule_are_kept_on_their_sides(ecs):
    group = ecs.group()
    five = {
        "IpProtocol": "UDP",
        "PortRange": "53/53",
        "SourcePortRange": "1024/65535",
        "peer_cidr6": "2001:DB8:0::/48",
        "own_cidr6": "fd00::1",
    }
    for direction in DIRECTIONS:
        add(ecs, group, direction, five)
    ingress, egress = ecs.rules(group)
    for rule, peer, own in ((ingress, "Source", "Dest"), (egress, "Dest", "Source")):
        assert rule[f"Ipv6{peer}CidrIp"] == "2001:DB8:0::/48"
        assert rule[f"Ipv6{own}CidrIp"] == "fd00::1"
        assert (rule["PortRange"], rule["SourcePortRange"]) == ("53/53", "1024/65535")
        assert rule["SourceCidrIp"] == rule["DestCidrIp"] == ""


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        *(("tcp", "TCP"), ("Udp", "UDP"), ("6", "TCP"), ("icmpV6", "ICMPv6"), ("58", "ICMPv6")),
        *(("all", "ALL"), ("GRE", "GRE"), ("1", "ICMP"), ("132", "132"), ("0", "0")),
    ],
)
def test_protocols_are_shown_by_name_or_number(ecs, sent, shown):
    group = ecs.group()
    ports = "1/65535" if shown in ("TCP", "UDP") else "-1/-1"
    peer = {"peer_cidr6": "::/0"} if shown == "ICMPv6" else {"peer_cidr": "0.0.0.0/0"}
    add(ecs, group, EGRESS, {"IpProtocol": sent, "PortRange": ports, **peer})
    (rule,) = ecs.rules(group)
    assert rule["IpProtocol"] == shown


@both
def test_peers_that_are_groups_and_lists_are_shown_with_their_names(ecs, direction):
    group, peer = ecs.group(), ecs.group(SecurityGroupName="peers")
    nets, ports = prefix_list(ecs), port_list(ecs)
    add(ecs, group, direction, {**ALL, "peer_group": peer})
    add(
        ecs,
        group,
        direction,
        {"IpProtocol": "tcp", "PortRangeListId": ports, "peer_list": nets, "own_cidr": "10.0.0.1"},
    )
    by_group, by_list = ecs.rules(group, Direction=direction)
    side = "Source" if direction == INGRESS else "Dest"
    assert (by_group[f"{side}GroupId"], by_group[f"{side}GroupName"]) == (peer, "peers")
    assert (by_list[f"{side}PrefixListId"], by_list[f"{side}PrefixListName"]) == (nets, "nets")
    assert (by_list["PortRangeListId"], by_list["PortRangeListName"]) == (ports, "web")
    assert by_list["PortRange"] == "-1/-1"


@both
def test_of_several_peers_blocks_go_first_and_then_groups(ecs, direction):
    group, peer = ecs.group(), ecs.group()
    named_all = {"peer_group": peer, "peer_list": "pl-none", "peer_account": "a@b.cn"}
    add(ecs, group, direction, {**SSH, **named_all})
    add(ecs, group, direction, {**ALL, "peer_group": peer, "peer_list": "pl-none"})
    by_block, by_group = ecs.rules(group)
    side = "Source" if direction == INGRESS else "Dest"
    assert (by_block[f"{side}CidrIp"], by_block[f"{side}GroupId"]) == ("10.0.0.0/8", "")
    assert (by_group[f"{side}GroupId"], by_group[f"{side}PrefixListId"]) == (peer, "")


def test_rules_come_by_direction_and_in_pages(ecs):
    group = ecs.group()
    for low in (1, 50):
        ecs.caller.local.clock.offset += 1
        numbers = range(low, low + 8)
        add(ecs, group, INGRESS, *({**SSH, "PortRange": f"{n}/{n}"} for n in numbers))
    add(ecs, group, EGRESS, SSH)
    assert [r["Direction"] for r in ecs.rules(group, Direction="egress")] == ["egress"]
    assert len(ecs.rules(group)) == 17
    first = ecs(
        "DescribeSecurityGroupAttribute",
        SecurityGroupId=group,
        Direction="ingress",
        MaxResults=3,
        NicType="<nil>",
        Attribute="snapshotPolicyIds",
    )
    assert first["SnapshotPolicyIds"] == {"SnapshotPolicyId": []}
    rest = ecs.rules(group, Direction="ingress", NextToken=first["NextToken"])
    pages = [first["Permissions"]["Permission"], rest]
    assert [len(page) for page in pages] == [10, 6]
    ports = [int(rule["PortRange"].split("/")[0]) for page in pages for rule in page]
    assert sorted(ports[:8]) == list(range(1, 9))
    assert len(set(ports)) == 16
    with refused("InValidParameter.NextToken", 400):
        ecs.rules(group, Direction="egress", NextToken=first["NextToken"])
    with refused("InvalidDirection.Malformed", 400):
        ecs.rules(group, Direction="both")


# --- adding --------------------------------------------------------------------------------------


@both
def test_bare_parameters_add_a_rule_too(ecs, direction):
    group = ecs.group()
    ecs(
        action("add", direction),
        SecurityGroupId=group,
        NicType="<nil>",
        **named(direction, {**SSH, "Description": "by hand"}),
    )
    (rule,) = ecs.rules(group)
    assert (rule["Direction"], rule["Description"]) == (direction, "by hand")
    with refused("InvalidParam.Permissions", 400):
        ecs(
            action("add", direction),
            SecurityGroupId=group,
            Permissions=[named(direction, SSH)],
            IpProtocol="tcp",
        )


@both
def test_a_rule_that_is_there_is_not_added_again(ecs, direction):
    group = ecs.group()
    one_address = {**SSH, "peer_cidr": "10.0.0.1"}
    add(ecs, group, direction, SSH, one_address)
    before = ecs.rules(group)
    again = {**SSH, "Description": "other words", "Policy": "Accept", "Priority": "1"}
    add(ecs, group, direction, again, {**one_address, "IpProtocol": "6"})
    add(ecs, group, direction, {**SSH, "peer_cidr": "10.0.0.1/32"})
    assert ecs.rules(group) == before
    add(ecs, group, direction, {**SSH, "Policy": "drop"}, {**SSH, "Priority": "2"})
    assert len(ecs.rules(group)) == 4


@both
def test_a_block_by_an_address_in_it_is_kept_as_sent_and_means_the_block(ecs, direction):
    group, sent = ecs.group(), {**SSH, "peer_cidr": "10.159.6.18/12", "own_cidr": "172.16.0.9/16"}
    add(ecs, group, direction, sent)
    add(ecs, group, direction, {**sent, "peer_cidr": "10.144.0.0/12"})
    (kept,) = ecs.rules(group)
    shown = named(direction, {name: sent[name] for name in ("peer_cidr", "own_cidr")})
    assert {name: kept[name] for name in shown} == shown
    drop(ecs, group, direction, {**sent, "own_cidr": "172.16.0.0/16"})
    assert ecs.rules(group) == []


@both
def test_a_call_without_a_rule_or_with_one_twice_is_refused(ecs, direction):
    group = ecs.group()
    with refused("MissingParameter", 400):
        add(ecs, group, direction)
    with refused("InvalidParam.DuplicatePermissions", 400):
        add(ecs, group, direction, SSH, {**SSH, "IpProtocol": "TCP"})
    with refused("InvalidPermissions.Malformed", 400):
        add(ecs, group, direction, *({**SSH, "PortRange": f"{n}/{n}"} for n in range(1, 102)))
    assert ecs.rules(group) == []


def tries(direction):
    """Yield the ways in which a rule is sent, each with what tells their errors apart."""
    for kind in ("add", "drop", "change"):
        yield kind, action(kind, direction)


@both
@pytest.mark.parametrize(("changes", "code"), MALFORMED)
def test_malformed_rules(ecs, direction, changes, code):
    group = ecs.group()
    add(ecs, group, direction, SSH)
    for _, name in tries(direction):
        with refused(code, 400):
            ecs(name, SecurityGroupId=group, **named(direction, {**SSH, **changes}))


@both
@pytest.mark.parametrize("side", ["peer", "own"])
@pytest.mark.parametrize(("blocks", "code"), MALFORMED_BY_SIDE)
def test_malformed_blocks(ecs, direction, side, blocks, code):
    group = ecs.group()
    side_name = "Source" if (side == "peer") == (direction == INGRESS) else "Dest"
    changes = {f"{side}_{what}": text for what, text in blocks.items()}
    rule = named(direction, {**SSH, **changes})
    for _, name in tries(direction):
        with refused(code.format(side_name), 400):
            ecs(name, SecurityGroupId=group, **rule)


@both
@pytest.mark.parametrize("changes", PORTS_OF_ANOTHER_PROTOCOL)
def test_ports_that_do_not_fit_the_protocol(ecs, direction, changes):
    group = ecs.group()
    add(ecs, group, direction, SSH)
    (rule_id,) = ids(ecs, group)
    for _, name in tries(direction):
        with refused("OperationDenied", 400):
            ecs(name, SecurityGroupId=group, **named(direction, {**SSH, **changes}))
    with refused("InvalidParam.ProtocolAndPortRangeMismatch", 400):
        modify(ecs, group, direction, SecurityGroupRuleId=rule_id, **changes)


@both
@pytest.mark.parametrize("ports", BAD_PORTS)
def test_port_ranges_of_another_form(ecs, direction, ports):
    group = ecs.group()
    codes = {"drop": "InvalidIpPortRange.Malformed"}
    for kind, name in tries(direction):
        with refused(codes.get(kind, "InvalidParam.PortRange"), 400):
            ecs(name, SecurityGroupId=group, **named(direction, {**SSH, "PortRange": ports}))


@both
@pytest.mark.parametrize(("changes", "code"), OTHER_VERSIONS)
def test_protocols_of_one_ip_version(ecs, direction, changes, code):
    group = ecs.group()
    for _, name in tries(direction):
        with refused(code, 400):
            ecs(name, SecurityGroupId=group, **named(direction, {**SSH, **changes}))
    peer = {k: v for k, v in {"peer_cidr": "10.0.0.0/8", **changes}.items() if "peer" in k}
    add(ecs, group, direction, {**ALL, **peer})
    (rule_id,) = ids(ecs, group)
    with refused("InvalidParam.ProtocolAndAddressFamilyMismatch", 400):
        modify(ecs, group, direction, SecurityGroupRuleId=rule_id, IpProtocol=changes["IpProtocol"])


@both
def test_a_rule_has_a_peer(ecs, direction):
    code = "MissingParameter.Source" if direction == INGRESS else "MissingParameter.Dest"
    for _, name in tries(direction):
        with refused(code, 400):
            ecs(name, SecurityGroupId=ecs.group(), **named(direction, {**SSH, "peer_cidr": ""}))


@both
def test_groups_that_no_rule_names(ecs, direction):
    side = "Source" if direction == INGRESS else "Dest"
    group, peer = ecs.group(), ecs.group()
    isolated = ecs.group(SecurityGroupType="enterprise")
    add(ecs, group, direction, {**ALL, "peer_group": peer})
    (rule_id,) = ids(ecs, group)
    elsewhere = ecs.group(VpcId=ecs.vpc())
    for wanted, code, status in (
        ({"peer_group": "sg-none"}, f"Invalid{side}GroupId.NotFound", 404),
        ({"peer_group": peer, "peer_owner": 17}, f"Invalid{side}GroupId.NotFound", 404),
        ({"peer_group": group}, "InvalidParamter.Conflict", 403),
        ({"peer_group": elsewhere}, f"Invalid{side}GroupId.Mismatch", 400),
        ({"peer_group": isolated}, "InvalidGroupAuthParameter.OperationDenied", 400),
        ({"peer_group": peer, "peer_account": "a@b.cn"}, "UnsupportedOperation", 400),
    ):
        with refused(code, status):
            add(ecs, group, direction, {**ALL, **wanted})
        with refused(code, status):
            modify(ecs, group, direction, SecurityGroupRuleId=rule_id, **wanted)
    with refused("InvalidGroupParameter.OperationDenied", 400):
        add(ecs, isolated, direction, {**ALL, "peer_group": peer})
    with refused("UnsupportedOperation", 400):
        drop(ecs, group, direction, {**ALL, "peer_group": peer, "peer_account": "a@b.cn"})
    account = int(ecs.caller.account.account_id)
    other = ecs.group()
    add(ecs, group, direction, {**ALL, "peer_group": other, "peer_owner": account})
    assert len(ecs.rules(group)) == 2


def test_a_rule_of_an_enterprise_group_never_comes_to_name_a_group(ecs):
    for direction in DIRECTIONS:
        isolated, peer = ecs.group(SecurityGroupType="enterprise"), ecs.group()
        add(ecs, isolated, direction, {**SSH, "Policy": "drop"})
        (rule_id,) = ids(ecs, isolated)
        with refused("InvalidOperation.ModifySgRuleEntityType", 400):
            modify(ecs, isolated, direction, SecurityGroupRuleId=rule_id, peer_group=peer)


@both
def test_lists_that_no_rule_names(ecs, direction):
    group = ecs.group()
    four, six, ports = prefix_list(ecs), prefix_list(ecs, "IPv6"), port_list(ecs)
    add(ecs, group, direction, {**ALL, "peer_list": four, "own_cidr": "10.0.0.1"})
    add(ecs, group, direction, {"IpProtocol": "tcp", "PortRangeListId": ports, "peer_list": four})
    by_list, by_ports = ids(ecs, group)
    with refused("InvalidPrefixListId.NotFound", 404):
        add(ecs, group, direction, {**ALL, "peer_list": "pl-none"})
    with refused("InvalidPrefixListId.NotFound", 404):
        modify(ecs, group, direction, SecurityGroupRuleId=by_list, peer_list="pl-none")
    for rule in ({"IpProtocol": "icmp", "peer_list": six}, {"own_cidr": "10.0.0.1"}):
        with refused("InvalidParam.PrefixListAddressFamilyMismatch", 400):
            add(ecs, group, direction, {**ALL, "peer_list": six, **rule})
    with refused("InvalidParam.PrefixListAddressFamilyMismatch", 400):
        modify(ecs, group, direction, SecurityGroupRuleId=by_list, peer_list=six)
    with refused("InvalidPortRangeListId.NotFound", 400):
        add(ecs, group, direction, {**SSH, "PortRange": "", "PortRangeListId": "prl-none"})
    with refused("InvalidPortRangeListId.NotFound", 400):
        modify(ecs, group, direction, SecurityGroupRuleId=by_ports, PortRangeListId="prl-none")


@both
def test_a_group_holds_its_quota_of_rules_and_lists_count_whole(ecs, local, direction):
    group = ecs.group()
    nets, longer, ports = (
        prefix_list(ecs, "IPv4", 3),
        prefix_list(ecs, "IPv4", 4),
        port_list(ecs, 2),
    )
    by_list = {"IpProtocol": "tcp", "PortRangeListId": ports, "peer_list": nets}
    with quotas(local, {"ecs.rules-per-group": 4}), refused("AuthorizationLimitExceed", 403):
        add(ecs, group, direction, by_list)
    with quotas(local, {"ecs.rules-per-group": 6}):
        add(ecs, group, direction, by_list)
        add(ecs, group, direction, SSH)
        add(ecs, group, direction, SSH)
        with refused("AuthorizationLimitExceed", 403):
            add(ecs, group, direction, {**SSH, "Priority": "2"})
        (rule_id, _) = ids(ecs, group)
        modify(ecs, group, direction, SecurityGroupRuleId=rule_id, Priority="5")
        with refused("AuthorizationLimitExceed", 403):
            modify(ecs, group, direction, SecurityGroupRuleId=rule_id, peer_list=longer)


@both
def test_a_group_names_few_groups(ecs, local, direction):
    group, one, two = (ecs.group() for _ in range(3))
    with quotas(local, {"ecs.group-peers-per-group": 1}):
        add(ecs, group, direction, {**ALL, "peer_group": one})
        add(ecs, group, direction, {**ALL, "peer_group": one})
        with refused("AuthorizedGroupRule.LimitExceed", 400):
            add(ecs, group, direction, {**ALL, "peer_group": two})


# --- taking away ---------------------------------------------------------------------------------


@both
def test_one_rule_is_taken_away_by_what_it_says(ecs, direction):
    group = ecs.group()
    dropping = {**SSH, "Policy": "drop"}
    add(ecs, group, direction, SSH, dropping, {**SSH, "Priority": "2"})
    drop(ecs, group, direction, {**SSH, "Description": "whatever"})
    left = [(rule["Policy"], rule["Priority"]) for rule in ecs.rules(group)]
    assert sorted(left) == [("Accept", "2"), ("Drop", "1")]
    ecs(
        action("drop", direction),
        SecurityGroupId=group,
        NicType="intranet",
        **named(direction, {**dropping, "IpProtocol": "6"}),
    )
    assert [rule["Policy"] for rule in ecs.rules(group)] == ["Accept"]
    drop(ecs, group, direction, {**SSH, "PortRange": "23/23"}, SSH)
    assert len(ecs.rules(group)) == 1


@both
def test_rules_are_taken_away_by_id_all_or_none(ecs, direction):
    group = ecs.group()
    other = EGRESS if direction == INGRESS else INGRESS
    add(ecs, group, direction, SSH, {**SSH, "Priority": "2"}, {**SSH, "Priority": "3"})
    add(ecs, group, other, SSH)
    missing = {
        INGRESS: "InvalidParam.SecurityGroupRuleId",
        EGRESS: "InvalidSecurityGroupRule.RuleNotExist",
    }[direction]
    one, two, _ = (rule["SecurityGroupRuleId"] for rule in ecs.rules(group, Direction=direction))
    (turned,) = (rule["SecurityGroupRuleId"] for rule in ecs.rules(group, Direction=other))
    for unknown in ("sgr-none", turned):
        with refused(missing, 400):
            drop(ecs, group, direction, SecurityGroupRuleId=[one, unknown])
    with refused("InvalidParam.SecurityGroupRuleIdRepeated", 400):
        drop(ecs, group, direction, SecurityGroupRuleId=[one, one])
    with refused("InvalidParam.Permissions", 400):
        drop(ecs, group, direction, SSH, SecurityGroupRuleId=[one])
    with refused("MissingParameter", 400):
        drop(ecs, group, direction)
    assert len(ecs.rules(group)) == 4
    drop(ecs, group, direction, SecurityGroupRuleId=[one, two])
    assert len(ecs.rules(group, Direction=direction)) == 1


def test_a_rule_of_another_group_is_not_taken_away(ecs):
    group, other = ecs.group(), ecs.group()
    add(ecs, other, INGRESS, SSH)
    with refused("InvalidParam.SecurityGroupRuleId", 400):
        drop(ecs, group, INGRESS, SecurityGroupRuleId=ids(ecs, other))
    drop(ecs, group, INGRESS, SSH)
    assert len(ecs.rules(other)) == 1


# --- changing ------------------------------------------------------------------------------------


@both
def test_a_rule_is_changed_by_what_it_says_and_the_call_may_come_twice(ecs, direction):
    group = ecs.group()
    add(ecs, group, direction, SSH, {**SSH, "Policy": "drop"})
    for _ in range(2):
        modify(ecs, group, direction, **SSH, Priority="9", Description="later")
    shown = {rule["Policy"]: rule for rule in ecs.rules(group)}
    assert (shown["Accept"]["Priority"], shown["Accept"]["Description"]) == ("9", "later")
    assert (shown["Drop"]["Priority"], shown["Drop"]["Description"]) == ("1", "")
    with refused("SecurityGroupRule.NotFound", 404):
        modify(ecs, group, direction, **{**SSH, "PortRange": "23/23"}, Description="none")
    add(ecs, group, direction, {**SSH, "Priority": "10"})
    with refused("InvalidParam.InvalidModifyRuleRequest", 400):
        modify(ecs, group, direction, **SSH, Priority="11")


@both
def test_a_rule_is_changed_by_id_and_what_is_not_given_stays(ecs, direction):
    group = ecs.group()
    add(ecs, group, direction, {**SSH, "Description": "ssh", "own_cidr": "10.1.0.0/16"})
    (before,) = ecs.rules(group)
    rule_id = before["SecurityGroupRuleId"]
    for _ in range(2):
        modify(
            ecs,
            group,
            direction,
            SecurityGroupRuleId=rule_id,
            PortRange="2222/2222",
            peer_cidr="192.168.0.0/16",
            Policy="drop",
            NicType="intranet",
        )
    (after,) = ecs.rules(group)
    side = "Source" if direction == INGRESS else "Dest"
    assert after == {
        **before,
        "PortRange": "2222/2222",
        f"{side}CidrIp": "192.168.0.0/16",
        "Policy": "Drop",
    }


@both
def test_what_a_change_by_id_cannot_do(ecs, direction):
    group, peer = ecs.group(), ecs.group()
    add(ecs, group, direction, SSH, {**SSH, "Priority": "2"})
    one, _ = sorted(ecs.rules(group), key=lambda rule: rule["Priority"])
    rule_id = one["SecurityGroupRuleId"]
    other = EGRESS if direction == INGRESS else INGRESS
    for changes, code, status in (
        ({"peer_group": peer}, "InvalidOperation.ModifySgRuleEntityType", 400),
        ({"peer_cidr6": "::/0"}, "InvalidOperation.ModifySgRuleEntityType", 400),
        ({"PortRangeListId": "prl-1"}, "InvalidOperation.ModifyPortRangeType", 400),
        ({"NicType": "internet"}, "InvalidOperation.ModifyNicType", 400),
        ({"Priority": "2"}, "InvalidOperation.RuleDuplicate", 400),
        ({}, "InvalidParam.InvalidModifyRuleRequest", 400),
        ({"SecurityGroupRuleId": "sgr-none"}, "InvalidSecurityGroupRuleId.NotFound", 404),
    ):
        with refused(code, status):
            modify(ecs, group, direction, **{"SecurityGroupRuleId": rule_id, **changes})
    with refused("InvalidSecurityGroupRuleId.NotFound", 404):
        modify(ecs, group, other, SecurityGroupRuleId=rule_id, Priority="3")
    assert len(ecs.rules(group)) == 2


@both
def test_a_rule_with_a_port_list_keeps_one(ecs, direction):
    group, ports, others = ecs.group(), port_list(ecs), port_list(ecs)
    add(ecs, group, direction, {**SSH, "PortRange": "", "PortRangeListId": ports})
    (rule_id,) = ids(ecs, group)
    with refused("InvalidOperation.ModifyPortRangeType", 400):
        modify(ecs, group, direction, SecurityGroupRuleId=rule_id, PortRange="22/22")
    modify(ecs, group, direction, SecurityGroupRuleId=rule_id, PortRangeListId=others)
    (rule,) = ecs.rules(group)
    assert rule["PortRangeListId"] == others


# --- what policies see ---------------------------------------------------------------------------


def allowed(ecs, condition, *actions):
    user = ecs.caller.new_user("ruler")
    document = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "ecs:*", "Resource": "*"},
            {"Effect": "Deny", "Action": list(actions), "Resource": "*", "Condition": condition},
        ],
    }
    ecs.caller("Ram", "CreatePolicy", PolicyName="rules", PolicyDocument=json.dumps(document))
    ecs.caller(
        "Ram", "AttachPolicyToUser", UserName="ruler", PolicyName="rules", PolicyType="Custom"
    )
    return lambda name, **params: user("Ecs", name, RegionId="cn-hangzhou", **params)


def test_policies_judge_protocols_and_sources_however_they_are_written(ecs):
    group = ecs.group()
    deny = {"StringEquals": {"ecs:SecurityGroupSourceCidrIps": ["0.0.0.0/0", "10.9.9.9/32"]}}
    user = allowed(ecs, deny, "ecs:AuthorizeSecurityGroup", "ecs:RevokeSecurityGroup")
    open_rule = {"IpProtocol": "tcp", "PortRange": "22/22", "SourceCidrIp": "0.0.0.0/0"}
    closed = {**open_rule, "SourceCidrIp": "10.0.0.0/8"}
    user("AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[closed])
    for way in (
        {"Permissions": [closed, open_rule]},
        open_rule,
        {"Permissions": [{**open_rule, "SourceCidrIp": "10.9.9.9"}]},
        {**open_rule, "SourceCidrIp": "10.159.6.18/0"},
    ):
        with refused("Forbidden.RAM", 403):
            user("AuthorizeSecurityGroup", SecurityGroupId=group, **way)
    add(ecs, group, INGRESS, {**SSH, "peer_cidr": "0.0.0.0/0"})
    rule_ids = {rule["SourceCidrIp"]: rule["SecurityGroupRuleId"] for rule in ecs.rules(group)}
    with refused("Forbidden.RAM", 403):
        user(
            "RevokeSecurityGroup",
            SecurityGroupId=group,
            SecurityGroupRuleId=[rule_ids["0.0.0.0/0"]],
        )
    user(
        "RevokeSecurityGroup",
        SecurityGroupId=group,
        SecurityGroupRuleId=[rule_ids["10.0.0.0/8"]],
    )


def test_policies_judge_protocols_by_the_names_of_answers(ecs):
    group = ecs.group()
    deny = {"StringEquals": {"ecs:SecurityGroupIpProtocols": "UDP"}}
    user = allowed(ecs, deny, "ecs:AuthorizeSecurityGroupEgress")
    rule = {"PortRange": "53/53", "DestCidrIp": "10.0.0.0/8"}
    user("AuthorizeSecurityGroupEgress", SecurityGroupId=group, IpProtocol="tcp", **rule)
    for protocol in ("udp", "17"):
        with refused("Forbidden.RAM", 403):
            user("AuthorizeSecurityGroupEgress", SecurityGroupId=group, IpProtocol=protocol, **rule)
