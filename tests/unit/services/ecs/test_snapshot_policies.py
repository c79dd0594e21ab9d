"""Policies that make snapshots by the clock, and delete them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, Net
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import Launch, wanted
from tests.unit.services.ecs.test_images import allowed, create, disks
from tests.unit.services.ecs.test_snapshots import listed, make, sealed, snapshot

from juyong.api.bench import Bench
from juyong.services.ecs.snapshot_policies.jobs import follow_policies
from juyong.services.ecs.snapshot_policies.tables import PolicyDiskRow, SnapshotPolicyRow

HOUR, DAY = 3600, 86_400
AHEAD = timezone(timedelta(hours=8))
ALL_DAYS = json.dumps([str(day) for day in range(1, 8)])
ALL_HOURS = json.dumps([str(hour) for hour in range(24)])


@pytest.fixture(autouse=True)
def _hour(local: Local) -> Iterator[None]:
    """Begin ten minutes after an hour; the clock is back after the test."""
    before = local.clock.offset
    local.clock.offset += HOUR - local.clock() % HOUR + 600
    yield
    local.clock.offset = before


def policy(call: Caller, **more: Any) -> str:
    given = {
        "regionId": REGION,
        "timePoints": ALL_HOURS,
        "repeatWeekdays": ALL_DAYS,
        "retentionDays": 3,
        **more,
    }
    return str(call("Ecs", "CreateAutoSnapshotPolicy", **given)["AutoSnapshotPolicyId"])


def apply(call: Caller, policy_id: str, *disk_ids: str) -> None:
    given = {"autoSnapshotPolicyId": policy_id, "diskIds": json.dumps(disk_ids)}
    call("Ecs", "ApplyAutoSnapshotPolicy", regionId=REGION, **given)


def cancel(call: Caller, *disk_ids: str, **more: Any) -> None:
    given = {"diskIds": json.dumps(disk_ids), **more}
    call("Ecs", "CancelAutoSnapshotPolicy", regionId=REGION, **given)


def policies(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    answer = call("Ecs", "DescribeAutoSnapshotPolicyEx", RegionId=REGION, **asked)
    found: list[dict[str, Any]] = answer["AutoSnapshotPolicies"]["AutoSnapshotPolicy"]
    assert answer["TotalCount"] == len(found)
    return found


def bench_of(local: Local) -> Bench:
    running = local.running
    return Bench(
        call=running.store.call,
        clock=local.clock,
        platform=running.pipeline.platform,
        job="ecs.snapshot-policies",
    )


def run(local: Local, after: int = 0) -> None:
    local.clock.offset += after
    follow_policies(bench_of(local))


def made_by(call: Caller, policy_id: str) -> list[dict[str, Any]]:
    return [each for each in listed(call, SnapshotType="auto") if policy_id in each["SnapshotName"]]


def test_a_policy_is_made_changed_and_deleted(call: Caller) -> None:
    tag = [{"Key": "team", "Value": "a"}]
    one = policy(call, autoSnapshotPolicyName="daily", timePoints='["5", "1"]', Tag=tag)
    other = policy(call, retentionDays=-1)
    (found,) = policies(call, AutoSnapshotPolicyId=one)
    assert (found["AutoSnapshotPolicyName"], found["Status"], found["Type"]) == (
        "daily",
        "Normal",
        "Custom",
    )
    assert (found["TimePoints"], found["RepeatWeekdays"], found["RetentionDays"]) == (
        '["1","5"]',
        '["1","2","3","4","5","6","7"]',
        3,
    )
    assert (found["DiskNums"], found["EnableCrossRegionCopy"], found["RegionId"]) == (
        0,
        False,
        REGION,
    )
    assert {each["AutoSnapshotPolicyId"] for each in policies(call)} == {one, other}
    assert [each["AutoSnapshotPolicyId"] for each in policies(call, Tag=tag)] == [one]
    named = policies(call, AutoSnapshotPolicyName="daily")
    assert [each["AutoSnapshotPolicyId"] for each in named] == [one]
    call(
        "Ecs",
        "ModifyAutoSnapshotPolicyEx",
        RegionId=REGION,
        autoSnapshotPolicyId=one,
        autoSnapshotPolicyName="weekly",
        timePoints='["7"]',
        repeatWeekdays='["1"]',
        retentionDays=-1,
    )
    (found,) = policies(call, AutoSnapshotPolicyId=one)
    assert (found["AutoSnapshotPolicyName"], found["TimePoints"], found["RetentionDays"]) == (
        "weekly",
        '["7"]',
        -1,
    )
    call(
        "Ecs",
        "UntagResources",
        RegionId=REGION,
        ResourceType="snapshotpolicy",
        ResourceId=[one],
        All=True,
    )
    assert policies(call, Tag=tag) == []
    call("Ecs", "DeleteAutoSnapshotPolicy", regionId=REGION, autoSnapshotPolicyId=one)
    assert [each["AutoSnapshotPolicyId"] for each in policies(call)] == [other]


@pytest.mark.parametrize("action", ["CreateAutoSnapshotPolicy", "ModifyAutoSnapshotPolicyEx"])
def test_what_is_no_schedule_is_refused(call: Caller, action: str) -> None:
    given = {
        "autoSnapshotPolicyId": policy(call),
        "regionId": REGION,
        "timePoints": '["1"]',
        "repeatWeekdays": '["1"]',
        "retentionDays": 1,
    }
    for code, status, change in (
        ("ParameterInvalid", 403, {"timePoints": '["24"]'}),
        ("ParameterInvalid", 403, {"repeatWeekdays": "1"}),
        ("ParameterInvalid", 403, {"retentionDays": 0}),
        ("ParameterInvalid", 403, {"retentionDays": 65536}),
        ("InvalidautoSnapshotPolicyName.Malformed", 400, {"autoSnapshotPolicyName": "1"}),
        ("InvalidRegionId.NotFound", 404, {"regionId": "cn-nowhere"}),
        ("InvalidCopiedSnapshotsRetentionDays.Malformed", 400, {"CopiedSnapshotsRetentionDays": 7}),
        ("UnsupportedOperation", 400, {"EnableCrossRegionCopy": True}),
        ("UnsupportedOperation", 400, {"TargetCopyRegions": '["cn-beijing"]'}),
    ):
        with refused(code, status):
            call("Ecs", action, **{**given, **change})


def test_bad_calls_about_policies_are_refused(call: Caller, local: Local) -> None:
    one, disk = policy(call), sealed(call)
    for action, given in (
        ("ModifyAutoSnapshotPolicyEx", {}),
        ("DeleteAutoSnapshotPolicy", {}),
        ("ApplyAutoSnapshotPolicy", {"diskIds": json.dumps([disk])}),
        ("CancelAutoSnapshotPolicy", {"diskIds": json.dumps([disk])}),
    ):
        with refused("ParameterInvalid", 404):
            call("Ecs", action, regionId=REGION, autoSnapshotPolicyId="sp-none", **given)
        with refused("InvalidRegionId.NotFound", 404):
            call("Ecs", action, regionId="cn-nowhere", autoSnapshotPolicyId=one, **given)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeAutoSnapshotPolicyEx", RegionId="cn-nowhere")
    with refused("InvalidDiskId.NotFound", 404):
        apply(call, one, disk, "d-none")
    with refused("InvalidDiskId.NotFound", 404):
        cancel(call, disk, "d-none")
    with refused("InvaliddiskIds.Malformed", 400):
        call(
            "Ecs",
            "ApplyAutoSnapshotPolicy",
            regionId=REGION,
            autoSnapshotPolicyId=one,
            diskIds=disk,
        )
    assert policies(call)[0]["DiskNums"] == 0
    few = {"ecs.snapshot-policies": 1}
    with quotas(local, few), refused("AutoSnapshotPolicy.QuotaExceed", 403):
        policy(call)
    for tags, code in (
        ([{"Key": "acs:x", "Value": "v"}], "InvalidTagKey.Malformed"),
        ([{"Key": "k", "Value": "http://x"}], "InvalidTagValue.Malformed"),
        ([{"Key": "k", "Value": "v"}] * 2, "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            policy(call, Tag=tags)


def test_a_disk_has_one_policy(call: Caller) -> None:
    one, other = policy(call), policy(call)
    first, second = make(call), make(call)
    apply(call, one, first, second)
    apply(call, other, second)

    def disks_of(**asked: Any) -> set[str]:
        found = call("Ecs", "DescribeDisks", RegionId=REGION, **asked)["Disks"]["Disk"]
        return {each["DiskId"] for each in found}

    assert disks_of(AutoSnapshotPolicyId=one) == {first}
    assert disks_of(autoSnapshotPolicyId=other) == {second}
    assert disks_of(EnableAutomatedSnapshotPolicy=True) == {first, second}
    assert disks_of(EnableAutomatedSnapshotPolicy=False) == set()
    (found,) = call("Ecs", "DescribeDisks", RegionId=REGION, DiskIds=json.dumps([first]))["Disks"][
        "Disk"
    ]
    assert (found["AutoSnapshotPolicyId"], found["EnableAutomatedSnapshotPolicy"]) == (one, True)
    cancel(call, first, second, autoSnapshotPolicyId=other)
    assert disks_of(EnableAutomatedSnapshotPolicy=True) == {first}
    cancel(call, first, second)
    assert disks_of(EnableAutomatedSnapshotPolicy=True) == set()
    apply(call, one, first)
    call("Ecs", "DeleteDisk", DiskId=first)
    assert {each["DiskNums"] for each in policies(call)} == {0}
    apply(call, one, second)
    call("Ecs", "DeleteAutoSnapshotPolicy", regionId=REGION, autoSnapshotPolicyId=one)
    assert disks_of(EnableAutomatedSnapshotPolicy=True) == set()


def associations(call: Caller, **asked: Any) -> dict[str, Any]:
    return call("Ecs", "DescribeAutoSnapshotPolicyAssociations", RegionId=REGION, **asked)


def test_associations_are_listed(call: Caller) -> None:
    one, held = policy(call), sorted(make(call) for _ in range(12))
    apply(call, one, *held)

    def pairs(answer: dict[str, Any]) -> list[tuple[str, str]]:
        found = answer["AutoSnapshotPolicyAssociations"]["AutoSnapshotPolicyAssociation"]
        return [(each["AutoSnapshotPolicyId"], each["DiskId"]) for each in found]

    first = associations(call, AutoSnapshotPolicyId=one, MaxResults=1)
    assert pairs(first) == [(one, each) for each in held[:10]]
    rest = associations(call, AutoSnapshotPolicyId=one, NextToken=first["NextToken"])
    assert pairs(rest) == [(one, each) for each in held[10:]]
    assert pairs(associations(call, DiskId=held[0])) == [(one, held[0])]
    assert pairs(associations(call, DiskId=make(call))) == []
    for code, status, asked in (
        ("MissingParameter.AutoSnapshotPolicyIdOrDiskId", 403, {}),
        (
            "ParameterConflict.AutoSnapshotPolicyIdAndDiskId",
            403,
            {"AutoSnapshotPolicyId": one, "DiskId": held[0]},
        ),
        ("InvalidAutoSnapshotPolicyId.NotFound", 404, {"AutoSnapshotPolicyId": "sp-none"}),
        ("InvalidDiskId.NotFound", 404, {"DiskId": "d-none"}),
        ("InvalidNextToken.Malformed", 400, {"DiskId": held[0], "NextToken": "x"}),
    ):
        with refused(code, status):
            associations(call, **asked)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", "DescribeAutoSnapshotPolicyAssociations", RegionId="cn-nowhere", DiskId="d")


def test_an_hour_gives_each_disk_one_snapshot(call: Caller, local: Local) -> None:
    one, disk, other, empty = policy(call), sealed(call), sealed(call), make(call)
    apply(call, one, disk, other, empty)
    run(local)
    assert made_by(call, one) == []
    run(local, HOUR)
    run(local, 60)
    found = made_by(call, one)
    assert {each["SourceDiskId"] for each in found} == {disk, other}
    day = datetime.fromtimestamp(local.clock(), AHEAD).strftime("%Y%m%d")
    assert {each["SnapshotName"] for each in found} == {f"auto2.0_{day}_{one}"}
    shown = {(each["SnapshotType"], each["RetentionDays"], each["Status"]) for each in found}
    assert shown == {("auto", 3, "accomplished")}
    assert listed(call, SnapshotType="user") == []
    run(local, HOUR)
    assert len(made_by(call, one)) == 4
    asked = [{"Key": "ResourceName", "Value": disk}]
    events = call("Actiontrail", "LookupEvents", LookupAttribute=asked)["Events"]
    told = [each for each in events if each["eventName"] == "CreateSnapshot"]
    assert len(told) == 2
    assert {each["eventType"] for each in told} == {"AliyunServiceEvent"}


def test_hours_that_were_missed_count_once(call: Caller, local: Local) -> None:
    one, disk = policy(call), sealed(call)
    apply(call, one, disk)
    run(local, 9 * HOUR)
    run(local, 60)
    assert len(made_by(call, one)) == 1
    run(local, HOUR)
    assert len(made_by(call, one)) == 2


def test_other_hours_and_weekdays_make_none(call: Caller, local: Local) -> None:
    now = datetime.fromtimestamp(local.clock(), AHEAD)
    hours = json.dumps([str((now.hour + 2) % 24)])
    after_tomorrow = json.dumps([str((now.isoweekday() + 1) % 7 + 1)])
    disk, later = sealed(call), sealed(call)
    one = policy(call, timePoints=hours, repeatWeekdays=ALL_DAYS)
    never_today = policy(call, repeatWeekdays=after_tomorrow)
    apply(call, one, disk)
    apply(call, never_today, later)
    run(local, HOUR)
    assert (made_by(call, one), made_by(call, never_today)) == ([], [])
    run(local, HOUR)
    assert len(made_by(call, one)) == 1


def test_a_run_that_was_killed_goes_on(call: Caller, local: Local) -> None:
    """Each commit of a run is the last one once; then a whole run ends the hour."""
    one, held = policy(call), [sealed(call) for _ in range(3)]
    apply(call, one, *held)
    local.clock.offset += HOUR

    class Killed(Exception):
        pass

    def killed_after(commits: int) -> None:
        left = commits
        whole = bench_of(local)

        def call_until(work: Any) -> Any:
            nonlocal left
            result = whole.call(work)
            left -= 1
            if left <= 0:
                raise Killed
            return result

        follow_policies(
            Bench(call=call_until, clock=local.clock, platform=whole.platform, job=whole.job)
        )

    for commits in range(1, 6):
        with pytest.raises(Killed):
            killed_after(commits)
    run(local)
    run(local)
    assert sorted(each["SourceDiskId"] for each in made_by(call, one)) == sorted(held)


def test_a_disk_that_cannot_be_taken_is_passed_over(
    call: Caller, local: Local, launch: Launch
) -> None:
    one, disk, instance = policy(call), sealed(call), launch()
    (system,) = disks(call, instance)
    waiting = snapshot(call, system["DiskId"])
    apply(call, one, disk, system["DiskId"])
    with quotas(local, {"ecs.snapshots": 1}):
        run(local, HOUR)
    assert made_by(call, one) == []
    events = call(
        "Actiontrail",
        "LookupEvents",
        LookupAttribute=[{"Key": "EventName", "Value": "CreateSnapshot"}],
    )["Events"]
    codes = {each.get("errorCode") for each in events if each["eventType"] == "AliyunServiceEvent"}
    assert codes == {"QuotaExceed.Snapshot", "IncorrectDiskStatus.CreatingSnapshot"}
    run(local, HOUR)
    assert [each["SourceDiskId"] for each in made_by(call, one)] == [disk]
    assert waiting in {each["SnapshotId"] for each in listed(call)}


def test_snapshots_go_after_their_days(call: Caller, local: Local, launch: Launch) -> None:
    one, forever, disk, other = (
        policy(call, retentionDays=2),
        policy(call, retentionDays=-1),
        sealed(call),
        sealed(call),
    )
    own = snapshot(call, sealed(call), RetentionDays=1)
    apply(call, one, disk)
    apply(call, forever, other)
    run(local, HOUR)
    cancel(call, disk, other)
    (found,), (kept,) = made_by(call, one), made_by(call, forever)
    assert "RetentionDays" not in kept
    assert listed(call, SnapshotIds=json.dumps([own]))[0]["RetentionDays"] == 1
    instance = launch()
    call("Ecs", "StopInstance", InstanceId=instance)
    run(local, DAY)
    assert own not in {each["SnapshotId"] for each in listed(call)}
    made = make(call, SnapshotId=found["SnapshotId"])
    run(local, DAY)
    assert made_by(call, one) == [{**found, "Usage": "disk"}]
    call("Ecs", "DeleteDisk", DiskId=made)
    run(local, 60)
    assert made_by(call, one) == []
    assert made_by(call, forever) == [kept]


def test_a_snapshot_in_an_image_stays(call: Caller, local: Local, launch: Launch) -> None:
    from tests.unit.services.ecs.test_images import seal

    one, instance = policy(call, retentionDays=1), launch()
    call("Ecs", "StopInstance", InstanceId=instance)
    (system,) = disks(call, instance)
    seal(call, system["DiskId"])
    apply(call, one, system["DiskId"])
    run(local, HOUR)
    cancel(call, system["DiskId"])
    (found,) = made_by(call, one)
    image = create(call, SnapshotId=found["SnapshotId"])
    run(local, 2 * DAY)
    assert [each["SnapshotId"] for each in made_by(call, one)] == [found["SnapshotId"]]
    call("Ecs", "DeleteImage", RegionId=REGION, ImageId=image)
    run(local, 60)
    assert made_by(call, one) == []


def test_a_policy_that_is_changed_or_gone_is_heeded(call: Caller, local: Local) -> None:
    one, disk = policy(call), sealed(call)
    apply(call, one, disk)
    hour = datetime.fromtimestamp(local.clock(), AHEAD).hour
    given = {"regionId": REGION, "autoSnapshotPolicyId": one}
    call(
        "Ecs",
        "ModifyAutoSnapshotPolicyEx",
        timePoints=json.dumps([str((hour + 3) % 24)]),
        **given,
    )
    run(local, HOUR)
    assert made_by(call, one) == []
    run(local, 2 * HOUR)
    assert len(made_by(call, one)) == 1
    call("Ecs", "DeleteAutoSnapshotPolicy", **given)
    run(local, DAY)
    assert len(made_by(call, one)) == 1
    rows = local.running.store.look(
        lambda tx: (tx.get(SnapshotPolicyRow, one), tx.get(PolicyDiskRow, disk))
    )
    assert rows == (None, None)


def test_names_of_policies_are_theirs(call: Caller) -> None:
    for name in ("auto", "auto2.0_20260101_sp-1", "automatic"):
        with refused("InvalidSnapshotName.Malformed", 400):
            snapshot(call, sealed(call), SnapshotName=name)
    snapshot(call, sealed(call), SnapshotName="an-auto")


def test_policies_and_disks_must_be_allowed(call: Caller) -> None:
    one, disk = policy(call), make(call)
    stranger = call.new_user("stranger")
    for action, given in (
        (
            "CreateAutoSnapshotPolicy",
            {"timePoints": "x", "repeatWeekdays": "x", "retentionDays": 1},
        ),
        ("ModifyAutoSnapshotPolicyEx", {"autoSnapshotPolicyId": one}),
        ("DeleteAutoSnapshotPolicy", {"autoSnapshotPolicyId": one}),
        ("DescribeAutoSnapshotPolicyEx", {"RegionId": REGION}),
        ("DescribeAutoSnapshotPolicyAssociations", {"RegionId": REGION, "DiskId": disk}),
    ):
        with refused("Forbidden.RAM", 403):
            stranger("Ecs", action, regionId=REGION, **given)
    action = "ecs:*AutoSnapshotPolicy"
    both = f"acs:ecs:{REGION}:*:snapshotpolicy/{one}", f"acs:ecs:{REGION}:*:disk/{disk}"
    for name, arn in (("policies", both[0]), ("disks", both[1])):
        user = allowed(call, name, action, arn)
        with refused("Forbidden.RAM", 403):
            apply(user, one, disk)
        with refused("Forbidden.RAM", 403):
            cancel(user, disk, autoSnapshotPolicyId=one)
    user = allowed(call, "both", action, *both)
    apply(user, one, disk)
    cancel(user, disk)
    with refused("Forbidden.RAM", 403):
        apply(user, one, disk, make(call))


def test_policies_of_others_are_none(call: Caller, local: Local) -> None:
    one = policy(call)
    other = local.administrator(local.new_account())
    assert policies(other) == []
    with refused("ParameterInvalid", 404):
        apply(other, one, make(other))
    with refused("InvalidDiskId.NotFound", 404):
        apply(other, policy(other), make(call))


def test_an_instance_begins_with_policies(call: Caller, net: Net, launch: Launch) -> None:
    one, other = policy(call), policy(call)
    asked = {
        "SystemDisk": {"AutoSnapshotPolicyId": one},
        "DataDisk": [{"Size": 20, "AutoSnapshotPolicyId": other}, {"Size": 20}],
    }
    shown = [each["AutoSnapshotPolicyId"] for each in disks(call, launch(**asked))]
    assert shown == [one, other, ""]
    instances = f"acs:ecs:{REGION}:*:instance/*"
    user = allowed(call, "runs", "ecs:RunInstances", instances)
    with refused("Forbidden.RAM", 403):
        user("Ecs", "RunInstances", **wanted(net, **asked))
    every = f"acs:ecs:{REGION}:*:snapshotpolicy/*"
    both = allowed(call, "both", "ecs:RunInstances", instances, every)
    both("Ecs", "RunInstances", **wanted(net, **asked))
