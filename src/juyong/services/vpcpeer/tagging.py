"""The operations on the tags of peering connections.

Source: VPC peering API reference, TagResources, UnTagResources, ListTagResources (documented); the
codes of calls that name too little (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Shape
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import AllTags, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE
from juyong.services.network.tags import TagFilter, Tags, TooManyTags
from juyong.services.vpcpeer.describing import BY_TOKEN
from juyong.services.vpcpeer.peering import PEERING, NoPeering
from juyong.services.vpcpeer.product import PRODUCT as PEER

NothingAsked = fact(
    "MissingParam.ResourceIdOrTag",
    400,
    "The parameter ResourceId or Tag must be specified.",
    why="Neither resources nor tags are given.",
)
NothingToUntag = fact(
    "MissingParam.TagKey",
    400,
    "The parameter TagKey must be specified.",
    why="Neither keys nor All are given.",
)
_SOME, _ANY = named_by(
    "resource_id", {"PeerConnection": PEERING.found(PEERING.find, NoPeering)}, called="ids"
)


class Tagged(Shape, frozen=True, kw_only=True):
    """The tags are changed."""

    success: bool = True


class TagPage(TokenPage, frozen=True, kw_only=True):
    """A page of tags."""

    max_results: int


@operation(PEER, "TagResources", on=_SOME, gateway=HERE | ONCE, raises=(TooManyTags,))
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> Tagged:
    """Add tags to connections, or change their values."""
    named.tag(ctx, pairs_of(tag))
    return Tagged()


@operation(PEER, "UnTagResources", on=_SOME, gateway=HERE | ONCE, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_key: TagKeys | None = None, all: AllTags = False
) -> Tagged:
    """Take tags off connections; keys that they do not have are passed over."""
    named.untag_asked(ctx, tag_key, all=all, neither=NothingToUntag)
    return Tagged()


@operation(
    PEER,
    "ListTagResources",
    on=_ANY,
    gateway=HERE,
    raises=(NothingAsked,),
    unsupported={"Category": "all tags are the users' own"},
    answers="TagResources",
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
) -> Listing[TagResource, TagPage]:
    """List tags of connections, by id and key; a connection that does not exist has none."""
    if named.labels is None and tag is None:
        raise NothingAsked
    held = named.held(ctx)
    page = named.listed(held, tag, BY_TOKEN, TagResource, token=next_token, limit=max_results)
    return Listing(page.items, TagPage(max_results=max_results, next_token=page.page.next_token))
