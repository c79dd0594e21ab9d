"""VPCs: made, listed, changed and deleted, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch


def described(call, vpc_id):
    return call("Vpc", "DescribeVpcAttribute", VpcId=vpc_id)


def listed(call, **params):
    return [each["VpcId"] for each in call("Vpc", "DescribeVpcs", **params)["Vpcs"]["Vpc"]]


def test_a_vpc_is_shown_with_what_the_call_gave(call):
    made = call(
        "Vpc",
        "CreateVpc",
        CidrBlock="10.0.0.0/8",
        VpcName="one",
        Description="first",
        UserCidr="30.0.0.0/8,31.0.0.0/8",
        Tag=[{"Key": "env", "Value": "dev"}],
    )
    shown = described(call, made["VpcId"])
    assert shown["Status"] == "Available"
    assert (shown["VpcName"], shown["Description"]) == ("one", "first")
    assert shown["CidrBlock"] == "10.0.0.0/8"
    assert shown["UserCidrs"] == {"UserCidr": ["30.0.0.0/8", "31.0.0.0/8"]}
    assert shown["SecondaryCidrBlocks"] == {"SecondaryCidrBlock": []}
    assert shown["Tags"] == {"Tag": [{"Key": "env", "Value": "dev"}]}
    assert shown["VRouterId"] == made["VRouterId"]
    (each,) = call("Vpc", "DescribeVpcs", VpcId=made["VpcId"])["Vpcs"]["Vpc"]
    assert each["RouterTableIds"] == {"RouterTableIds": [made["RouteTableId"]]}
    assert each["OwnerId"] == int(call.account.account_id)


def test_the_block_of_a_vpc_has_a_default(call):
    vpc_id = call("Vpc", "CreateVpc")["VpcId"]
    assert described(call, vpc_id)["CidrBlock"] == "172.16.0.0/12"


def test_lists_are_filtered_and_cut_into_pages(call):
    one = new_vpc(call, VpcName="one", Tag=[{"Key": "env", "Value": "dev"}])
    two = new_vpc(call, VpcName="two")
    default = call("Vpc", "CreateDefaultVpc")["VpcId"]
    assert set(listed(call)) == {one, two, default}
    assert listed(call, VpcName="two") == [two]
    assert listed(call, IsDefault=True) == [default]
    assert set(listed(call, IsDefault=False)) == {one, two}
    assert set(listed(call, VpcId=f"{one}, {two}")) == {one, two}
    assert listed(call, Tag=[{"Key": "env", "Value": "dev"}]) == [one]
    assert listed(call, VpcId="vpc-none") == []
    page = call("Vpc", "DescribeVpcs", PageSize=2, PageNumber=2)
    assert (page["TotalCount"], page["PageNumber"], page["PageSize"]) == (3, 2, 2)
    assert len(page["Vpcs"]["Vpc"]) == 1


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.0.0.0/8", ""),
        ("10.0.0.0/28", ""),
        ("0.0.0.0/7", "InvalidParameter"),
        ("10.0.0.0/29", "InvalidParameter"),
        ("100.64.0.0/16", "InvalidParameter"),
        ("100.0.0.0/8", "InvalidParameter"),
        ("127.1.0.0/16", "InvalidParameter"),
        ("169.254.0.0/16", "InvalidParameter"),
        ("230.0.0.0/16", "InvalidParameter"),
        ("10.0.0.1/8", "InvalidCidrBlock.Malformed"),
        ("10.0.0.0/33", "InvalidCidrBlock.Malformed"),
        ("fd00::/16", "InvalidCidrBlock.Malformed"),
        ("ten", "InvalidCidrBlock.Malformed"),
    ],
)
def test_blocks_of_vpcs(call, block, code):
    if not code:
        new_vpc(call, block)
        return
    with refused(code, 400):
        new_vpc(call, block)
    vpc_id = new_vpc(call)
    with refused(code, 400):
        call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, CidrBlock=block)


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ("1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8", "InvalidUserCidr.Quota"),
        ("100.64.0.0/16", "InvalidUserCidr.Malformed"),
        ("100.0.0.0/8", "InvalidUserCidr.Malformed"),
        ("1.0.0.0/8,", "InvalidUserCidr.Malformed"),
        ("fd00::/8", "InvalidUserCidr.Malformed"),
    ],
)
def test_user_blocks(call, blocks, code):
    with refused(code, 400):
        new_vpc(call, UserCidr=blocks)


@pytest.mark.parametrize("action", ["CreateVpc", "ModifyVpcAttribute"])
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"VpcName": "http://x"}, "InvalidVpcName.Malformed"),
        ({"VpcName": "n" * 129}, "InvalidVpcName.Malformed"),
        ({"Description": "https://x"}, "InvalidDescription.Malformed"),
        ({"Description": "d" * 257}, "InvalidDescription.Malformed"),
    ],
)
def test_names(call, action, params, code):
    vpc_id = new_vpc(call, VpcName="n" * 128, Description="d" * 256)
    with refused(code, 400):
        call("Vpc", action, **({"VpcId": vpc_id} if action.startswith("Modify") else {}), **params)


def test_name_description_and_block_are_changed(call):
    vpc_id = new_vpc(call, "10.0.0.0/16")
    new_vswitch(call, vpc_id, "10.0.1.0/24")
    call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, VpcName="new", Description="text")
    call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, CidrBlock="10.0.0.0/12")
    shown = described(call, vpc_id)
    assert (shown["VpcName"], shown["Description"]) == ("new", "text")
    assert shown["CidrBlock"] == "10.0.0.0/12"
    with refused("InvalidCidrBlock.NotInVpc", 400):
        call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, CidrBlock="10.0.0.0/24")


def test_ipv6_may_be_declined_and_is_refused(call):
    vpc_id = call("Vpc", "CreateVpc", EnableIpv6=False)["VpcId"]
    call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, EnableIPv6=False)
    for action, name in (
        ("CreateVpc", "EnableIpv6"),
        ("CreateDefaultVpc", "EnableIpv6"),
        ("ModifyVpcAttribute", "EnableIPv6"),
        ("CreateVpc", "Ipv6CidrBlock"),
    ):
        with refused("UnsupportedOperation", 400):
            call("Vpc", action, **{"VpcId": vpc_id, name: True})


def test_a_region_has_one_default_vpc(call):
    call("Vpc", "CreateDefaultVpc")
    with refused("OperationFailed.DefaultVpcExist", 400):
        call("Vpc", "CreateDefaultVpc")


def test_quota_is_kept(call, local):
    with quotas(local, {"vpc.vpcs": 0}):
        for action in ("CreateVpc", "CreateDefaultVpc"):
            with refused("QuotaExceeded.Vpc", 400):
                call("Vpc", action)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "", "Value": "v"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "k"}], "Duplicate.TagKey"),
    ],
)
def test_tags_have_their_rules(call, tags, code):
    with refused(code, 400):
        new_vpc(call, Tag=tags)


def test_a_used_vpc_is_not_deleted(call):
    vpc_id = new_vpc(call)
    vswitch_id = new_vswitch(call, vpc_id)
    with refused("DependencyViolation.VSwitch", 400):
        call("Vpc", "DeleteVpc", VpcId=vpc_id)
    call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    call("Vpc", "DeleteVpc", VpcId=vpc_id)
    assert listed(call) == []
    for action in ("DescribeVpcAttribute", "ModifyVpcAttribute", "DeleteVpc"):
        with refused("InvalidVpcID.NotFound", 404):
            call("Vpc", action, VpcId=vpc_id)


def test_gateways_and_groups_keep_a_vpc(call):
    vpc_id = new_vpc(call)
    here = {"RegionId": "cn-hangzhou", "VpcId": vpc_id}
    group_id = call("Ecs", "CreateSecurityGroup", **here)["SecurityGroupId"]
    with refused("DependencyViolation.SecurityGroup", 400):
        call("Vpc", "DeleteVpc", VpcId=vpc_id)
    call("Ecs", "DeleteSecurityGroup", RegionId="cn-hangzhou", SecurityGroupId=group_id)
    given = {**here, "VSwitchId": new_vswitch(call, vpc_id), "NatType": "Enhanced"}
    call("Vpc", "CreateNatGateway", **given)
    with refused("DependencyViolation.NatGateway", 400):
        call("Vpc", "DeleteVpc", VpcId=vpc_id)


def test_an_account_sees_its_own_vpcs_alone(call, local):
    vpc_id = new_vpc(call)
    other = local.administrator(local.new_account())
    assert listed(other) == []
    with refused("InvalidVpcID.NotFound", 404):
        described(other, vpc_id)


def test_a_region_is_named_once(call):
    with refused("InvalidRegionId.NotFound", 404):
        call("Vpc", "DescribeVpcs", RegionId="cn-beijing")
    assert listed(call, RegionId="cn-hangzhou") == []


def test_a_misspelt_region_is_no_empty_one(call):
    assert listed(call.in_region("cn-beijing")) == []
    misspelt = call.in_region("cn-hangzou")
    for action, params in (("DescribeVpcs", {}), ("CreateVpc", {"CidrBlock": "10.0.0.0/8"})):
        with refused("InvalidRegionId.NotFound", 404):
            misspelt("Vpc", action, **params)
    with refused("InvalidRegionId.NotFound", 404):
        misspelt("Ecs", "DescribeKeyPairs", RegionId="cn-hangzou")


def test_a_dry_run_makes_nothing_and_a_token_makes_one(call):
    with refused("DryRunOperation", 400):
        new_vpc(call, DryRun=True)
    assert new_vpc(call, ClientToken="t") == new_vpc(call, ClientToken="t")
    assert len(listed(call)) == 1
    with refused("IdempotentParameterMismatch", 400):
        new_vpc(call, "192.168.0.0/16", ClientToken="t")


def test_policies_judge_by_id_and_by_tag(call):
    one = new_vpc(call, Tag=[{"Key": "env", "Value": "dev"}])
    two = new_vpc(call)
    alice = call.new_user("alice")
    with refused("Forbidden.RAM", 403):
        described(alice, one)
    call(
        "Ram",
        "CreatePolicy",
        PolicyName="dev",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":'
            '"acs:vpc:cn-hangzhou:*:vpc/*","Condition":{"StringEquals":'
            '{"acs:ResourceTag/env":"dev"}}}]}'
        ),
    )
    call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="dev", UserName="alice")
    assert described(alice, one)["VpcId"] == one
    for refused_call in (lambda: described(alice, two), lambda: new_vpc(alice)):
        with refused("Forbidden.RAM", 403):
            refused_call()
