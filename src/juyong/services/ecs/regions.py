"""DescribeRegions: many clients ask ECS which regions there are, whatever they call next."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.content.regions import ListedRegion, listed_regions
from juyong.services.ecs.product import PRODUCT as ECS

_NOTHING_SOLD = "nothing is sold here, so every region has the same"
Language = Annotated[
    str,
    OneOf(("zh-CN", "zh-TW", "en-US", "ja", "fr", "de", "ko")),
    Doc("Names are Chinese for `zh-CN` and `zh-TW`, and else English."),
]


@operation(
    ECS,
    "DescribeRegions",
    resource=acs("ecs", "*"),
    answers="Regions.Region",
    unsupported=dict.fromkeys(("InstanceChargeType", "ResourceType"), _NOTHING_SOLD),
    reads_only=True,
)
def describe_regions(ctx: Context, *, accept_language: Language = "zh-CN") -> list[ListedRegion]:
    """List the regions.

    Returns:
        The regions clients know, with ECS's host in each.
    """
    chinese = accept_language.startswith("zh")
    return listed_regions(ctx.platform.region, "ecs", chinese=chinese)
