"""The links of resources.

Source: Resource Center API reference, ListResourceRelationships (documented). The platform's links
have a direction and a kind, which the answer cannot show: a relationship is listed from either end.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Items
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.resourcecenter.configurations import (
    NoResource,
    RegionId,
    ResourceId,
    ResourceType,
)
from juyong.services.resourcecenter.enabling import NotEnabled, everything, refuse_disabled
from juyong.services.resourcecenter.filters import Filter, bad_filter, search_of
from juyong.services.resourcecenter.product import PRODUCT as CENTER
from juyong.services.resourcecenter.searching import PAGES, Most
from juyong.store.inventory import Ref
from juyong.store.inventory_reads import links_from, links_to, resource_at

_OF_RELATED = {
    "RelatedResourceType": "ResourceType",
    "RelatedResourceRegionId": "RegionId",
    "RelatedResourceId": "ResourceId",
}


class Relationship(Shape, frozen=True, kw_only=True):
    """Two resources that are linked."""

    region_id: str
    resource_type: str
    resource_id: str
    related_resource_region_id: str
    related_resource_type: str
    related_resource_id: str


class RelationshipPage(TokenPage, frozen=True, kw_only=True):
    """A page of relationships."""

    max_results: int


@operation(
    CENTER,
    "ListResourceRelationships",
    resource=everything,
    raises=(NotEnabled, NoResource),
    reads_only=True,
    scans=True,
    answers="ResourceRelationships",
)
def list_resource_relationships(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceId,
    related_resource_filter: Annotated[list[Filter], Items(1, 10)] | None = None,
    next_token: NextToken = "",
    max_results: Most = 20,
) -> Listing[Relationship, RelationshipPage]:
    """List what a resource of the account is linked to, from either end.

    Args:
        related_resource_filter: Conditions on the other resource: `RelatedResourceType`,
            `RelatedResourceRegionId` and `RelatedResourceId`.
    """
    refuse_disabled(ctx)
    ref = Ref(ctx.account_id, region_id, resource_type, resource_id)
    if resource_at(ctx.tx, ref) is None:
        raise NoResource
    search = search_of([_of_related(each) for each in related_resource_filter or []], "")
    others = {link.target for link in links_from(ctx.tx, ref)}
    others |= {source for _, source in links_to(ctx.tx, ref)}
    # SECURITY: only the other account itself shows its resources.
    own = [other for other in others if other.account_id in (ctx.account_id, "")]
    page = PAGES.part(
        f"relationships {ref}",
        [other for other in own if search(other)],
        key=lambda other: (other.resource_type, other.region, other.resource_id),
        token=next_token,
        limit=max_results,
        width=3,
    )
    return Listing(
        [
            Relationship(
                region_id=region_id,
                resource_type=resource_type,
                resource_id=resource_id,
                related_resource_region_id=other.region,
                related_resource_type=other.resource_type,
                related_resource_id=other.resource_id,
            )
            for other in page.items
        ],
        RelationshipPage(next_token=page.page.next_token, max_results=max_results),
    )


def _of_related(asked: Filter) -> Filter:
    """Read a condition on the other resource.

    Raises:
        BadParameter: another key; names and tags of the other resource are not at hand.
    """
    if asked.key not in _OF_RELATED:
        raise bad_filter(asked.key)
    return Filter(key=_OF_RELATED[asked.key], match_type=asked.match_type, value=asked.value)
