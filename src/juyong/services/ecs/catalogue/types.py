"""The types of instances: DescribeInstanceTypes, and the families.

Source: ECS API reference, DescribeInstanceTypes, DescribeInstanceTypeFamilies and
DescribeImageSupportInstanceTypes (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Grouped, Items, OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.ecs.catalogue.zones import gib
from juyong.services.ecs.content.types import FAMILIES, TYPES
from juyong.services.ecs.images.image import NoImage, image_named
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS

_ALL = acs("ecs", "*")
_Text = Annotated[str, Text(1, 64)]
_Number = Annotated[str, Text(1, 16), Doc("GiB, which may have a fraction.")]


class TypeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeInstanceTypes: only types that meet all of them."""

    instance_types: Annotated[list[str], Items(1, 100), Doc("Only these.")] | None = None
    instance_type_family: _Text | None = None
    instance_type_families: Annotated[list[str], Items(1, 10)] | None = None
    instance_family_level: _Text | None = None
    cpu_architecture: Annotated[str, OneOf(("X86", "ARM"))] = "X86"
    minimum_cpu_core_count: int | None = None
    maximum_cpu_core_count: int | None = None
    minimum_memory_size: _Number | None = None
    maximum_memory_size: _Number | None = None
    minimum_eni_quantity: int | None = None
    minimum_eni_private_ip_address_quantity: int | None = None
    minimum_gpu_amount: Annotated[int, Between(0, 100), Wire("MinimumGPUAmount")] = 0


class InstanceType(Shape, frozen=True, kw_only=True):
    """One type."""

    instance_type_id: Annotated[str, Of("name")]
    instance_type_family: Annotated[str, Of("family")]
    instance_family_level: Annotated[str, Of("level")]
    instance_category: str = "General-purpose"
    cpu_core_count: Annotated[int, Of("cores")]
    memory_size: Annotated[float, Of("memory_gib")]
    cpu_architecture: str = "X86"
    eni_quantity: Annotated[int, Of("interfaces")]
    eni_total_quantity: Annotated[int, Of("interfaces")]
    eni_private_ip_address_quantity: Annotated[int, Of("addresses")]
    eni_ipv6_address_quantity: int = 0
    eni_trunk_supported: bool = False
    primary_eni_queue_number: int = 1
    secondary_eni_queue_number: int = 1
    queue_pair_number: int = 0
    eri_quantity: int = 0
    disk_quantity: int = 17
    network_card_quantity: int = 1
    gpu_amount: int = msgspec.field(default=0, name="GPUAmount")
    gpu_spec: str = msgspec.field(default="", name="GPUSpec")
    gpu_memory_size: float = msgspec.field(default=0.0, name="GPUMemorySize")
    initial_credit: int = 0
    baseline_credit: int = 0
    local_storage_amount: int = 0
    local_storage_capacity: int = 0
    local_storage_category: str = ""
    nvme_support: str = "unsupported"


class TypePage(Shape, frozen=True, kw_only=True):
    """All types are on one page: NextToken is empty."""

    next_token: str = ""


class Family(Shape, frozen=True, kw_only=True):
    """One family."""

    instance_type_family_id: str
    generation: str


class SupportedType(Shape, frozen=True, kw_only=True):
    """A type that an image can be used with."""

    instance_type_id: Annotated[str, Of("name")]
    instance_type_family: Annotated[str, Of("family")]
    cpu_core_count: Annotated[int, Of("cores")]
    memory_size: Annotated[float, Of("memory_gib")]


class ImageTypes(Shape, frozen=True, kw_only=True):
    """The image and region that a list of types is about."""

    image_id: str
    region_id: str


@operation(
    ECS,
    "DescribeInstanceTypes",
    resource=_ALL,
    answers="InstanceTypes.InstanceType",
    unsupported=dict.fromkeys(
        (
            *("MinimumCpuSpeedFrequency", "MaximumCpuSpeedFrequency", "PhysicalProcessorModel"),
            *("MinimumCpuTurboFrequency", "MaximumCpuTurboFrequency", "LocalStorageCategory"),
            *("MinimumInstanceBandwidthRx", "MinimumInstanceBandwidthTx", "MinimumInstancePpsRx"),
            *("CpuArchitectures", "GPUSpec", "GpuSpecs", "InstanceCategories", "InstanceCategory"),
            *("LocalStorageCategories", "MaximumGPUAmount", "MinimumDiskQuantity", "NvmeSupport"),
            *("MinimumEniIpv6AddressQuantity", "MinimumEriQuantity", "PhysicalProcessorModels"),
            *("MinimumLocalStorageAmount", "MinimumLocalStorageCapacity"),
            *("MinimumPrimaryEniQueueNumber", "MinimumSecondaryEniQueueNumber"),
            *("MinimumQueuePairNumber", "AdditionalAttributes"),
            *("MinimumInstancePpsTx", "MinimumBaselineCredit", "MinimumInitialCredit"),
        ),
        "types differ in processors, memory and interfaces alone",
    ),
    reads_only=True,
)
def describe_instance_types(
    _ctx: Context,
    *,
    wanted: Annotated[TypeFilter, Grouped()],
    max_results: Annotated[int, Between(1, 1600), Doc("All are on one page.")] = 1600,  # noqa: ARG001
    next_token: Annotated[str, Text(0, 0), Doc("Empty.")] = "",  # noqa: ARG001  # one page
) -> Listing[InstanceType, TypePage]:
    """List the types of instances.

    Args:
        instance_type_family, instance_type_families, instance_family_level, cpu_architecture:
            Only what has this value.
        minimum_cpu_core_count, maximum_cpu_core_count, minimum_eni_quantity:
            Only what has this value.
        minimum_eni_private_ip_address_quantity, minimum_gpu_amount: Only what has this value.
    """
    least, most = (
        gib("MinimumMemorySize", wanted.minimum_memory_size),
        gib("MaximumMemorySize", wanted.maximum_memory_size),
    )
    if wanted.cpu_architecture != "X86" or wanted.minimum_gpu_amount:
        return Listing([], TypePage())
    families = wanted.instance_type_families
    found = [
        each
        for each in TYPES.values()
        if (wanted.instance_types is None or each.name in wanted.instance_types)
        and wanted.instance_type_family in (None, each.family)
        and (families is None or each.family in families)
        and wanted.instance_family_level in (None, each.level)
        and _within(each.cores, wanted.minimum_cpu_core_count, wanted.maximum_cpu_core_count)
        and _within(each.memory_gib, least, most)
        and _within(each.interfaces, wanted.minimum_eni_quantity, None)
        and _within(each.addresses, wanted.minimum_eni_private_ip_address_quantity, None)
    ]
    return Listing([InstanceType.of(each) for each in found], TypePage())


@operation(
    ECS,
    "DescribeInstanceTypeFamilies",
    resource=_ALL,
    answers="InstanceTypeFamilies.InstanceTypeFamily",
    reads_only=True,
)
def describe_instance_type_families(
    ctx: Context,
    *,
    region_id: Region,
    generation: Annotated[str, Text(1, 16), Doc("Only this, such as `ecs-5`.")] | None = None,
) -> list[Family]:
    """List the families of types."""
    check_region(ctx, region_id)
    return [
        Family(instance_type_family_id=name, generation=each)
        for name, each in FAMILIES.items()
        if generation in (None, each)
    ]


@operation(
    ECS,
    "DescribeImageSupportInstanceTypes",
    resource=_ALL,
    answers="InstanceTypes.InstanceType",
    unsupported={
        "ActionType": "an instance keeps its type",
        "Filter": "there are no filters",
    },
    raises=(NoImage,),
    reads_only=True,
)
def describe_image_support_instance_types(
    ctx: Context, *, region_id: Region, image_id: Annotated[str, Text(1, 128)]
) -> Listing[SupportedType, ImageTypes]:
    """List the types that an image can be used with: all of them.

    Args:
        image_id: The image.
    """
    check_region(ctx, region_id)
    if image_named(ctx, image_id, None) is None:
        raise NoImage
    return Listing(
        [SupportedType.of(each) for each in TYPES.values()],
        ImageTypes(image_id=image_id, region_id=region_id),
    )


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
