"""List the resources that have tags, of all products.

Source: Tag API reference (documented). Every tag is custom: the platform sets none itself.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import bears
from juyong.api.wrapping import Listing
from juyong.services.tag.errors import BadTags
from juyong.services.tag.product import PRODUCT as TAG
from juyong.services.tag.selecting import (
    ALL,
    CUSTOM,
    PAGES,
    Category,
    PageSize,
    TypeName,
    here,
    is_type,
    tagged,
)
from juyong.services.tag.tagging import Arns, RegionId, TagsJson, tags_sent
from juyong.services.tag.targets import shown_arn, target_of
from juyong.store.inventory import ResourceRow, tags_held


class TagFilter(Shape, frozen=True, kw_only=True):
    """A tag; without a value, any will do."""

    key: Annotated[str, Text(1, 128)]
    value: Annotated[str, Text(0, 128)] = ""


class Tag(Shape, frozen=True, kw_only=True):
    """One tag."""

    category: str = CUSTOM
    key: str
    value: str


class TaggedArn(Shape, frozen=True, kw_only=True):
    """A resource and its tags."""

    resource_arn: str = msgspec.field(name="ResourceARN")
    tags: list[Tag]


class TaggedId(Shape, frozen=True, kw_only=True):
    """A resource by id, with its tags where they were asked for."""

    resource_id: str
    tags: list[Tag]


@operation(
    TAG,
    "ListTagResources",
    resource=ALL,
    raises=(BadTags,),
    reads_only=True,
    scans=True,
    answers="TagResources",
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # the host names the region
    resource_arn: Arns | None = None,
    tags: TagsJson | None = None,
    category: Category = "All",
    next_token: NextToken = "",
    page_size: PageSize = 50,
) -> Listing[TaggedArn, TokenPage]:
    """List the tagged resources of the region and of global products, with their tags.

    Args:
        tags: Only resources that have all of these.
    """
    wanted = tags_sent(tags) if tags is not None else {}
    only = None
    if resource_arn is not None:
        named = [target_of(ctx, arn) for arn in resource_arn]
        only = {(t.resource.kind, t.label) for t in named if t is not None}
    rows = [
        row
        for row in tagged(ctx, category)
        if all(tags_held(row).get(key) == value for key, value in wanted.items())
        and (only is None or {(row.resource_type, each) for each in _labels(row)} & only)
    ]
    return PAGES.part(
        "tag-resources",
        rows,
        key=lambda row: (row.resource_type, row.region, row.resource_id),
        token=next_token,
        limit=page_size,
        width=3,
    ).map(lambda row: TaggedArn(resource_arn=shown_arn(row.arn), tags=_shown(row)))


@operation(
    TAG,
    "ListResourcesByTag",
    resource=ALL,
    reads_only=True,
    scans=True,
    answers="Resources",
)
def list_resources_by_tag(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # the host names the region
    resource_type: TypeName,
    tag_filter: Annotated[TagFilter, Doc("The tag; without a value, any will do.")],
    fuzzy_type: Annotated[str, OneOf(("EQUAL", "NOT"))] = "EQUAL",
    include_all_tags: bool = False,
    next_token: NextToken = "",
    max_result: PageSize = 50,
) -> Listing[TaggedId, TokenPage]:
    """List the resources of a type that have a tag, or do not have it.

    Args:
        fuzzy_type: `EQUAL`, or `NOT` for resources without the tag.
        include_all_tags: Return the tags of each resource.
    """
    wanted = [(tag_filter.key, tag_filter.value)]
    rows = [
        row
        for row in here(ctx)
        if is_type(row, resource_type) and bears(tags_held(row), wanted) == (fuzzy_type == "EQUAL")
    ]
    return PAGES.part(
        "resources-by-tag",
        rows,
        key=lambda row: (row.region, row.resource_id),
        token=next_token,
        limit=max_result,
        width=2,
    ).map(
        lambda row: TaggedId(
            resource_id=row.resource_id, tags=_shown(row) if include_all_tags else []
        )
    )


def _labels(row: ResourceRow) -> tuple[str, str]:
    return row.resource_id, row.name


def _shown(row: ResourceRow) -> list[Tag]:
    return [Tag(key=key, value=value) for key, value in sorted(tags_held(row).items())]
