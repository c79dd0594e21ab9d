"""Secondary blocks of VPCs, regions and zones."""

import pytest
from tests.local import refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch


def add(call, vpc_id, block, **params):
    given = {"VpcId": vpc_id, "SecondaryCidrBlock": block, **params}
    return call("Vpc", "AssociateVpcCidrBlock", **given)


def blocks(call, vpc_id):
    shown = call("Vpc", "DescribeVpcAttribute", VpcId=vpc_id)
    return shown["SecondaryCidrBlocks"]["SecondaryCidrBlock"]


def test_vswitches_lie_in_secondary_blocks_too(call):
    vpc_id = new_vpc(call, "10.0.0.0/16")
    assert add(call, vpc_id, "192.168.0.0/16")["CidrBlock"] == "192.168.0.0/16"
    assert blocks(call, vpc_id) == ["192.168.0.0/16"]
    vswitch_id = new_vswitch(call, vpc_id, "192.168.1.0/24")
    given = {"VpcId": vpc_id, "SecondaryCidrBlock": "192.168.0.0/16"}
    with refused("DependencyViolation.VSwitch", 400):
        call("Vpc", "UnassociateVpcCidrBlock", **given)
    with refused("InvalidCidrBlock.Overlapped", 400):
        call("Vpc", "ModifyVpcAttribute", VpcId=vpc_id, CidrBlock="192.0.0.0/8")
    call("Vpc", "DeleteVSwitch", VSwitchId=vswitch_id)
    call("Vpc", "UnassociateVpcCidrBlock", **given)
    assert blocks(call, vpc_id) == []
    with refused("InvalidSecondaryCidrBlock.NotFound", 404):
        call("Vpc", "UnassociateVpcCidrBlock", **given)


@pytest.mark.parametrize(
    ("block", "params", "code"),
    [
        ("10.0.1.0/24", {}, "InvalidCidrBlock.Overlapped"),
        ("100.64.0.0/16", {}, "InvalidParameter"),
        ("192.168.0.0/16", {"IpVersion": "IPV6"}, "UnsupportedOperation"),
        ("x", {}, "InvalidSecondaryCidrBlock.Malformed"),
    ],
)
def test_secondary_blocks_have_their_rules(call, block, params, code):
    vpc_id = new_vpc(call, "10.0.0.0/16")
    with refused(code, 400):
        add(call, vpc_id, block, **params)


def test_a_vpc_has_a_quota_of_blocks(call, local):
    vpc_id = new_vpc(call, "10.0.0.0/16")
    with quotas(local, {"vpc.secondary-cidrs": 1}):
        add(call, vpc_id, "192.168.0.0/16")
        with refused("QuotaExceeded.SecondaryCidrBlock", 400):
            add(call, vpc_id, "192.169.0.0/16")


@pytest.mark.parametrize("action", ["AssociateVpcCidrBlock", "UnassociateVpcCidrBlock"])
def test_blocks_are_of_a_vpc(call, action):
    with refused("InvalidVpcID.NotFound", 404):
        call("Vpc", action, VpcId="vpc-none", SecondaryCidrBlock="192.168.0.0/16")


def test_regions_and_zones(call):
    regions = call("Vpc", "DescribeRegions", AcceptLanguage="en-us")["Regions"]["Region"]
    names = {each["RegionId"]: each["LocalName"] for each in regions}
    assert names["cn-hangzhou"] == "China (Hangzhou)"
    zones = call("Vpc", "DescribeZones")["Zones"]["Zone"]
    assert zones[0] == {
        "ZoneId": "cn-hangzhou-a",
        "LocalName": "Zone A",
        "ZoneType": "AvailabilityZone",
    }
    vpc_id = new_vpc(call)
    for number, each in enumerate(zones):
        new_vswitch(call, vpc_id, f"10.{number}.0.0/16", each["ZoneId"])
    assert call("Vpc", "DescribeZones", ZoneType="CloudBoxZone")["Zones"]["Zone"] == []
