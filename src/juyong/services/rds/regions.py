"""DescribeRegions."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.operation import operation
from juyong.content.regions import ListedRegion, listed_regions
from juyong.services.rds.product import PRODUCT as RDS


@operation(
    RDS, "DescribeRegions", resource=acs("rds", "*"), answers="Regions.RDSRegion", reads_only=True
)
def describe_regions(
    ctx: Context, *, accept_language: Annotated[str, OneOf(("zh-CN", "en-US"))] = "en-US"
) -> list[ListedRegion]:
    """List the regions in which instances can be registered.

    Args:
        accept_language: `zh-CN` for Chinese names, `en-US` for English ones.

    Returns:
        The regions clients know, with RDS's host in each.
    """
    chinese = accept_language == "zh-CN"
    return listed_regions(ctx.platform.region, "rds", chinese=chinese)
