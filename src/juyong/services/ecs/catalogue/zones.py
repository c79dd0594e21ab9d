"""DescribeZones, and DescribeAvailableResource: all zones have all types and disks.

Source: ECS API reference (documented); which lists clients take for granted (observed in the
Terraform provider).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.services.ecs.content.categories import DATA_GIB, SYSTEM_GIB
from juyong.services.ecs.content.types import FAMILIES, TYPES
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.pages import bad_parameter
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.zones import zones_of

NONE: list[str] = []
_CREATES = ("VSwitch", "IoOptimized", "Instance", "Disk")
_PAID = Annotated[str, OneOf(("PostPaid", "PrePaid"))]
_SPOT = Annotated[str, OneOf(("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"))]
_DESTINATIONS = ("Zone", "IoOptimized", "InstanceType", "Network", "SystemDisk", "DataDisk")
_ALL = acs("ecs", "*")


class ResourcesInfo(Shape, frozen=True, kw_only=True):
    """The resources of a zone, by kind."""

    io_optimized: bool = True
    instance_generations: Annotated[list[str], Within("supportedInstanceGeneration")]
    instance_type_families: Annotated[list[str], Within("supportedInstanceTypeFamily")]
    instance_types: Annotated[list[str], Within("supportedInstanceType")]
    network_types: Annotated[list[str], Within("supportedNetworkCategory")]
    system_disk_categories: Annotated[list[str], Within("supportedSystemDiskCategory")]
    data_disk_categories: Annotated[list[str], Within("supportedDataDiskCategory")]


class Zone(Shape, frozen=True, kw_only=True):
    """One zone, and what can be made there."""

    zone_id: str
    local_name: str
    zone_type: str = "AvailabilityZone"
    available_instance_types: Annotated[list[str], Within("InstanceTypes")]
    available_disk_categories: Annotated[list[str], Within("DiskCategories")]
    available_resource_creation: Annotated[list[str], Within("ResourceTypes")]
    available_volume_categories: Annotated[list[str], Within("VolumeCategories")] = NONE
    available_dedicated_host_types: Annotated[list[str], Within("DedicatedHostType")] = NONE
    dedicated_host_generations: Annotated[list[str], Within("DedicatedHostGeneration")] = NONE
    available_resources: Annotated[list[ResourcesInfo], Within("ResourcesInfo")]


class Supported(Shape, frozen=True, kw_only=True):
    """One value of a kind of resource; min, max: Of disks, in GiB."""

    value: str
    status: str = "Available"
    status_category: str = "WithStock"
    min: int | msgspec.UnsetType = msgspec.UNSET
    max: int | msgspec.UnsetType = msgspec.UNSET
    unit: str | msgspec.UnsetType = msgspec.UNSET


class AvailableResource(Shape, frozen=True, kw_only=True):
    """A kind of resource, and its values."""

    type: str
    supported_resources: Annotated[list[Supported], Within("SupportedResource")]


class AvailableZone(Shape, frozen=True, kw_only=True):
    """A zone, and what it has of the kind of resource asked for."""

    region_id: str
    zone_id: str
    status: str = "Available"
    status_category: str = "WithStock"
    available_resources: Annotated[list[AvailableResource], Within("AvailableResource")]


@operation(
    ECS,
    "DescribeZones",
    resource=_ALL,
    answers="Zones.Zone",
    reads_only=True,
)
def describe_zones(
    ctx: Context,
    *,
    region_id: Region,
    accept_language: Annotated[str, Text(1, 16), Doc("Zones are named by their ids.")] = "zh-CN",  # noqa: ARG001
    instance_charge_type: _PAID = "PostPaid",
    spot_strategy: _SPOT = "NoSpot",
    verbose: Annotated[bool, Doc("Show what can be made there.")] = True,  # noqa: ARG001  # always
) -> list[Zone]:
    """List the zones of a region; none where something that is sold is asked for.

    Args:
        instance_charge_type, spot_strategy:
            What is had otherwise than PostPaid and NoSpot is in no zone.
    """
    check_region(ctx, region_id)
    if _is_sold(instance_charge_type, spot_strategy):
        return []
    types, system, data = list(TYPES), list(SYSTEM_GIB), list(DATA_GIB)
    info = ResourcesInfo(
        instance_generations=sorted(set(FAMILIES.values())),
        instance_type_families=list(FAMILIES),
        instance_types=types,
        network_types=["vpc"],
        system_disk_categories=system,
        data_disk_categories=data,
    )
    return [
        Zone(
            zone_id=zone,
            local_name=zone,
            available_instance_types=types,
            available_disk_categories=data,
            available_resource_creation=list(_CREATES),
            available_resources=[info],
        )
        for zone in zones_of(region_id)
    ]


@operation(
    ECS,
    "DescribeAvailableResource",
    resource=_ALL,
    answers="AvailableZones.AvailableZone",
    unsupported={
        "DedicatedHostId": "there are no hosts to choose among",
        "SpotDuration": "nothing is sold here, so nothing has a price or a term",
    },
    reads_only=True,
)
def describe_available_resource(
    ctx: Context,
    *,
    region_id: Region,
    destination_resource: Annotated[str, OneOf(_DESTINATIONS), Doc("The kind asked for.")],
    zone_id: Annotated[str, Text(1, 64), Doc("Only this zone.")] | None = None,
    instance_type: Annotated[str, Text(1, 64), Doc("Only this type.")] | None = None,
    cores: int | None = None,
    memory: Annotated[str, Text(1, 16), Doc("GiB, which may have a fraction.")] | None = None,
    system_disk_category: Annotated[str, Text(1, 64)] | None = None,
    data_disk_category: Annotated[str, Text(1, 64)] | None = None,
    instance_charge_type: _PAID = "PostPaid",
    spot_strategy: _SPOT = "NoSpot",
    resource_type: Annotated[str, OneOf(("instance", "disk", "reservedinstance"))] = "instance",
    io_optimized: Annotated[str, OneOf(("optimized", "none"))] = "optimized",
    network_category: Annotated[str, OneOf(("vpc", "classic"))] = "vpc",
    scope: Annotated[str, Text(1, 64), Doc("Zones are all there is.")] = "Region",  # noqa: ARG001
) -> list[AvailableZone]:
    """List in which zones which resources can be made.

    Args:
        cores, system_disk_category, data_disk_category, instance_charge_type, spot_strategy:
            Only what has this value.
        resource_type, io_optimized, network_category: Only what has this value.
    """
    check_region(ctx, region_id)
    size = gib("Memory", memory)
    types = [
        name
        for name, each in TYPES.items()
        if instance_type in (None, name)
        and cores in (None, each.cores)
        and size in (None, each.memory_gib)
    ]
    refused = (
        not types
        or system_disk_category not in (None, *SYSTEM_GIB)
        or data_disk_category not in (None, *DATA_GIB)
        or _is_sold(instance_charge_type, spot_strategy)
        or (io_optimized, network_category) != ("optimized", "vpc")
        or resource_type == "reservedinstance"
    )
    if refused:
        return []
    zones = [zone for zone in zones_of(region_id) if zone_id in (None, zone)]
    return [
        AvailableZone(
            region_id=region_id,
            zone_id=zone,
            available_resources=[
                AvailableResource(
                    type=destination_resource,
                    supported_resources=_values(destination_resource, zone, types),
                )
            ],
        )
        for zone in zones
    ]


def _is_sold(charge_type: str, spot_strategy: str) -> bool:
    return charge_type != "PostPaid" or spot_strategy != "NoSpot"


def gib(name: str, text: str | None) -> float | None:
    """Read a parameter that is a number of GiB, which may have a fraction.

    Raises:
        BadParameter: the text is none; names the parameter.
    """
    try:
        return None if text is None else float(text)
    except ValueError:
        raise bad_parameter(name) from None


def _values(destination: str, zone: str, types: list[str]) -> list[Supported]:
    disks = {"SystemDisk": SYSTEM_GIB, "DataDisk": DATA_GIB}.get(destination)
    if disks is not None:
        return [
            Supported(value=name, min=least, max=most, unit="GiB")
            for name, (least, most) in disks.items()
        ]
    plain = {"Zone": [zone], "IoOptimized": ["optimized"], "Network": ["vpc"]}
    return [Supported(value=each) for each in plain.get(destination, types)]
