"""Groups of snapshots, of several disks by one call."""

import json
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch, wanted
from tests.unit.services.ecs.test_images import allowed, create, disks, seal
from tests.unit.services.ecs.test_snapshots import listed, make, sealed

from juyong.services.ecs.disks.tables import DiskRow
from juyong.store.transaction import Transaction


def group(call: Caller, **more: Any) -> str:
    return str(call("Ecs", "CreateSnapshotGroup", RegionId=REGION, **more)["SnapshotGroupId"])


def groups(call: Caller, **more: Any) -> list[dict[str, Any]]:
    answer = call("Ecs", "DescribeSnapshotGroups", RegionId=REGION, **more)
    found: list[dict[str, Any]] = answer["SnapshotGroups"]["SnapshotGroup"]
    return found


@pytest.fixture
def stopped(call: Caller, launch: Launch) -> str:
    made = launch(DataDisk=[{"Size": 30}, {"Size": 40}])
    call("Ecs", "StopInstance", InstanceId=made)
    for each in disks(call, made):
        seal(call, each["DiskId"])
    return made


def test_a_group_holds_the_disks_of_an_instance(call: Caller, stopped: str) -> None:
    tag = [{"Key": "team", "Value": "a"}]
    held = [each["DiskId"] for each in disks(call, stopped)]
    one = group(call, InstanceId=stopped, Name="all", Description="of all", Tag=tag)
    two = group(call, InstanceId=stopped, DiskId=held[1:2])
    three = group(call, InstanceId=stopped, ExcludeDiskId=held[1:])
    four = group(call, DiskId=[sealed(call), held[2]])
    (found,) = groups(call, SnapshotGroupId=[one])
    assert (found["Name"], found["Description"], found["InstanceId"], found["Status"]) == (
        "all",
        "of all",
        stopped,
        "accomplished",
    )
    assert found["Tags"]["Tag"] == tag
    shown = found["Snapshots"]["Snapshot"]
    assert {each["SourceDiskId"] for each in shown} == set(held)
    assert {(each["Progress"], each["Available"]) for each in shown} == {("100%", True)}
    for filters, ids in (
        ({}, {one, two, three, four}),
        ({"InstanceId": stopped}, {one, two, three}),
        ({"Name": "all"}, {one}),
        ({"Tag": tag}, {one}),
        ({"Status": ["accomplished"]}, {one, two, three, four}),
        ({"Status": ["progressing", "failed"]}, set()),
        ({"SnapshotGroupId": ["ssg-none"]}, set()),
    ):
        assert {each["SnapshotGroupId"] for each in groups(call, **filters)} == ids, filters
    page = call("Ecs", "DescribeSnapshotGroups", RegionId=REGION, MaxResults=3)
    rest = groups(call, MaxResults=3, NextToken=page["NextToken"])
    assert [each["SnapshotGroupId"] for each in rest] == [sorted([one, two, three, four])[3]]
    call("Ecs", "ModifySnapshotGroup", RegionId=REGION, SnapshotGroupId=one, Name="other")
    assert groups(call, Name="other")[0]["Description"] == "of all"


def test_a_group_of_a_running_instance_waits(call: Caller, launch: Launch) -> None:
    one = launch(DataDisk=[{"Size": 30}])
    made = group(call, InstanceId=one)
    (found,) = groups(call)
    assert (found["SnapshotGroupId"], found["Status"]) == (made, "progressing")
    with refused("IncorrectDiskStatus.CreatingSnapshot", 403):
        group(call, InstanceId=one)
    call("Ecs", "DeleteInstance", InstanceId=one, Force=True)
    assert groups(call)[0]["Status"] == "failed"


def test_a_group_goes_with_its_snapshots(call: Caller, stopped: str) -> None:
    made = group(call, InstanceId=stopped)
    (found,) = groups(call)
    by_disk = {
        each["SourceDiskType"]: each["SnapshotId"] for each in found["Snapshots"]["Snapshot"]
    }
    image = create(call, SnapshotId=by_disk["system"])
    make(call, SnapshotId=by_disk["data"], Size=50)
    answer = call("Ecs", "DeleteSnapshotGroup", RegionId=REGION, SnapshotGroupId=made)
    told = {
        each["RelatedItemSet"]["RelatedItem"][0]["Value"]: each["ErrorCode"]
        for each in answer["OperationProgressSet"]["OperationProgress"]
    }
    assert len(told) == 3
    assert (told[by_disk["system"]], told[by_disk["data"]]) == (
        "SnapshotCreatedImage",
        "SnapshotCreatedDisk",
    )
    assert groups(call) == []
    left = {each["SnapshotId"] for each in listed(call)}
    assert left == {by_disk["system"], by_disk["data"]}
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image)
    call("Ecs", "DeleteSnapshot", SnapshotId=by_disk["system"])


def test_what_makes_no_group_is_refused(call: Caller, local: Local, net: Net, stopped: str) -> None:
    held = [each["DiskId"] for each in disks(call, stopped)]
    loose, elsewhere = sealed(call), sealed(call)
    huge = [sealed(call) for _ in range(2)]

    def change(tx: Transaction) -> None:
        for disk_id, changes in (
            (elsewhere, {"zone_id": f"{REGION}-b"}),
            *((each, {"size_gib": 20_000}) for each in huge),
        ):
            row = tx.get(DiskRow, disk_id)
            assert row is not None
            tx.update(row, **changes)

    local.running.store.call(change)
    new = call("Ecs", "CreateInstance", **wanted(net))["InstanceId"]
    for code, status, given in (
        ("MissingParameter.InstanceId", 400, {}),
        ("MissingParameter.InstanceId", 400, {"InstanceId": stopped, "ExcludeDiskId": held}),
        ("InvalidParameter.Conflict", 400, {"DiskId": held[:1], "ExcludeDiskId": held[1:]}),
        ("InvalidParameter.Conflict", 400, {"ExcludeDiskId": held[1:]}),
        ("InvalidInstanceId.NotFound", 404, {"InstanceId": "i-none"}),
        ("InvalidDiskId.NotFound", 404, {"DiskId": ["d-none"]}),
        ("InvalidDiskId.NotFound", 404, {"InstanceId": stopped, "DiskId": [loose]}),
        ("ResourcesNotInSameZone", 403, {"DiskId": [loose, elsewhere]}),
        ("QuotaExceed.SnapshotGroupDisk", 403, {"DiskId": huge}),
        ("IncorrectDiskStatus.NeverAttached", 403, {"InstanceId": new}),
        ("UnsupportedOperation", 400, {"InstanceId": stopped, "InstantAccess": True}),
        ("InvalidRegionId.NotFound", 404, {"RegionId": "cn-nowhere", "DiskId": [loose]}),
        ("InvalidTagKey.Malformed", 400, {"DiskId": [loose], "Tag": [{"Key": "acs:x"}]}),
        (
            "InvalidTagValue.Malformed",
            400,
            {"DiskId": [loose], "Tag": [{"Key": "k", "Value": "http://x"}]},
        ),
        ("Duplicate.TagKey", 400, {"DiskId": [loose], "Tag": [{"Key": "k"}] * 2}),
    ):
        with refused(code, status):
            call("Ecs", "CreateSnapshotGroup", **{"RegionId": REGION, **given})
    few = {"ecs.snapshot-groups": 0}
    with quotas(local, few), refused("QuotaExceed.SnapshotGroup", 403):
        group(call, DiskId=[loose])
    # A call that fails at its second disk makes nothing.
    with quotas(local, {"ecs.snapshots": 1}), refused("QuotaExceed.Snapshot", 403):
        group(call, InstanceId=stopped)
    assert (groups(call), listed(call)) == ([], [])
    for action in ("ModifySnapshotGroup", "DeleteSnapshotGroup"):
        with refused("InvalidSnapshotGroup.NotFound", 404):
            call("Ecs", action, RegionId=REGION, SnapshotGroupId="ssg-none")
        with refused("InvalidRegionId.NotFound", 404):
            call("Ecs", action, RegionId="cn-nowhere", SnapshotGroupId="ssg-none")
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeSnapshotGroups", RegionId="cn-nowhere")
    with refused("InvalidNextToken.Malformed", 400):
        groups(call, NextToken="x")


def test_each_disk_must_be_allowed(call: Caller) -> None:
    first, second = sealed(call), sealed(call)
    made = group(call, DiskId=[first])
    every = "acs:ecs:*:*:snapshotgroup/*"
    for name, arns in (
        ("group", (every,)),
        ("first", (every, f"acs:ecs:*:*:disk/{first}")),
    ):
        user = allowed(call, name, "ecs:CreateSnapshotGroup", *arns)
        with refused("Forbidden.RAM", 403):
            group(user, DiskId=[first, second])
    both = (every, f"acs:ecs:*:*:disk/{first}", f"acs:ecs:*:*:disk/{second}")
    group(allowed(call, "both", "ecs:CreateSnapshotGroup", *both), DiskId=[first, second])
    stranger = call.new_user("stranger")
    with refused("Forbidden.RAM", 403):
        groups(stranger)
    for action in ("ModifySnapshotGroup", "DeleteSnapshotGroup"):
        with refused("Forbidden.RAM", 403):
            stranger("Ecs", action, RegionId=REGION, SnapshotGroupId=made)
    named = json.dumps([made])
    call(
        "Ecs",
        "TagResources",
        RegionId=REGION,
        ResourceType="snapshotgroup",
        ResourceId=named,
        Tag=[{"Key": "k"}],
    )
    assert groups(call, Tag=[{"Key": "k"}])[0]["SnapshotGroupId"] == made
