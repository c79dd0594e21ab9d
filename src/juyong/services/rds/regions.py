"""DescribeRegions."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.api.wrapping import Listing
from juyong.content.regions import regions_with
from juyong.services.rds.product import PRODUCT as RDS


class RDSRegion(Shape, frozen=True, kw_only=True):
    """One region; it has no zones to tell apart here."""

    region_id: str
    local_name: str
    region_endpoint: str


@operation(
    RDS, "DescribeRegions", resource=acs("rds", "*"), answers="Regions.RDSRegion", reads_only=True
)
def describe_regions(
    ctx: Context, *, accept_language: Annotated[str, OneOf(("zh-CN", "en-US"))] = "en-US"
) -> Listing[RDSRegion, Empty]:
    """List the regions in which instances can be registered.

    Args:
        accept_language: `zh-CN` for Chinese names, `en-US` for English ones.

    Returns:
        The regions clients know, with RDS's host in each.

    Source: RDS API reference, DescribeRegions (documented).
    """
    chinese = accept_language == "zh-CN"
    regions = [
        RDSRegion(
            region_id=known.region_id,
            local_name=known.chinese if chinese else known.english,
            region_endpoint=f"rds.{known.region_id}.aliyuncs.com",
        )
        for known in regions_with(ctx.platform.region)
    ]
    return Listing(regions, Empty())
