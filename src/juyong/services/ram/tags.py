"""Tags on roles and policies.

Source: RAM API reference, TagResources, UntagResources, ListTagResources (documented); that TagKeys
win over All, the default of PageSize, and LimitExceeded.Tag (assumed).
"""

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.listing import Marker, PageSize, TokenPage, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import AllTags, TagFilter, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.identity.policies.policies import POLICY
from juyong.services.identity.roles.roles import ROLE
from juyong.services.identity.tagging import Tags
from juyong.services.ram.product import PRODUCT as RAM

_SOME, _ANY = named_by("resource_names", {"role": ROLE, "policy": POLICY})
_PAGING = by_token(bad_token("NextToken"))
NothingToUntag = fact(
    "MissingTagKeys",
    400,
    "TagKeys is mandatory for this action.",
    why="Neither keys nor All were given.",
)


class NamedTag(TagResource, frozen=True, kw_only=True):
    """One tag of one resource, which is shown by name."""

    resource_id: str = msgspec.field(name="ResourceName")


@operation(RAM, "TagResources", on=_SOME)
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to roles or custom policies, or change their values."""
    named.tag(ctx, pairs_of(tag))


@operation(RAM, "UntagResources", on=_SOME, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_keys: TagKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off roles or custom policies; keys that they do not have are passed over."""
    if tag_keys is None and not all:
        raise NothingToUntag
    named.untag(ctx, tag_keys)


@operation(RAM, "ListTagResources", on=_ANY, answers="TagResources", reads_only=True, scans=True)
def list_tag_resources(
    ctx: Context,
    named: Named,
    *,
    tag: TagFilter | None = None,
    next_token: Marker = "",
    page_size: PageSize = 100,
) -> Listing[NamedTag, TokenPage]:
    """List tags of roles or custom policies, by name and key; a name without a resource has none.

    Cost: without names, all tags on the account's resources of the type are read.
    """
    held = named.held(ctx, named.resource.name)
    return named.listed(held, tag, _PAGING, NamedTag, token=next_token, limit=page_size)
