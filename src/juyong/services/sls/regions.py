"""DescribeRegions: the regions clients know, with SLS's hosts in each."""

from typing import Annotated

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.operation import Route, operation
from juyong.content.regions import listed_regions
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.product import PRODUCT as SLS


class Region(CamelShape, frozen=True, kw_only=True):
    """One region."""

    region: str
    local_name: str
    internet_endpoint: str
    intranet_endpoint: str
    internal_endpoint: str
    data_redundancy_type: list[str]


@operation(
    SLS,
    "DescribeRegions",
    entry=Entry.IDENTIFIED,
    answers="regions",
    route=Route(method="GET", path="/regions"),
    reads_only=True,
)
def describe_regions(
    ctx: Context, *, language: Annotated[str, Doc("`zh` for Chinese names.")] = "en"
) -> list[Region]:
    """List the regions; every identified caller may."""
    chinese = language.lower().startswith("zh")
    found = listed_regions(ctx.platform.region, "log", chinese=chinese)
    return [
        Region(
            region=each.region_id,
            local_name=each.local_name,
            internet_endpoint=f"{each.region_id}.log.aliyuncs.com",
            intranet_endpoint=f"{each.region_id}-intranet.log.aliyuncs.com",
            internal_endpoint=f"{each.region_id}-intranet.log.aliyuncs.com",
            data_redundancy_type=["LRS", "ZRS"],
        )
        for each in found
    ]
