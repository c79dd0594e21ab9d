"""Disks: made, attached, detached and deleted; and the keys of those that are encrypted."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, ZONE, Net
from tests.unit.services.ecs.conftest import Launch, Laying, wanted

from juyong.services.kms.facade import KeyRow
from juyong.store.inventory import LinkRow


def make(call: Caller, **more: Any) -> str:
    given = {"RegionId": REGION, "ZoneId": ZONE, "Size": 20, **more}
    return str(call("Ecs", "CreateDisk", **given)["DiskId"])


def listed(call: Caller, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("Ecs", "DescribeDisks", RegionId=REGION, **filters)["Disks"][
        "Disk"
    ]
    return found


def key(call: Caller) -> str:
    return str(call("Kms", "CreateKey")["KeyMetadata"]["KeyId"])


def test_a_disk_goes_from_instance_to_instance(
    call: Caller, launch: Launch, laying: Laying
) -> None:
    one, other, disk = launch(), launch(), make(call, DiskName="data", Description="data of it")
    (found,) = listed(call, DiskIds=json.dumps([disk]))
    assert (found["Status"], found["InstanceId"], found["Encrypted"]) == ("Available", "", False)
    call("Ecs", "AttachDisk", InstanceId=one, DiskId=disk, DeleteWithInstance=True)
    (found,) = listed(call, InstanceId=one, DiskType="data")
    assert (found["Device"], found["Status"]) == ("/dev/xvdb", "In_use")
    assert found["Attachments"]["Attachment"][0]["InstanceId"] == one
    with refused("InvalidDisk.InUse", 404):
        call("Ecs", "AttachDisk", InstanceId=other, DiskId=disk)
    for what in ("Bootable", "Force", "Device"):
        with refused("UnsupportedOperation", 400):
            call("Ecs", "AttachDisk", InstanceId=other, DiskId=disk, **{what: True})
    with refused("DiskStillAttached", 403):
        call("Ecs", "DeleteDisk", DiskId=disk)
    with refused("InvalidDisk.AlreadyDetached", 403):
        call("Ecs", "DetachDisk", InstanceId=other, DiskId=disk)
    (system,) = listed(call, InstanceId=one, DiskType="system")
    with refused("DiskNotPortable", 403):
        call("Ecs", "DetachDisk", InstanceId=one, DiskId=system["DiskId"])
    call("Ecs", "DetachDisk", InstanceId=one, DiskId=disk, DeleteWithInstance=False)
    away = make(call, ZoneId="cn-hangzhou-b")
    with refused("ResourcesNotInSameZone", 403):
        call("Ecs", "AttachDisk", InstanceId=one, DiskId=away)
    for action in ("AttachDisk", "DetachDisk"):
        with refused("InvalidInstanceId.NotFound", 404):
            call("Ecs", action, InstanceId="i-none", DiskId=disk)
        with refused("InvalidDiskId.NotFound", 404):
            call("Ecs", action, InstanceId=one, DiskId="d-none")
    call("Ecs", "DeleteDisk", DiskId=disk)
    for action in ("DeleteDisk", "ModifyDiskAttribute"):
        with refused("InvalidDiskId.NotFound", 404):
            call("Ecs", action, DiskId=disk)


def test_disks_stay_or_go_with_their_instance(call: Caller, launch: Launch) -> None:
    one = launch(DataDisk=[{"Size": 20, "DeleteWithInstance": False}, {"Size": 30}])
    assert [each["Size"] for each in sorted(listed(call), key=lambda each: each["Device"])] == [
        40,
        20,
        30,
    ]
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    (left,) = listed(call)
    assert (left["Size"], left["Status"], left["DeleteWithInstance"]) == (20, "Available", False)


def test_an_instance_has_17_disks_at_most(call: Caller, launch: Launch) -> None:
    one = launch(DataDisk=[{"Size": 20}] * 15)
    call("Ecs", "CreateDisk", RegionId=REGION, InstanceId=one, Size=20)
    with refused("InstanceDiskLimitExceeded", 403):
        call("Ecs", "CreateDisk", RegionId=REGION, InstanceId=one, Size=20)
    with refused("InstanceDiskLimitExceeded", 403):
        call("Ecs", "AttachDisk", InstanceId=one, DiskId=make(call))


def test_changes_and_filters(call: Caller) -> None:
    one = make(call, DiskName="one", Tag=[{"Key": "a", "Value": "b"}])
    other = make(call, DiskName="other", DiskCategory="cloud_auto", Encrypted=True)
    call("Ecs", "ModifyDiskAttribute", DiskId=one, DiskName="new", RegionId=REGION)
    for switch in ("EnableAutoSnapshot", "DeleteAutoSnapshot", "BurstingEnabled"):
        call("Ecs", "ModifyDiskAttribute", DiskId=one, **{switch: False})
        with refused("UnsupportedOperation", 400):
            call("Ecs", "ModifyDiskAttribute", DiskId=one, **{switch: True})
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "ModifyDiskAttribute", DiskId=one, RegionId="cn-beijing")
    for filters, found in (
        ({"DiskName": "new"}, {one}),
        ({"Category": "cloud_auto"}, {other}),
        ({"Encrypted": True}, {other}),
        ({"PerformanceLevel": "PL1"}, {one}),
        ({"Tag": [{"Key": "a", "Value": ""}]}, {one}),
        ({"Status": "In_use"}, set()),
        ({"Status": "Available", "Portable": True, "ZoneId": ZONE}, {one, other}),
        ({"DiskChargeType": "PrePaid"}, set()),
    ):
        assert {each["DiskId"] for each in listed(call, **filters)} == found, filters
    with refused("InvalidDiskIds.Malformed", 400):
        listed(call, DiskIds="x")
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeDisks", RegionId="cn-beijing")
    with refused("InvalidNextToken.Malformed", 400):
        listed(call, NextToken="x")


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"RegionId": "cn-beijing"}, "InvalidRegionId.NotFound", 404),
        ({"ZoneId": None}, "InvalidParameter.Conflict", 400),
        ({"ZoneId": "cn-hangzhou-z"}, "InvalidZoneId.NotFound", 404),
        ({"ZoneId": None, "InstanceId": "i-none"}, "InvalidInstanceId.NotFound", 404),
        ({"Size": 19}, "InvalidDataDiskSize.ValueNotSupported", 400),
        ({"DiskCategory": "none"}, "InvalidDataDiskCategory.ValueNotSupported", 400),
        ({"KMSKeyId": "key-1"}, "InvalidParameter.EncryptedIllegal", 400),
        (
            {"Encrypted": True, "KMSKeyId": "key-none"},
            "InvalidParameter.KMSKeyId.NotFound",
            404,
        ),
        ({"SnapshotId": "s-1"}, "InvalidSnapshotId.NotFound", 404),
        ({"Tag": [{"Key": "acs:x", "Value": "v"}]}, "InvalidTagKey.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "acs:v"}]}, "InvalidTagValue.Malformed", 400),
        ({"Tag": [{"Key": "k", "Value": "v"}] * 2}, "Duplicate.TagKey", 400),
    ],
)
def test_making_refuses(call: Caller, change: dict[str, Any], code: str, status: int) -> None:
    with refused(code, status):
        make(call, **change)
    assert listed(call) == []


UNUSABLE = ("InvalidParameter.KMSKeyId.KMSUnauthorized", 403)


def test_a_disabled_key_stops_a_disk_and_its_instance(
    call: Caller, net: Net, launch: Launch
) -> None:
    own = key(call)
    one = launch(SystemDisk={"Size": 40, "Encrypted": True, "KMSKeyId": own})
    plain, disk = launch(), make(call, Encrypted=True, KMSKeyId=own)
    (system,) = listed(call, InstanceId=one)
    assert (system["Encrypted"], system["KMSKeyId"]) == (True, own)
    call("Ecs", "StopInstance", InstanceId=one)
    call("Kms", "DisableKey", KeyId=own)
    with refused(*UNUSABLE):
        call("Ecs", "StartInstance", InstanceId=one)
    with refused(*UNUSABLE):
        call("Ecs", "StartInstances", RegionId=REGION, InstanceId=[one])
    with refused(*UNUSABLE):
        call("Ecs", "AttachDisk", InstanceId=plain, DiskId=disk)
    with refused(*UNUSABLE):
        make(call, Encrypted=True, KMSKeyId=own)
    for action in ("RunInstances", "CreateInstance"):
        with refused(*UNUSABLE):
            params = wanted(net, SystemDisk={"Encrypted": True, "KMSKeyId": own})
            call("Ecs", action, **params)
    call("Kms", "EnableKey", KeyId=own)
    call("Ecs", "StartInstance", InstanceId=one)
    call("Ecs", "AttachDisk", InstanceId=plain, DiskId=disk)
    call("Kms", "DisableKey", KeyId=own)
    with refused(*UNUSABLE):
        call("Ecs", "RebootInstance", InstanceId=one)
    with refused(*UNUSABLE):
        call("Ecs", "RebootInstances", RegionId=REGION, InstanceId=[one])


def test_a_key_that_is_gone_opens_nothing(call: Caller, local: Local, launch: Launch) -> None:
    """A key is deleted by a job after its window; a restored database may lack it just so."""
    own = key(call)
    one = launch(SystemDisk={"Size": 40, "Encrypted": True, "KMSKeyId": own})
    disk = make(call, Encrypted=True, KMSKeyId=own)
    local.running.store.call(lambda tx: tx.delete(tx.get(KeyRow, own)))
    for action in ("RebootInstance", "StartInstance"):
        with refused(*UNUSABLE):
            call("Ecs", action, InstanceId=one)
        with refused(*UNUSABLE):
            call("Ecs", f"{action}s", RegionId=REGION, InstanceId=[one])
        if action == "RebootInstance":
            call("Ecs", "StopInstance", InstanceId=one)
    with refused(*UNUSABLE):
        call("Ecs", "AttachDisk", InstanceId=one, DiskId=disk)


def test_a_caller_needs_the_key_of_the_customer(call: Caller, net: Net) -> None:
    own, user = key(call), call.new_user("alice")
    document = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}],
    }
    call("Ram", "CreatePolicy", PolicyName="ecs", PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToUser", UserName="alice", PolicyName="ecs", PolicyType="Custom")
    encrypted = {"Encrypted": True, "KMSKeyId": own}
    with refused("Forbidden.RAM", 403):
        make(user, **encrypted)
    with refused("Forbidden.RAM", 403):
        user("Ecs", "RunInstances", **wanted(net, DataDisk=[{"Size": 20, **encrypted}]))
    make(user, Encrypted=True)


def test_the_inventory_names_the_key_of_a_disk(call: Caller, local: Local) -> None:
    own, plain = key(call), make(call)
    named, unnamed = make(call, Encrypted=True, KMSKeyId=own), make(call, Encrypted=True)
    links = local.running.store.look(lambda tx: tx.find(LinkRow, resource_type="ACS::ECS::Disk"))
    found = {each.resource_id: (each.kind, each.to_id) for each in links}
    (service,) = {
        row.key_id
        for row in local.running.store.look(lambda tx: tx.find(KeyRow))
        if (row.account_id, row.owner_service) == (call.account.account_id, "Ecs")
    }
    assert found[named] == ("encrypted-by", own)
    assert found[unnamed] == ("encrypted-by", service)
    assert plain not in found
