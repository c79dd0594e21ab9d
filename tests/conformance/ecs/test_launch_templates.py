"""Launch templates through the official SDK."""

from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from tests.conformance.ecs.conftest import IMAGE
from tests.conformance.harness import refused
from tests.networks import REGION, Net


def test_a_template_lives_and_makes_instances(client: Client, net: Net) -> None:
    made = client.create_launch_template(
        m.CreateLaunchTemplateRequest(
            region_id=REGION,
            launch_template_name="web",
            image_id=IMAGE,
            instance_type="ecs.c6.large",
            v_switch_id=net.vswitch_id,
            security_group_id=net.group_id,
            host_name="from-template",
            system_disk=m.CreateLaunchTemplateRequestSystemDisk(category="cloud_essd", size=40),
            data_disk=[m.CreateLaunchTemplateRequestDataDisk(category="cloud_essd", size=20)],
            tag=[m.CreateLaunchTemplateRequestTag(key="team", value="red")],
            template_tag=[m.CreateLaunchTemplateRequestTemplateTag(key="kind", value="web")],
        )
    ).body
    assert made.launch_template_version_number == 1
    named = {"region_id": REGION, "launch_template_id": made.launch_template_id}
    added = client.create_launch_template_version(
        m.CreateLaunchTemplateVersionRequest(**named, host_name="second", image_id=IMAGE)
    ).body
    assert added.launch_template_version_number == 2

    (listed,) = client.describe_launch_templates(
        m.DescribeLaunchTemplatesRequest(region_id=REGION, launch_template_name=["web"])
    ).body.launch_template_sets.launch_template_set
    assert (listed.default_version_number, listed.latest_version_number) == (1, 2)
    assert [(each.tag_key, each.tag_value) for each in listed.tags.tag] == [("kind", "web")]
    shown = client.describe_launch_template_versions(
        m.DescribeLaunchTemplateVersionsRequest(**named)
    ).body.launch_template_version_sets.launch_template_version_set
    assert [each.version_number for each in shown] == [2, 1]
    data = shown[1].launch_template_data
    assert (data.host_name, data.system_disk.size) == ("from-template", 40)
    assert [each.size for each in data.data_disks.data_disk] == [20]
    assert [each.key for each in data.tags.instance_tag] == ["team"]

    (one,) = client.run_instances(
        m.RunInstancesRequest(region_id=REGION, launch_template_name="web", host_name="mine")
    ).body.instance_id_sets.instance_id_set
    (found,) = client.describe_instances(
        m.DescribeInstancesRequest(region_id=REGION)
    ).body.instances.instance
    assert (found.instance_id, found.host_name, found.status) == (one, "mine", "Running")

    client.modify_launch_template_default_version(
        m.ModifyLaunchTemplateDefaultVersionRequest(**named, default_version_number=2)
    )
    with refused("MissingParameter", 400):
        client.run_instances(m.RunInstancesRequest(region_id=REGION, launch_template_name="web"))
    gone = client.delete_launch_template_version(
        m.DeleteLaunchTemplateVersionRequest(**named, delete_version=[1])
    ).body.launch_template_versions.launch_template_version
    assert [each.launch_template_version_number for each in gone] == [1]
    deleted = client.delete_launch_template(m.DeleteLaunchTemplateRequest(**named)).body
    assert deleted.launch_template_version_numbers.version_numbers == [2]
    with refused("InvalidLaunchTemplate.NotFound", 404):
        client.describe_launch_template_versions(m.DescribeLaunchTemplateVersionsRequest(**named))
