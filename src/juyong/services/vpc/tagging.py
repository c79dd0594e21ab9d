"""The operations on the tags of VPC's resources.

Source: VPC API reference, TagResources, UnTagResources, ListTagResources (documented); types that
the reference does not list (observed in the Terraform provider); the codes of calls that name too
little (assumed).
"""

from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import AllTags, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE
from juyong.services.network.public.eip import EIP
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.tags import NothingAsked, NothingToUntag, TagFilter, Tags, TooManyTags
from juyong.services.vpc.flow_logs.flow_log import FLOW_LOG
from juyong.services.vpc.paging import BY_TOKEN
from juyong.services.vpc.prefix_lists.lists import OF_VPC
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ACLS, ROUTE_TABLES, VPCS, VSWITCHES

NoResource = fact(
    "InvalidResourceId.NotFound",
    404,
    "The specified ResourceIds are not found in our records.",
    why="The region has no resource of an id.",
)
_TYPES: dict[str, Resource[Any]] = {
    "VPC": VPCS,
    "VSWITCH": VSWITCHES,
    "ROUTETABLE": ROUTE_TABLES,
    "NETWORKACL": ACLS,
    "EIP": EIP,
    "NATGATEWAY": NAT_GATEWAY,
    "FLOWLOG": FLOW_LOG,
    "PREFIXLIST": OF_VPC,
}
"""The values of ResourceType."""
_SOME, _ANY = named_by(
    "resource_id",
    {kind: each.found(each.find, NoResource) for kind, each in _TYPES.items()},
    called="ids",
)


@operation(VPC, "TagResources", on=_SOME, gateway=HERE, raises=(TooManyTags,))
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to resources, or change their values."""
    named.tag(ctx, pairs_of(tag))


@operation(VPC, "UnTagResources", on=_SOME, gateway=HERE, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_key: TagKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off resources; keys that they do not have are passed over."""
    named.untag_asked(ctx, tag_key, all=all, neither=NothingToUntag)


@operation(
    VPC,
    "ListTagResources",
    on=_ANY,
    gateway=HERE,
    raises=(NothingAsked,),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    named: Named,
    *,
    tag: TagFilter | None = None,
    max_results: Annotated[int, Between(1, 50), Doc("1 to 50.")] = 50,
    next_token: NextToken = "",
) -> Listing[TagResource, TokenPage]:
    """List tags of resources, by id and key; a resource that does not exist has none."""
    if named.labels is None and tag is None:
        raise NothingAsked
    held = named.held(ctx)
    return named.listed(held, tag, BY_TOKEN, TagResource, token=next_token, limit=max_results)
