"""Instances of launch templates: the call wins, and what it takes from the template is judged."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.local import Caller, refused
from tests.networks import REGION, Net
from tests.unit.services.ecs.conftest import IMAGE, Laying, allow, new_role, wanted
from tests.unit.services.ecs.test_images import seal

Template = Callable[..., str]
_OTHER_IMAGE = "debian_11_9_x64_20G_alibase_20240711.vhd"


@pytest.fixture
def template(call: Caller, net: Net) -> Template:
    """A template that says all that an instance needs, and more."""

    def make(**more: Any) -> str:
        given = {"LaunchTemplateName": "web", **wanted(net), **more}
        asked = {name: value for name, value in given.items() if value is not None}
        found: str = call("Ecs", "CreateLaunchTemplate", **asked)["LaunchTemplateId"]
        return found

    return make


def run(call: Caller, template: str, **more: Any) -> dict[str, Any]:
    """Run an instance of a template and return what is told of it."""
    given = {"RegionId": REGION, "LaunchTemplateId": template, **more}
    made = call("Ecs", "RunInstances", **given)["InstanceIdSets"]["InstanceIdSet"]
    found = call("Ecs", "DescribeInstances", RegionId=REGION, InstanceIds=json.dumps(made))
    (shown,) = found["Instances"]["Instance"]
    return dict(shown)


def disks(call: Caller, instance_id: str) -> list[tuple[str, int, str]]:
    found = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=instance_id)["Disks"]["Disk"]
    return sorted((each["Type"], each["Size"], each["DiskName"]) for each in found)


def test_a_template_says_what_the_call_leaves_out(call: Caller, template: Template) -> None:
    new_role(call, "web")
    script = base64.b64encode(b"#!/bin/sh\n").decode()
    made = template(
        HostName="web-1",
        HttpTokens="required",
        HttpEndpoint="enabled",
        RamRoleName="web",
        UserData=script,
        DeletionProtection=True,
        PrivateIpAddress="10.0.0.9",
        DataDisk=[{"Size": 20, "DiskName": "data"}],
        Tag=[{"Key": "team", "Value": "red"}],
        **{"SystemDisk.Size": 50, "SystemDisk.DiskName": "system"},
    )
    shown = run(call, made)
    assert (shown["HostName"], shown["DeletionProtection"]) == ("web-1", True)
    assert shown["MetadataOptions"]["HttpTokens"] == "required"
    assert shown["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] == ["10.0.0.9"]
    assert shown["Tags"]["Tag"] == [{"TagKey": "team", "TagValue": "red"}]
    one = {"RegionId": REGION, "InstanceId": shown["InstanceId"]}
    assert call("Ecs", "DescribeUserData", **one)["UserData"] == script
    assert disks(call, shown["InstanceId"]) == [("data", 20, "data"), ("system", 50, "system")]


def test_the_call_wins(call: Caller, template: Template, laying: Laying, net: Net) -> None:
    made = template(
        HostName="web-1",
        HttpTokens="required",
        HttpEndpoint="disabled",
        DeletionProtection=True,
        ZoneId=f"{REGION}-h",
        DataDisk=[{"Size": 20, "DiskName": "data"}],
        Tag=[{"Key": "team", "Value": "red"}],
        **{"SystemDisk.Size": 50, "SystemDisk.DiskName": "system"},
    )
    other = laying(cidr="10.0.9.0/24", zone=f"{REGION}-i", vpc_id=net.vpc_id)
    shown = run(
        call,
        made,
        InstanceType="ecs.c6.xlarge",
        ImageId=_OTHER_IMAGE,
        HostName="mine",
        HttpTokens="optional",
        HttpEndpoint="enabled",
        DeletionProtection=False,
        VSwitchId=other.vswitch_id,
        SecurityGroupIds=[other.group_id],
        DataDisk=[{"Size": 30, "DiskName": "other"}],
        Tag=[{"Key": "owner", "Value": "me"}],
        **{"SystemDisk.Size": 60},
    )
    assert (shown["InstanceType"], shown["ImageId"]) == ("ecs.c6.xlarge", _OTHER_IMAGE)
    assert (shown["HostName"], shown["DeletionProtection"]) == ("mine", False)
    assert shown["MetadataOptions"]["HttpTokens"] == "optional"
    assert shown["MetadataOptions"]["HttpEndpoint"] == "enabled"
    assert shown["VpcAttributes"]["VSwitchId"] == other.vswitch_id
    assert shown["SecurityGroupIds"]["SecurityGroupId"] == [other.group_id]
    assert shown["Tags"]["Tag"] == [{"TagKey": "owner", "TagValue": "me"}]
    assert disks(call, shown["InstanceId"]) == [("data", 30, "other"), ("system", 60, "system")]


def test_a_family_of_the_call_stands_for_the_image(call: Caller, template: Template) -> None:
    shown = run(call, template(), ImageFamily="acs:debian_11_9_x64")
    assert shown["ImageId"] == _OTHER_IMAGE


def test_interfaces_of_the_call_stand_for_those_of_the_template(
    call: Caller, template: Template, laying: Laying, net: Net
) -> None:
    other = laying(cidr="10.0.9.0/24", vpc_id=net.vpc_id)
    made = template(PrivateIpAddress="10.0.0.9")
    card = {
        "InstanceType": "Primary",
        "VSwitchId": other.vswitch_id,
        "SecurityGroupIds": [other.group_id],
        "PrimaryIpAddress": "10.0.9.7",
    }
    shown = run(call, made, NetworkInterface=[card])
    assert shown["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] == ["10.0.9.7"]
    assert shown["SecurityGroupIds"]["SecurityGroupId"] == [other.group_id]


def test_a_template_brings_interfaces(call: Caller, template: Template, net: Net) -> None:
    made = template(
        NetworkInterface=[{"NetworkInterfaceName": "second"}],
        SecurityGroupId=None,
        SecurityGroupIds=[net.group_id],
    )
    shown = run(call, made)
    cards = shown["NetworkInterfaces"]["NetworkInterface"]
    assert sorted(each["Type"] for each in cards) == ["Primary", "Secondary"]


def test_the_default_version_is_taken_unless_one_is_named(
    call: Caller, template: Template, net: Net
) -> None:
    made = template(HostName="first")
    for name in ("second", "third"):
        call(
            *("Ecs", "CreateLaunchTemplateVersion"),
            **wanted(net, LaunchTemplateId=made, HostName=name),
        )
    assert run(call, made)["HostName"] == "first"
    assert run(call, made, LaunchTemplateVersion=3)["HostName"] == "third"
    call(
        *("Ecs", "ModifyLaunchTemplateDefaultVersion"),
        RegionId=REGION,
        LaunchTemplateId=made,
        DefaultVersionNumber=2,
    )
    assert run(call, made)["HostName"] == "second"
    by_name = call("Ecs", "RunInstances", RegionId=REGION, LaunchTemplateName="web", Amount=2)
    assert len(by_name["InstanceIdSets"]["InstanceIdSet"]) == 2
    call("Ecs", "DeleteLaunchTemplate", RegionId=REGION, LaunchTemplateId=made)
    assert call("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 5


def test_what_a_template_says_is_judged_when_an_instance_is_made(
    call: Caller, template: Template, laying: Laying, net: Net
) -> None:
    cases: list[tuple[str, int, dict[str, Any]]] = [
        ("InvalidInstanceType.ValueNotSupported", 400, {"InstanceType": "ecs.none"}),
        ("InvalidImageId.NotFound", 404, {"ImageId": "m-none"}),
        ("InvalidVSwitchId.NotFound", 404, {"VSwitchId": "vsw-none"}),
        ("InvalidRamRole.NotFound", 404, {"RamRoleName": "none"}),
        ("InvalidKeyPairName.NotFound", 404, {"KeyPairName": "none"}),
        ("MissingParameter", 400, {"InstanceType": None}),
        ("MissingParameter.ImageId", 400, {"ImageId": None}),
        ("MissingParameter.VSwitchId", 400, {"VSwitchId": None}),
        ("MissingParameter.SecurityGroupId", 400, {"SecurityGroupId": None}),
        ("InvalidParameter.Mismatch", 400, {"VpcId": laying().vpc_id}),
        ("InvalidParameter.Mismatch", 400, {"ZoneId": f"{REGION}-z"}),
        ("InvalidImageId.NotFound", 404, {"ImageOwnerAlias": "self"}),
        ("InvalidParameter.Conflict", 400, {"SecurityGroupIds": [net.group_id]}),
    ]
    for number, (code, status, said) in enumerate(cases):
        made = template(LaunchTemplateName=f"t-{number}", **said)
        with refused(code, status):
            run(call, made)
    assert call("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 0
    run(call, template(VpcId=net.vpc_id, ImageOwnerAlias="system", LaunchTemplateName="good"))


def test_origins_of_a_template_do_not_bind_what_the_call_names(
    call: Caller, template: Template, laying: Laying, net: Net
) -> None:
    made = template(VpcId=laying(cidr="10.0.9.0/24").vpc_id, ImageOwnerAlias="self")
    run(call, made, VSwitchId=net.vswitch_id, ImageId=IMAGE)


def test_a_call_names_a_template_and_a_version_that_exist(call: Caller, template: Template) -> None:
    made = template()
    with refused("InvalidLaunchTemplate.NotFound", 404):
        run(call, "lt-none")
    with refused("InvalidLaunchTemplateVersion.NotFound", 404):
        run(call, made, LaunchTemplateVersion=2)
    with refused("MissingParameter", 400):
        call("Ecs", "RunInstances", RegionId=REGION, LaunchTemplateVersion=1)
    with refused("MissingParameter", 400):
        call("Ecs", "RunInstances", RegionId=REGION)
    assert call("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 0


def test_a_dry_run_judges_the_template(call: Caller, template: Template) -> None:
    made = template()
    with refused("DryRunOperation", 400):
        run(call, made, DryRun=True)
    with refused("InvalidInstanceType.ValueNotSupported", 400):
        run(call, made, DryRun=True, InstanceType="ecs.none")


def test_a_repeated_call_gets_the_first_answer_though_the_default_changed(
    call: Caller, template: Template, net: Net
) -> None:
    made = template(HostName="first")
    first = run(call, made, ClientToken="t")
    call("Ecs", "CreateLaunchTemplateVersion", **wanted(net, LaunchTemplateId=made))
    call(
        *("Ecs", "ModifyLaunchTemplateDefaultVersion"),
        RegionId=REGION,
        LaunchTemplateId=made,
        DefaultVersionNumber=2,
    )
    assert run(call, made, ClientToken="t")["InstanceId"] == first["InstanceId"]


# --- what must be allowed ---


def test_passing_the_role_of_a_template_is_judged(call: Caller, template: Template) -> None:
    new_role(call, "web")
    new_role(call, "admin")
    user = call.new_user("dev")
    passing = {
        "Action": "ram:PassRole",
        "Resource": "acs:ram:*:*:role/web",
        "Condition": {"StringEquals": {"acs:Service": "ecs.aliyuncs.com"}},
    }
    allow(call, "dev", {"Action": "ecs:*", "Resource": "*"}, passing)
    made = template(RamRoleName="admin")
    with refused("Forbidden.RAM", 403):
        run(user, made)
    run(user, made, RamRoleName="web")


def test_keys_of_the_disks_of_a_template_are_judged(call: Caller, template: Template) -> None:
    key = call("Kms", "CreateKey")["KeyMetadata"]["KeyId"]
    made = template(**{"SystemDisk.Encrypted": True, "SystemDisk.KMSKeyId": key})
    user = call.new_user("dev")
    allow(call, "dev", {"Action": "ecs:*", "Resource": "*"})
    with refused("Forbidden.RAM", 403):
        run(user, made)
    shown = run(call, made)
    found = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=shown["InstanceId"])
    assert [each["KMSKeyId"] for each in found["Disks"]["Disk"]] == [key]


def test_conditions_judge_what_a_template_says(call: Caller, template: Template) -> None:
    user = call.new_user("dev")
    allow(
        *(call, "dev"),
        {
            "Action": "ecs:RunInstances",
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "ecs:InstanceType": "ecs.c6.large",
                    "ecs:SecurityHardeningMode": "true",
                    "acs:RequestTag/team": "red",
                }
            },
        },
        {"Action": "ecs:Describe*", "Resource": "*"},
    )
    good = {"HttpTokens": "required", "Tag": [{"Key": "team", "Value": "red"}]}
    made = template(**good)
    run(user, made)
    for own in (
        {"HttpTokens": "optional"},
        {"InstanceType": "ecs.c6.xlarge"},
        {"Tag": [{"Key": "team", "Value": "blue"}]},
        {"Tag": [{"Key": "other", "Value": "red"}]},
    ):
        with refused("Forbidden.RAM", 403):
            run(user, made, **own)
    for number, lacking in enumerate(({"HttpTokens": "optional"}, {"Tag": None})):
        other = template(LaunchTemplateName=f"t-{number}", **{**good, **lacking})
        with refused("Forbidden.RAM", 403):
            run(user, other)
        run(user, other, **good)


def test_the_template_must_be_allowed(call: Caller, template: Template) -> None:
    one, other = template(), template(LaunchTemplateName="other")
    user, account = call.new_user("dev"), call.account.account_id
    machines = f"acs:ecs:*:{account}:instance/*"
    allow(
        *(call, "dev"),
        {
            "Action": ["ecs:RunInstances", "ecs:Describe*"],
            "Resource": [machines, f"acs:ecs:*:{account}:launchtemplate/{one}"],
        },
    )
    run(user, one)
    for named in (
        {"LaunchTemplateId": other},
        {"LaunchTemplateName": "other"},
        {"LaunchTemplateName": "none"},
    ):
        with refused("Forbidden.RAM", 403):
            user("Ecs", "RunInstances", RegionId=REGION, **named)


def test_the_image_of_a_template_must_be_allowed(
    call: Caller, template: Template, net: Net
) -> None:
    made = call("Ecs", "CreateInstance", **wanted(net))["InstanceId"]
    image = call("Ecs", "CreateImage", RegionId=REGION, InstanceId=made)["ImageId"]
    user, account = call.new_user("dev"), call.account.account_id
    held = template(ImageId=image)
    templates = f"acs:ecs:*:{account}:launchtemplate/*"
    machines = f"acs:ecs:*:{account}:instance/*"
    allow(call, "dev", {"Action": "ecs:*", "Resource": [machines, templates]})
    with refused("Forbidden.RAM", 403):
        run(user, held)
    run(user, held, ImageId=IMAGE)


def test_tags_of_a_template_are_conditions(call: Caller, template: Template) -> None:
    red = template(TemplateTag=[{"Key": "team", "Value": "red"}])
    plain = template(LaunchTemplateName="plain")
    user, account = call.new_user("dev"), call.account.account_id
    allow(
        *(call, "dev"),
        {"Action": "ecs:*", "Resource": f"acs:ecs:*:{account}:instance/*"},
        {
            "Action": "ecs:RunInstances",
            "Resource": f"acs:ecs:*:{account}:launchtemplate/*",
            "Condition": {"StringEquals": {"acs:ResourceTag/team": "red"}},
        },
    )
    run(user, red)
    with refused("Forbidden.RAM", 403):
        run(user, plain)


def test_a_template_says_of_which_snapshot_a_disk_is_made(call: Caller, template: Template) -> None:
    first = run(call, template(DataDisk=[{"Size": 20, "DiskName": "data"}]))
    shown = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=first["InstanceId"])
    (data,) = [each for each in shown["Disks"]["Disk"] if each["Type"] == "data"]
    call("Ecs", "StopInstance", InstanceId=first["InstanceId"])
    seal(call, data["DiskId"])
    held = call("Ecs", "CreateSnapshot", DiskId=data["DiskId"])["SnapshotId"]
    other = template(LaunchTemplateName="restored", DataDisk=[{"Size": 40, "SnapshotId": held}])
    told = call("Ecs", "DescribeLaunchTemplateVersions", RegionId=REGION, LaunchTemplateId=other)
    (version,) = told["LaunchTemplateVersionSets"]["LaunchTemplateVersionSet"]
    (disk,) = version["LaunchTemplateData"]["DataDisks"]["DataDisk"]
    assert disk["SnapshotId"] == held
    made = run(call, other)["InstanceId"]
    shown = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=made)["Disks"]["Disk"]
    assert [each["SourceSnapshotId"] for each in shown if each["Type"] == "data"] == [held]


def test_a_template_says_which_policy_makes_snapshots_of_disks(
    call: Caller, template: Template
) -> None:
    policy = call(
        "Ecs",
        "CreateAutoSnapshotPolicy",
        regionId=REGION,
        autoSnapshotPolicyName="nightly",
        timePoints='["1"]',
        repeatWeekdays='["1"]',
        retentionDays=-1,
    )["AutoSnapshotPolicyId"]
    one = {"AutoSnapshotPolicyId": policy}
    made = template(DataDisk=[{"Size": 20, **one}], **{"SystemDisk.AutoSnapshotPolicyId": policy})
    told = call("Ecs", "DescribeLaunchTemplateVersions", RegionId=REGION, LaunchTemplateId=made)
    (version,) = told["LaunchTemplateVersionSets"]["LaunchTemplateVersionSet"]
    data = version["LaunchTemplateData"]
    assert data["SystemDisk"]["AutoSnapshotPolicyId"] == policy
    assert [each["AutoSnapshotPolicyId"] for each in data["DataDisks"]["DataDisk"]] == [policy]
    found = run(call, made)["InstanceId"]
    shown = call("Ecs", "DescribeDisks", RegionId=REGION, InstanceId=found)["Disks"]["Disk"]
    assert [each["AutoSnapshotPolicyId"] for each in shown] == [policy, policy]
