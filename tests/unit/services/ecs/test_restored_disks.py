"""Disks that grow, go back to a snapshot or to what they were made of, and system disks replaced."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION
from tests.unit.services.ecs.conftest import IMAGE, Launch
from tests.unit.services.ecs.test_images import allowed, create, disks, seal
from tests.unit.services.ecs.test_snapshots import key, make, snapshot

from juyong.services.ecs.disks.content import disks_by_machine
from juyong.services.ecs.disks.snapshot import FAILED
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.store.transaction import Transaction


def row_of(call: Caller, disk_id: str) -> DiskRow:
    row = call.local.running.store.look(lambda tx: tx.get(DiskRow, disk_id))
    assert row is not None
    return row


def blob_of(call: Caller, snapshot_id: str) -> str:
    row = call.local.running.store.look(lambda tx: tx.get(SnapshotRow, snapshot_id))
    assert row is not None
    return row.blob_id


def stop(call: Caller, instance_id: str) -> str:
    """Stop an instance, seal its disks, and return its system disk."""
    call("Ecs", "StopInstance", InstanceId=instance_id)
    found = [each["DiskId"] for each in disks(call, instance_id)]
    for each in found:
        seal(call, each)
    return str(found[0])


def size(call: Caller, disk_id: str) -> int:
    (found,) = call("Ecs", "DescribeDisks", RegionId=REGION, DiskIds=json.dumps([disk_id]))[
        "Disks"
    ]["Disk"]
    return int(found["Size"])


def test_a_disk_grows(call: Caller, local: Local, launch: Launch) -> None:
    disk = make(call)
    call("Ecs", "ResizeDisk", DiskId=disk, NewSize=100)
    assert size(call, disk) == 100
    for small in (99, 100):
        with refused("InvalidDiskSize.TooSmall", 403):
            call("Ecs", "ResizeDisk", DiskId=disk, NewSize=small)
    call("Ecs", "ResizeDisk", DiskId=disk, NewSize=65536)
    plain = make(call, DiskCategory="cloud_ssd")
    with refused("InvalidDataDiskSize.ValueNotSupported", 400):
        call("Ecs", "ResizeDisk", DiskId=plain, NewSize=32769)
    one = launch()
    system = disks(call, one)[0]["DiskId"]
    call("Ecs", "ResizeDisk", DiskId=system, NewSize=2048, Type="online")
    with refused("InvalidSystemDiskSize.ValueNotSupported", 400):
        call("Ecs", "ResizeDisk", DiskId=system, NewSize=2049)
    # The plane bounds the folders of the instance that runs by what the call says.
    held = local.running.store.look(lambda tx: disks_by_machine(tx, {one}))
    assert [each.most_mb for each in held[one]] == [2048 * 1024]
    snapshot(call, system)
    with refused("IncorrectDiskStatus.CreatingSnapshot", 403):
        call("Ecs", "ResizeDisk", DiskId=system, NewSize=2048)
    with refused("InvalidDiskId.NotFound", 404):
        call("Ecs", "ResizeDisk", DiskId="d-none", NewSize=100)
    with refused("Forbidden.RAM", 403):
        call.new_user("bob")("Ecs", "ResizeDisk", DiskId=disk, NewSize=65536)


def test_a_disk_goes_back_to_its_snapshot(call: Caller, launch: Launch) -> None:
    one = launch()
    system = stop(call, one)
    taken = snapshot(call, system)
    call("Ecs", "StartInstance", InstanceId=one)
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "ResetDisk", DiskId=system, SnapshotId=taken)
    stop(call, one)
    before = row_of(call, system)
    assert before.blob_id != blob_of(call, taken)
    with refused("DryRunOperation", 400):
        call("Ecs", "ResetDisk", DiskId=system, SnapshotId=taken, DryRun=True)
    call("Ecs", "ResetDisk", DiskId=system, SnapshotId=taken)
    after = row_of(call, system)
    assert (after.blob_id, after.unsealed) == (blob_of(call, taken), False)
    # No tree has the new name, so that none is taken for newer content.
    assert after.base not in (before.base, before.blob_id, after.blob_id)
    call("Ecs", "StartInstance", InstanceId=one)


def test_what_goes_back_nowhere_is_refused(call: Caller, local: Local, launch: Launch) -> None:
    one = launch()
    system = stop(call, one)
    taken = snapshot(call, system)
    for code, status, given in (
        ("InvalidDiskId.NotFound", 404, {"DiskId": "d-none", "SnapshotId": taken}),
        ("InvalidSnapshotId.NotFound", 404, {"DiskId": system, "SnapshotId": "s-none"}),
        ("InvalidParameter.Mismatch", 403, {"DiskId": make(call), "SnapshotId": taken}),
    ):
        with refused(code, status):
            call("Ecs", "ResetDisk", **given)
    call("Ecs", "StartInstance", InstanceId=one)
    waits = snapshot(call, system)
    call("Ecs", "StopInstance", InstanceId=one)
    with refused("IncorrectSnapshotStatus", 403):
        call("Ecs", "ResetDisk", DiskId=system, SnapshotId=waits)
    for action, given in (
        ("ResetDisk", {"DiskId": system, "SnapshotId": taken}),
        ("ReInitDisk", {"DiskId": system}),
        ("ReplaceSystemDisk", {"InstanceId": one, "ImageId": IMAGE}),
    ):
        with refused("IncorrectDiskStatus.CreatingSnapshot", 403):
            call("Ecs", action, **given)

    def fail(tx: Transaction) -> None:
        row = tx.get(SnapshotRow, waits)
        assert row is not None
        tx.update(row, status=FAILED)

    local.running.store.call(fail)
    with refused("IncorrectSnapshotStatus", 403):
        call("Ecs", "ResetDisk", DiskId=system, SnapshotId=waits)
    with refused("UnsupportedOperation", 400):
        call("Ecs", "ResetDisks", RegionId=REGION, Disk=[{"DiskId": system, "SnapshotId": taken}])


def test_a_disk_begins_anew(call: Caller, launch: Launch) -> None:
    one = launch(DataDisk=[{"Size": 20}])
    with refused("IncorrectInstanceStatus", 403):
        call("Ecs", "ReInitDisk", DiskId=disks(call, one)[0]["DiskId"])
    system = stop(call, one)
    data = disks(call, one)[1]["DiskId"]
    for each in (system, data):
        call("Ecs", "ReInitDisk", DiskId=each)
        row = row_of(call, each)
        assert (row.blob_id, row.unsealed) == ("", False)
    with refused("IncorrectDiskStatus", 403):
        call("Ecs", "ReInitDisk", DiskId=make(call))
    with refused("InvalidDiskId.NotFound", 404):
        call("Ecs", "ReInitDisk", DiskId="d-none")
    for name, value in (("Password", "EcsV587!"), ("KeyPairName", "pair")):
        with refused("UnsupportedOperation", 400):
            call("Ecs", "ReInitDisk", DiskId=system, **{name: value})
    call("Ecs", "ReInitDisk", DiskId=system, AutoStartInstance=True)
    (found,) = call("Ecs", "DescribeInstances", RegionId=REGION, InstanceIds=f'["{one}"]')[
        "Instances"
    ]["Instance"]
    assert found["Status"] == "Running"


def test_a_disk_begins_anew_as_what_it_was_made_of(call: Caller, launch: Launch) -> None:
    own = key(call)
    one = launch(DataDisk=[{"Size": 20, "Encrypted": True, "KMSKeyId": own}])
    stop(call, one)
    image = create(call, InstanceId=one)
    other = launch(ImageId=image)
    system = stop(call, other)
    data = disks(call, other)[1]["DiskId"]
    held = [row_of(call, each) for each in (system, data)]
    for row in held:
        call("Ecs", "ReInitDisk", DiskId=row.disk_id)
        after = row_of(call, row.disk_id)
        assert (after.blob_id, after.data_key) == (blob_of(call, row.snapshot_id), row.data_key)
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        call("Ecs", "ReInitDisk", DiskId=system, AutoStartInstance=True)
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image, Force=True)
    with refused("InvalidImageId.NotFound", 404):
        call("Ecs", "ReInitDisk", DiskId=system)
    call("Ecs", "DeleteSnapshot", SnapshotId=held[1].snapshot_id, Force=True)
    with refused("InvalidSourceSnapshot.NotFound", 404):
        call("Ecs", "ReInitDisk", DiskId=data)


def test_a_system_disk_is_replaced(call: Caller, launch: Launch) -> None:
    one = launch(SystemDisk={"Size": 50, "DiskName": "root"})

    def replace(**more: Any) -> str:
        return str(call("Ecs", "ReplaceSystemDisk", InstanceId=one, **more)["DiskId"])

    with refused("IncorrectInstanceStatus", 403):
        replace(ImageId=IMAGE)
    old = stop(call, one)
    image = create(call, InstanceId=one)
    own = key(call)
    for code, status, given in (
        ("InvalidImageId.NotFound", 404, {"ImageId": "m-none"}),
        (
            "InvalidSystemDiskSize.ValueNotSupported",
            400,
            {"ImageId": IMAGE, "SystemDisk": {"Size": 49}},
        ),
        ("InvalidParameter.EncryptedIllegal", 400, {"ImageId": IMAGE, "KMSKeyId": own}),
        (
            "InvalidParameter.KMSKeyId.NotFound",
            404,
            {"ImageId": IMAGE, "Encrypted": True, "KMSKeyId": "none"},
        ),
        ("UnsupportedOperation", 400, {"ImageId": IMAGE, "DiskId": old}),
        ("UnsupportedOperation", 400, {"ImageId": IMAGE, "PasswordInherit": True}),
    ):
        with refused(code, status):
            replace(**given)
    made = replace(ImageId=image, SystemDisk={"Size": 60}, Encrypted=True, KMSKeyId=own)
    (found,) = disks(call, one)
    assert (found["DiskId"], found["Device"], found["Size"], found["KMSKeyId"]) == (
        made,
        "/dev/xvda",
        60,
        own,
    )
    assert (found["ImageId"], found["DiskName"]) == (image, "root")
    call("Ecs", "StartInstance", InstanceId=one)
    assert stop(call, one) == made
    further = replace(ImageId=IMAGE)
    assert row_of(call, further).blob_id == ""
    call("Ecs", "ModifyImageAttribute", RegionId=REGION, ImageId=image, Status="Deprecated")
    with refused("IncorrectImageStatus", 403):
        replace(ImageId=image)
    with refused("InvalidInstanceId.NotFound", 404):
        call("Ecs", "ReplaceSystemDisk", InstanceId="i-none", ImageId=IMAGE)
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        replace(ImageId=IMAGE, Encrypted=True, KMSKeyId=own)


def test_a_system_disk_has_the_key_of_its_image(call: Caller, launch: Launch) -> None:
    one = launch(SystemDisk={"Encrypted": True, "KMSKeyId": key(call)})
    stop(call, one)
    image = create(call, InstanceId=one)
    with refused("EncryptedOption.Conflict", 400):
        call(
            *("Ecs", "ReplaceSystemDisk"),
            InstanceId=one,
            ImageId=image,
            Encrypted=True,
            KMSKeyId=key(call),
        )


def test_a_caller_needs_the_disk_its_snapshot_and_the_image(call: Caller, launch: Launch) -> None:
    one = launch()
    system = stop(call, one)
    taken, image = snapshot(call, system), create(call, InstanceId=one)
    resets = allowed(call, "resets", "ecs:ResetDisk", "acs:ecs:*:*:disk/*")
    with refused("Forbidden.RAM", 403):
        resets("Ecs", "ResetDisk", DiskId=system, SnapshotId=taken)
    replaces = allowed(call, "replaces", "ecs:ReplaceSystemDisk", "acs:ecs:*:*:instance/*")
    replaces("Ecs", "ReplaceSystemDisk", InstanceId=one, ImageId=IMAGE)
    with refused("Forbidden.RAM", 403):
        replaces("Ecs", "ReplaceSystemDisk", InstanceId=one, ImageId=image)
    with refused("Forbidden.RAM", 403):
        call.new_user("bob")("Ecs", "ReInitDisk", DiskId=system)


@pytest.mark.parametrize("action", ["ResetDisk", "ReInitDisk"])
def test_disks_of_others_are_none(call: Caller, local: Local, action: str) -> None:
    disk = make(call)
    other = local.administrator(local.new_account())
    with refused("InvalidDiskId.NotFound", 404):
        other("Ecs", action, DiskId=disk, SnapshotId="s-none")
