"""Tags on users.

Source: IMS API reference, TagResources, UntagResources, ListTagResources (documented); the codes of
calls that name too little or too much (assumed).
"""

from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, OneOf
from juyong.api.listing import Marker, Next, PageSize, Paging, bad_token
from juyong.api.operation import operation
from juyong.api.resource import Target
from juyong.api.shape import Shape
from juyong.api.tagging import Named, TagResource
from juyong.api.tags import AllTags, TagFilter, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.identity.tagging import Tags
from juyong.services.identity.users.naming import find_principal, user_resource, user_with_id
from juyong.services.identity.users.users import USER, NoUser
from juyong.services.ims.product import PRODUCT as IMS

TYPE = "user"
Ids = Annotated[list[str], Items(1, 50), Doc("1 to 50 ids; each must be allowed.")]
Names = Annotated[list[str], Items(1, 50), Doc("1 to 50 names, instead of ids.")]
NoResources = fact(
    "MissingResourceId",
    400,
    "ResourceId is mandatory for this action.",
    why="Neither ids nor names are given.",
)
IdsAndNames = fact(
    "InvalidParameter.ResourceId",
    400,
    "Only one of ResourceId and ResourcePrincipalName can be specified.",
    why="Both ids and names are given.",
)
NothingToUntag = fact(
    "MissingTagKey",
    400,
    "TagKey is mandatory for this action.",
    why="Neither keys nor All were given.",
)


class TagPage(Shape, frozen=True, kw_only=True):
    """A page; NextToken is left out of the last one."""

    is_truncated: bool
    next_token: Next = msgspec.UNSET


_PAGING = Paging(
    lambda token: TagPage(is_truncated=token is not msgspec.UNSET, next_token=token),
    bad_token("NextToken"),
)


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each user of the call; a call that names none is about all of them."""
    found = [{"user_id": user_id} for user_id in arguments.get("resource_id") or ()]
    found += [
        {"user_principal_name": name} for name in arguments.get("resource_principal_name") or ()
    ]
    return tuple(dict.fromkeys(user_resource(ctx, one)[0] for one in found or [{}]))


def _named(_ctx: Context, arguments: Arguments) -> Named:
    ids, names = arguments["resource_id"], arguments["resource_principal_name"]
    if ids is not None and names is not None:
        raise IdsAndNames
    if names is None:
        return Named(kind=TYPE, resource=USER.found(user_with_id, NoUser), labels=ids)
    return Named(kind=TYPE, resource=USER.found(find_principal, NoUser), labels=names)


def _some(ctx: Context, arguments: Arguments) -> Named:
    named = _named(ctx, arguments)
    if named.labels is None:
        raise NoResources
    return named


_ANY = Target(
    parameters={
        "resource_type": Annotated[str, OneOf((TYPE,)), Doc("The type of the resources.")],
        "resource_id": Ids | None,
        "resource_principal_name": Names | None,
    },
    arn=_each,
    find=_named,
    errors=(IdsAndNames,),
    conditions=USER.tag_conditions,
)
_SOME = replace(_ANY, find=_some, errors=(IdsAndNames, NoResources, NoUser))


@operation(IMS, "TagResources", on=_SOME)
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to users, or change their values."""
    named.tag(ctx, pairs_of(tag))


@operation(IMS, "UntagResources", on=_SOME, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_key: TagKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off users; keys that they do not have are passed over."""
    named.untag_asked(ctx, tag_key, all=all, neither=NothingToUntag)


@operation(
    IMS,
    "ListTagResources",
    on=_ANY,
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    named: Named,
    *,
    tag: TagFilter | None = None,
    next_token: Marker = "",
    page_size: PageSize = 100,
) -> Listing[TagResource, TagPage]:
    """List tags of users, by user id and key; a user that does not exist has none.

    Cost: without users, all tags on the account's users are read.
    """
    held = named.held(ctx)
    return named.listed(held, tag, _PAGING, TagResource, token=next_token, limit=page_size)
