"""vSwitches: made, listed, changed and deleted, and the calls that are refused."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import OTHER_ZONE, ZONE, new_vpc, new_vswitch

from juyong.services.network.addresses import take_address
from juyong.services.network.tables import VSwitchRow


def described(call, vswitch_id):
    return call("Vpc", "DescribeVSwitchAttributes", VSwitchId=vswitch_id)


def listed(call, **params):
    found = call("Vpc", "DescribeVSwitches", **params)["VSwitches"]["VSwitch"]
    return [each["VSwitchId"] for each in found]


def test_a_vswitch_is_shown_with_what_the_call_gave(call):
    made = call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")
    vswitch_id = new_vswitch(
        call,
        made["VpcId"],
        "10.1.0.0/29",
        VSwitchName="one",
        Description="first",
        Tag=[{"Key": "env", "Value": "dev"}],
    )
    shown = described(call, vswitch_id)
    assert shown["Status"] == "Available"
    assert (shown["VSwitchName"], shown["Description"]) == ("one", "first")
    assert (shown["VpcId"], shown["ZoneId"]) == (made["VpcId"], ZONE)
    assert shown["AvailableIpAddressCount"] == 4
    assert shown["NetworkAclId"] == ""
    assert shown["RouteTable"] == {
        "RouteTableId": made["RouteTableId"],
        "RouteTableType": "System",
    }
    assert shown["Tags"] == {"Tag": [{"Key": "env", "Value": "dev"}]}
    assert call("Vpc", "DescribeVSwitches")["VSwitches"]["VSwitch"][0].items() <= shown.items()
    vpc = call("Vpc", "DescribeVpcAttribute", VpcId=made["VpcId"])
    assert vpc["VSwitchIds"] == {"VSwitchId": [vswitch_id]}


def test_lists_are_filtered(call):
    made = call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")
    vpc_id = made["VpcId"]
    one = new_vswitch(call, vpc_id, "10.1.0.0/16", Tag=[{"Key": "env", "Value": "dev"}])
    two = new_vswitch(call, vpc_id, "10.2.0.0/16", OTHER_ZONE, VSwitchName="two")
    three = new_vswitch(call, new_vpc(call))
    assert set(listed(call)) == {one, two, three}
    assert set(listed(call, VpcId=vpc_id)) == {one, two}
    assert set(listed(call, RouteTableId=made["RouteTableId"])) == {one, two}
    assert listed(call, ZoneId=OTHER_ZONE) == listed(call, VSwitchName="two") == [two]
    assert listed(call, VSwitchId=f"{one}") == [one]
    assert listed(call, Tag=[{"Key": "env"}]) == [one]
    assert listed(call, IsDefault=True) == []


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.1.0.0/16", ""),
        ("10.1.0.0/29", ""),
        ("10.0.0.0/15", "InvalidCirdrBlock.MaskLength"),
        ("10.1.0.0/30", "InvalidCirdrBlock.MaskLength"),
        ("11.0.0.0/16", "InvalidParameter"),
        ("10.9.0.0/16", "InvalidCidrBlock.Overlapped"),
        ("10.9.1.0/24", "InvalidCidrBlock.Overlapped"),
        ("10.1.0.1/16", "InvalidCidrBlock.Malformed"),
    ],
)
def test_blocks_of_vswitches(call, block, code):
    vpc_id = new_vpc(call)
    new_vswitch(call, vpc_id, "10.9.0.0/20")
    if not code:
        new_vswitch(call, vpc_id, block)
        return
    with refused(code, 400):
        new_vswitch(call, vpc_id, block)


def test_a_mask_asks_for_the_first_free_block(call):
    vpc_id = new_vpc(call, "10.0.0.0/16")
    call("Vpc", "AssociateVpcCidrBlock", VpcId=vpc_id, SecondaryCidrBlock="192.168.0.0/24")
    new_vswitch(call, vpc_id, "10.0.1.0/24")
    taken = {}
    for mask in (24, 20, 17, 25):
        made = new_vswitch(call, vpc_id, None, CidrMask=mask)
        taken[mask] = described(call, made)["CidrBlock"]
    assert taken == {
        24: "10.0.0.0/24",
        20: "10.0.16.0/20",
        17: "10.0.128.0/17",
        25: "10.0.2.0/25",
    }
    with refused("InvalidCidrBlock.Overlapped", 400):
        new_vswitch(call, vpc_id, None, CidrMask=17)
    for mask, code in ((None, "MissingParameter"), (30, "InvalidCidrMask.Malformed")):
        with refused(code, 400):
            new_vswitch(call, vpc_id, None, CidrMask=mask)


def test_zone_and_vpc_must_be_there(call):
    with refused("InvalidVpcId.NotFound", 404):
        new_vswitch(call, "vpc-none")
    with refused("InvalidZoneId.NotFound", 404):
        new_vswitch(call, new_vpc(call), zone="cn-beijing-h")
    with refused("InvalidZoneId.NotFound", 404):
        call("Vpc", "CreateDefaultVSwitch", ZoneId="cn-hangzhou-z")


def test_default_vswitches_lie_side_by_side_in_the_default_vpc(call, local):
    with refused("OperationFailed.DefaultVpcNotExist", 400):
        call("Vpc", "CreateDefaultVSwitch", ZoneId=ZONE)
    vpc_id = call("Vpc", "CreateDefaultVpc")["VpcId"]
    for zone, block in ((ZONE, "172.31.0.0/20"), (OTHER_ZONE, "172.31.16.0/20")):
        made = call("Vpc", "CreateDefaultVSwitch", ZoneId=zone)["VSwitchId"]
        assert described(call, made)["CidrBlock"] == block
        assert described(call, made)["IsDefault"] is True
    with refused("OperationFailed.DefaultVSwitchExist", 400):
        call("Vpc", "CreateDefaultVSwitch", ZoneId=ZONE)
    with quotas(local, {"vpc.vswitches": 2}), refused("QuotaExceeded.VSwitch", 400):
        call("Vpc", "CreateDefaultVSwitch", ZoneId="cn-hangzhou-a")
    call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, CidrBlock="172.31.0.0/19")
    with refused("InvalidCidrBlock.Overlapped", 400):
        call("Vpc", "CreateDefaultVSwitch", ZoneId="cn-hangzhou-a")


def test_quota_is_kept_in_each_vpc(call, local):
    with quotas(local, {"vpc.vswitches": 1}):
        vpc_id = new_vpc(call)
        new_vswitch(call, vpc_id)
        new_vswitch(call, new_vpc(call))
        with refused("QuotaExceeded.VSwitch", 400):
            new_vswitch(call, vpc_id, "10.2.0.0/16")


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "acs:k"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "acs:v"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k"}, {"Key": "K"}], "Duplicate.TagKey"),
    ],
)
def test_tags_have_their_rules(call, tags, code):
    with refused(code, 400):
        new_vswitch(call, new_vpc(call), Tag=tags)


def test_name_and_description_are_changed(call):
    vswitch_id = new_vswitch(call, new_vpc(call), VSwitchName="old")
    call("Vpc", "ModifyVSwitchAttribute", VSwitchId=vswitch_id, Description="text")
    shown = described(call, vswitch_id)
    assert (shown["VSwitchName"], shown["Description"]) == ("old", "text")
    with refused("InvalidVSwitchName.Malformed", 400):
        call("Vpc", "ModifyVSwitchAttribute", VSwitchId=vswitch_id, VSwitchName="http://x")


def test_a_used_vswitch_is_not_deleted(call, local):
    vswitch_id = new_vswitch(call, new_vpc(call))

    def use(tx):
        row = tx.get(VSwitchRow, vswitch_id)
        return take_address(tx, row, "eni-one")

    assert local.running.store.call(use) == "10.1.0.1"
    assert described(call, vswitch_id)["AvailableIpAddressCount"] == 2**16 - 5
    with refused("DependencyViolation", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)


def test_a_deleted_vswitch_is_gone(call):
    vswitch_id = new_vswitch(call, new_vpc(call))
    with refused("DryRunOperation", 400):
        call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id, DryRun=True)
    call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    assert listed(call, VSwitchId=vswitch_id) == []
    for action in ("DescribeVSwitchAttributes", "ModifyVSwitchAttribute", "DeleteVSwitch"):
        with refused("InvalidVSwitchId.NotFound", 404):
            call("Vpc", action, VSwitchId=vswitch_id)


def test_a_policy_names_the_vpc_in_which_vswitches_are_made(call):
    one, two = new_vpc(call), new_vpc(call)
    alice = call.new_user("alice")
    call(
        "Ram",
        "CreatePolicy",
        PolicyName="one",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:CreateVSwitch",'
            '"Resource":"*","Condition":{"StringLike":{"vpc:VPC":"acs:vpc:*:*:vpc/ID"}}}]}'
        ).replace("ID", one),
    )
    call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="one", UserName="alice")
    new_vswitch(alice, one)
    with refused("Forbidden.RAM", 403):
        new_vswitch(alice, two)
