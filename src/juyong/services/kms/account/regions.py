"""DescribeRegions."""

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.content.regions import regions_with
from juyong.services.kms.product import PRODUCT as KMS


class Region(Shape, frozen=True, kw_only=True):
    """One region."""

    region_id: str


class RegionList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    region: list[Region]


class DescribeRegionsAnswer(Shape, frozen=True, kw_only=True):
    """All regions."""

    regions: RegionList


@operation(KMS, "DescribeRegions", entry=Entry.IDENTIFIED, reads_only=True)
def describe_regions(ctx: Context) -> DescribeRegionsAnswer:
    """List the regions; every identified caller may.

    Returns:
        The regions clients know. Keys and secrets of one are not seen in another.

    Source: KMS API reference, DescribeRegions (documented). The real service does not audit it;
        here every call of an identified caller is.
    """
    known = regions_with(ctx.platform.region)
    return DescribeRegionsAnswer(
        regions=RegionList(region=[Region(region_id=each.region_id) for each in known])
    )
