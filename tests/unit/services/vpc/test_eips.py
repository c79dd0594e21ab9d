"""EIPs: drawn, bound, shown, protected by their state, and released."""

import json
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from msgspec.structs import replace
from tests.local import Caller, Local, refused
from tests.platforms import quotas
from tests.trails import bench_of
from tests.unit.services.vpc.places import REGION, Place

from juyong.api.caller import Service
from juyong.api.in_service import do_as
from juyong.engines.packet import Address
from juyong.engines.packet.topology import is_public
from juyong.services.network.public.eip import unbind_all

HERE = {"RegionId": REGION}


def allocate(call: Caller, **params: Any) -> dict[str, Any]:
    return call("Vpc", "AllocateEipAddress", **{**HERE, **params})


def shown(call: Caller, **params: Any) -> list[dict[str, Any]]:
    found = call("Vpc", "DescribeEipAddresses", **{**HERE, "PageSize": 100, **params})
    listed: list[dict[str, Any]] = found["EipAddresses"]["EipAddress"]
    return listed


def bind(call: Caller, eip: dict[str, Any], instance_id: str, **params: Any) -> None:
    call(
        "Vpc",
        "AssociateEipAddress",
        AllocationId=eip["AllocationId"],
        InstanceId=instance_id,
        **params,
    )


def unbind(call: Caller, eip: dict[str, Any], **params: Any) -> None:
    call("Vpc", "UnassociateEipAddress", AllocationId=eip["AllocationId"], **params)


def release(call: Caller, eip: dict[str, Any], **params: Any) -> None:
    call("Vpc", "ReleaseEipAddress", AllocationId=eip["AllocationId"], **params)


def test_addresses_are_public_and_no_two_alike(call: Caller) -> None:
    drawn = [allocate(call)["EipAddress"] for _ in range(20)]
    assert len(set(drawn)) == 20
    assert all(is_public(Address.parse(each)) for each in drawn)
    assert all(ip_address(each) in ip_network("198.18.0.0/15") for each in drawn)
    with refused("QuotaExceeded.Eip", 400):
        allocate(call)


def test_the_last_address_of_the_blocks_is_drawn_and_none_behind_it(
    local: Local, call: Caller
) -> None:
    pipeline = local.running.pipeline
    before = pipeline.platform
    pipeline.platform = replace(before, eip_blocks=("203.0.113.252/31", "203.0.113.254/31"))
    try:
        found = {allocate(call)["EipAddress"] for _ in range(3)}
        assert found == {"203.0.113.252", "203.0.113.253", "203.0.113.254"}
        with refused("ReserveIpFail", 400):
            allocate(call)
    finally:
        pipeline.platform = before


def test_a_new_eip_shows_what_was_asked_for(call: Caller) -> None:
    made = allocate(
        call,
        Name="web",
        Description="front door",
        Bandwidth="200",
        InternetChargeType="PayByTraffic",
        ISP="BGP",
        Netmode="public",
        InstanceChargeType="PostPaid",
    )
    (found,) = shown(call)
    assert found["AllocationId"] == made["AllocationId"]
    assert found["IpAddress"] == made["EipAddress"]
    assert (found["Name"], found["Description"]) == ("web", "front door")
    assert (found["Bandwidth"], found["EipBandwidth"]) == ("200", "200")
    assert (found["InternetChargeType"], found["ChargeType"]) == ("PayByTraffic", "PostPaid")
    assert (found["Status"], found["InstanceId"], found["InstanceType"]) == ("Available", "", "")
    assert found["OperationLocks"] == {"LockReason": []}


def test_what_is_absent_stays(call: Caller) -> None:
    made = allocate(call, Name="web", Description="front door")
    call("Vpc", "ModifyEipAddressAttribute", AllocationId=made["AllocationId"], Bandwidth="7")
    (found,) = shown(call)
    assert (found["Name"], found["Description"], found["Bandwidth"]) == ("web", "front door", "7")
    call(
        "Vpc",
        "ModifyEipAddressAttribute",
        AllocationId=made["AllocationId"],
        Name="www",
        Description="",
    )
    (found,) = shown(call)
    assert (found["Name"], found["Description"], found["Bandwidth"]) == ("www", "", "7")


@pytest.mark.parametrize("bandwidth", ["0", "501", "-1", "5.5", "a", "9" * 30, "٣"])
def test_bandwidth_has_its_range(call: Caller, bandwidth: str) -> None:
    with refused("InvalidParameter", 400):
        allocate(call, Bandwidth=bandwidth)
    made = allocate(call, InternetChargeType="PayByTraffic")
    for each in (bandwidth, "201"):
        with refused("InvalidParameter", 400):
            call(
                "Vpc",
                "ModifyEipAddressAttribute",
                AllocationId=made["AllocationId"],
                Bandwidth=each,
            )


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"InstanceChargeType": "PrePaid"}, "UnsupportedOperation"),
        ({"IpAddress": "198.18.0.9"}, "UnsupportedOperation"),
        ({"Period": 1}, "UnsupportedOperation"),
        ({"ISP": "BGP_PRO"}, "InvalidISP.Malformed"),
        ({"Name": "http://a"}, "InvalidName.Malformed"),
        ({"Description": "a"}, "InvalidDescription.Malformed"),
        ({"InternetChargeType": "Free"}, "InvalidInternetChargeType.Malformed"),
    ],
)
def test_what_cannot_be_had_is_refused(call: Caller, params: dict[str, Any], code: str) -> None:
    with refused(code, 400):
        allocate(call, **params)
    assert shown(call) == []


def test_an_eip_of_another_account_or_region_is_not_there(local: Local, call: Caller) -> None:
    made = allocate(call)
    other = local.administrator(local.new_account())
    assert shown(other, AllocationId=made["AllocationId"]) == []
    for action, more in (
        ("ReleaseEipAddress", {}),
        ("UnassociateEipAddress", {}),
        ("AssociateEipAddress", {"InstanceId": "i-a"}),
        ("ModifyEipAddressAttribute", {"Name": "mine"}),
    ):
        with refused("InvalidAllocationId.NotFound", 404):
            other("Vpc", action, AllocationId=made["AllocationId"], **more)
    for params in (
        ("AllocateEipAddress", {}),
        ("DescribeEipAddresses", {}),
        ("ModifyEipAddressAttribute", {"AllocationId": made["AllocationId"]}),
        ("ReleaseEipAddress", {"AllocationId": made["AllocationId"]}),
        ("AssociateEipAddress", {"AllocationId": made["AllocationId"], "InstanceId": "i-a"}),
        ("UnassociateEipAddress", {"AllocationId": made["AllocationId"]}),
    ):
        with refused("InvalidRegionId.NotFound", 404):
            call("Vpc", params[0], RegionId="cn-beijing", **params[1])


def test_lists_are_filtered(call: Caller) -> None:
    place = Place(call)
    first, second = allocate(call, Name="one"), allocate(call, Name="two")
    instance = place.instance()
    bind(call, second, instance.instance_id)

    def ids(**params: Any) -> list[str]:
        return sorted(each["AllocationId"] for each in shown(call, **params))

    one, two = first["AllocationId"], second["AllocationId"]
    assert ids() == sorted([one, two])
    assert ids(AllocationId=f"{one},eip-none") == [one]
    assert ids(EipAddress=second["EipAddress"]) == [two]
    assert ids(EipName="one") == [one]
    assert ids(Status="InUse") == [two]
    assert ids(Status="Available") == [one]
    assert ids(AssociatedInstanceId=instance.instance_id) == [two]
    assert ids(AssociatedInstanceType="EcsInstance") == [two]
    assert ids(AssociatedInstanceType="Nat") == []
    page = call("Vpc", "DescribeEipAddresses", PageSize=1, PageNumber=2, **HERE)
    assert (page["TotalCount"], len(page["EipAddresses"]["EipAddress"])) == (2, 1)
    for params in ({"ChargeType": "PrePaid"}, {"ResourceGroupId": "rg-a"}):
        with refused("UnsupportedOperation", 400):
            shown(call, **params)


def test_an_instance_has_one_eip_at_its_primary_interface(call: Caller) -> None:
    place = Place(call)
    instance = place.instance()
    first, second = allocate(call), allocate(call)
    bind(call, first, instance.instance_id)
    (found,) = shown(call, AllocationId=first["AllocationId"])
    assert (found["Status"], found["InstanceType"]) == ("InUse", "EcsInstance")
    assert found["InstanceId"] == instance.instance_id
    assert (found["PrivateIpAddress"], found["VpcId"]) == ("", "")
    assert (found["Mode"], found["InstanceRegionId"]) == ("NAT", REGION)
    with refused("InvalidAssociation.Duplicated", 400):
        bind(call, second, instance.instance_id)
    with refused("IncorrectEipStatus", 400):
        bind(call, first, place.instance().instance_id)
    with refused("IncorrectEipStatus", 400):
        release(call, first)
    unbind(call, first, InstanceId=instance.instance_id, InstanceType="EcsInstance")
    (found,) = shown(call, AllocationId=first["AllocationId"])
    assert (found["Status"], found["PrivateIpAddress"], found["VpcId"]) == ("Available", "", "")
    with refused("IncorrectEipStatus", 400):
        unbind(call, first)
    release(call, first)
    assert shown(call, AllocationId=first["AllocationId"]) == []


def test_an_interface_has_an_eip_for_its_address(call: Caller) -> None:
    place = Place(call)
    interface = place.interface()
    first, second = allocate(call), allocate(call)
    bind(call, first, interface.interface_id, InstanceType="NetworkInterface", Mode="NAT")
    (found,) = shown(call, AllocationId=first["AllocationId"])
    # Terraform would bind an EIP anew that shows an address which its configuration does not give.
    assert (found["InstanceType"], found["PrivateIpAddress"]) == ("NetworkInterface", "")
    with refused("InvalidAssociation.Duplicated", 400):
        bind(call, second, interface.interface_id, InstanceType="NetworkInterface")
    with refused("InvalidPrivateIpAddress", 400):
        bind(
            call,
            second,
            interface.interface_id,
            InstanceType="NetworkInterface",
            PrivateIpAddress="10.1.0.99",
        )


def test_an_address_that_the_call_named_is_shown(call: Caller) -> None:
    # Terraform would bind an EIP anew that lacks the address which its configuration gives.
    place, made = Place(call), allocate(call)
    interface = place.interface()
    named = {"InstanceType": "NetworkInterface", "PrivateIpAddress": interface.address}
    bind(call, made, interface.interface_id, **named)
    (found,) = shown(call, AllocationId=made["AllocationId"])
    assert found["PrivateIpAddress"] == interface.address
    unbind(call, made, InstanceId=interface.interface_id, InstanceType="NetworkInterface")
    bind(call, made, interface.interface_id, InstanceType="NetworkInterface")
    (found,) = shown(call, AllocationId=made["AllocationId"])
    assert found["PrivateIpAddress"] == ""


def test_a_secondary_address_of_an_interface_is_shown(call: Caller) -> None:
    place, made = Place(call), allocate(call)
    group = call("Ecs", "CreateSecurityGroup", VpcId=place.vpc_id, **HERE)["SecurityGroupId"]
    asked = {"VSwitchId": place.vswitch_id, "SecurityGroupId": group, **HERE}
    secondary = ["10.1.0.100"]
    interface = call("Ecs", "CreateNetworkInterface", PrivateIpAddress=secondary, **asked)
    named = {"InstanceType": "NetworkInterface", "PrivateIpAddress": secondary[0]}
    bind(call, made, interface["NetworkInterfaceId"], **named)
    (found,) = shown(call, AllocationId=made["AllocationId"])
    assert found["PrivateIpAddress"] == secondary[0]


@pytest.mark.parametrize(
    ("params", "code", "status"),
    [
        ({"InstanceId": "i-none"}, "InvalidInstanId.NotFound", 404),
        (
            {"InstanceId": "eni-none", "InstanceType": "NetworkInterface"},
            "InvalidInstanId.NotFound",
            404,
        ),
        ({"InstanceId": "ngw-none", "InstanceType": "Nat"}, "InvalidInstanId.NotFound", 404),
        (
            {"InstanceId": "lb-a", "InstanceType": "SlbInstance"},
            "InvalidInstanceType.ValueNotSupported",
            400,
        ),
        ({"InstanceId": "i-none", "Mode": "BINDED"}, "UnsupportedOperation", 400),
        ({"InstanceId": "i-none", "VpcId": "vpc-a"}, "UnsupportedOperation", 400),
    ],
)
def test_what_an_eip_cannot_be_bound_to(
    call: Caller, params: dict[str, Any], code: str, status: int
) -> None:
    made = allocate(call)
    with refused(code, status):
        call("Vpc", "AssociateEipAddress", AllocationId=made["AllocationId"], **params)


def test_a_primary_interface_is_bound_by_its_instance(local: Local, call: Caller) -> None:
    place = Place(call)
    primary = place.instance()
    made = allocate(call)
    with refused("InvalidInstanceType.ValueNotSupported", 400):
        bind(call, made, primary.interface_id, InstanceType="NetworkInterface")
    other = local.administrator(local.new_account())
    theirs = allocate(other)
    with refused("InvalidInstanId.NotFound", 404):
        bind(other, theirs, primary.instance_id)


def test_an_eip_is_unbound_from_what_it_is_bound_to_alone(call: Caller) -> None:
    place = Place(call)
    instance = place.instance()
    made = allocate(call)
    bind(call, made, instance.instance_id)
    for params in (
        {"InstanceId": "i-other"},
        {"InstanceType": "Nat"},
        {"PrivateIpAddress": "10.1.0.99"},
    ):
        with refused("InvalidBindingStatus", 400):
            unbind(call, made, **params)
    with refused("InvalidInstanceType.ValueNotSupported", 400):
        unbind(call, made, InstanceType="HaVip")
    unbind(call, made, PrivateIpAddress=instance.address)


def test_binding_needs_both_the_eip_and_the_instance(call: Caller) -> None:
    place = Place(call)
    instance = place.instance()
    made = allocate(call)
    alice = call.new_user("alice")
    account = call.account.account_id

    def allow(name: str, resource: str) -> None:
        statement = {"Effect": "Allow", "Action": "vpc:*EipAddress", "Resource": resource}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
        call(
            "Ram",
            "AttachPolicyToUser",
            PolicyType="Custom",
            PolicyName=name,
            UserName="alice",
        )

    with refused("Forbidden.RAM", 403):
        bind(alice, made, instance.instance_id)
    allow("eips", f"acs:vpc:{REGION}:{account}:eip/*")
    with refused("Forbidden.RAM", 403):
        bind(alice, made, instance.instance_id)
    allow("instance", f"acs:ecs:{REGION}:{account}:instance/{instance.instance_id}")
    bind(alice, made, instance.instance_id)
    unbind(alice, made, InstanceId=instance.instance_id)


def test_an_instance_that_is_deleted_leaves_its_eip_free(local: Local, call: Caller) -> None:
    place = Place(call)
    instance = place.instance()
    made = allocate(call)
    bind(call, made, instance.instance_id)
    who = Service(account_id=call.account.account_id, name="ecs.aliyuncs.com")
    do_as(bench_of(local.running), who, lambda ctx: unbind_all(ctx, instance.interface_id))
    (found,) = shown(call)
    assert (found["Status"], found["InstanceId"]) == ("Available", "")


def test_a_quota_is_kept(local: Local, call: Caller) -> None:
    with quotas(local, {"vpc.eips": 1}):
        allocate(call)
        with refused("QuotaExceeded.Eip", 400):
            allocate(call)


def test_eips_have_tags(call: Caller) -> None:
    tags = [{"Key": "env", "Value": "dev"}]
    made = allocate(call, Tag=tags)
    allocate(call)
    (found,) = shown(call, Tag=tags)
    assert found["AllocationId"] == made["AllocationId"]
    assert found["Tags"] == {"Tag": tags}
    assert shown(call, Tag=[{"Key": "env", "Value": "live"}]) == []
    for wrong, code in (
        ([{"Key": "acs:a"}], "InvalidTagKey.Malformed"),
        ([{"Key": "a", "Value": "acs:b"}], "InvalidTagValue.Malformed"),
        ([{"Key": "a"}, {"Key": "a"}], "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            allocate(call, Tag=wrong)


def test_an_empty_name_is_no_name(call: Caller) -> None:
    made = allocate(call, Name="web")
    named = {"AllocationId": made["AllocationId"]}
    call("Vpc", "ModifyEipAddressAttribute", Name="", Bandwidth="9", **named)
    assert (shown(call)[0]["Name"], shown(call)[0]["Bandwidth"]) == ("web", "9")
    second = allocate(call, Name="")
    assert shown(call, AllocationId=second["AllocationId"])[0]["Name"] == ""
