"""List tags, and the resources that have them, over all products.

Source: Tag API reference (documented). Every tag is custom: the platform sets none itself.
"""

from typing import Annotated

import msgspec

from juyong.api import registry
from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.listing import NextToken, TokenPage, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import bears
from juyong.api.wrapping import Listing
from juyong.content.regions import regions_with
from juyong.services.tag.errors import BadTags
from juyong.services.tag.product import PRODUCT as TAG
from juyong.services.tag.tagging import Arns, RegionId, TagsJson, tags_sent
from juyong.services.tag.targets import shown_arn, target_of
from juyong.store.inventory import ResourceRow, tags_held
from juyong.store.inventory_reads import current

PAGES = by_token(bad_token("NextToken"))
ALL = acs("tag", "*")
PageSize = Annotated[int, Between(1, 1000), Doc("1 to 1000.")]
Category = Annotated[str, Text(1, 16), Doc("`All`, `Custom` or `System`, in any case.")]
QueryType = Annotated[str, Text(1, 16), Doc("`ResourceTag`, in any case.")]
FuzzyType = Annotated[str, OneOf(("EQUAL", "PREFIX")), Doc("`EQUAL` or `PREFIX`.")]
TypeName = Annotated[str, Text(1, 128), Doc("Such as `ALIYUN::KMS::KEY`, in any case.")]
_CUSTOM = "Custom"


class KeyFilter(Shape, frozen=True, kw_only=True):
    """Which keys: this one, or those that begin so."""

    key: Annotated[str, Text(1, 128)]


class ValueFilter(Shape, frozen=True, kw_only=True):
    """Which values: this one, or those that begin so."""

    value: Annotated[str, Text(0, 128)]


class TagFilter(Shape, frozen=True, kw_only=True):
    """A tag; without a value, any will do."""

    key: Annotated[str, Text(1, 128)]
    value: Annotated[str, Text(0, 128)] = ""


class Tag(Shape, frozen=True, kw_only=True):
    """One tag."""

    category: str = _CUSTOM
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


class Key(Shape, frozen=True, kw_only=True):
    """One key."""

    category: str = _CUSTOM
    description: str = ""
    key: str


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
        for row in _tagged(ctx, category)
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
    _refuse_presets(query_type)
    keys = {key for row in _of_type(ctx, category, resource_type) for key in tags_held(row)}
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
    _refuse_presets(query_type)
    rows = _of_type(ctx, "All", resource_type)
    values = {held[key] for row in rows if key in (held := tags_held(row))}
    return PAGES.texts(
        f"tag-values {key}",
        values,
        like=tag_filter.value if tag_filter else None,
        prefix=fuzzy_type == "PREFIX",
        token=next_token,
        limit=page_size,
    )


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
        for row in _here(ctx)
        if _is_type(row, resource_type) and bears(tags_held(row), wanted) == (fuzzy_type == "EQUAL")
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


_TAGGING = "TAG_CONSOLE_SUPPORT"
"""Tags can be set and listed (documented)."""


def _here(ctx: Context) -> list[ResourceRow]:
    """Return the resources of the region called, and those of global products."""
    tagged = {kind for kind, each in registry.resources().items() if each.tags is not None}
    return [
        row
        for row in current(ctx.tx, ctx.account_id)
        if row.resource_type in tagged and row.region in (ctx.region, "global")
    ]


def _tagged(ctx: Context, category: str) -> list[ResourceRow]:
    """Return those that have tags of a category.

    Raises:
        BadParameter: there is no such category.
    """
    if category.lower() not in ("all", "custom", "system"):
        raise BadParameter("InvalidParameter.Category", "The specified Category is not valid.")
    if category.lower() == "system":
        return []
    return [row for row in _here(ctx) if tags_held(row)]


def _of_type(ctx: Context, category: str, resource_type: str | None) -> list[ResourceRow]:
    rows = _tagged(ctx, category)
    return [row for row in rows if resource_type is None or _is_type(row, resource_type)]


def _is_type(row: ResourceRow, asked: str) -> bool:
    """Tell whether a resource is of a type as this product writes it."""
    kind = row.resource_type.upper()
    return asked.upper() in (kind, kind.replace("ACS::", "ALIYUN::", 1))


def _labels(row: ResourceRow) -> tuple[str, str]:
    return row.resource_id, row.name


def _shown(row: ResourceRow) -> list[Tag]:
    return [Tag(key=key, value=value) for key, value in sorted(tags_held(row).items())]


def _refuse_presets(query_type: str) -> None:
    if query_type.lower() != "resourcetag":
        raise BadParameter("InvalidParameter.QueryType", "There are no preset tags.")
