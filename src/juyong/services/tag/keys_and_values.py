"""List the keys and the values of the tags in use.

Source: Tag API reference (documented). Every tag is custom: the platform sets none itself.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.tag.product import PRODUCT as TAG
from juyong.services.tag.selecting import (
    ALL,
    CUSTOM,
    PAGES,
    Category,
    FuzzyType,
    PageSize,
    QueryType,
    TypeName,
    of_type,
    refuse_presets,
)
from juyong.services.tag.tagging import RegionId
from juyong.store.inventory import tags_held


class KeyFilter(Shape, frozen=True, kw_only=True):
    """Which keys: this one, or those that begin so."""

    key: Annotated[str, Text(1, 128)]


class ValueFilter(Shape, frozen=True, kw_only=True):
    """Which values: this one, or those that begin so."""

    value: Annotated[str, Text(0, 128)]


class Key(Shape, frozen=True, kw_only=True):
    """One key."""

    category: str = CUSTOM
    description: str = ""
    key: str


@operation(
    TAG,
    "ListTagKeys",
    resource=ALL,
    reads_only=True,
    scans=True,
    answers="Keys.Key",
)
def list_tag_keys(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # the host names the region
    tag_filter: Annotated[KeyFilter, Doc("Which keys.")] | None = None,
    fuzzy_type: FuzzyType = "EQUAL",
    resource_type: TypeName | None = None,
    category: Category = "All",
    query_type: QueryType = "ResourceTag",
    next_token: NextToken = "",
    page_size: PageSize = 50,
) -> Listing[Key, TokenPage]:
    """List the keys of the tags in use."""
    refuse_presets(query_type)
    keys = {key for row in of_type(ctx, category, resource_type) for key in tags_held(row)}
    page = PAGES.texts(
        "tag-keys",
        keys,
        like=tag_filter.key if tag_filter else None,
        prefix=fuzzy_type == "PREFIX",
        token=next_token,
        limit=page_size,
    )
    return page.map(lambda key: Key(key=key))


@operation(
    TAG,
    "ListTagValues",
    resource=ALL,
    reads_only=True,
    scans=True,
    answers="Values.Value",
)
def list_tag_values(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # the host names the region
    key: Annotated[str, Text(1, 128), Doc("The key.")],
    tag_filter: Annotated[ValueFilter, Doc("Which values.")] | None = None,
    fuzzy_type: FuzzyType = "EQUAL",
    resource_type: TypeName | None = None,
    query_type: QueryType = "ResourceTag",
    next_token: NextToken = "",
    page_size: PageSize = 50,
) -> Listing[str, TokenPage]:
    """List the values that a key has on any resource."""
    refuse_presets(query_type)
    rows = of_type(ctx, "All", resource_type)
    values = {held[key] for row in rows if key in (held := tags_held(row))}
    return PAGES.texts(
        f"tag-values {key}",
        values,
        like=tag_filter.value if tag_filter else None,
        prefix=fuzzy_type == "PREFIX",
        token=next_token,
        limit=page_size,
    )
