"""Security groups: made, changed, listed and deleted, and what is refused."""

import json
from contextlib import nullcontext

import pytest
from tests.local import refused
from tests.platforms import quotas


def listed(ecs, **asked):
    found = ecs("DescribeSecurityGroups", **asked)["SecurityGroups"]["SecurityGroup"]
    return [each["SecurityGroupId"] for each in found]


def test_a_group_is_shown_with_all_its_members(ecs):
    group = ecs.group(
        SecurityGroupName="web", Description="two words", Tag=[{"Key": "env", "Value": "dev"}]
    )
    ecs.authorize(group, IpProtocol="tcp", PortRange="22/22", SourceCidrIp="10.0.0.0/8")
    other = ecs.group()
    ecs.authorize(group, IpProtocol="all", PortRange="-1/-1", SourceGroupId=other)
    card = ecs.interface(instance_id="i-web", addresses=3)
    ecs("JoinSecurityGroup", SecurityGroupId=group, InstanceId="i-web")
    assert card
    page = ecs("DescribeSecurityGroups", SecurityGroupId=group)
    (shown,) = page["SecurityGroups"]["SecurityGroup"]
    assert shown.pop("CreationTime").endswith("Z")
    assert shown == {
        "SecurityGroupId": group,
        "SecurityGroupName": "web",
        "Description": "two words",
        "VpcId": ecs.vpc_id,
        "SecurityGroupType": "normal",
        "EcsCount": 1,
        "AvailableInstanceAmount": 5997,
        "RuleCount": 2,
        "GroupToGroupRuleCount": 1,
        "ResourceGroupId": "",
        "ServiceManaged": False,
        "Tags": {"Tag": [{"TagKey": "env", "TagValue": "dev"}]},
    }
    assert (page["TotalCount"], page["PageNumber"], page["PageSize"]) == (1, 1, 10)
    assert "NextToken" not in page


def test_a_new_group_has_no_rules_and_a_basic_one_inner_access(ecs):
    shown = {
        kind: ecs(
            "DescribeSecurityGroupAttribute", SecurityGroupId=ecs.group(SecurityGroupType=kind)
        )
        for kind in ("normal", "enterprise")
    }
    assert [each["Permissions"]["Permission"] for each in shown.values()] == [[], []]
    assert shown["normal"]["InnerAccessPolicy"] == "Accept"
    assert shown["enterprise"]["InnerAccessPolicy"] == "Drop"
    assert shown["normal"]["VpcId"] == ecs.vpc_id
    assert shown["normal"]["NextToken"] == ""


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"VpcId": ""}, "InvalidVpcId.NotFound", 403),
        ({"VpcId": "vpc-none"}, "InvalidVpcId.NotFound", 404),
        ({"SecurityGroupType": "basic"}, "InvalidParams.GroupType", 400),
        ({"SecurityGroupName": "1a"}, "InvalidSecurityGroupName.Malformed", 400),
        ({"SecurityGroupName": "http://a"}, "InvalidSecurityGroupName.Malformed", 400),
        ({"Description": "a"}, "InvalidDescription.Malformed", 400),
        ({"Description": "https://a"}, "InvalidDescription.Malformed", 400),
        ({"Tag": [{"Key": "k"}, {"Key": "K"}]}, "Duplicate.TagKey", 400),
        ({"Tag": [{"Key": "acs:k"}]}, "InvalidTagKey.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "acs:k"}]}, "InvalidTagValue.Malformed", 400),
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"ServiceManaged": True}, "UnsupportedOperation", 400),
        ({"ResourceGroupId": "rg-1"}, "UnsupportedOperation", 400),
    ],
)
def test_what_no_group_can_have(ecs, params, code, status):
    with refused(code, status):
        ecs.group(**params)
    assert listed(ecs) == []


def test_a_vpc_of_another_account_or_region_is_none(ecs, local):
    from tests.unit.services.ecs.networks import store_vpc

    other = store_vpc(local.running, local.new_account().account_id)
    elsewhere = store_vpc(local.running, ecs.caller.account.account_id, "cn-beijing")
    for vpc in (other, elsewhere):
        with refused("InvalidVpcId.NotFound", 404):
            ecs.group(VpcId=vpc)


def test_a_region_holds_its_quota(ecs, local):
    with quotas(local, {"ecs.security-groups": 1}):
        ecs.group()
        with refused("QuotaExceed.SecurityGroup", 403):
            ecs.group()


def test_lists_are_filtered(ecs):
    web = ecs.group(SecurityGroupName="web", Tag=[{"Key": "env", "Value": "dev"}])
    isolated = ecs.group(SecurityGroupType="enterprise", SecurityGroupName="db")
    elsewhere = ecs.group(VpcId=ecs.vpc())
    every = sorted([web, isolated, elsewhere])
    assert listed(ecs) == every
    assert listed(ecs, SecurityGroupName="web") == [web]
    assert listed(ecs, SecurityGroupName="we") == []
    assert listed(ecs, SecurityGroupType="enterprise") == [isolated]
    assert listed(ecs, VpcId=ecs.vpc_id) == sorted([web, isolated])
    assert listed(ecs, Tag=[{"Key": "env"}]) == [web]
    assert listed(ecs, Tag=[{"Key": "env", "Value": "prod"}]) == []
    assert listed(ecs, SecurityGroupIds=json.dumps([web, isolated, "sg-x"])) == sorted(
        [web, isolated]
    )
    assert listed(ecs, SecurityGroupIds="[]") == []
    assert listed(ecs, SecurityGroupId="sg-none") == []
    assert listed(ecs, NetworkType="vpc") == every
    assert listed(ecs, NetworkType="classic") == listed(ecs, ServiceManaged=True) == []


def test_pages_by_number_tell_the_total_and_pages_by_token_do_not(ecs):
    groups = sorted(ecs.group() for _ in range(3))
    second = ecs("DescribeSecurityGroups", PageNumber=2, PageSize=2)
    assert [g["SecurityGroupId"] for g in second["SecurityGroups"]["SecurityGroup"]] == groups[2:]
    assert second["TotalCount"] == 3
    first = ecs("DescribeSecurityGroups", MaxResults=2)
    assert "TotalCount" not in first
    assert "PageNumber" not in first
    last = ecs("DescribeSecurityGroups", NextToken=first["NextToken"], MaxResults=2)
    shown = [*first["SecurityGroups"]["SecurityGroup"], *last["SecurityGroups"]["SecurityGroup"]]
    assert [each["SecurityGroupId"] for each in shown] == groups
    assert last["NextToken"] == ""


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MaxResults": 10, "PageSize": 10}, "NotSupported.PageNumberAndPageSize"),
        ({"NextToken": "x"}, "InValidParameter.NextToken"),
        ({"SecurityGroupIds": "sg-1"}, "InvalidSecurityGroupIds.Malformed"),
        (
            {"SecurityGroupIds": json.dumps([f"sg-{n}" for n in range(101)])},
            "InvalidSecurityGroupIds.Malformed",
        ),
        ({"PageSize": 101}, "InvalidPageSize.Malformed"),
        ({"FuzzyQuery": True}, "UnsupportedOperation"),
    ],
)
def test_lists_that_are_refused(ecs, asked, code):
    with refused(code, 400):
        listed(ecs, **asked)


def test_name_and_description_change_and_stay(ecs):
    group = ecs.group(SecurityGroupName="web", Description="old one")
    ecs("ModifySecurityGroupAttribute", SecurityGroupId=group, SecurityGroupName="app")
    ecs("ModifySecurityGroupAttribute", SecurityGroupId=group)
    shown = ecs("DescribeSecurityGroupAttribute", SecurityGroupId=group)
    assert (shown["SecurityGroupName"], shown["Description"]) == ("app", "old one")


def test_inner_access_is_set_in_any_case_of_letters(ecs):
    group = ecs.group()
    for policy, shown in (("drop", "Drop"), ("ACCEPT", "Accept")):
        ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy=policy)
        found = ecs("DescribeSecurityGroupAttribute", SecurityGroupId=group)
        assert found["InnerAccessPolicy"] == shown
    with refused("InvalidPolicy.Malformed", 400):
        ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="allow")


def test_an_enterprise_group_stays_isolated(ecs):
    group = ecs.group(SecurityGroupType="enterprise")
    ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="Drop")
    with refused("InvalidParameter.InnerAccessPolicy", 404):
        ecs("ModifySecurityGroupPolicy", SecurityGroupId=group, InnerAccessPolicy="Accept")


def test_a_group_in_use_is_not_deleted(ecs):
    group, peer = ecs.group(), ecs.group()
    ecs.authorize(group, IpProtocol="all", PortRange="-1/-1", SourceGroupId=peer)
    with refused("DependencyViolation", 403):
        ecs("DeleteSecurityGroup", SecurityGroupId=peer)
    card = ecs.interface()
    ecs("JoinSecurityGroup", SecurityGroupId=group, NetworkInterfaceId=card)
    with refused("DependencyViolation", 403):
        ecs("DeleteSecurityGroup", SecurityGroupId=group)
    ecs("JoinSecurityGroup", SecurityGroupId=peer, NetworkInterfaceId=card)
    ecs("LeaveSecurityGroup", SecurityGroupId=group, NetworkInterfaceId=card)
    ecs("DeleteSecurityGroup", SecurityGroupId=group)
    assert listed(ecs) == [peer]
    with refused("InvalidSecurityGroupId.NotFound", 404):
        ecs.rules(group)


def test_rules_end_with_their_group(ecs, local):
    from juyong.services.network.rules.tables import RuleRow

    group = ecs.group()
    ecs.authorize(group, IpProtocol="icmp", PortRange="-1/-1", SourceCidrIp="0.0.0.0/0")
    ecs("DeleteSecurityGroup", SecurityGroupId=group)
    assert local.running.store.call(lambda tx: tx.find(RuleRow, group_id=group)) == []


def test_who_names_a_group(ecs):
    one, two, three = (ecs.group() for _ in range(3))
    for owner, direction, peer in (
        (two, "ingress", "SourceGroupId"),
        (three, "egress", "DestGroupId"),
    ):
        ecs.authorize(owner, direction, IpProtocol="all", PortRange="-1/-1", **{peer: one})
    asked = ecs("DescribeSecurityGroupReferences", SecurityGroupId=[one, two])
    (found,) = asked["SecurityGroupReferences"]["SecurityGroupReference"]
    account = ecs.caller.account.account_id
    assert found["SecurityGroupId"] == one
    assert found["ReferencingSecurityGroups"]["ReferencingSecurityGroup"] == [
        {"AliUid": account, "SecurityGroupId": group} for group in sorted([two, three])
    ]
    with refused("InvalidSecurityGroupId.NotFound", 404):
        ecs("DescribeSecurityGroupReferences", SecurityGroupId=["sg-none"])


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("DeleteSecurityGroup", {}),
        ("DescribeSecurityGroupAttribute", {}),
        ("ModifySecurityGroupAttribute", {"SecurityGroupName": "web"}),
        ("ModifySecurityGroupPolicy", {"InnerAccessPolicy": "Drop"}),
        ("AuthorizeSecurityGroup", {}),
        ("AuthorizeSecurityGroupEgress", {}),
        ("RevokeSecurityGroup", {}),
        ("RevokeSecurityGroupEgress", {}),
        ("ModifySecurityGroupRule", {}),
        ("ModifySecurityGroupEgressRule", {}),
    ],
)
def test_a_group_must_exist_in_the_region_called(ecs, action, params):
    with refused("InvalidSecurityGroupId.NotFound", 404):
        ecs(action, SecurityGroupId="sg-none", **params)
    with refused("InvalidRegionId.NotFound", 404):
        ecs(action, RegionId="cn-beijing", SecurityGroupId="sg-none", **params)


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("DescribeSecurityGroups", {}),
        ("DescribeSecurityGroupReferences", {"SecurityGroupId": ["sg-1"]}),
        ("JoinSecurityGroup", {"SecurityGroupId": "sg-1", "InstanceId": "i-1"}),
        ("LeaveSecurityGroup", {"SecurityGroupId": "sg-1", "InstanceId": "i-1"}),
    ],
)
def test_the_region_is_the_one_called(ecs, action, params):
    with refused("InvalidRegionId.NotFound", 404):
        ecs(action, RegionId="cn-beijing", **params)


def test_groups_are_tagged_and_policies_judge_the_tags(ecs):
    group, other = ecs.group(), ecs.group()
    ecs(
        "TagResources",
        ResourceType="securitygroup",
        ResourceId=[group],
        Tag=[{"Key": "Environment", "Value": "test"}],
    )
    document = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ecs:*SecurityGroup*",
                "Resource": "*",
                "Condition": {"StringEquals": {"ecs:tag/Environment": "test"}},
            }
        ],
    }
    user = ecs.caller.new_user("tester")
    ecs.caller("Ram", "CreatePolicy", PolicyName="tests", PolicyDocument=json.dumps(document))
    ecs.caller(
        "Ram",
        "AttachPolicyToUser",
        UserName="tester",
        PolicyName="tests",
        PolicyType="Custom",
    )
    user("Ecs", "DeleteSecurityGroup", RegionId="cn-hangzhou", SecurityGroupId=group)
    for value, allowed in (("test", True), ("prod", False)):
        wanted = {"VpcId": ecs.vpc_id, "Tag": [{"Key": "Environment", "Value": value}]}
        with nullcontext() if allowed else refused("Forbidden.RAM", 403):
            user("Ecs", "CreateSecurityGroup", RegionId="cn-hangzhou", **wanted)
    with refused("Forbidden.RAM", 403):
        user("Ecs", "DeleteSecurityGroup", RegionId="cn-hangzhou", SecurityGroupId=other)
