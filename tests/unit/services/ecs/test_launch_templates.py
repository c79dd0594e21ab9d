"""Launch templates: kept, numbered, described and deleted; and what each call refuses."""

import base64
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION
from tests.platforms import quotas
from tests.unit.services.ecs.conftest import allow

from juyong.services.ecs.machines.asked import AskedInterface, DataDisk
from juyong.services.ecs.templates.describing import (
    DOTTED,
    DataDiskOf,
    InterfaceOf,
    SystemDiskOf,
    TemplateData,
)
from juyong.services.ecs.templates.kept import Template, TemplateDisk
from juyong.services.ecs.templates.tables import TemplateVersionRow
from juyong.services.ecs.templates.template import TEMPLATE
from juyong.store.inventory import ResourceEventRow

SCRIPT = base64.b64encode(b"#!/bin/sh\necho secret-of-the-script\n").decode()


def make(call: Caller, name: str = "web", **asked: Any) -> str:
    """Make a template and return its id."""
    given = {"RegionId": REGION, "LaunchTemplateName": name, **asked}
    found: str = call("Ecs", "CreateLaunchTemplate", **given)["LaunchTemplateId"]
    return found


def add(call: Caller, template: str, **asked: Any) -> int:
    """Add a version to a template and return its number."""
    given = {"RegionId": REGION, "LaunchTemplateId": template, **asked}
    made = call("Ecs", "CreateLaunchTemplateVersion", **given)
    assert made["LaunchTemplateId"] == template
    found: int = made["LaunchTemplateVersionNumber"]
    return found


def listed(call: Caller, **asked: Any) -> list[dict[str, Any]]:
    answer = call("Ecs", "DescribeLaunchTemplates", RegionId=REGION, **asked)
    found: list[dict[str, Any]] = answer["LaunchTemplateSets"]["LaunchTemplateSet"]
    return found


def versions(call: Caller, template: str, **asked: Any) -> list[dict[str, Any]]:
    answer = call(
        *("Ecs", "DescribeLaunchTemplateVersions"),
        **{"RegionId": REGION, "LaunchTemplateId": template, **asked},
    )
    found: list[dict[str, Any]] = answer["LaunchTemplateVersionSets"]["LaunchTemplateVersionSet"]
    return found


def test_a_template_says_what_it_was_given(call: Caller) -> None:
    template = make(
        call,
        InstanceType="ecs.c6.large",
        ImageId="m-not-yet-there",
        VSwitchId="vsw-none",
        UserData=SCRIPT,
        HttpTokens="required",
        SpotDuration=1,
        NetworkType="vpc",
        VersionDescription="the first",
        DeletionProtection=True,
        SecurityGroupIds=["sg-one", "sg-two"],
        **{"SystemDisk.Size": 40, "SystemDisk.Encrypted": True},
        DataDisk=[{"Size": 20, "Category": "cloud_essd", "DeleteWithInstance": False}],
        NetworkInterface=[{"SecurityGroupId": "sg-one", "NetworkInterfaceName": "card"}],
        Tag=[{"Key": "team", "Value": "red"}],
        TemplateTag=[{"Key": "kind", "Value": "web"}],
    )
    (shown,) = listed(call)
    assert shown["LaunchTemplateId"] == template
    assert (shown["DefaultVersionNumber"], shown["LatestVersionNumber"]) == (1, 1)
    assert shown["Tags"]["Tag"] == [{"TagKey": "kind", "TagValue": "web"}]
    (version,) = versions(call, template)
    assert (version["VersionNumber"], version["DefaultVersion"]) == (1, True)
    assert version["VersionDescription"] == "the first"
    data = version["LaunchTemplateData"]
    assert (data["InstanceType"], data["ImageId"]) == ("ecs.c6.large", "m-not-yet-there")
    assert (data["UserData"], data["HttpTokens"], data["SpotDuration"]) == (SCRIPT, "required", 1)
    assert data["SecurityGroupIds"]["SecurityGroupId"] == ["sg-one", "sg-two"]
    assert (data["SystemDisk.Size"], data["SystemDisk.Encrypted"]) == (40, True)
    assert data["SystemDisk"] == {"Size": 40, "Encrypted": True, "DeleteWithInstance": True}
    (disk,) = data["DataDisks"]["DataDisk"]
    assert disk == {"Size": 20, "Category": "cloud_essd", "DeleteWithInstance": False}
    (card,) = data["NetworkInterfaces"]["NetworkInterface"]
    assert (card["SecurityGroupId"], card["InstanceType"]) == ("sg-one", "Secondary")
    assert data["Tags"]["InstanceTag"] == [{"Key": "team", "Value": "red"}]
    assert "HostName" not in data
    assert "HttpEndpoint" not in data


def test_a_template_without_parameters_says_that_the_system_disk_goes_with_its_instance(
    call: Caller,
) -> None:
    (version,) = versions(call, make(call))
    assert version["LaunchTemplateData"] == {
        "SecurityGroupIds": {"SecurityGroupId": []},
        "SystemDisk": {"DeleteWithInstance": True},
        "SystemDisk.DeleteWithInstance": True,
        "DataDisks": {"DataDisk": []},
        "NetworkInterfaces": {"NetworkInterface": []},
        "Tags": {"InstanceTag": []},
    }


def test_a_name_is_of_one_template_of_the_region(call: Caller) -> None:
    make(call)
    with refused("LaunchTemplateName.Duplicated", 403):
        make(call)
    make(call.local.administrator(call.local.new_account()))


@pytest.mark.parametrize("name", ["w", "1web", "a b", "http://web", "w" * 129])
def test_a_name_has_its_form(call: Caller, name: str) -> None:
    with refused("InvalidLaunchTemplateName.Malformed", 400):
        make(call, name)


def test_versions_have_numbers_that_are_never_given_again(call: Caller) -> None:
    template = make(call, HostName="one")
    assert add(call, template, HostName="two") == 2
    assert add(call, template, HostName="three", VersionDescription="the third") == 3
    found = versions(call, template)
    assert [each["VersionNumber"] for each in found] == [3, 2, 1]
    assert [each["LaunchTemplateData"]["HostName"] for each in found] == ["three", "two", "one"]
    assert [each["DefaultVersion"] for each in found] == [False, False, True]
    gone = call(
        *("Ecs", "DeleteLaunchTemplateVersion"),
        RegionId=REGION,
        LaunchTemplateName="web",
        DeleteVersion=[3, 2],
    )["LaunchTemplateVersions"]["LaunchTemplateVersion"]
    assert [each["LaunchTemplateVersionNumber"] for each in gone] == [3, 2]
    assert listed(call)[0]["LatestVersionNumber"] == 1
    assert add(call, template) == 4


def test_versions_are_filtered(call: Caller) -> None:
    template = make(call)
    for _ in range(4):
        add(call, template)

    def numbers(**asked: Any) -> list[int]:
        return [each["VersionNumber"] for each in versions(call, template, **asked)]

    assert numbers(LaunchTemplateVersion=[2, 4]) == [4, 2]
    assert numbers(DefaultVersion=True) == [1]
    assert numbers(MinVersion=2, MaxVersion=3) == [3, 2]
    assert numbers(PageSize=2, PageNumber=2) == [3, 2]
    (plain, *_) = versions(call, template, DetailFlag=False)
    assert "LaunchTemplateData" not in plain


def test_another_version_is_the_default(call: Caller) -> None:
    template = make(call)
    add(call, template)
    named = {"RegionId": REGION, "LaunchTemplateId": template}
    call("Ecs", "ModifyLaunchTemplateDefaultVersion", **named, DefaultVersionNumber=2)
    assert listed(call)[0]["DefaultVersionNumber"] == 2
    with refused("InvalidParameter", 400):
        call("Ecs", "DeleteLaunchTemplateVersion", **named, DeleteVersion=[1, 2])
    assert len(versions(call, template)) == 2
    call("Ecs", "DeleteLaunchTemplateVersion", **named, DeleteVersion=[1])
    for action, number in (
        ("ModifyLaunchTemplateDefaultVersion", {"DefaultVersionNumber": 1}),
        ("DeleteLaunchTemplateVersion", {"DeleteVersion": [1]}),
    ):
        with refused("InvalidLaunchTemplateVersion.NotFound", 404):
            call("Ecs", action, **named, **number)


def test_a_deleted_template_leaves_nothing(call: Caller, local: Local) -> None:
    template = make(call, TemplateTag=[{"Key": "a", "Value": "b"}])
    add(call, template)
    gone = call("Ecs", "DeleteLaunchTemplate", RegionId=REGION, LaunchTemplateName="web")
    assert gone["LaunchTemplateId"] == template
    assert gone["LaunchTemplateVersionNumbers"]["versionNumbers"] == [1, 2]
    assert listed(call) == []
    kept = local.running.store.call(lambda tx: tx.count(TemplateVersionRow, template_id=template))
    assert kept == 0
    make(call)


def test_templates_are_listed_by_id_name_and_tag(call: Caller) -> None:
    one = make(call, "one", TemplateTag=[{"Key": "team", "Value": "red"}])
    two = make(call, "two")
    assert {each["LaunchTemplateId"] for each in listed(call)} == {one, two}
    assert [each["LaunchTemplateId"] for each in listed(call, LaunchTemplateId=[one])] == [one]
    assert [each["LaunchTemplateId"] for each in listed(call, LaunchTemplateName=["two"])] == [two]
    tagged = listed(call, TemplateTag=[{"Key": "team", "Value": ""}])
    assert [each["LaunchTemplateId"] for each in tagged] == [one]
    assert len(listed(call, PageSize=1)) == 1


def test_tags_of_a_template_change(call: Caller) -> None:
    named = {"RegionId": REGION, "ResourceType": "launchtemplate", "ResourceId": [make(call)]}
    call("Ecs", "TagResources", **named, Tag=[{"Key": "team", "Value": "red"}])
    assert listed(call)[0]["Tags"]["Tag"] == [{"TagKey": "team", "TagValue": "red"}]
    call("Ecs", "UntagResources", **named, TagKey=["team"])
    assert listed(call)[0]["Tags"]["Tag"] == []


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("CreateLaunchTemplateVersion", {}),
        ("DescribeLaunchTemplateVersions", {}),
        ("ModifyLaunchTemplateDefaultVersion", {"DefaultVersionNumber": 1}),
        ("DeleteLaunchTemplateVersion", {"DeleteVersion": [1]}),
        ("DeleteLaunchTemplate", {}),
    ],
)
def test_a_call_names_a_template_that_exists(
    call: Caller, action: str, more: dict[str, Any]
) -> None:
    own, other = make(call), make(call.local.administrator(call.local.new_account()))
    for named in (
        {"LaunchTemplateId": "lt-none"},
        {"LaunchTemplateId": other},
        {"LaunchTemplateName": "none"},
        {"LaunchTemplateId": own, "LaunchTemplateName": "none"},
    ):
        with refused("InvalidLaunchTemplate.NotFound", 404):
            call("Ecs", action, RegionId=REGION, **named, **more)
    with refused("MissingParameter", 400):
        call("Ecs", action, RegionId=REGION, **more)
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", action, RegionId="cn-beijing", LaunchTemplateId=own, **more)


@pytest.mark.parametrize(
    ("action", "asked"),
    [("CreateLaunchTemplate", {"LaunchTemplateName": "web"}), ("DescribeLaunchTemplates", {})],
)
def test_the_region_is_the_one_that_is_called(
    call: Caller, action: str, asked: dict[str, str]
) -> None:
    with refused("InvalidRegionId.NotFound", 404):
        call("Ecs", action, RegionId="cn-beijing", **asked)


def test_quotas_are_kept(call: Caller, local: Local) -> None:
    template = make(call)
    with quotas(local, {"ecs.launch-templates": 1, "ecs.launch-template-versions": 2}):
        with refused("LaunchTemplateLimitExceed", 403):
            make(call, "other")
        add(call, template)
        with refused("LaunchTemplateVersionLimitExceed", 403):
            add(call, template)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("InvalidUserData.Base64FormatInvalid", {"UserData": "not base64!"}),
        (
            "InvalidUserData.SizeExceeded",
            {"UserData": base64.b64encode(bytes(32 * 1024 + 1)).decode()},
        ),
        ("InvalidInstanceChargeType.Malformed", {"InstanceChargeType": "PrePaid"}),
        ("InvalidSpotDuration.Malformed", {"SpotDuration": 2}),
        ("InvalidTagKey.Malformed", {"Tag": [{"Key": "acs:x", "Value": ""}]}),
        ("Duplicate.TagKey", {"TemplateTag": [{"Key": "a"}, {"Key": "a"}]}),
        ("Duplicate.TagKey", {"Tag": [{"Key": "a"}, {"Key": "a"}]}),
        ("InvalidTagValue.Malformed", {"Tag": [{"Key": "a", "Value": "http://x"}]}),
        *(
            ("UnsupportedOperation", each)
            for each in (
                {"AutoReleaseTime": "2030-01-01T00:00:00Z"},
                {"DeploymentSetId": "ds-1"},
                {"SpotPriceLimit": "0.5"},
                {"PasswordInherit": True},
                {"EnableVmOsConfig": True},
                {"InternetMaxBandwidthOut": 5},
                {"SecurityEnhancementStrategy": "Active"},
                {"SystemDisk.DeleteWithInstance": False},
                {"ResourceGroupId": "rg-1"},
            )
        ),
    ],
)
def test_what_nothing_could_follow_is_refused(
    call: Caller, code: str, asked: dict[str, Any]
) -> None:
    with refused(code, 400):
        make(call, **asked)
    if "TemplateTag" not in asked:
        template = make(call)
        with refused(code, 400):
            add(call, template, **asked)


def test_a_template_is_never_told_with_its_user_data(call: Caller, local: Local) -> None:
    template = make(call, UserData=SCRIPT)
    rows = local.running.store.call(
        lambda tx: tx.find(ResourceEventRow, resource_type=TEMPLATE.kind, resource_id=template)
    )
    assert rows
    assert not any(SCRIPT in row.snapshot for row in rows)


def test_a_caller_is_allowed_on_one_template(call: Caller) -> None:
    one, other = make(call, "one"), make(call, "other")
    account = call.account.account_id
    reader = call.new_user("reader")
    with refused("Forbidden.RAM", 403):
        versions(reader, one)
    with refused("Forbidden.RAM", 403):
        listed(reader)
    own = f"acs:ecs:{REGION}:{account}:launchtemplate/{one}"
    allow(call, "reader", {"Action": "ecs:*", "Resource": own})
    assert versions(reader, one)
    for denied in ({"LaunchTemplateId": other}, {"LaunchTemplateName": "other"}):
        with refused("Forbidden.RAM", 403):
            reader("Ecs", "DeleteLaunchTemplate", RegionId=REGION, **denied)
    with refused("Forbidden.RAM", 403):
        reader("Ecs", "DeleteLaunchTemplate", RegionId=REGION, LaunchTemplateName="none")
    reader("Ecs", "DeleteLaunchTemplate", RegionId=REGION, LaunchTemplateName="one")


def test_every_parameter_of_a_template_is_shown() -> None:
    own = {"data_disk": "data_disks", "network_interface": "network_interfaces"}
    said = {own.get(name, name) for name in Template.__struct_fields__}
    assert said <= set(TemplateData.__struct_fields__)
    assert set(TemplateDisk.__struct_fields__) <= set(SystemDiskOf.__struct_fields__)
    # The SDK knows of no dotted member for the policy.
    assert set(SystemDiskOf.__struct_fields__) - {"auto_snapshot_policy_id"} == set(DOTTED)
    assert set(DataDisk.__struct_fields__) <= set(DataDiskOf.__struct_fields__)
    # There is one network card.
    assert set(AskedInterface.__struct_fields__) - set(InterfaceOf.__struct_fields__) == {
        "network_card_index"
    }
