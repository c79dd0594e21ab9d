"""Snapshots: made, listed and deleted, and disks that are made of them."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, ZONE, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch, wanted

from juyong.blobs import blob as blobs
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, FAILED, PROGRESSING
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.store.transaction import Transaction


def make(call: Caller, **more: Any) -> str:
    given = {"RegionId": REGION, "ZoneId": ZONE, "Size": 20, **more}
    return str(call("Ecs", "CreateDisk", **given)["DiskId"])


def key(call: Caller) -> str:
    return str(call("Kms", "CreateKey")["KeyMetadata"]["KeyId"])


def listed(call: Caller, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("Ecs", "DescribeSnapshots", RegionId=REGION, **filters)[
        "Snapshots"
    ]["Snapshot"]
    return found


def sealed(call: Caller, **more: Any) -> str:
    """Make a disk, and store content for it as the network plane does once it was written to."""
    disk_id, running = make(call, **more), call.local.running
    blob = blobs.written(running.pipeline.platform.disk, [b"content"])

    def store(tx: Transaction) -> None:
        row = tx.get(DiskRow, disk_id)
        assert row is not None
        has_key = bool(row.data_key)
        kept = blobs.keep(tx, blob, row.account_id, call.local.clock(), keyless=has_key)
        tx.update(row, blob_id=kept.blob_id, base=kept.blob_id)

    running.store.call(store)
    return disk_id


def snapshot(call: Caller, disk: str, **more: Any) -> str:
    return str(call("Ecs", "CreateSnapshot", DiskId=disk, **more)["SnapshotId"])


def test_a_snapshot_of_a_sealed_disk_is_there_at_once(call: Caller) -> None:
    disk = sealed(call)
    made = snapshot(call, disk, SnapshotName="before", Description="of a disk", Tag=[{"Key": "a"}])
    other = snapshot(call, sealed(call))
    (found,) = listed(call, SnapshotIds=json.dumps([made]))
    assert (found["SnapshotName"], found["Status"], found["Progress"]) == (
        "before",
        "accomplished",
        "100%",
    )
    assert (found["SourceDiskId"], found["SourceDiskSize"], found["SourceDiskType"]) == (
        disk,
        "20",
        "data",
    )
    assert (found["Encrypted"], found["KMSKeyId"], found["Usage"]) == (False, "", "none")
    assert found["Tags"]["Tag"] == [{"TagKey": "a", "TagValue": ""}]
    for filters, ids in (
        ({}, {made, other}),
        ({"DiskId": disk}, {made}),
        ({"SnapshotName": "before"}, {made}),
        ({"Status": "progressing"}, set()),
        ({"SourceDiskType": "System"}, set()),
        ({"SourceDiskType": "Data", "Encrypted": False, "Usage": "none"}, {made, other}),
        ({"Usage": "disk"}, set()),
        ({"SnapshotType": "auto"}, set()),
        ({"InstanceId": "i-none"}, set()),
        ({"KMSKeyId": "none"}, set()),
        ({"Tag": [{"Key": "a"}]}, {made}),
    ):
        assert {each["SnapshotId"] for each in listed(call, **filters)} == ids, filters


def test_a_disk_is_made_of_a_snapshot(call: Caller, local: Local) -> None:
    made = snapshot(call, sealed(call))
    disk = make(call, SnapshotId=made, Size=30)
    (found,) = call("Ecs", "DescribeDisks", RegionId=REGION, SnapshotId=made)["Disks"]["Disk"]
    assert (found["DiskId"], found["Size"], found["SourceSnapshotId"]) == (disk, 30, made)
    assert listed(call)[0]["Usage"] == "disk"
    with refused("SnapshotCreatedDisk", 403):
        call("Ecs", "DeleteSnapshot", SnapshotId=made)
    call("Ecs", "DeleteSnapshot", SnapshotId=made, Force=True)
    assert listed(call) == []
    # The disk keeps its content.
    again = snapshot(call, disk)
    with refused("InvalidDataDiskSize.ValueNotSupported", 400):
        make(call, SnapshotId=again, Size=25)
    call("Ecs", "DeleteSnapshot", SnapshotId=again)
    with refused("InvalidSnapshotId.NotFound", 404):
        call("Ecs", "DeleteSnapshot", SnapshotId=again)
    with refused("InvalidSnapshotId.NotFound", 404):
        make(call, SnapshotId=again)


def test_a_disk_has_the_key_of_its_snapshot(call: Caller) -> None:
    own = key(call)
    made = snapshot(call, sealed(call, Encrypted=True, KMSKeyId=own))
    (found,) = listed(call, KMSKeyId=own)
    assert (found["SnapshotId"], found["Encrypted"]) == (made, True)
    disk = make(call, SnapshotId=made)
    (shown,) = call("Ecs", "DescribeDisks", RegionId=REGION, DiskIds=json.dumps([disk]))["Disks"][
        "Disk"
    ]
    assert (shown["Encrypted"], shown["KMSKeyId"]) == (True, own)
    with refused("EncryptedOption.Conflict", 400):
        make(call, SnapshotId=made, Encrypted=True, KMSKeyId=key(call))
    plain = snapshot(call, sealed(call))
    with refused("EncryptedOption.Conflict", 400):
        make(call, SnapshotId=plain, Encrypted=True)


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
def test_a_data_disk_of_an_instance_is_made_of_a_snapshot(
    call: Caller, net: Net, launch: Launch, action: str
) -> None:
    own = key(call)
    made = snapshot(call, sealed(call, Size=30, Encrypted=True, KMSKeyId=own))

    def begin(**disk: Any) -> str:
        given = wanted(net, DataDisk=[{"SnapshotId": made, **disk}])
        answer = call("Ecs", action, **given)
        return str(answer.get("InstanceId") or answer["InstanceIdSets"]["InstanceIdSet"][0])

    one = begin(DeleteWithInstance=False)
    (disk,) = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=one, DiskType="data")[
        "Disks"
    ]["Disk"]
    shown = (disk["Size"], disk["SourceSnapshotId"], disk["Encrypted"], disk["KMSKeyId"])
    assert shown == (30, made, True, own)
    assert disk["DeleteWithInstance"] is False
    with refused("InvalidDataDiskSize.ValueNotSupported", 400):
        begin(Size=29)
    with refused("EncryptedOption.Conflict", 400):
        begin(Encrypted=True, KMSKeyId=key(call))
    system = launch()
    (found,) = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=system)["Disks"]["Disk"]
    waiting = snapshot(call, found["DiskId"])
    with refused("IncorrectSnapshotStatus", 403):
        begin(SnapshotId=waiting)
    if action == "RunInstances":
        call("Kms", "DisableKey", KeyId=own)
        with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
            begin()


def test_an_instance_needs_the_snapshots_of_its_disks(call: Caller, net: Net) -> None:
    made, user = snapshot(call, sealed(call)), call.new_user("alice")
    given = wanted(net, DataDisk=[{"SnapshotId": made}])
    for name, resources in (
        ("instances", ["acs:ecs:*:*:instance/*"]),
        ("both", ["acs:ecs:*:*:instance/*", f"acs:ecs:*:*:snapshot/{made}"]),
    ):
        statement = {"Effect": "Allow", "Action": "ecs:RunInstances", "Resource": resources}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document)
        call("Ram", "AttachPolicyToUser", UserName="alice", PolicyName=name, PolicyType="Custom")
        if name == "instances":
            with refused("Forbidden.RAM", 403):
                user("Ecs", "RunInstances", **given)
    user("Ecs", "RunInstances", **given)


def test_what_cannot_be_taken_is_refused(call: Caller, local: Local, launch: Launch) -> None:
    disk = make(call)
    with refused("IncorrectDiskStatus.NeverAttached", 403):
        snapshot(call, disk)
    with refused("InvalidDiskId.NotFound", 404):
        snapshot(call, "d-none")
    one = launch()
    (system,) = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=one)["Disks"]["Disk"]
    made = snapshot(call, system["DiskId"])
    (found,) = listed(call, InstanceId=one)
    assert (found["SnapshotId"], found["Status"], found["Progress"]) == (made, PROGRESSING, "0%")
    with refused("IncorrectDiskStatus.CreatingSnapshot", 403):
        snapshot(call, system["DiskId"])
    with refused("IncorrectSnapshotStatus", 403):
        make(call, SnapshotId=made)
    with quotas(local, {"ecs.snapshots": 1}), refused("QuotaExceed.Snapshot", 403):
        snapshot(call, sealed(call))
    for name, value in (("InstantAccess", True), ("ResourceGroupId", "rg")):
        with refused("UnsupportedOperation", 400):
            snapshot(call, disk, **{name: value})
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    assert listed(call)[0]["Status"] == FAILED

    def accomplish(tx: Transaction) -> None:
        row = tx.get(SnapshotRow, made)
        assert row is not None
        tx.update(row, status=ACCOMPLISHED)

    local.running.store.call(accomplish)
    with refused("UnsupportedOperation", 400):
        make(call, SnapshotId=made)


def test_a_caller_needs_the_snapshot(call: Caller) -> None:
    made, user = snapshot(call, sealed(call)), call.new_user("alice")
    for action, given in (
        ("CreateSnapshot", {"DiskId": "d-none"}),
        ("DeleteSnapshot", {"SnapshotId": made}),
        ("DescribeSnapshots", {"RegionId": REGION}),
    ):
        with refused("Forbidden.RAM", 403):
            user("Ecs", action, **given)
    document = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "ecs:CreateDisk", "Resource": "acs:ecs:*:*:disk/*"}
        ],
    }
    call("Ram", "CreatePolicy", PolicyName="disks", PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToUser", UserName="alice", PolicyName="disks", PolicyType="Custom")
    make(user)
    with refused("Forbidden.RAM", 403):
        make(user, SnapshotId=made)


def test_tags_of_snapshots_are_judged(call: Caller) -> None:
    disk = sealed(call)
    for tags, code in (
        ([{"Key": "acs:x", "Value": "v"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "http://x"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k", "Value": "v"}] * 2, "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            snapshot(call, disk, Tag=tags)
    made = snapshot(call, disk)
    tag = [{"Key": "k", "Value": "v"}]
    call(
        "Ecs", "TagResources", RegionId=REGION, ResourceType="snapshot", ResourceId=[made], Tag=tag
    )
    (found,) = listed(call, Tag=tag)
    assert found["SnapshotId"] == made


def test_another_region_is_none(call: Caller) -> None:
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeSnapshots", RegionId="cn-nowhere")


def test_a_snapshot_is_changed(call: Caller) -> None:
    made = snapshot(call, sealed(call), SnapshotName="one", RetentionDays=5)

    def change(of: str, **more: Any) -> None:
        call("Ecs", "ModifySnapshotAttribute", SnapshotId=of, **more)

    change(made, SnapshotName="two", Description="words", RetentionDays=7)
    (found,) = listed(call)
    assert (found["SnapshotName"], found["Description"], found["RetentionDays"]) == (
        "two",
        "words",
        7,
    )
    change(made, Description="")
    assert listed(call)[0]["Description"] == ""
    for code, given in (
        ("InvalidRetentionDays.ValueNotSupported", {"RetentionDays": 6}),
        ("InvalidRetentionDays.Malformed", {"RetentionDays": 0}),
        ("InvalidSnapshotName.Malformed", {"SnapshotName": "auto-x"}),
        ("InvalidDescription.Malformed", {"Description": "http://x"}),
        ("UnsupportedOperation", {"DisableInstantAccess": True}),
    ):
        with refused(code, 400):
            change(made, **given)
    kept = snapshot(call, sealed(call))
    with refused("InvalidRetentionDays.ValueNotSupported", 400):
        change(kept, RetentionDays=9)
    with refused("InvalidSnapshotId.NotFound", 404):
        change("s-none")
    with refused("Forbidden.RAM", 403):
        call.new_user("stranger")("Ecs", "ModifySnapshotAttribute", SnapshotId=made)
