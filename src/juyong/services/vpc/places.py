"""The regions and zones of VPC.

Source: VPC API reference, DescribeRegions, DescribeZones (documented).
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.content.regions import ListedRegion, listed_regions
from juyong.services.network.asking import HERE
from juyong.services.network.zones import zones_of
from juyong.services.vpc.product import PRODUCT as VPC

Language = Annotated[str, Text(2, 8), Doc("Names are Chinese for `zh-cn`, and else English.")]


class Zone(Shape, frozen=True, kw_only=True):
    """A zone."""

    zone_id: str
    local_name: str
    zone_type: str = "AvailabilityZone"


@operation(
    VPC,
    "DescribeRegions",
    resource=acs("vpc", "*"),
    gateway=HERE,
    unsupported={"ProductType": "every region has all that the platform has"},
    answers="Regions.Region",
    reads_only=True,
)
def describe_regions(ctx: Context, *, accept_language: Language = "zh-cn") -> list[ListedRegion]:
    """List the regions clients know, with VPC's host in each."""
    chinese = accept_language.lower().startswith("zh")
    return listed_regions(ctx.platform.region, "vpc", chinese=chinese)


@operation(
    VPC,
    "DescribeZones",
    resource=acs("vpc", "*"),
    gateway=HERE,
    answers="Zones.Zone",
    reads_only=True,
)
def describe_zones(
    ctx: Context,
    *,
    accept_language: Language = "zh-cn",  # noqa: ARG001  # names are letters in every language
    zone_type: Annotated[
        str, OneOf(("AvailabilityZone", "CloudBoxZone")), Doc("Of cloud boxes there are none.")
    ] = "AvailabilityZone",
) -> list[Zone]:
    """List the zones of the region called."""
    ids = zones_of(ctx.region) if zone_type == "AvailabilityZone" else ()
    return [Zone(zone_id=each, local_name=f"Zone {each[-1].upper()}") for each in ids]
