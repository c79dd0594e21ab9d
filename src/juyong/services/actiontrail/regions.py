"""DescribeRegions."""

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.content.regions import regions_with
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL


class Region(Shape, frozen=True, kw_only=True):
    """One region with ActionTrail's endpoint in it."""

    region_id: str
    local_name: str
    region_endpoint: str


class RegionList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    region: list[Region]


class DescribeRegionsAnswer(Shape, frozen=True, kw_only=True):
    """All regions."""

    regions: RegionList


@operation(
    ACTIONTRAIL,
    "DescribeRegions",
    entry=Entry.IDENTIFIED,
    rate=Rate(per_second=100),
    reads_only=True,
)
def describe_regions(ctx: Context, *, accept_language: str = "en-US") -> DescribeRegionsAnswer:
    """List the regions; every identified caller may.

    Args:
        accept_language: `zh-CN` for Chinese names, anything else for English ones.

    Returns:
        The regions clients know, with ActionTrail's host in each.

    Source: ActionTrail API reference, DescribeRegions (documented).
    """
    chinese = accept_language.lower().startswith("zh")
    return DescribeRegionsAnswer(
        regions=RegionList(
            region=[
                Region(
                    region_id=known.region_id,
                    local_name=known.chinese if chinese else known.english,
                    region_endpoint=f"actiontrail.{known.region_id}.aliyuncs.com",
                )
                for known in regions_with(ctx.platform.region)
            ]
        )
    )
