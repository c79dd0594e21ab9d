"""Interfaces in security groups: joined, left and replaced, on both sides of each limit."""

import json
from types import SimpleNamespace

import pytest
from tests.local import REGION, refused
from tests.platforms import quotas

from juyong.api.errors import ApiError
from juyong.services.network import membership
from juyong.services.network.tables import InterfaceRow, MemberRow


def groups_of(ecs, card):
    call = ecs.caller.local.running.store.call
    return [row.group_id for row in call(lambda tx: membership.groups_of(tx, card))]


def replace(ecs, card, *groups):
    """Replace the groups of an interface, as the operations on interfaces and instances do."""
    local = ecs.caller.local

    def change(tx):
        ctx = SimpleNamespace(
            tx=tx,
            account_id=ecs.caller.account.account_id,
            region=REGION,
            quota=local.running.pipeline.platform.quotas.__getitem__,
        )
        membership.replace(ctx, tx.get(InterfaceRow, card), groups)

    local.running.store.call(change)


def join(ecs, group, card):
    ecs("JoinSecurityGroup", SecurityGroupId=group, NetworkInterfaceId=card)


def leave(ecs, group, card):
    ecs("LeaveSecurityGroup", SecurityGroupId=group, NetworkInterfaceId=card)


def test_an_instance_joins_by_its_primary_interface(ecs):
    group, other = ecs.group(), ecs.group()
    card = ecs.interface(instance_id="i-one")
    for each in (group, other):
        ecs("JoinSecurityGroup", SecurityGroupId=each, InstanceId="i-one", RegionId=None)
    assert groups_of(ecs, card) == sorted([group, other])
    ecs("LeaveSecurityGroup", SecurityGroupId=group, InstanceId="i-one", RegionId=None)
    assert groups_of(ecs, card) == [other]


def test_a_member_does_not_join_again_and_a_stranger_does_not_leave(ecs):
    group, other = ecs.group(), ecs.group()
    card = ecs.interface()
    join(ecs, group, card)
    with refused("InvalidInstanceId.AlreadyExists", 403):
        join(ecs, group, card)
    with refused("InvalidSecurityGroupAssociation.NotFound", 400):
        leave(ecs, other, card)


def test_the_last_group_is_not_left(ecs):
    group = ecs.group()
    card = ecs.interface()
    join(ecs, group, card)
    with refused("InstanceLastSecurityGroup", 403):
        leave(ecs, group, card)
    assert groups_of(ecs, card) == [group]


def test_an_interface_is_in_groups_of_its_vpc_alone(ecs):
    card = ecs.interface(ecs.vpc())
    with refused("InvalidOperation.VpcMismatch", 403):
        join(ecs, ecs.group(), card)


def test_an_interface_is_in_groups_of_one_kind(ecs):
    card = ecs.interface()
    join(ecs, ecs.group(), card)
    with refused("InvalidOperation.MultiGroupType", 400):
        join(ecs, ecs.group(SecurityGroupType="enterprise"), card)


def test_an_interface_is_in_five_groups_at_most(ecs):
    card = ecs.interface()
    for _ in range(5):
        join(ecs, ecs.group(), card)
    with refused("InstanceSecurityGroupLimitExceeded", 403):
        join(ecs, ecs.group(), card)


def test_a_basic_group_counts_addresses_and_an_enterprise_group_interfaces(ecs, local):
    basic, isolated = ecs.group(), ecs.group(SecurityGroupType="enterprise")
    limits = {"ecs.addresses-per-group": 3, "ecs.interfaces-per-enterprise-group": 1}
    with quotas(local, limits):
        join(ecs, basic, ecs.interface(addresses=2))
        with refused("SecurityGroupInstanceLimitExceeded", 403):
            join(ecs, basic, ecs.interface(addresses=2))
        join(ecs, basic, ecs.interface())
        join(ecs, isolated, ecs.interface(addresses=9))
        with refused("SecurityGroupInstanceLimitExceeded", 403):
            join(ecs, isolated, ecs.interface())


def test_the_rules_of_all_groups_of_an_interface_count_together(ecs, local):
    groups = [ecs.group(), ecs.group()]
    for group in groups:
        ecs.authorize(group, IpProtocol="gre", PortRange="-1/-1", SourceCidrIp="10.0.0.1")
    card = ecs.interface()
    with quotas(local, {"ecs.rules-per-interface": 1}):
        join(ecs, groups[0], card)
        with refused("AclLimitExceed", 403):
            join(ecs, groups[1], card)


@pytest.mark.parametrize("action", ["JoinSecurityGroup", "LeaveSecurityGroup"])
@pytest.mark.parametrize(
    ("named", "code", "status"),
    [
        ({"InstanceId": "i-none"}, "InvalidInstanceId.NotFound", 404),
        ({"NetworkInterfaceId": "eni-none"}, "InvalidEniId.NotFound", 404),
        (
            {"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"},
            "InvalidParam.EniIdAndInstanceId.Conflict",
            403,
        ),
        ({}, "MissingParameter", 400),
        (
            {"InstanceId": "i-1", "SecurityGroupId": "sg-none"},
            "InvalidSecurityGroupId.NotFound",
            404,
        ),
    ],
)
def test_what_is_named_must_be_there(ecs, action, named, code, status):
    with refused(code, status):
        ecs(action, **{"SecurityGroupId": ecs.group(), **named})


def test_an_interface_of_another_account_is_none(ecs, local):
    from tests.unit.services.ecs.networks import store_interface

    account = local.new_account().account_id
    card = store_interface(local.running, account, ecs.vpc_id, instance_id="i-others")
    with refused("InvalidEniId.NotFound", 404):
        join(ecs, ecs.group(), card)
    with refused("InvalidInstanceId.NotFound", 404):
        ecs("JoinSecurityGroup", SecurityGroupId=ecs.group(), InstanceId="i-others")


def test_policies_judge_the_tags_of_the_instance_and_of_the_group(ecs):
    """Both must be allowed, each under tags of its own."""
    network = ecs.caller("Vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/16")["VpcId"]
    place = {"ZoneId": f"{REGION}-h", "VpcId": network, "CidrBlock": "10.0.0.0/24"}
    vswitch = ecs.caller("Vpc", "CreateVSwitch", RegionId=REGION, **place)["VSwitchId"]
    tags = {"Tag": [{"Key": "Environment", "Value": "test"}]}
    first, tagged = ecs.group(VpcId=network), ecs.group(VpcId=network, **tags)
    wanted = {"InstanceType": "ecs.c6.large", "VSwitchId": vswitch, "SecurityGroupId": first}
    images = ecs("DescribeImages", PageSize=1)["Images"]["Image"]
    wanted["ImageId"] = images[0]["ImageId"]
    instances = [
        ecs("RunInstances", **wanted, **given)["InstanceIdSets"]["InstanceIdSet"][0]
        for given in (tags, {})
    ]
    document = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ecs:JoinSecurityGroup",
                "Resource": "*",
                "Condition": {"StringEquals": {"ecs:tag/Environment": "test"}},
            }
        ],
    }
    user = ecs.caller.new_user("joiner")
    ecs.caller("Ram", "CreatePolicy", PolicyName="join", PolicyDocument=json.dumps(document))
    ecs.caller(
        "Ram", "AttachPolicyToUser", UserName="joiner", PolicyName="join", PolicyType="Custom"
    )
    for group, instance in ((tagged, instances[1]), (first, instances[0])):
        with refused("Forbidden.RAM", 403):
            user("Ecs", "JoinSecurityGroup", SecurityGroupId=group, InstanceId=instance)
    user("Ecs", "JoinSecurityGroup", SecurityGroupId=tagged, InstanceId=instances[0])


def test_all_groups_are_replaced_at_once(ecs):
    one, two, three = (ecs.group() for _ in range(3))
    isolated = ecs.group(SecurityGroupType="enterprise")
    card = ecs.interface()
    replace(ecs, card, one, two, one)
    assert groups_of(ecs, card) == sorted([one, two])
    replace(ecs, card, two, three)
    assert groups_of(ecs, card) == sorted([two, three])
    replace(ecs, card, isolated)
    assert groups_of(ecs, card) == [isolated]
    for wanted, code in (
        ((), "InvalidOperation.AtLeastInOneGroup"),
        ((one, "sg-none"), "InvalidSecurityGroupId.NotFound"),
        ((one, isolated), "InvalidOperation.MultiGroupType"),
        ((ecs.group(VpcId=ecs.vpc()),), "InvalidOperation.VpcMismatch"),
    ):
        with pytest.raises(ApiError) as caught:
            replace(ecs, card, *wanted)
        assert caught.value.code == code
    assert groups_of(ecs, card) == [isolated]


def test_a_deleted_interface_leaves_its_groups(ecs):
    group, card = ecs.group(), ecs.interface()
    join(ecs, group, card)
    call = ecs.caller.local.running.store.call
    call(lambda tx: membership.leave_all(tx, card))
    assert call(lambda tx: tx.find(MemberRow, group_id=group)) == []
