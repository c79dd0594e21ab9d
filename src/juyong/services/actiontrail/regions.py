"""DescribeRegions."""

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.operation import Rate, operation
from juyong.api.shape import Empty, Shape
from juyong.api.wrapping import Listing
from juyong.content.regions import regions_with
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL


class Region(Shape, frozen=True, kw_only=True):
    """One region with ActionTrail's endpoint in it."""

    region_id: str
    local_name: str
    region_endpoint: str


@operation(
    ACTIONTRAIL,
    "DescribeRegions",
    entry=Entry.IDENTIFIED,
    rate=Rate(per_second=100),
    answers="Regions.Region",
    reads_only=True,
)
def describe_regions(ctx: Context, *, accept_language: str = "en-US") -> Listing[Region, Empty]:
    """List the regions; every identified caller may.

    Args:
        accept_language: `zh-CN` for Chinese names, anything else for English ones.

    Returns:
        The regions clients know, with ActionTrail's host in each.

    Source: ActionTrail API reference, DescribeRegions (documented).
    """
    chinese = accept_language.lower().startswith("zh")
    regions = [
        Region(
            region_id=known.region_id,
            local_name=known.chinese if chinese else known.english,
            region_endpoint=f"actiontrail.{known.region_id}.aliyuncs.com",
        )
        for known in regions_with(ctx.platform.region)
    ]
    return Listing(regions, Empty())
