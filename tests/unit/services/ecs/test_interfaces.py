"""Interfaces: made, attached, given addresses and deleted; and what each call refuses."""

from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.unit.services.ecs.conftest import Launch, Laying

from juyong.services.network.routes.tables import RouteRow


def make(call: Caller, net: Net, **more: Any) -> dict[str, Any]:
    given = {
        "RegionId": REGION,
        "VSwitchId": net.vswitch_id,
        "SecurityGroupId": net.group_id,
        **more,
    }
    return call("Ecs", "CreateNetworkInterface", **given)


def listed(call: Caller, **filters: Any) -> list[dict[str, Any]]:
    found = call("Ecs", "DescribeNetworkInterfaces", RegionId=REGION, **filters)
    shown: list[dict[str, Any]] = found["NetworkInterfaceSets"]["NetworkInterfaceSet"]
    return shown


def act(call: Caller, action: str, interface_id: str, **more: Any) -> dict[str, Any]:
    given = {"RegionId": REGION, "NetworkInterfaceId": interface_id, **more}
    return call("Ecs", action, **given)


def test_an_interface_is_made_whole(call: Caller, net: Net) -> None:
    made = make(
        call,
        net,
        NetworkInterfaceName="card",
        PrimaryIpAddress="10.0.0.9",
        SecondaryPrivateIpAddressCount=2,
        Tag=[{"Key": "a", "Value": "b"}],
    )
    assert made["MacAddress"].startswith("00:16:3e:")
    assert made["PrivateIpAddress"] == "10.0.0.9"
    assert made["PrivateIpSets"]["PrivateIpSet"] == [
        {"PrivateIpAddress": "10.0.0.9", "Primary": True},
        {"PrivateIpAddress": "10.0.0.1", "Primary": False},
        {"PrivateIpAddress": "10.0.0.2", "Primary": False},
    ]
    (found,) = listed(call, NetworkInterfaceId=[made["NetworkInterfaceId"]])
    assert (found["Status"], found["Type"], found["InstanceId"]) == ("Available", "Secondary", "")
    assert found["Tags"]["Tag"] == [{"TagKey": "a", "TagValue": "b"}]


def test_filters(call: Caller, net: Net, launch: Launch) -> None:
    one, instance = make(call, net, NetworkInterfaceName="card"), launch()

    def ids(**filters: Any) -> list[str]:
        return [each["Type"] for each in listed(call, **filters)]

    for filters, found in (
        ({}, ["Primary", "Secondary"]),
        ({"NetworkInterfaceName": "card"}, ["Secondary"]),
        ({"Type": "Primary"}, ["Primary"]),
        ({"Status": "InUse"}, ["Primary"]),
        ({"InstanceId": instance}, ["Primary"]),
        ({"PrimaryIpAddress": one["PrivateIpAddress"]}, ["Secondary"]),
        ({"PrivateIpAddress": [one["PrivateIpAddress"]]}, ["Secondary"]),
        ({"VpcId": "vpc-none"}, []),
        ({"VSwitchId": net.vswitch_id, "SecurityGroupId": "sg-none"}, []),
        ({"ServiceManaged": True}, []),
    ):
        assert sorted(ids(**filters)) == found, filters
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeNetworkInterfaces", RegionId="cn-beijing")
    with refused("InvalidNextToken.Malformed", 400):
        listed(call, NextToken="x")


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
        ({"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound", 404),
        ({"SecurityGroupId": None}, "MissingParameter.SecurityGroupId", 400),
        ({"SecurityGroupIds": ["sg-1"]}, "InvalidParameter.Conflict", 400),
        ({"PrimaryIpAddress": "x"}, "InvalidPrivateIpAddress.Malformed", 400),
        ({"PrimaryIpAddress": "10.9.0.1"}, "InvalidVSwitchId.IpInvalid", 403),
        (
            {"PrivateIpAddress": ["10.0.0.9"], "SecondaryPrivateIpAddressCount": 1},
            "MissingParameter.PrivateIpAddress",
            400,
        ),
        ({"SecondaryPrivateIpAddressCount": 10}, "InvalidIp.AddressLimitExceeded", 403),
        ({"SourceDestCheck": True}, "UnsupportedOperation", 400),
        ({"ConnectionTrackingConfiguration": {"UdpTimeout": 1}}, "UnsupportedOperation", 400),
        ({"Tag": [{"Key": "acs:x", "Value": "v"}]}, "InvalidTagKey.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "acs:v"}]}, "InvalidTagValue.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "v"}] * 2}, "Duplicate.TagKey", 400),
    ],
)
def test_making_refuses(
    call: Caller, net: Net, change: dict[str, Any], code: str, status: int
) -> None:
    with refused(code, status):
        make(call, net, **change)
    assert listed(call) == []


def test_addresses_are_given_once(call: Caller, laying: Laying) -> None:
    small = laying(cidr="10.0.0.0/29")
    one = make(call, small, PrimaryIpAddress="10.0.0.1")["NetworkInterfaceId"]
    with refused("InvalidPrivateIpAddress.Duplicated", 400):
        make(call, small, PrimaryIpAddress="10.0.0.1")
    act(call, "AssignPrivateIpAddresses", one, SecondaryPrivateIpAddressCount=3)
    with refused("InvalidVSwitchId.IpNotEnough", 403):
        make(call, small)
    for given, code, status in (
        ({"SecondaryPrivateIpAddressCount": 1}, "InvalidVSwitchId.IpNotEnough", 403),
        ({"SecondaryPrivateIpAddressCount": 7}, "InvalidIp.AddressLimitExceeded", 403),
        ({"PrivateIpAddress": ["10.0.0.2"]}, "InvalidPrivateIpAddress.Duplicated", 400),
        ({"PrivateIpAddress": ["10.0.0.7"]}, "InvalidVSwitchId.IpInvalid", 403),
        ({"PrivateIpAddress": ["x"]}, "InvalidPrivateIpAddress.Malformed", 400),
        ({}, "MissingParameter.PrivateIpAddress", 400),
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"NetworkInterfaceId": "eni-none"}, "InvalidEniId.NotFound", 404),
    ):
        with refused(code, status):
            act(call, "AssignPrivateIpAddresses", one, **given)
    for given, code, status in (
        ({"PrivateIpAddress": ["10.0.0.1"]}, "InvalidIp.IpUnassigned", 403),
        ({"PrivateIpAddress": ["10.0.0.5"]}, "InvalidIp.IpUnassigned", 403),
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"NetworkInterfaceId": "eni-none"}, "InvalidEniId.NotFound", 404),
    ):
        with refused(code, status):
            act(
                *(call, "UnassignPrivateIpAddresses", one),
                **{"PrivateIpAddress": ["10.0.0.2"], **given},
            )
    act(call, "UnassignPrivateIpAddresses", one, PrivateIpAddress=["10.0.0.2"])
    given = act(call, "AssignPrivateIpAddresses", one, SecondaryPrivateIpAddressCount=1)
    assert given["AssignedPrivateIpAddressesSet"]["PrivateIpSet"]["PrivateIpAddress"] == [
        "10.0.0.2"
    ]


def test_an_interface_goes_from_instance_to_instance(
    call: Caller, net: Net, laying: Laying, launch: Launch
) -> None:
    one, other = launch(), launch()
    card = make(call, net)["NetworkInterfaceId"]
    act(call, "AttachNetworkInterface", card, InstanceId=one)
    (found,) = listed(call, NetworkInterfaceId=[card])
    assert (found["Status"], found["Attachment"]["DeviceIndex"]) == ("InUse", 1)
    for action, instance in (("AttachNetworkInterface", one), ("DetachNetworkInterface", other)):
        with refused("InvalidOperation.InvalidEniState", 400):
            act(call, action, card, InstanceId=instance)
    with refused("InvalidOperation.InvalidEniState", 400):
        act(call, "DeleteNetworkInterface", card)
    (primary,) = listed(call, InstanceId=one, Type="Primary")
    with refused("InvalidOperation.DetachPrimaryEniNotAllowed", 400):
        act(call, "DetachNetworkInterface", primary["NetworkInterfaceId"], InstanceId=one)
    act(call, "DetachNetworkInterface", card, InstanceId=one)
    act(call, "AttachNetworkInterface", card, InstanceId=other)
    third = make(call, net)["NetworkInterfaceId"]
    with refused("EniPerInstanceLimitExceeded", 403):
        act(call, "AttachNetworkInterface", third, InstanceId=other)
    abroad = make(call, laying(cidr="10.8.0.0/24"))["NetworkInterfaceId"]
    with refused("InvalidOperation.VpcMismatch", 403):
        act(call, "AttachNetworkInterface", abroad, InstanceId=one)
    zone = laying(vpc_id=net.vpc_id, cidr="10.0.1.0/24", zone="cn-hangzhou-b")
    with refused("InvalidOperation.AvailabilityZoneMismatch", 403):
        away = make(call, zone)["NetworkInterfaceId"]
        act(call, "AttachNetworkInterface", away, InstanceId=one)
    for action in ("AttachNetworkInterface", "DetachNetworkInterface"):
        with refused("InvalidEcsId.NotFound", 404):
            act(call, action, card, InstanceId="i-none")
        with refused("InvalidEniId.NotFound", 404):
            act(call, action, "eni-none", InstanceId=one)
        with refused("InvalidRegionId.NotFound", 404):
            act(call, action, card, InstanceId=one, RegionId="cn-beijing")
    act(call, "DeleteNetworkInterface", third)
    for action in ("DeleteNetworkInterface", "ModifyNetworkInterfaceAttribute"):
        with refused("InvalidEniId.NotFound", 404):
            act(call, action, third)
        with refused("InvalidRegionId.NotFound", 404):
            act(call, action, card, RegionId="cn-beijing")


def test_an_interface_changes(call: Caller, net: Net, laying: Laying) -> None:
    card = make(call, net)["NetworkInterfaceId"]
    other, abroad = laying(vpc_id=net.vpc_id, cidr="10.0.1.0/24"), laying(cidr="10.8.0.0/24")
    act(
        *(call, "ModifyNetworkInterfaceAttribute", card),
        NetworkInterfaceName="new",
        Description="what",
        SecurityGroupId=[other.group_id],
        DeleteOnRelease=True,
    )
    (found,) = listed(call)
    assert (found["NetworkInterfaceName"], found["Description"]) == ("new", "what")
    assert found["SecurityGroupIds"]["SecurityGroupId"] == [other.group_id]
    assert found["DeleteOnRelease"]
    for group, code, status in (
        ("sg-none", "InvalidSecurityGroupId.NotFound", 404),
        (abroad.group_id, "InvalidOperation.VpcMismatch", 403),
    ):
        with refused(code, status):
            act(call, "ModifyNetworkInterfaceAttribute", card, SecurityGroupId=[group])
    with refused("InvalidOperation.VpcMismatch", 403):
        make(call, net, SecurityGroupId=abroad.group_id)


def bound(call: Caller, resource_id: str, **more: Any) -> dict[str, Any]:
    """Allocate an EIP and bind it to an instance or interface."""
    made = call("Vpc", "AllocateEipAddress", RegionId=REGION)
    named = {"RegionId": REGION, "AllocationId": made["AllocationId"], "InstanceId": resource_id}
    call("Vpc", "AssociateEipAddress", **named, **more)
    return made


def eips(call: Caller) -> list[str]:
    found = call("Vpc", "DescribeEipAddresses", RegionId=REGION)["EipAddresses"]["EipAddress"]
    return [each["Status"] for each in found]


def test_the_eip_of_an_instance_is_free_when_it_is_deleted(call: Caller, launch: Launch) -> None:
    one, other = launch(), launch()
    eip = bound(call, one)
    asked = {"RegionId": REGION, "EipAddresses": f'["{eip["EipAddress"]}"]'}
    (found,) = call("Ecs", "DescribeInstances", **asked)["Instances"]["Instance"]
    assert found["InstanceId"] == one
    assert found["EipAddress"]["IpAddress"] == eip["EipAddress"]
    attribute = call("Ecs", "DescribeInstanceAttribute", InstanceId=one)
    assert attribute["EipAddress"]["AllocationId"] == eip["AllocationId"]
    (card,) = listed(call, InstanceId=one)
    assert card["AssociatedPublicIp"]["PublicIpAddress"] == eip["EipAddress"]
    assert listed(call, InstanceId=other)[0]["AssociatedPublicIp"]["PublicIpAddress"] == ""
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    assert eips(call) == ["Available"]


def test_an_address_with_an_eip_stays(call: Caller, net: Net) -> None:
    made = make(call, net, PrivateIpAddress=["10.0.0.9"])["NetworkInterfaceId"]
    bound(call, made, InstanceType="NetworkInterface", PrivateIpAddress="10.0.0.9")
    with refused("InvalidOperation.EipAssociated", 403):
        act(call, "UnassignPrivateIpAddresses", made, PrivateIpAddress=["10.0.0.9"])
    act(call, "DeleteNetworkInterface", made)
    assert eips(call) == ["Available"]


def test_what_a_route_leads_to_stays(call: Caller, local: Local, net: Net, launch: Launch) -> None:
    one, card = launch(), make(call, net)["NetworkInterfaceId"]
    (primary,) = listed(call, InstanceId=one)

    def route(number: int, hop_id: str) -> RouteRow:
        return RouteRow(
            entry_id=f"rte-{net.vpc_id}-{number}",
            account_id=call.account.account_id,
            region=REGION,
            table_id=net.vpc_id,
            vpc_id=net.vpc_id,
            destination=f"192.168.{number}.0/24",
            hop_kind="NetworkInterface",
            hop_id=hop_id,
            created_at=local.clock(),
            updated_at=local.clock(),
        )

    hops = (one, primary["NetworkInterfaceId"], card)
    for number, hop in enumerate(hops):
        row = route(number, hop)
        local.running.store.call(lambda tx, row=row: tx.insert(row))
        with refused("DependencyViolation.RouteEntry", 400):
            if hop == card:
                act(call, "DeleteNetworkInterface", card)
            else:
                call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
        with refused("DependencyViolation.RouteEntry", 400):
            call("Ecs", "DeleteInstances", RegionId=REGION, InstanceId=[one], Force=True)
