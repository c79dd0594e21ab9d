"""Zones, types and images through the official SDK, as Terraform's data sources read them."""

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from tests.conformance.harness import refused
from tests.networks import REGION, ZONE


def available(client: Client, destination: str, **more: object):
    asked = m.DescribeAvailableResourceRequest(
        region_id=REGION, destination_resource=destination, **more
    )
    return client.describe_available_resource(asked).body.available_zones.available_zone


def types(client: Client, **more: object) -> set[str]:
    found = client.describe_instance_types(m.DescribeInstanceTypesRequest(**more)).body
    assert not found.next_token
    return {each.instance_type_id for each in found.instance_types.instance_type}


def images(client: Client, **more: object) -> list[str]:
    found = client.describe_images(m.DescribeImagesRequest(region_id=REGION, **more)).body
    return [each.image_id for each in found.images.image]


def test_every_zone_sells_types_and_disks(client: Client) -> None:
    zones = client.describe_zones(m.DescribeZonesRequest(region_id=REGION)).body.zones.zone
    assert ZONE in {each.zone_id for each in zones}
    for zone in zones:
        assert "ecs.s6-c1m1.small" in zone.available_instance_types.instance_types
        assert "cloud_essd" in zone.available_disk_categories.disk_categories
        assert "VSwitch" in zone.available_resource_creation.resource_types
        info = zone.available_resources.resources_info[0]
        assert "cloud_essd" in info.system_disk_categories.supported_system_disk_category
    sold = m.DescribeZonesRequest(region_id=REGION, instance_charge_type="PrePaid")
    assert client.describe_zones(sold).body.zones.zone == []


def test_available_resources(client: Client) -> None:
    zones = available(client, "InstanceType", zone_id=ZONE, cores=1, memory=1.0)
    (zone,) = zones
    assert (zone.zone_id, zone.status, zone.status_category) == (ZONE, "Available", "WithStock")
    (kind,) = zone.available_resources.available_resource
    assert kind.type == "InstanceType"
    values = {each.value for each in kind.supported_resources.supported_resource}
    assert values == {"ecs.t5-lc1m1.small", "ecs.s6-c1m1.small"}
    (disk,) = available(client, "SystemDisk", zone_id=ZONE)[
        0
    ].available_resources.available_resource
    sizes = {
        each.value: (each.min, each.max) for each in disk.supported_resources.supported_resource
    }
    assert sizes["cloud_essd"] == (20, 2048)
    assert len(available(client, "Zone")) > 1
    assert available(client, "Zone", spot_strategy="SpotAsPriceGo") == []
    assert available(client, "Zone", instance_type="ecs.none") == []
    with refused("InvalidMemory.Malformed", 400):
        client.describe_available_resource(
            m.DescribeAvailableResourceRequest(
                region_id=REGION, destination_resource="Zone", memory="x"
            )
        )


def test_types(client: Client) -> None:
    assert {"ecs.c6.large", "ecs.t6-c1m2.large"} <= types(
        client, minimum_cpu_core_count=2, maximum_cpu_core_count=2, maximum_memory_size=4.0
    )
    assert types(client, instance_types=["ecs.g6.large", "none"]) == {"ecs.g6.large"}
    assert types(client, instance_type_family="ecs.r6") == {"ecs.r6.large", "ecs.r6.xlarge"}
    assert types(client, cpu_architecture="ARM") == set()
    with refused("InvalidMinimumMemorySize.Malformed", 400):
        types(client, minimum_memory_size="x")
    families = client.describe_instance_type_families(
        m.DescribeInstanceTypeFamiliesRequest(region_id=REGION, generation="ecs-6")
    ).body.instance_type_families.instance_type_family
    assert {each.instance_type_family_id for each in families} == {"ecs.c7", "ecs.g7"}


def test_images(client: Client) -> None:
    (ubuntu,) = images(client, image_name="ubuntu_22*", image_owner_alias="system")
    assert images(client, image_id=ubuntu, ostype="linux", architecture="x86_64") == [ubuntu]
    assert {each.partition("_")[0] for each in images(client)} == {"aliyun", "debian", "ubuntu"}
    assert images(client, image_owner_alias="self") == []
    fit = client.describe_image_support_instance_types(
        m.DescribeImageSupportInstanceTypesRequest(region_id=REGION, image_id=ubuntu)
    ).body
    assert "ecs.c6.large" in {each.instance_type_id for each in fit.instance_types.instance_type}
    with refused("InvalidImageId.NotFound", 404):
        client.describe_image_support_instance_types(
            m.DescribeImageSupportInstanceTypesRequest(region_id=REGION, image_id="none")
        )


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("describe_zones", m.DescribeZonesRequest(region_id="x")),
        ("describe_images", m.DescribeImagesRequest(region_id="x")),
        ("describe_instance_type_families", m.DescribeInstanceTypeFamiliesRequest(region_id="x")),
        (
            "describe_image_support_instance_types",
            m.DescribeImageSupportInstanceTypesRequest(region_id="x", image_id="x"),
        ),
        (
            "describe_available_resource",
            m.DescribeAvailableResourceRequest(region_id="x", destination_resource="Zone"),
        ),
    ],
)
def test_another_region(client: Client, operation: str, asked: object) -> None:
    with refused("InvalidRegionId.NotFound", 404):
        getattr(client, operation)(asked)
