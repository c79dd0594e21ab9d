"""Search the resources of the account, and count them.

Source: Resource Center API reference, SearchResources, GetResourceCounts (documented); that a
keyword is looked for in id, name, type, region and tags, and does not rank (assumed).
"""

from collections import Counter
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Items, OneOf, Text
from juyong.api.listing import NextToken, TokenPage, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.resourcecenter.enabling import NotEnabled, everything, refuse_disabled
from juyong.services.resourcecenter.filters import (
    Filter,
    Row,
    SearchFilter,
    ShownFilter,
    search_of,
)
from juyong.services.resourcecenter.found import Resource, created_at, resource_of
from juyong.services.resourcecenter.product import PRODUCT as CENTER
from juyong.store.inventory_reads import current, deleted

PAGES = by_token(bad_token("NextToken"))
_NO_GROUPS = {"ResourceGroupId": "there are no resource groups"}
Filters = Annotated[list[Filter], Items(1, 10), Doc("Conditions that all must hold.")]
Keyword = Annotated[str, Text(1, 128), Doc("Part of an id, name, type, region or tag.")]
WithDeleted = Annotated[bool, Doc("Deleted resources too, as far back as the history goes.")]
Most = Annotated[int, Between(1, 500), Doc("1 to 500.")]


class SortCriterion(Shape, frozen=True, kw_only=True):
    """The order of the answer."""

    key: Annotated[str, OneOf(("CreateTime",))]
    order: Annotated[str, OneOf(("ASC", "DESC"))] = "ASC"


class SearchPage(TokenPage, frozen=True, kw_only=True):
    """A page of resources, and the conditions of the search."""

    filters: list[SearchFilter]
    max_results: int


class Count(Shape, frozen=True, kw_only=True):
    """How many resources a group has; without a group, how many there are."""

    group_name: str | msgspec.UnsetType = msgspec.UNSET
    count: int


class Counts(Shape, frozen=True, kw_only=True):
    """Numbers of resources, and the conditions of the search."""

    filters: list[ShownFilter]
    group_by_key: str | msgspec.UnsetType = msgspec.UNSET
    resource_counts: list[Count]


@operation(
    CENTER,
    "SearchResources",
    resource=everything,
    raises=(NotEnabled,),
    unsupported=_NO_GROUPS,
    reads_only=True,
    scans=True,
    answers="Resources",
)
def search_resources(
    ctx: Context,
    *,
    filter: Filters | None = None,  # the API's name
    search_expression: Keyword | None = None,
    sort_criterion: Annotated[SortCriterion, Doc("The order of the answer.")] | None = None,
    include_deleted_resources: WithDeleted = False,
    next_token: NextToken = "",
    max_results: Most = 20,
) -> Listing[Resource, SearchPage]:
    """List the resources that meet all conditions, by type, region and id."""
    refuse_disabled(ctx)
    rows = _found(ctx, filter, search_expression, with_deleted=include_deleted_resources)
    page = PAGES.part(
        f"resources {sort_criterion}",
        [(_place(row, sort_criterion), row) for row in rows],
        key=lambda item: item[0],
        token=next_token,
        limit=max_results,
        width=4,
    )
    return Listing(
        [resource_of(row) for _, row in page.items],
        SearchPage(
            next_token=page.page.next_token,
            filters=[
                SearchFilter(key=f.key, match_type=f.match_type, values=f.value)
                for f in filter or []
            ],
            max_results=max_results,
        ),
    )


@operation(
    CENTER,
    "GetResourceCounts",
    resource=everything,
    raises=(NotEnabled,),
    reads_only=True,
    scans=True,
)
def get_resource_counts(
    ctx: Context,
    *,
    filter: Filters | None = None,  # the API's name
    search_expression: Keyword | None = None,
    group_by_key: Annotated[str, OneOf(("ResourceType", "RegionId"))] | None = None,
    include_deleted_resources: WithDeleted = False,
) -> Counts:
    """Count the resources that meet all conditions, in all or by type or region.

    Args:
        group_by_key: `ResourceType` or `RegionId`; there are no resource groups.
    """
    refuse_disabled(ctx)
    rows = _found(ctx, filter, search_expression, with_deleted=include_deleted_resources)
    counts = [Count(count=len(rows))]
    if group_by_key is not None:
        by_type = group_by_key == "ResourceType"
        groups = Counter(row.resource_type if by_type else row.region for row in rows)
        counts = [Count(group_name=name, count=n) for name, n in sorted(groups.items())]
    return Counts(
        filters=[ShownFilter(key=f.key, values=f.value) for f in filter or []],
        group_by_key=msgspec.UNSET if group_by_key is None else group_by_key,
        resource_counts=counts,
    )


def _found(
    ctx: Context, filters: list[Filter] | None, keyword: str | None, *, with_deleted: bool
) -> list[Row]:
    search = search_of(filters, keyword or "")
    rows: list[Row] = list(current(ctx.tx, ctx.account_id))
    if with_deleted:
        rows += deleted(ctx.tx, ctx.account_id, ctx.now)
    return [row for row in rows if search(row)]


def _place(row: Row, criterion: SortCriterion | None) -> tuple[str, ...]:
    """Return the sort key of a resource: texts, since a token holds them."""
    when = 0
    if criterion is not None:
        when = created_at(row) if criterion.order == "ASC" else _LATEST - created_at(row)
    return (f"{when:020}", row.resource_type, row.region, row.resource_id)


_LATEST = 10**15
"""A number above every instant: its difference to an instant orders the newest first."""
