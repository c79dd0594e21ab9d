"""DescribeRegions."""

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.operation import Rate, operation
from juyong.content.regions import ListedRegion, listed_regions
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL


@operation(
    ACTIONTRAIL,
    "DescribeRegions",
    entry=Entry.IDENTIFIED,
    rate=Rate(per_second=100),
    answers="Regions.Region",
    reads_only=True,
)
def describe_regions(ctx: Context, *, accept_language: str = "en-US") -> list[ListedRegion]:
    """List the regions; every identified caller may.

    Args:
        accept_language: `zh-CN` for Chinese names, anything else for English ones.

    Returns:
        The regions clients know, with ActionTrail's host in each.
    """
    chinese = accept_language.lower().startswith("zh")
    return listed_regions(ctx.platform.region, "actiontrail", chinese=chinese)
