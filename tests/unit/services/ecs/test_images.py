"""Images: made of instances and snapshots, listed, changed, deleted, and started."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import IMAGE, Launch, wanted
from tests.unit.services.ecs.test_snapshots import key, sealed, snapshot

from juyong.base.clock import Instant
from juyong.blobs import blob as blobs
from juyong.services.ecs.disks.content import end_snapshot
from juyong.services.ecs.disks.keys import sealed_key
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, FAILED
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.store.inventory import LinkRow, ResourceRow
from juyong.store.transaction import Transaction


def create(call: Caller, **more: Any) -> str:
    return str(call("Ecs", "CreateImage", RegionId=REGION, **more)["ImageId"])


def listed(call: Caller, **filters: Any) -> list[dict[str, Any]]:
    asked = {"RegionId": REGION, "ImageOwnerAlias": "self", **filters}
    found: list[dict[str, Any]] = call("Ecs", "DescribeImages", **asked)["Images"]["Image"]
    return found


def seal(call: Caller, disk_id: str) -> None:
    """Store content for a disk as the network plane does once its instance stopped."""
    running = call.local.running
    blob = blobs.written(running.pipeline.platform.disk, [b"content"])

    def store(tx: Transaction) -> None:
        row = tx.get(DiskRow, disk_id)
        assert row is not None
        kept = blobs.keep(tx, blob, row.account_id, call.local.clock(), keyless=bool(row.data_key))
        key = sealed_key(row, blob)
        tx.update(row, blob_id=kept.blob_id, base=kept.blob_id, blob_key=key, unsealed=False)

    running.store.call(store)


def disks(call: Caller, instance_id: str) -> list[dict[str, Any]]:
    found = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=instance_id)["Disks"]["Disk"]
    return sorted(found, key=lambda each: each["Device"])


@pytest.fixture
def stopped(call: Caller, launch: Launch) -> str:
    """An instance that stopped, with a sealed system disk and a sealed data disk."""
    made = launch(DataDisk=[{"Size": 30}])
    call("Ecs", "StopInstance", InstanceId=made)
    for each in disks(call, made):
        seal(call, each["DiskId"])
    return made


def system_snapshot(call: Caller, instance_id: str) -> str:
    return snapshot(call, disks(call, instance_id)[0]["DiskId"])


def test_an_image_of_an_instance_has_its_disks(call: Caller, net: Net, stopped: str) -> None:
    made = create(call, InstanceId=stopped, ImageName="golden", Description="of web")
    (found,) = listed(call)
    assert (found["ImageId"], found["ImageName"], found["Description"]) == (
        made,
        "golden",
        "of web",
    )
    assert (found["Status"], found["Usage"], found["IsPublic"]) == ("Available", "none", False)
    assert (found["Size"], found["Platform"], found["OSName"][:6]) == (40, "Debian", "Debian")
    mapped = found["DiskDeviceMappings"]["DiskDeviceMapping"]
    shown = [(each["Device"], each["Type"], each["Size"]) for each in mapped]
    assert shown == [("/dev/xvda", "system", "40"), ("/dev/xvdb", "data", "30")]

    def usage(snapshot_id: str) -> str:
        (one,) = call(
            "Ecs", "DescribeSnapshots", RegionId=REGION, SnapshotIds=json.dumps([snapshot_id])
        )["Snapshots"]["Snapshot"]
        return str(one["Usage"])

    held = [each["SnapshotId"] for each in mapped]
    assert [usage(each) for each in held] == ["image", "image"]
    (other,) = call("Ecs", "RunInstances", **wanted(net, ImageId=made))["InstanceIdSets"][
        "InstanceIdSet"
    ]
    mine = disks(call, other)
    assert [(each["Device"], each["Size"], each["SourceSnapshotId"]) for each in mine] == [
        ("/dev/xvda", 40, held[0]),
        ("/dev/xvdb", 30, held[1]),
    ]
    (instance,) = call("Ecs", "DescribeInstances", RegionId=REGION, InstanceIds=f'["{other}"]')[
        "Instances"
    ]["Instance"]
    assert (instance["ImageId"], instance["OSName"][:6]) == (made, "Debian")
    assert [usage(each) for each in held] == ["image_disk", "image_disk"]
    assert listed(call)[0]["Usage"] == "instance"
    with refused("SnapshotCreatedImage", 403):
        call("Ecs", "DeleteSnapshot", SnapshotId=held[0], Force=True)
    with refused("ImageUsingByInstance", 403):
        call("Ecs", "DeleteImage", RegionId=REGION, ImageId=made)
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=made, Force=True)
    assert listed(call) == []
    (instance,) = call("Ecs", "DescribeInstances", RegionId=REGION, InstanceIds=f'["{other}"]')[
        "Instances"
    ]["Instance"]
    assert (instance["ImageId"], instance["OSName"]) == (made, "")
    call("Ecs", "DeleteSnapshot", SnapshotId=held[0], Force=True)


def test_an_image_comes_with_its_snapshots(call: Caller, local: Local, launch: Launch) -> None:
    one = launch(DataDisk=[{"Size": 20}])
    made = create(call, InstanceId=one)
    every = "Creating,Available,CreateFailed"
    assert listed(call) == []
    (found,) = listed(call, Status=every)
    assert (found["ImageName"], found["Status"], found["Progress"]) == (made, "Creating", "0%")
    with refused("IncorrectDiskStatus.CreatingSnapshot", 403):
        create(call, InstanceId=one)
    for action, more in (
        ("DeleteImage", {"Force": True}),
        ("ModifyImageAttribute", {"Status": "Deprecated"}),
    ):
        code = "ImageIsCreating" if action == "DeleteImage" else "IncorrectImageStatus"
        with refused(code, 403):
            call("Ecs", action, RegionId=REGION, ImageId=made, **more)
    with refused("IncorrectImageStatus", 403):
        launch(ImageId=made)
    ids = [each["SnapshotId"] for each in found["DiskDeviceMappings"]["DiskDeviceMapping"]]

    def end(tx: Transaction, snapshot_id: str, status: str) -> None:
        row = tx.get(SnapshotRow, snapshot_id)
        assert row is not None
        end_snapshot(tx, row, status, Instant(row.changed_at))

    local.running.store.call(lambda tx: end(tx, ids[0], ACCOMPLISHED))
    assert listed(call) == []
    local.running.store.call(lambda tx: end(tx, ids[1], ACCOMPLISHED))
    assert listed(call)[0]["Status"] == "Available"
    state = local.running.store.look(
        lambda tx: tx.find_one(ResourceRow, resource_type="ACS::ECS::Image", resource_id=made)
    )
    assert state is not None
    assert json.loads(state.state)["Status"] == "Available"
    failing = create(call, InstanceId=one)
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    (found,) = listed(call, Status="CreateFailed")
    assert (found["ImageId"], found["Progress"]) == (failing, "0%")


def test_images_are_filtered(call: Caller, stopped: str) -> None:
    tag = [{"Key": "team", "Value": "a"}]
    of = system_snapshot(call, stopped)
    one = create(call, SnapshotId=of, ImageName="web-1", ImageFamily="web", Tag=tag)
    other = create(call, SnapshotId=of, ImageName="db-1", Platform="Ubuntu", ImageVersion="7")
    for filters, ids in (
        ({}, {one, other}),
        ({"ImageId": f"{one},m-none"}, {one}),
        ({"ImageId": "m-none"}, set()),
        ({"ImageName": "web-*"}, {one}),
        ({"ImageFamily": "web"}, {one}),
        ({"SnapshotId": of}, {one, other}),
        ({"SnapshotId": "s-none"}, set()),
        ({"Usage": "instance"}, set()),
        ({"Usage": "none"}, {one, other}),
        ({"IsPublic": True}, set()),
        ({"ImageOwnerId": int(call.account.account_id)}, {one, other}),
        ({"ImageOwnerId": 1}, set()),
        ({"Tag": tag}, {one}),
        ({"Status": "Deprecated"}, set()),
        ({"OSType": "windows"}, set()),
    ):
        assert {each["ImageId"] for each in listed(call, **filters)} == ids, filters
    (shown,) = listed(call, ImageId=other)
    assert (shown["Platform"], shown["OSName"], shown["ImageVersion"]) == ("Ubuntu", "Ubuntu", "7")
    found = call("Ecs", "DescribeImages", RegionId=REGION, PageSize=50)["Images"]["Image"]
    assert [each["ImageOwnerAlias"] for each in found[:3]] == ["self", "self", "system"]
    listed_tags = call("Ecs", "ListTagResources", RegionId=REGION, ResourceType="image", Tag=tag)
    assert listed_tags["TagResources"]["TagResource"][0]["ResourceId"] == one


def test_an_image_is_changed(call: Caller, net: Net, launch: Launch, stopped: str) -> None:
    made = create(call, SnapshotId=system_snapshot(call, stopped), ImageName="one")

    def change(**more: Any) -> None:
        call("Ecs", "ModifyImageAttribute", RegionId=REGION, ImageId=made, **more)

    change(ImageName="two", Description="words", ImageFamily="web")
    (found,) = listed(call)
    assert (found["ImageName"], found["Description"], found["ImageFamily"]) == (
        "two",
        "words",
        "web",
    )
    (shown,) = [call("Ecs", "DescribeImageFromFamily", RegionId=REGION, ImageFamily="web")["Image"]]
    assert shown["ImageId"] == made
    launched = launch(ImageId=None, ImageFamily="web")
    assert disks(call, launched)[0]["ImageId"] == made
    change(Status="Deprecated")
    for action in ("RunInstances", "CreateInstance"):
        with refused("IncorrectImageStatus", 403):
            call("Ecs", action, **wanted(net, ImageId=made))
    with refused("InvalidImageId.NotFound", 404):
        call("Ecs", "DescribeImageFromFamily", RegionId=REGION, ImageFamily="web")
    with refused("InvalidImageId.NotFound", 404):
        launch(ImageId=None, ImageFamily="web")
    change(Status="Available", Description="", ImageFamily="")
    (found,) = listed(call)
    assert (found["Description"], found["ImageFamily"]) == ("", "")
    create(call, SnapshotId=system_snapshot(call, stopped), ImageName="three")
    with refused("InvalidImageName.Duplicated", 400):
        change(ImageName="three")
    for name, value in (
        ("ImageName", "aliyun-x"),
        ("ImageFamily", "acs:x"),
        ("Status", "Creating"),
        ("BootMode", "UEFI"),
    ):
        with refused(f"Invalid{name}.Malformed", 400):
            change(**{name: value})
    with refused("UnsupportedOperation", 400):
        change(LicenseType="BYOL")
    with refused("InvalidImageId.NotFound", 404):
        call("Ecs", "ModifyImageAttribute", RegionId=REGION, ImageId="m-none")
    with refused("InvalidImageId.NotFound", 404):
        call("Ecs", "ModifyImageAttribute", RegionId=REGION, ImageId=IMAGE)
    for action in ("ModifyImageAttribute", "DeleteImage"):
        with refused("InvalidRegionId.NotFound", 404):
            call("Ecs", action, RegionId="cn-nowhere", ImageId=made)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeImageFromFamily", RegionId="cn-nowhere", ImageFamily=_FAMILY)
    system = call("Ecs", "DescribeImageFromFamily", RegionId=REGION, ImageFamily=_FAMILY)["Image"]
    assert system["ImageOwnerAlias"] == "system"


_FAMILY = "acs:debian_12_6_x64"


def test_what_makes_no_image_is_refused(call: Caller, local: Local, stopped: str) -> None:
    system = system_snapshot(call, stopped)
    data = snapshot(call, disks(call, stopped)[1]["DiskId"])
    for code, status, given in (
        ("MissingParameter", 400, {}),
        ("InvalidInstanceId.NotFound", 404, {"InstanceId": "i-none"}),
        ("InvalidSnapshotId.NotFound", 404, {"SnapshotId": "s-none"}),
        ("OperationDenied", 403, {"SnapshotId": data}),
        ("OperationDenied", 403, {"DiskDeviceMapping": [{"SnapshotId": data}]}),
        ("OperationDenied", 403, {"DiskDeviceMapping": [{"Size": 40, "Device": "/dev/xvda"}]}),
        (
            "OperationDenied",
            403,
            {"DiskDeviceMapping": [{"SnapshotId": system, "Device": "/dev/xvdb"}]},
        ),
        (
            "OperationDenied",
            403,
            {"DiskDeviceMapping": [{"SnapshotId": system, "DiskType": "data"}]},
        ),
        ("InvalidDevice.InUse", 400, {"DiskDeviceMapping": [{"SnapshotId": system}] * 2}),
        (
            "InvalidDiskSize.TooSmall",
            400,
            {"DiskDeviceMapping": [{"SnapshotId": system, "Size": 9}]},
        ),
        (
            "InvalidDiskSize.TooSmall",
            400,
            {"DiskDeviceMapping": [{"SnapshotId": system}, {"Device": "/dev/xvdb"}]},
        ),
        ("UnsupportedOperation", 400, {"SnapshotId": system, "DetectionStrategy": "Standard"}),
        ("InvalidArchitecture.Malformed", 400, {"SnapshotId": system, "Architecture": "arm64"}),
    ):
        with refused(code, status):
            create(call, **given)
    create(call, SnapshotId=system, ImageName="golden")
    with refused("InvalidImageName.Duplicated", 400):
        create(call, SnapshotId=system, ImageName="golden")
    with quotas(local, {"ecs.images": 1}), refused("QuotaExceed.Image", 403):
        create(call, SnapshotId=system)
    with quotas(local, {"ecs.snapshots": 0}), refused("QuotaExceed.Snapshot", 403):
        create(call, InstanceId=stopped)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "CreateImage", RegionId="cn-nowhere", SnapshotId=system)
    for action in ("ModifyImageShareGroupPermission", "ExportImage"):
        with refused("UnsupportedOperation", 400):
            call("Ecs", action, RegionId=REGION, ImageId="m-none")

    def fail(tx: Transaction) -> None:
        row = tx.get(SnapshotRow, system)
        assert row is not None
        tx.update(row, status=FAILED)

    local.running.store.call(fail)
    with refused("IncorrectSnapshotStatus", 403):
        create(call, SnapshotId=system)


def test_disks_of_an_image_are_named_one_by_one(
    call: Caller, net: Net, launch: Launch, stopped: str
) -> None:
    system = system_snapshot(call, stopped)
    made = create(
        call,
        DiskDeviceMapping=[
            {"SnapshotId": system, "Size": 50},
            {"Size": 25, "DiskType": "data"},
            {"SnapshotId": snapshot(call, sealed(call)), "Device": "/dev/xvdf"},
        ],
    )
    one = launch(ImageId=made, DataDisk=[{"Size": 60}])
    shown = [(each["Device"], each["Size"], each["Type"]) for each in disks(call, one)]
    assert shown == [
        ("/dev/xvda", 50, "system"),
        ("/dev/xvdb", 25, "data"),
        ("/dev/xvdc", 20, "data"),
        ("/dev/xvdd", 60, "data"),
    ]
    with refused("InvalidSystemDiskSize.ValueNotSupported", 400):
        launch(ImageId=made, SystemDisk={"Size": 40})
    many = [{"Size": 20}] * 15
    with refused("InstanceDiskLimitExceeded", 403):
        launch(ImageId=made, DataDisk=many)
    with refused("InstanceDiskLimitExceeded", 403):
        call("Ecs", "CreateInstance", **wanted(net, ImageId=made, DataDisk=many))


def test_an_instance_that_never_started_gives_an_image_without_content(
    call: Caller, net: Net, launch: Launch
) -> None:
    made = create(call, InstanceId=call("Ecs", "CreateInstance", **wanted(net))["InstanceId"])
    (found,) = listed(call)
    assert (found["ImageId"], found["Size"]) == (made, 40)
    launch(ImageId=made)


def test_an_image_has_the_keys_of_its_snapshots(
    call: Caller, local: Local, launch: Launch, stopped: str
) -> None:
    own = key(call)
    data = snapshot(call, sealed(call, Encrypted=True, KMSKeyId=own))
    made = create(
        call,
        DiskDeviceMapping=[{"SnapshotId": system_snapshot(call, stopped)}, {"SnapshotId": data}],
    )
    mapped = listed(call)[0]["DiskDeviceMappings"]["DiskDeviceMapping"]
    assert [each["Encrypted"] for each in mapped] == [False, True]
    links = local.running.store.look(lambda tx: tx.find(LinkRow, resource_id=made))
    assert [(each.kind, each.to_id) for each in links] == [("encrypted-by", own)]
    one = launch(ImageId=made)
    assert [each["KMSKeyId"] for each in disks(call, one)] == ["", own]
    # The image is not encrypted, what the system disk holds later is.
    further = launch(ImageId=made, SystemDisk={"Encrypted": True, "KMSKeyId": own})
    assert [each["KMSKeyId"] for each in disks(call, further)] == [own, own]
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        launch(ImageId=made)


def test_an_encrypted_system_disk_of_an_image_keeps_its_key(
    call: Caller, net: Net, launch: Launch
) -> None:
    own = key(call)
    one = launch(SystemDisk={"Encrypted": True, "KMSKeyId": own})
    call("Ecs", "StopInstance", InstanceId=one)
    seal(call, disks(call, one)[0]["DiskId"])
    made = create(call, InstanceId=one)
    others = {"ImageId": made, "SystemDisk": {"Encrypted": True, "KMSKeyId": key(call)}}
    for action in ("RunInstances", "CreateInstance"):
        with refused("EncryptedOption.Conflict", 400):
            call("Ecs", action, **wanted(net, **others))
    other = call("Ecs", "CreateInstance", **wanted(net, ImageId=made))["InstanceId"]
    assert disks(call, other)[0]["KMSKeyId"] == own
    call("Kms", "DisableKey", KeyId=own)
    with refused("InvalidParameter.KMSKeyId.KMSUnauthorized", 403):
        call("Ecs", "StartInstance", InstanceId=other)


def allowed(call: Caller, name: str, action: str, *resources: str, **condition: Any) -> Caller:
    user = call.new_user(name)
    statement = {"Effect": "Allow", "Action": action, "Resource": [*resources]}
    document = {"Version": "1", "Statement": [{**statement, **condition}]}
    call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToUser", UserName=name, PolicyName=name, PolicyType="Custom")
    return user


def test_a_caller_needs_the_image_and_what_it_is_made_of(
    call: Caller, net: Net, stopped: str
) -> None:
    made = create(call, InstanceId=stopped)
    runs = allowed(call, "runs", "ecs:RunInstances", "acs:ecs:*:*:instance/*")
    runs("Ecs", "RunInstances", **wanted(net))
    with refused("Forbidden.RAM", 403):
        runs("Ecs", "RunInstances", **wanted(net, ImageId=made))
    both = ("acs:ecs:*:*:instance/*", f"acs:ecs:*:*:image/{made}")
    allowed(call, "more", "ecs:RunInstances", *both)(
        "Ecs", "RunInstances", **wanted(net, ImageId=made)
    )
    public = {"StringEquals": {"ecs:ImageSource": "System"}}
    with refused("Forbidden.RAM", 403):
        allowed(call, "public", "ecs:RunInstances", *both, Condition=public)(
            "Ecs", "RunInstances", **wanted(net, ImageId=made)
        )
    makes = allowed(call, "makes", "ecs:CreateImage", "acs:ecs:*:*:image/*")
    for given in (
        {"InstanceId": stopped},
        {"SnapshotId": system_snapshot(call, stopped)},
        {"DiskDeviceMapping": [{"SnapshotId": "s-none"}]},
    ):
        with refused("Forbidden.RAM", 403):
            create(makes, **given)
    stranger = call.new_user("stranger")
    for action in ("DeleteImage", "ModifyImageAttribute"):
        with refused("Forbidden.RAM", 403):
            stranger("Ecs", action, RegionId=REGION, ImageId=made)
    with refused("Forbidden.RAM", 403):
        stranger("Ecs", "DescribeImageFromFamily", RegionId=REGION, ImageFamily=_FAMILY)


def test_tags_of_images_are_judged(call: Caller, stopped: str) -> None:
    of = system_snapshot(call, stopped)
    for tags, code in (
        ([{"Key": "acs:x", "Value": "v"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "http://x"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k", "Value": "v"}] * 2, "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            create(call, SnapshotId=of, Tag=tags)


def test_images_of_others_are_none(call: Caller, local: Local, net: Net, stopped: str) -> None:
    made = create(call, InstanceId=stopped)
    other = local.administrator(local.new_account())
    assert listed(other, ImageId=made) == []
    with refused("InvalidImageId.NotFound", 404):
        other("Ecs", "DeleteImage", RegionId=REGION, ImageId=made)
