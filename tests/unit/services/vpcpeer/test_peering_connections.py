"""Peering connections between VPCs: asked for, accepted, refused, routed over and deleted."""

from datetime import timedelta

import pytest
from tests.local import Caller, Local, refused
from tests.platforms import quotas
from tests.unit.services.networks import new_vpc, new_vswitch

from juyong.engines.packet import Packet
from juyong.services.network.picture import picture

REGION = "cn-hangzhou"
OTHER_BLOCK = "172.16.0.0/12"
Interface = tuple[str, str]
WEEK = int(timedelta(days=7).total_seconds())


@pytest.fixture
def other(local: Local) -> Caller:
    """The administrator of another account."""
    return local.administrator(local.new_account())


def connect(call: Caller, vpc_id: str, accepter: Caller, accepting: str, **more: object) -> str:
    made = call(
        "VpcPeer",
        "CreateVpcPeerConnection",
        VpcId=vpc_id,
        AcceptingAliUid=accepter.account.account_id,
        AcceptingRegionId=REGION,
        AcceptingVpcId=accepting,
        **more,
    )
    return str(made["InstanceId"])


def shown(call: Caller, peering_id: str) -> dict[str, object]:
    return call("VpcPeer", "GetVpcPeerConnectionAttribute", InstanceId=peering_id)


def listed(call: Caller, **params: object) -> list[str]:
    found = call("VpcPeer", "ListVpcPeerConnections", **params)["VpcPeerConnects"]
    return [each["InstanceId"] for each in found]


def table_of(call: Caller, vpc_id: str) -> str:
    (found,) = call("Vpc", "DescribeVpcs", VpcId=vpc_id)["Vpcs"]["Vpc"]
    return str(found["RouterTableIds"]["RouterTableIds"][0])


def lead(call: Caller, vpc_id: str, block: str, peering_id: str) -> None:
    call(
        "Vpc",
        "CreateRouteEntry",
        RouteTableId=table_of(call, vpc_id),
        DestinationCidrBlock=block,
        NextHopType="VpcPeer",
        NextHopId=peering_id,
    )


def interface(call: Caller, vpc_id: str, vswitch_id: str) -> Interface:
    """Make an interface that lets everything in; returns its id and its address."""
    here = {"RegionId": REGION}
    group = call("Ecs", "CreateSecurityGroup", VpcId=vpc_id, **here)["SecurityGroupId"]
    rule = {"IpProtocol": "all", "PortRange": "-1/-1", "SourceCidrIp": "0.0.0.0/0"}
    call("Ecs", "AuthorizeSecurityGroup", SecurityGroupId=group, Permissions=[rule], **here)
    made = call(
        "Ecs", "CreateNetworkInterface", VSwitchId=vswitch_id, SecurityGroupId=group, **here
    )
    return made["NetworkInterfaceId"], made["PrivateIpAddress"]


def test_vpcs_of_one_account_are_connected_at_once(call: Caller) -> None:
    one, two = new_vpc(call), new_vpc(call, OTHER_BLOCK)
    peering_id = connect(call, one, call, two, Name="shop", Description="d")
    found = shown(call, peering_id)
    account = int(call.account.account_id)
    assert found["Status"] == "Activated"
    assert (found["Name"], found["Description"], found["Bandwidth"]) == ("shop", "d", -1)
    assert (found["OwnerId"], found["AcceptingOwnerUid"]) == (account, account)
    assert found["Vpc"] == {"VpcId": one, "Ipv4Cidrs": ["10.0.0.0/8"], "Ipv6Cidrs": []}
    assert found["AcceptingVpc"] == {"VpcId": two, "Ipv4Cidrs": [OTHER_BLOCK], "Ipv6Cidrs": []}
    assert found["GmtExpired"] is None
    call("VpcPeer", "ModifyVpcPeerConnection", InstanceId=peering_id, Name="n", Description="")
    found = shown(call, peering_id)
    assert (found["Name"], found["Description"]) == ("n", "")


def test_another_account_accepts_and_no_third_one(
    call: Caller, other: Caller, local: Local
) -> None:
    mine, theirs = new_vpc(call), new_vpc(other, OTHER_BLOCK)
    peering_id = connect(call, mine, other, theirs)
    assert shown(call, peering_id)["Status"] == "Accepting"
    assert shown(other, peering_id)["GmtExpired"]
    with refused("InvalidNextHopId.NotFound", 404):
        lead(call, mine, OTHER_BLOCK, peering_id)
    for action in ("Accept", "Reject"):
        with refused("OperationDenied.NotAccepter", 403):
            call("VpcPeer", f"{action}VpcPeerConnection", InstanceId=peering_id)
    third = local.administrator(local.new_account())
    for action in ("Get{}Attribute", "Accept{}", "Reject{}", "Delete{}", "Modify{}"):
        with refused("ResourceNotFound.InstanceId", 404):
            third("VpcPeer", action.format("VpcPeerConnection"), InstanceId=peering_id)
    other("VpcPeer", "AcceptVpcPeerConnection", InstanceId=peering_id)
    assert shown(call, peering_id)["Status"] == "Activated"
    for action in ("Accept", "Reject"):
        with refused("IncorrectStatus.VpcPeer", 409):
            other("VpcPeer", f"{action}VpcPeerConnection", InstanceId=peering_id)
    assert listed(call) == listed(other) == [peering_id]
    assert listed(third) == []


def test_a_refused_request_frees_the_pair(call: Caller, other: Caller) -> None:
    mine, theirs = new_vpc(call), new_vpc(other, OTHER_BLOCK)
    peering_id = connect(call, mine, other, theirs)
    with refused("ResourceAlreadyExist.VpcPeer", 409):
        connect(other, theirs, call, mine)
    other("VpcPeer", "RejectVpcPeerConnection", InstanceId=peering_id)
    assert shown(call, peering_id)["Status"] == "Rejected"
    assert connect(other, theirs, call, mine) != peering_id


def test_a_request_expires_after_a_week(call: Caller, other: Caller, local: Local) -> None:
    mine, theirs = new_vpc(call), new_vpc(other, OTHER_BLOCK)
    peering_id = connect(call, mine, other, theirs)
    local.clock.offset += WEEK - 5
    assert shown(other, peering_id)["Status"] == "Accepting"
    local.clock.offset += 10
    assert shown(other, peering_id)["Status"] == "Expired"
    with refused("IncorrectStatus.VpcPeer", 409):
        other("VpcPeer", "AcceptVpcPeerConnection", InstanceId=peering_id)
    assert connect(call, mine, other, theirs) != peering_id


def test_packets_pass_both_ways_while_routes_lead_there(call: Caller, local: Local) -> None:
    one, two = new_vpc(call), new_vpc(call, OTHER_BLOCK)
    here = interface(call, one, new_vswitch(call, one))
    there = interface(call, two, new_vswitch(call, two, "172.16.1.0/24"))

    def passes(source: Interface, target: Interface) -> bool:
        compiled = local.running.store.look(lambda tx: picture(tx).compiled)
        packet = Packet.of("tcp", source[1], target[1], source_port=40000, target_port=80)
        return compiled.explain(packet, source[0]).end == target[0]

    peering_id = connect(call, one, call, two)
    assert not passes(here, there)
    lead(call, one, OTHER_BLOCK, peering_id)
    lead(call, two, "10.0.0.0/8", peering_id)
    assert passes(here, there)
    assert passes(there, here)
    with refused("OperationDenied.RouteEntryExist", 409):
        call("VpcPeer", "DeleteVpcPeerConnection", InstanceId=peering_id)
    call("VpcPeer", "DeleteVpcPeerConnection", InstanceId=peering_id, Force=True)
    assert not passes(here, there)
    routes = call("Vpc", "DescribeRouteEntryList", RouteTableId=table_of(call, one))
    kinds = {each["Type"] for each in routes["RouteEntrys"]["RouteEntry"]}
    assert "Custom" not in kinds


def test_requests_that_make_no_sense_are_refused(call: Caller, other: Caller) -> None:
    mine, theirs = new_vpc(call), new_vpc(other, OTHER_BLOCK)
    with refused("ResourceNotFound.VpcId", 404):
        connect(call, theirs, other, theirs)
    with refused("ResourceNotFound.AcceptingVpcId", 404):
        connect(call, mine, call, theirs)
    with refused("OperationDenied.SameVpc", 400):
        connect(call, mine, call, mine)
    with refused("UnsupportedOperation", 400):
        connect(call, mine, other, theirs, Bandwidth=100)


def test_a_vpc_has_a_bound_of_connections_and_stays_while_it_has_one(call: Caller) -> None:
    vpcs = [new_vpc(call) for _ in range(3)]
    with quotas(call.local, {"vpcpeer.connections-per-vpc": 1}):
        peering_id = connect(call, vpcs[0], call, vpcs[1])
        with refused("QuotaExceeded.VpcPeerCountPerVpc", 400):
            connect(call, vpcs[2], call, vpcs[0])
    for vpc_id in vpcs[:2]:
        with refused("DependencyViolation.VpcPeer", 400):
            call("Vpc", "DeleteVpc", VpcId=vpc_id)
    call("VpcPeer", "DeleteVpcPeerConnection", InstanceId=peering_id)
    call("Vpc", "DeleteVpc", VpcId=vpcs[0])


def test_a_route_of_a_third_vpc_cannot_lead_over_a_connection(call: Caller) -> None:
    vpcs = [new_vpc(call) for _ in range(3)]
    peering_id = connect(call, vpcs[0], call, vpcs[1])
    with refused("INVALID_VPC_ID", 400):
        lead(call, vpcs[2], OTHER_BLOCK, peering_id)
    with refused("InvalidNextHopId.NotFound", 404):
        lead(call, vpcs[0], OTHER_BLOCK, "pcc-nothing")


def test_lists_are_filtered_and_paged(call: Caller) -> None:
    vpcs = [new_vpc(call) for _ in range(4)]
    tag = [{"Key": "env", "Value": "dev"}]
    made = [
        connect(call, vpcs[0], call, vpcs[1], Name="a", Tag=tag),
        connect(call, vpcs[0], call, vpcs[2], Name="b"),
        connect(call, vpcs[3], call, vpcs[2], Name="c"),
    ]
    assert listed(call) == sorted(made)
    assert listed(call, InstanceId=made[1]) == [made[1]]
    assert listed(call, Name="c") == [made[2]]
    assert listed(call, VpcId=[vpcs[2]]) == sorted(made[1:])
    assert listed(call, Tags=tag) == [made[0]]
    first = call("VpcPeer", "ListVpcPeerConnections", MaxResults=2)
    rest = listed(call, NextToken=first["NextToken"])
    assert [*(each["InstanceId"] for each in first["VpcPeerConnects"]), *rest] == sorted(made)
    with refused("IllegalParam.NextToken", 400):
        listed(call, NextToken="no")  # a page, no secret


def test_tags_of_connections(call: Caller) -> None:
    one, two = new_vpc(call), new_vpc(call, OTHER_BLOCK)
    peering_id = connect(call, one, call, two)
    named = {"ResourceType": "PeerConnection", "ResourceId": [peering_id]}
    call("VpcPeer", "TagResources", Tag=[{"Key": "env", "Value": "dev"}], **named)
    assert shown(call, peering_id)["Tags"] == [{"Key": "env", "Value": "dev"}]
    (held,) = call("VpcPeer", "ListTagResources", **named)["TagResources"]
    assert (held["TagKey"], held["ResourceId"]) == ("env", peering_id)
    with refused("MissingParam.TagKey", 400):
        call("VpcPeer", "UnTagResources", **named)
    call("VpcPeer", "UnTagResources", TagKey=["env"], **named)
    assert shown(call, peering_id)["Tags"] == []
    with refused("MissingParam.ResourceIdOrTag", 400):
        call("VpcPeer", "ListTagResources", ResourceType="PeerConnection")
    many = [{"Key": f"k{n}", "Value": "v"} for n in range(20)]
    call("VpcPeer", "TagResources", Tag=many, **named)
    with refused("NumberExceed.Tags", 400):
        call("VpcPeer", "TagResources", Tag=[{"Key": "more", "Value": "v"}], **named)


BAD_TAGS = [
    ([{"Key": "aliyun-x", "Value": "v"}], "InvalidTagKey.Malformed"),
    ([{"Key": "k", "Value": "http://x"}], "InvalidTagValue.Malformed"),
    ([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], "Duplicate.TagKey"),
]


@pytest.mark.parametrize(("tags", "code"), BAD_TAGS)
def test_tags_that_make_no_sense_are_refused(
    call: Caller, tags: list[dict[str, str]], code: str
) -> None:
    one, two = new_vpc(call), new_vpc(call, OTHER_BLOCK)
    with refused(code, 400):
        connect(call, one, call, two, Tag=tags)
    peering_id = connect(call, one, call, two)
    named = {"ResourceType": "PeerConnection", "ResourceId": [peering_id]}
    with refused(code, 400):
        call("VpcPeer", "TagResources", Tag=tags, **named)


def test_a_connection_that_is_not_there_has_no_tags_to_change(call: Caller) -> None:
    named = {"ResourceType": "PeerConnection", "ResourceId": ["pcc-nothing"]}
    with refused("ResourceNotFound.InstanceId", 404):
        call("VpcPeer", "TagResources", Tag=[{"Key": "k", "Value": "v"}], **named)
    with refused("ResourceNotFound.InstanceId", 404):
        call("VpcPeer", "UnTagResources", TagKey=["k"], **named)


def test_policies_name_the_connection_by_its_arn(call: Caller) -> None:
    one, two = new_vpc(call), new_vpc(call, OTHER_BLOCK)
    peering_id = connect(call, one, call, two)
    user = call.new_user("reader")
    with refused("Forbidden.RAM", 403):
        shown(user, peering_id)
    arn = f"acs:vpc:{REGION}:{call.account.account_id}:vpcpeer/{peering_id}"
    text = (
        '{"Version":"1","Statement":[{"Effect":"Allow",'
        f'"Action":"vpc:GetVpcPeerConnectionAttribute","Resource":"{arn}"}}]}}'
    )
    call("Ram", "CreatePolicy", PolicyName="one", PolicyDocument=text)
    call("Ram", "AttachPolicyToUser", PolicyType="Custom", PolicyName="one", UserName="reader")
    assert shown(user, peering_id)["InstanceId"] == peering_id
    with refused("Forbidden.RAM", 403):
        user("VpcPeer", "DeleteVpcPeerConnection", InstanceId=peering_id)
