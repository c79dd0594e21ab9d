"""Instances: made, described, started, stopped and deleted; and what each call refuses."""

import base64
import json

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import IMAGE, Launch, Laying, wanted

from juyong.services.ecs.machines.machine import INSTANCE
from juyong.services.network.tables import InstanceRow
from juyong.store.inventory import ResourceEventRow


def described(call: Caller, **filters: object) -> list[dict]:
    return call("Ecs", "DescribeInstances", RegionId=REGION, **filters)["Instances"]["Instance"]


def only(call: Caller, instance_id: str) -> dict:
    (found,) = described(call, InstanceIds=json.dumps([instance_id]))
    return found


def test_an_instance_runs_with_an_address_and_a_disk(call: Caller, net: Net) -> None:
    params = wanted(net, InstanceName="web", HostName="web-1", Tag=[{"Key": "a", "Value": "b"}])
    made = call("Ecs", "RunInstances", **params)
    (instance_id,) = made["InstanceIdSets"]["InstanceIdSet"]
    found = only(call, instance_id)
    assert found["Status"] == "Running"
    assert (found["InstanceName"], found["HostName"]) == ("web", "web-1")
    assert (found["Cpu"], found["Memory"]) == (2, 4096)
    assert found["InstanceTypeFamily"] == "ecs.c6"
    place = found["VpcAttributes"]
    assert (place["VpcId"], place["VSwitchId"]) == (net.vpc_id, net.vswitch_id)
    assert place["PrivateIpAddress"]["IpAddress"] == ["10.0.0.1"]
    assert found["SecurityGroupIds"]["SecurityGroupId"] == [net.group_id]
    assert found["Tags"]["Tag"] == [{"TagKey": "a", "TagValue": "b"}]
    (card,) = found["NetworkInterfaces"]["NetworkInterface"]
    assert (card["Type"], card["PrimaryIpAddress"]) == ("Primary", "10.0.0.1")
    assert card["PrivateIpSets"]["PrivateIpSet"] == [
        {"PrivateIpAddress": "10.0.0.1", "Primary": True}
    ]
    assert found["MetadataOptions"]["HttpTokens"] == "optional"
    disks = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=instance_id)["Disks"]["Disk"]
    assert [(each["Type"], each["Device"], each["Size"]) for each in disks] == [
        ("system", "/dev/xvda", 40)
    ]


def test_several_instances_have_names_and_addresses_that_follow(call: Caller, net: Net) -> None:
    call(
        *("Ecs", "RunInstances"),
        **wanted(net, InstanceName="web", Amount=3, UniqueSuffix=True),
        PrivateIpAddress="10.0.0.10",
    )
    found = sorted(
        (each["InstanceName"], each["VpcAttributes"]["PrivateIpAddress"]["IpAddress"])
        for each in described(call)
    )
    assert found == [
        ("web001", ["10.0.0.10"]),
        ("web002", ["10.0.0.11"]),
        ("web003", ["10.0.0.12"]),
    ]


def test_all_instances_of_a_call_are_made_or_none(call: Caller, net: Net, launch: Launch) -> None:
    launch(PrivateIpAddress="10.0.0.11")
    with refused("InvalidPrivateIpAddress.Duplicated", 400):
        call("Ecs", "RunInstances", **wanted(net, Amount=2, PrivateIpAddress="10.0.0.10"))
    assert len(described(call)) == 1


def test_a_created_instance_is_stopped_and_starts(call: Caller, net: Net) -> None:
    made = call("Ecs", "CreateInstance", **wanted(net))["InstanceId"]
    assert only(call, made)["Status"] == "Stopped"
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "StopInstance", InstanceId=made)
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "RebootInstance", InstanceId=made)
    call("Ecs", "StartInstance", InstanceId=made)
    assert only(call, made)["Status"] == "Running"
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "StartInstance", InstanceId=made)
    call("Ecs", "RebootInstance", InstanceId=made)
    call("Ecs", "StopInstance", InstanceId=made, StoppedMode="StopCharging")
    assert only(call, made)["StoppedMode"] == "StopCharging"
    call("Ecs", "StartInstance", InstanceId=made)
    call("Ecs", "StopInstance", InstanceId=made, StoppedMode="Not-applicable")
    assert only(call, made)["StoppedMode"] == "KeepCharging"


def test_several_change_together_or_not_at_all(call: Caller, launch: Launch) -> None:
    both = [launch(), launch()]
    answer = call("Ecs", "StopInstances", RegionId=REGION, InstanceId=both)
    assert [each["CurrentStatus"] for each in answer["InstanceResponses"]["InstanceResponse"]] == [
        "Stopped"
    ] * 2
    call("Ecs", "StartInstance", InstanceId=both[0])
    for action, ids in (("StartInstances", both[::-1]), ("StopInstances", both)):
        with refused("IncorrectInstanceStatus", 403):
            call("Ecs", action, RegionId=REGION, InstanceId=ids)
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "RebootInstances", RegionId=REGION, InstanceId=both)
    assert [only(call, each)["Status"] for each in both] == ["Running", "Stopped"]
    call("Ecs", "RebootInstances", RegionId=REGION, InstanceId=both[:1])
    for action in ("StartInstances", "StopInstances", "RebootInstances", "DeleteInstances"):
        with refused("InvalidInstanceId.NotFound", 404):
            call("Ecs", action, RegionId=REGION, InstanceId=["i-none"])


def test_a_running_instance_is_deleted_by_force_alone(
    call: Caller, net: Net, launch: Launch
) -> None:
    one = launch()
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "DeleteInstance", InstanceId=one)
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "DeleteInstances", RegionId=REGION, InstanceId=[one])
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    assert described(call) == []
    assert call("Ecs", "DescribeDisks", RegionId=REGION)["TotalCount"] == 0
    assert call("Ecs", "DescribeNetworkInterfaces", RegionId=REGION)["TotalCount"] == 0
    # Its address is free again.
    other = launch(PrivateIpAddress="10.0.0.1")
    call("Ecs", "DeleteInstances", RegionId=REGION, InstanceId=[other], Force=True)


def test_a_protected_instance_stays(call: Caller, launch: Launch) -> None:
    one = launch(DeletionProtection=True)
    with refused("InvalidOperation.DeletionProtection", 403):
        call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    with refused("InvalidOperation.DeletionProtection", 403):
        call("Ecs", "DeleteInstances", RegionId=REGION, InstanceId=[one], Force=True)
    call("Ecs", "ModifyInstanceAttribute", InstanceId=one, DeletionProtection=False)
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)


def test_quota_of_instances(call: Caller, net: Net, local: Local) -> None:
    with quotas(local, {"ecs.instances": 1}):
        with refused("QuotaExceed.ElasticQuota", 403):
            call("Ecs", "RunInstances", **wanted(net, Amount=2))
        call("Ecs", "CreateInstance", **wanted(net))
        with refused("QuotaExceed.ElasticQuota", 403):
            call("Ecs", "CreateInstance", **wanted(net))


TOO_LONG = base64.b64encode(b"x" * (32 * 1024 + 1)).decode()
BAD = [
    ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
    ({"ImageId": "none"}, "InvalidImageId.NotFound", 404),
    ({"ImageId": None, "ImageFamily": "none"}, "InvalidImageId.NotFound", 404),
    ({"ImageId": None}, "MissingParameter.ImageId", 400),
    ({"InstanceType": "ecs.none"}, "InvalidInstanceType.ValueNotSupported", 400),
    ({"InstanceType": None}, "MissingParameter", 400),
    ({"VSwitchId": "vsw-none"}, "InvalidVSwitchId.NotFound", 404),
    ({"VSwitchId": None}, "MissingParameter.VSwitchId", 400),
    ({"SecurityGroupId": "sg-none"}, "InvalidSecurityGroupId.NotFound", 404),
    ({"SecurityGroupId": None}, "MissingParameter.SecurityGroupId", 400),
    ({"ZoneId": "cn-hangzhou-b"}, "InvalidParameter.Mismatch", 400),
    ({"KeyPairName": "none"}, "InvalidKeyPairName.NotFound", 404),
    ({"RamRoleName": "none"}, "InvalidRamRole.NotFound", 404),
    ({"UserData": "%"}, "InvalidUserData.Base64FormatInvalid", 400),
    ({"UserData": TOO_LONG}, "InvalidUserData.SizeExceeded", 400),
    ({"PrivateIpAddress": "x"}, "InvalidPrivateIpAddress.Malformed", 400),
    ({"PrivateIpAddress": "10.0.0.254"}, "InvalidVSwitchId.IpInvalid", 403),
    ({"PrivateIpAddress": "10.0.1.1"}, "InvalidVSwitchId.IpInvalid", 403),
    ({"InstanceName": "1"}, "InvalidInstanceName.Malformed", 400),
    ({"InternetMaxBandwidthOut": 1}, "UnsupportedOperation", 400),
    ({"Password": "Secret12"}, "UnsupportedOperation", 400),
    ({"SystemDisk": {"Category": "none"}}, "InvalidSystemDiskCategory.ValueNotSupported", 400),
    ({"SystemDisk": {"Size": 19}}, "InvalidSystemDiskSize.ValueNotSupported", 400),
    ({"SystemDisk": {"KMSKeyId": "key-1"}}, "InvalidParameter.EncryptedIllegal", 400),
    ({"DataDisk": [{"Size": 65537}]}, "InvalidDataDiskSize.ValueNotSupported", 400),
    ({"DataDisk": [{"Size": 20, "SnapshotId": "s-1"}]}, "InvalidSnapshotId.NotFound", 404),
    (
        {"SystemDisk": {"AutoSnapshotPolicyId": "sp-1"}},
        "InvalidAutoSnapshotPolicyId.NotFound",
        404,
    ),
    ({"SystemDisk": {"ProvisionedIops": 1}}, "InvalidSystemDisk.Malformed", 400),
    ({"DataDisk": [{"Category": "none"}]}, "InvalidDataDiskCategory.ValueNotSupported", 400),
    (
        {"DataDisk": [{"Encrypted": True, "KMSKeyId": "key-none"}]},
        "InvalidParameter.KMSKeyId.NotFound",
        404,
    ),
    ({"Tag": [{"Key": "acs:x", "Value": "v"}]}, "InvalidTagKey.Malformed", 400),
    ({"Tag": [{"Key": "k", "Value": "acs:v"}]}, "InvalidTagValue.Malformed", 400),
    ({"Tag": [{"Key": "k", "Value": "v"}] * 2}, "Duplicate.TagKey", 400),
]


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[1])
def test_refusals(call: Caller, net: Net, action: str, bad: tuple[dict, str, int]) -> None:
    change, code, status = bad
    with refused(code, status):
        call("Ecs", action, **wanted(net, **change))
    assert described(call) == []


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
def test_a_full_vswitch_and_a_group_elsewhere(call: Caller, laying: Laying, action: str) -> None:
    small, other = laying(cidr="10.0.0.0/29"), laying(cidr="10.1.0.0/24")
    with refused("InvalidParameter.Mismatch", 400):
        call("Ecs", action, **wanted(small, SecurityGroupId=other.group_id))
    for _ in range(4):
        call("Ecs", action, **wanted(small))
    with refused("InvalidVSwitchId.IpNotEnough", 403):
        call("Ecs", action, **wanted(small))
    with refused("InvalidPrivateIpAddress.Duplicated", 400):
        call("Ecs", action, **wanted(small, PrivateIpAddress="10.0.0.1"))


def test_interfaces_of_a_new_instance(call: Caller, net: Net, laying: Laying) -> None:
    primary = {
        "InstanceType": "Primary",
        "VSwitchId": net.vswitch_id,
        "SecurityGroupIds": [net.group_id],
        "PrimaryIpAddress": "10.0.0.77",
    }
    more = {"InstanceType": "Secondary", "DeleteOnRelease": False}
    plain = wanted(net, VSwitchId=None, SecurityGroupId=None)
    made = call("Ecs", "RunInstances", **plain, NetworkInterface=[primary, more])
    (instance_id,) = made["InstanceIdSets"]["InstanceIdSet"]
    cards = only(call, instance_id)["NetworkInterfaces"]["NetworkInterface"]
    assert [(each["Type"], each["PrimaryIpAddress"]) for each in cards] == [
        ("Primary", "10.0.0.77"),
        ("Secondary", "10.0.0.1"),
    ]
    with refused("EniPerInstanceLimitExceeded", 403):
        call("Ecs", "RunInstances", **wanted(net, NetworkInterface=[more, more]))
    with refused("InvalidParameter.Conflict", 400):
        call("Ecs", "RunInstances", **wanted(net, SecurityGroupIds=[net.group_id]))
    elsewhere = laying(cidr="10.1.0.0/24")
    with refused("InvalidParameter.Mismatch", 400):
        one = {**more, "VSwitchId": elsewhere.vswitch_id}
        call("Ecs", "RunInstances", **wanted(net, NetworkInterface=[one]))
    call("Ecs", "DeleteInstance", InstanceId=instance_id, Force=True)
    left = call("Ecs", "DescribeNetworkInterfaces", RegionId=REGION)["NetworkInterfaceSets"]
    assert [each["Status"] for each in left["NetworkInterfaceSet"]] == ["Available"]


def test_filters(call: Caller, net: Net, launch: Launch) -> None:
    web = launch(InstanceName="web", Tag=[{"Key": "tier", "Value": "web"}], HttpTokens="required")
    db = launch(InstanceName="db", InstanceType="ecs.g6.large")
    call("Ecs", "StopInstance", InstanceId=db)

    def ids(**filters: object) -> set[str]:
        return {each["InstanceId"] for each in described(call, **filters)}

    assert ids() == {web, db}
    for filters, found in (
        ({"InstanceName": "w*"}, {web}),
        ({"Status": "Stopped"}, {db}),
        ({"InstanceType": "ecs.g6.large"}, {db}),
        ({"InstanceTypeFamily": "ecs.c6"}, {web}),
        ({"Tag": [{"Key": "tier", "Value": "web"}]}, {web}),
        ({"PrivateIpAddresses": '["10.0.0.2"]'}, {db}),
        ({"SecurityGroupId": net.group_id}, {web, db}),
        ({"SecurityGroupId": "sg-none"}, set()),
        ({"HttpTokens": "required"}, {web}),
        ({"VpcId": net.vpc_id, "VSwitchId": net.vswitch_id, "ImageId": IMAGE}, {web, db}),
        ({"VpcId": "vpc-none"}, set()),
        ({"InstanceChargeType": "PrePaid"}, set()),
        ({"InstanceIds": json.dumps([web, "i-none"])}, {web}),
    ):
        assert ids(**filters) == found, filters
    for bad in ("x", "[]", "[1]"):
        with refused("InvalidInstanceIds.Malformed", 400):
            described(call, InstanceIds=bad)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeInstances", RegionId="cn-beijing")
    status = call("Ecs", "DescribeInstanceStatus", RegionId=REGION, InstanceId=[db])
    assert status["InstanceStatuses"]["InstanceStatus"] == [{"InstanceId": db, "Status": "Stopped"}]
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeInstanceStatus", RegionId="cn-beijing")


def test_pages_by_number_and_by_token(call: Caller, net: Net) -> None:
    call("Ecs", "RunInstances", **wanted(net, Amount=12))
    first = call("Ecs", "DescribeInstances", RegionId=REGION, PageSize=5)
    assert (len(first["Instances"]["Instance"]), first["TotalCount"]) == (5, 12)
    one = call("Ecs", "DescribeInstances", RegionId=REGION, MaxResults=10)
    two = call("Ecs", "DescribeInstances", RegionId=REGION, NextToken=one["NextToken"])
    found = [*one["Instances"]["Instance"], *two["Instances"]["Instance"]]
    assert len({each["InstanceId"] for each in found}) == 12
    assert two["NextToken"] == ""
    with refused("InvalidNextToken.Malformed", 400):
        call("Ecs", "DescribeInstances", RegionId=REGION, NextToken="other")


def test_attributes_change(call: Caller, net: Net, laying: Laying, launch: Launch) -> None:
    one = launch(UserData=base64.b64encode(b"#!/bin/sh").decode())
    other, elsewhere = laying(vpc_id=net.vpc_id, cidr="10.0.1.0/24"), laying(cidr="10.1.0.0/24")
    call(
        *("Ecs", "ModifyInstanceAttribute"),
        InstanceId=one,
        InstanceName="new-name",
        Description="what it does",
        SecurityGroupIds=[other.group_id],
    )
    found = call("Ecs", "DescribeInstanceAttribute", InstanceId=one)
    assert (found["InstanceName"], found["Description"]) == ("new-name", "what it does")
    assert found["SecurityGroupIds"]["SecurityGroupId"] == [other.group_id]
    assert (found["IoOptimized"], found["EnableJumboFrame"]) == ("optimized", False)
    for change, code, status in (
        ({"SecurityGroupIds": ["sg-none"]}, "InvalidSecurityGroupId.NotFound", 404),
        ({"SecurityGroupIds": [elsewhere.group_id]}, "InvalidOperation.VpcMismatch", 403),
        ({"UserData": "YQ=="}, "IncorrectInstanceStatus", 403),
        ({"EnableJumboFrame": True}, "UnsupportedOperation", 400),
        ({"InstanceId": "i-none"}, "InvalidInstanceId.NotFound", 404),
    ):
        with refused(code, status):
            call("Ecs", "ModifyInstanceAttribute", **{"InstanceId": one, **change})
    data = {"RegionId": REGION, "InstanceId": one}
    assert call("Ecs", "DescribeUserData", **data)["UserData"] == "IyEvYmluL3No"
    call("Ecs", "StopInstance", InstanceId=one)
    for bad, code in (("%", "Base64FormatInvalid"), (TOO_LONG, "SizeExceeded")):
        with refused(f"InvalidUserData.{code}", 400):
            call("Ecs", "ModifyInstanceAttribute", InstanceId=one, UserData=bad)
    call("Ecs", "ModifyInstanceAttribute", InstanceId=one, UserData="YQ==")
    assert call("Ecs", "DescribeUserData", **data)["UserData"] == "YQ=="
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeUserData", RegionId="cn-beijing", InstanceId=one)
    for action, more in (
        ("DescribeUserData", {"RegionId": REGION}),
        ("DescribeInstanceAttribute", {}),
    ):
        with refused("InvalidInstanceId.NotFound", 404):
            call("Ecs", action, InstanceId="i-none", **more)


def test_metadata_options_change(call: Caller, launch: Launch) -> None:
    one = launch()
    named = {"RegionId": REGION, "InstanceId": one}
    call(
        *("Ecs", "ModifyInstanceMetadataOptions"),
        **named,
        HttpEndpoint="disabled",
        HttpTokens="required",
        InstanceMetadataTags="enabled",
    )
    assert only(call, one)["MetadataOptions"] == {
        "HttpEndpoint": "disabled",
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 0,
        "InstanceMetadataTags": "enabled",
    }
    with refused("InvalidInstanceId.NotFound", 404):
        call(
            *("Ecs", "ModifyInstanceMetadataOptions"),
            RegionId=REGION,
            InstanceId="i-none",
            HttpEndpoint="enabled",
        )
    with refused("InvalidRegionId.NotFound", 404):
        call(
            *("Ecs", "ModifyInstanceMetadataOptions"),
            **{**named, "RegionId": "cn-beijing"},
            HttpEndpoint="enabled",
        )


def test_facts_that_clients_read_with_every_instance(call: Caller, launch: Launch) -> None:
    one = launch()
    found = call(
        "Ecs",
        "DescribeInstanceAttachmentAttributes",
        RegionId=REGION,
        InstanceIds=json.dumps([one, "i-none"]),
    )
    assert [each["InstanceId"] for each in found["Instances"]["Instance"]] == [one]
    kept = call("Ecs", "DescribeInstanceMaintenanceAttributes", RegionId=REGION, InstanceId=[one])[
        "MaintenanceAttributes"
    ]["MaintenanceAttribute"]
    assert [each["InstanceId"] for each in kept] == [one]
    for action, more in (
        ("DescribeInstanceAttachmentAttributes", {"InstanceIds": "[]"}),
        ("DescribeInstanceMaintenanceAttributes", {}),
    ):
        with refused("InvalidRegionId.NotFound", 404):
            call("Ecs", action, **{"RegionId": "cn-beijing", **more})


def test_another_account_sees_nothing(call: Caller, local: Local, launch: Launch) -> None:
    one = launch()
    stranger = local.administrator(local.new_account())
    assert described(stranger) == []
    for action in ("StartInstance", "StopInstance", "DeleteInstance", "DescribeInstanceAttribute"):
        with refused("InvalidInstanceId.NotFound", 404):
            stranger("Ecs", action, InstanceId=one)


@pytest.mark.parametrize(
    "action", ["StartInstance", "StopInstance", "RebootInstance", "DeleteInstance"]
)
def test_missing_instance(call: Caller, action: str) -> None:
    with refused("InvalidInstanceId.NotFound", 404):
        call("Ecs", action, InstanceId="i-none")


@pytest.mark.parametrize(
    "action", ["StartInstances", "StopInstances", "RebootInstances", "DeleteInstances"]
)
def test_other_region(call: Caller, action: str) -> None:
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", action, RegionId="cn-beijing", InstanceId=["i-1"])


def test_another_type(call: Caller, net: Net, launch: Launch) -> None:
    one = launch()
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "ModifyInstanceSpec", InstanceId=one, InstanceType="ecs.g6.xlarge")
    call("Ecs", "StopInstance", InstanceId=one)
    call("Ecs", "ModifyInstanceSpec", InstanceId=one, InstanceType="ecs.g6.xlarge")
    found = only(call, one)
    assert (found["InstanceType"], found["Cpu"], found["Memory"]) == ("ecs.g6.xlarge", 4, 16384)
    for _ in range(2):
        made = call(
            *("Ecs", "CreateNetworkInterface"),
            RegionId=REGION,
            VSwitchId=net.vswitch_id,
            SecurityGroupId=net.group_id,
        )
        card = {"RegionId": REGION, "NetworkInterfaceId": made["NetworkInterfaceId"]}
        call("Ecs", "AttachNetworkInterface", InstanceId=one, **card)
    for kind, code, status in (
        ("ecs.none", "InvalidInstanceType.ValueNotSupported", 400),
        ("ecs.g6.large", "EniPerInstanceLimitExceeded", 403),
    ):
        with refused(code, status):
            call("Ecs", "ModifyInstanceSpec", InstanceId=one, InstanceType=kind)
    with refused("InvalidInstanceId.NotFound", 404):
        call("Ecs", "ModifyInstanceSpec", InstanceId="i-none", InstanceType="ecs.g6.large")
    with refused("UnsupportedOperation", 400):
        call(
            *("Ecs", "ModifyInstanceSpec"),
            InstanceId=one,
            InstanceType="ecs.g6.xlarge",
            SystemDisk={"Category": "cloud_ssd"},
        )


def test_the_new_type_is_judged(call: Caller, launch: Launch) -> None:
    one, user = launch(), call.new_user("dev")
    call("Ecs", "StopInstance", InstanceId=one)
    small = {"StringEquals": {"ecs:InstanceTypeFamily": "ecs.c6"}}
    allowed = {
        "Effect": "Allow",
        "Action": "ecs:ModifyInstanceSpec",
        "Resource": "*",
        "Condition": small,
    }
    document = json.dumps({"Version": "1", "Statement": [allowed]})
    call("Ram", "CreatePolicy", PolicyName="small", PolicyDocument=document)
    call("Ram", "AttachPolicyToUser", UserName="dev", PolicyName="small", PolicyType="Custom")
    with refused("Forbidden.RAM", 403):
        user("Ecs", "ModifyInstanceSpec", InstanceId=one, InstanceType="ecs.g6.large")
    user("Ecs", "ModifyInstanceSpec", InstanceId=one, InstanceType="ecs.c6.xlarge")


def test_user_data_is_in_no_event(call: Caller, net: Net, launch: Launch) -> None:
    data = base64.b64encode(b"export TOKEN=swordfish").decode()
    one = launch(UserData=data)
    call("Ecs", "CreateInstance", **wanted(net, UserData=data))
    call("Ecs", "StopInstance", InstanceId=one)
    call("Ecs", "ModifyInstanceAttribute", InstanceId=one, UserData=data)
    assert call("Ecs", "DescribeUserData", RegionId=REGION, InstanceId=one)["UserData"] == data
    seen = set()
    for name in ("RunInstances", "CreateInstance", "ModifyInstanceAttribute", "DescribeUserData"):
        asked = [{"Key": "EventName", "Value": name}]
        events = call("Actiontrail", "LookupEvents", LookupAttribute=asked)["Events"]
        seen |= {each["eventName"] for each in events}
        assert data not in json.dumps(events), name
    assert {"RunInstances", "CreateInstance", "ModifyInstanceAttribute"} <= seen


def test_no_event_and_no_state_shows_user_data(call: Caller, local: Local, launch: Launch) -> None:
    first, then = (base64.b64encode(text).decode() for text in (b"h1dden-first", b"h1dden-then"))
    one = launch(UserData=first)
    call("Ecs", "StopInstances", RegionId=REGION, InstanceId=[one])
    call("Ecs", "ModifyInstanceAttribute", InstanceId=one, UserData=then)
    asked = call("Ecs", "DescribeUserData", RegionId=REGION, InstanceId=one)
    assert asked["UserData"] == then
    events = call("Actiontrail", "LookupEvents", MaxResults="50")["Events"]
    states = local.running.store.call(
        lambda tx: tx.find(ResourceEventRow, resource_type=INSTANCE.kind)
    )
    rows = local.running.store.call(lambda tx: tx.find(InstanceRow))
    names = {each["eventName"] for each in events}
    assert names >= {"RunInstances", "ModifyInstanceAttribute", "DescribeUserData"}
    assert states
    text = f"{json.dumps(events)} {states} {rows}"
    for hidden in ("h1dden", first, then):
        assert hidden not in text


def test_instances_have_no_system_events(call: Caller, launch: Launch) -> None:
    asked = {"RegionId": REGION, "ResourceId": [launch()], "EventType": "SystemFailure.Delete"}
    for page in ({"PageNumber": 1, "PageSize": 50}, {"MaxResults": 100}):
        found = call("Ecs", "DescribeInstanceHistoryEvents", **asked, **page)
        assert (found["TotalCount"], found["InstanceSystemEventSet"]) == (
            0,
            {"InstanceSystemEventType": []},
        )
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeInstanceHistoryEvents", **{**asked, "RegionId": "cn-beijing"})
    with refused("InvalidResourceType.Malformed", 400):
        call("Ecs", "DescribeInstanceHistoryEvents", **asked, ResourceType="ddh")


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("CreateDeploymentSet", "machine"),
        ("DescribeDedicatedHosts", "machine"),
        ("CreateHpcCluster", "machine"),
        ("CreateNetworkInterfacePermission", "account"),
        ("ModifyUserBusinessBehavior", "RunCommand"),
        ("CreateImagePipeline", "CreateImage"),
    ],
)
def test_what_makes_no_sense_here_is_refused_with_the_reason(
    call: Caller, action: str, said: str
) -> None:
    with refused("UnsupportedOperation", 400) as told:
        call("Ecs", action, RegionId=REGION)
    assert said in str(told.value)


def test_empty_members_of_disks_and_interfaces_are_absent(call: Caller, launch: Launch) -> None:
    one = launch(
        **{"SystemDisk.Size": 50, "SystemDisk.Description": "", "SystemDisk.PerformanceLevel": ""},
        DataDisk=[{"Size": 20, "DiskName": "", "KMSKeyId": ""}],
        NetworkInterface=[{"NetworkInterfaceName": "card", "PrimaryIpAddress": ""}],
    )
    disks = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=one)["Disks"]["Disk"]
    assert sorted(each["Size"] for each in disks) == [20, 50]
    assert len(only(call, one)["NetworkInterfaces"]["NetworkInterface"]) == 2
