"""List the types whose resources can have tags, and the regions of Tag.

Source: Tag API reference (documented).
"""

from typing import Annotated

from juyong.api import registry
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.content.regions import regions_with
from juyong.services.tag.product import PRODUCT as TAG
from juyong.services.tag.selecting import (
    ALL,
    PAGES,
    PageSize,
)
from juyong.services.tag.tagging import RegionId

_TAGGING = "TAG_CONSOLE_SUPPORT"
"""Tags can be set and listed (documented)."""


class SupportItem(Shape, frozen=True, kw_only=True):
    """The abilities of Tag with resources of a type."""

    support_code: str
    support: bool


class SupportedType(Shape, frozen=True, kw_only=True):
    """A type whose resources can have tags."""

    product_code: str
    resource_type: str
    arn_template: str
    support_items: list[SupportItem]


class Region(Shape, frozen=True, kw_only=True):
    """A region and the host of Tag there."""

    region_id: str
    local_name: str
    region_endpoint: str


@operation(
    TAG,
    "ListSupportResourceTypes",
    resource=ALL,
    reads_only=True,
    scans=True,
    answers="SupportResourceTypes",
)
def list_support_resource_types(
    _ctx: Context,
    *,
    region_id: RegionId | None = None,  # noqa: ARG001  # all regions are alike
    product_code: Annotated[str, Text(1, 64), Doc("Only of this product.")] | None = None,
    resource_tye: Annotated[str, Text(1, 64), Doc("Only this type; the API's spelling.")]
    | None = None,
    support_code: Annotated[str, Text(1, 64), Doc("Only types that can do this.")] | None = None,
    show_items: bool = False,
    next_token: NextToken = "",
    max_result: PageSize = 50,
) -> Listing[SupportedType, TokenPage]:
    """List the types whose resources can have tags.

    Args:
        show_items: Return the abilities for each type.
    """
    found = []
    for kind, each in registry.resources().items():
        _, product, name = kind.lower().split("::")
        fits = product_code in (None, product) and resource_tye in (None, name)
        if each.tags is None or not fits or support_code not in (None, _TAGGING):
            continue
        service, _, path = each.arn.partition(":")
        found.append(
            SupportedType(
                product_code=product,
                resource_type=name,
                arn_template=f"arn:acs:{service}:*:*:{path}${{ResourceId}}",
                support_items=[SupportItem(support_code=_TAGGING, support=True)]
                if show_items
                else [],
            )
        )
    return PAGES.part(
        "tag-types",
        found,
        key=lambda each: (each.product_code, each.resource_type),
        token=next_token,
        limit=max_result,
        width=2,
    )


@operation(TAG, "DescribeRegions", resource=ALL, reads_only=True, answers="Regions.Region")
def describe_regions(
    ctx: Context,
    *,
    region_id: RegionId | None = None,  # noqa: ARG001  # the answer is the same everywhere
    accept_language: Annotated[str, OneOf(("zh-CN", "en-US", "ja"))] = "zh-CN",
) -> list[Region]:
    """List the regions.

    Args:
        accept_language: `zh-CN` for Chinese names; English ones otherwise.
    """
    return [
        Region(
            region_id=each.region_id,
            local_name=each.chinese if accept_language == "zh-CN" else each.english,
            region_endpoint=f"tag.{each.region_id}.aliyuncs.com",
        )
        for each in regions_with(ctx.platform.region)
    ]
