"""Tags on instances.

Source: RDS API reference, TagResources, UntagResources, ListTagResources (documented); the codes of
refused tags (assumed).
"""

from typing import Annotated

from juyong.api import tags
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Raises, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import AllTags, TagFilter, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.rds.fields import BY_TOKEN
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.resources import DB_INSTANCE, TAG_RULES

INSTANCE = "INSTANCE"
Tags = Annotated[tags.Tags, Raises(TAG_RULES.errors)]
_PAGE = 50
_SOME, _ANY = named_by(
    "resource_id",
    {INSTANCE: DB_INSTANCE},
    called="instances",
    region_id=Annotated[str, Text(1, 64), Doc("A region; instances are found in any.")],
)


NothingAsked = fact(
    "MissingParameter.ResourceIds",
    400,
    "You must specify ResourceIds or Tags.",
    why="Neither resources nor tags are given.",
)
NothingToUntag = fact(
    "MissingParameter.TagKeys",
    400,
    "You must specify TagKeys or All.",
    why="Neither keys nor All are given.",
)


@operation(RDS, "TagResources", on=_SOME)
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to instances, or change their values."""
    named.tag(ctx, pairs_of(tag))


@operation(RDS, "UntagResources", on=_SOME, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_key: TagKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off instances; keys that they do not have are passed over."""
    named.untag_asked(ctx, tag_key, all=all, neither=NothingToUntag)


@operation(
    RDS,
    "ListTagResources",
    on=_ANY,
    raises=(NothingAsked,),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context, named: Named, *, tag: TagFilter | None = None, next_token: NextToken = ""
) -> Listing[TagResource, TokenPage]:
    """List tags of instances, by instance and key; without instances, those of the region called.

    Returns:
        A page of up to 50 tags.
    """
    if named.labels is None and tag is None:
        raise NothingAsked
    held = named.held(ctx)
    return named.listed(held, tag, BY_TOKEN, TagResource, token=next_token, limit=_PAGE)
