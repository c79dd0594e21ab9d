"""Tags of VPC's resources: added, changed, taken off and listed."""

import pytest
from tests.local import refused
from tests.unit.services.networks import new_vpc, new_vswitch


def tag(call, kind, *ids, **tags):
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    call("Vpc", "TagResources", ResourceType=kind, ResourceId=list(ids), Tag=given)


def listed(call, kind, *ids, **params):
    given = {"ResourceType": kind, "ResourceId": list(ids), **params}
    found = call("Vpc", "ListTagResources", **given)["TagResources"]["TagResource"]
    assert {each["ResourceType"] for each in found} <= {kind}
    return [(each["ResourceId"], each["TagKey"], each["TagValue"]) for each in found]


@pytest.fixture
def things(call):
    made = call("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")
    vpc_id = made["VpcId"]
    vswitch_id = new_vswitch(call, vpc_id)
    gateway = {"RegionId": "cn-hangzhou", "VpcId": vpc_id, "VSwitchId": vswitch_id}
    return {
        "VPC": vpc_id,
        "VSWITCH": vswitch_id,
        "ROUTETABLE": made["RouteTableId"],
        "NETWORKACL": call("Vpc", "CreateNetworkAcl", VpcId=vpc_id)["NetworkAclId"],
        "EIP": call("Vpc", "AllocateEipAddress", RegionId="cn-hangzhou")["AllocationId"],
        "NATGATEWAY": call("Vpc", "CreateNatGateway", NatType="Enhanced", **gateway)[
            "NatGatewayId"
        ],
    }


def test_each_type_takes_tags(call, things):
    for kind, label in things.items():
        tag(call, kind, label, env="dev", team="red")
        tag(call, kind, label, env="prod")
        assert listed(call, kind, label) == [(label, "env", "prod"), (label, "team", "red")]
        call("Vpc", "UnTagResources", ResourceType=kind, ResourceId=[label], TagKey=["team", "x"])
        assert listed(call, kind, label) == [(label, "env", "prod")]
    (shown,) = call("Vpc", "DescribeVpcs")["Vpcs"]["Vpc"]
    assert shown["Tags"] == {"Tag": [{"Key": "env", "Value": "prod"}]}


def test_lists_are_filtered_and_cut_into_pages(call):
    one, two = new_vpc(call), new_vpc(call)
    tag(call, "VPC", one, two, env="dev", team="red")
    tag(call, "VPC", two, env="prod")
    assert {each for each, _, _ in listed(call, "VPC", Tag=[{"Key": "env", "Value": "prod"}])} == {
        two
    }
    first = call("Vpc", "ListTagResources", ResourceType="VPC", ResourceId=[one, two], MaxResults=3)
    rest = listed(call, "VPC", one, two, MaxResults=3, NextToken=first["NextToken"])
    assert len(rest) == 1
    with refused("InvalidNextToken.Malformed", 400):
        listed(call, "VPC", one, NextToken="other")


def test_calls_say_what_they_mean(call):
    vpc_id = new_vpc(call)
    with refused("InvalidResourceId.NotFound", 404):
        tag(call, "VPC", vpc_id, "vpc-none", env="dev")
    assert listed(call, "VPC", vpc_id) == []
    with refused("InvalidResourceId.NotFound", 404):
        call("Vpc", "UnTagResources", ResourceType="VPC", ResourceId=["vpc-none"], All=True)
    with refused("InvalidResourceType.Malformed", 400):
        tag(call, "COMMONBANDWIDTHPACKAGE", vpc_id, env="dev")
    with refused("MissingParameter.TagKeys", 400):
        call("Vpc", "UnTagResources", ResourceType="VPC", ResourceId=[vpc_id])
    with refused("MissingParameter.ResourceIds", 400):
        listed(call, "VPC")
    call("Vpc", "UnTagResources", ResourceType="VPC", ResourceId=[vpc_id], All=True)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"acs:k": "v"}, "InvalidTagKey.Malformed"),
        ({"k": "acs:v"}, "InvalidTagValue.Malformed"),
        ({"k": "v", "K": "v"}, "Duplicate.TagKey"),
        ({f"k{n}": "v" for n in range(20)}, "NumberExceed.Tags"),
    ],
)
def test_tags_have_their_rules(call, tags, code):
    vpc_id = new_vpc(call, Tag=[{"Key": "one", "Value": "v"}])
    with refused(code, 400):
        tag(call, "VPC", vpc_id, **tags)


def test_each_resource_of_a_call_must_be_allowed(call):
    one, two = new_vpc(call), new_vpc(call)
    alice = call.new_user("alice")
    call(
        "Ram",
        "CreatePolicy",
        PolicyName="one",
        PolicyDocument=(
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":'
            '"acs:vpc:*:*:vpc/ID"}]}'
        ).replace("ID", one),
    )
    named = {"PolicyType": "Custom", "PolicyName": "one", "UserName": "alice"}
    call("Ram", "AttachPolicyToUser", **named)
    tag(alice, "VPC", one, env="dev")
    with refused("Forbidden.RAM", 403):
        tag(alice, "VPC", one, two, env="dev")
