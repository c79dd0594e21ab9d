"""Tags on users."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, OneOf, Wire
from juyong.api.listing import Marker, Next, PageSize, Paging, bad_token
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    checked_tags,
    request_tags,
    tagged_with,
)
from juyong.services.identity.users.naming import find_principal, identified, user_resource
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER, NoUser
from juyong.services.ims.product import PRODUCT as IMS

TYPE = "user"
ResourceType = Annotated[str, OneOf((TYPE,)), Doc("`user`.")]
Several = Annotated[list[str], Items(1, 50), Doc("1 to 50 names, instead of ids.")]
TagKeys = Annotated[list[str], Items(1, 20), Wire("TagKey")]
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


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one user."""

    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


class TagPage(Shape, frozen=True, kw_only=True):
    """A page; NextToken is left out of the last one."""

    is_truncated: bool
    next_token: Next = msgspec.UNSET


_PAGING = Paging(
    lambda token: TagPage(is_truncated=token is not msgspec.UNSET, next_token=token),
    bad_token("NextToken"),
)


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name every user of the call; without any it is about all of them."""
    found = [{"user_id": user_id} for user_id in arguments.get("resource_id") or ()]
    found += [
        {"user_principal_name": name} for name in arguments.get("resource_principal_name") or ()
    ]
    names = [user_resource(ctx, one)[0] for one in found or [{}]]
    return tuple(dict.fromkeys(names))


def _users(ctx: Context, ids: list[str] | None, names: list[str] | None) -> list[UserRow]:
    """Return the users of a call, each once.

    Raises:
        NoResources, IdsAndNames: exactly one of the two must be given.
        NoUser: one does not exist.
    """
    if ids is not None and names is not None:
        raise IdsAndNames
    if ids is not None:
        found = [identified(ctx, {"user_id": user_id}) for user_id in ids]
    elif names is not None:
        found = [identified(ctx, {"user_principal_name": name}) for name in names]
    else:
        raise NoResources
    return list({row.user_id: row for row in found}.values())


@operation(
    IMS,
    "TagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=USER.tag_conditions,
    raises=(NoResources, IdsAndNames, NoUser, BadTag, TooManyTags),
)
def tag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,  # noqa: ARG001  # users only
    resource_id: Several | None = None,
    resource_principal_name: Several | None = None,
    tag: Tags,
) -> None:
    """Add tags to users, or change their values.

    Args:
        resource_id: 1 to 50 user ids; each must be allowed.

    Assumed: codes of the first two.
    """
    for row in _users(ctx, resource_id, resource_principal_name):
        USER.tag(ctx, row, checked_tags(tag))


@operation(
    IMS,
    "UntagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=USER.tag_conditions,
    raises=(NoResources, IdsAndNames, NoUser, NothingToUntag),
)
def untag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,  # noqa: ARG001  # users only
    resource_id: Several | None = None,
    resource_principal_name: Several | None = None,
    tag_keys: TagKeys | None = None,
    all: bool = False,
) -> None:
    """Take tags off users; keys that they do not have are passed over.

    Args:
        resource_id: 1 to 50 user ids; each must be allowed.
        tag_keys: 1 to 20 keys.
        all: Without tag_keys, take off all tags.

    Assumed: codes.
    """
    if tag_keys is None and not all:
        raise NothingToUntag
    for row in _users(ctx, resource_id, resource_principal_name):
        USER.untag(ctx, row, tag_keys)


@operation(
    IMS,
    "ListTagResources",
    resource=_named,
    resource_conditions=USER.tag_conditions,
    raises=(IdsAndNames,),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,  # noqa: ARG001  # users only
    resource_id: Several | None = None,
    resource_principal_name: Several | None = None,
    tag: Tags | None = None,
    next_token: Marker = "",
    page_size: PageSize = 100,
) -> Listing[TagResource, TagPage]:
    """List tags of users, by user id and key.

    Args:
        resource_id: Only these users, 1 to 50; one that does not exist has no tags.
        tag: Only users that have all these tags; an empty value means any.
        page_size: 1 to 100 tags.

    Cost: all tags on the account's users are read.
    """
    held = USER.tags_by_id(ctx)
    chosen = set(held) if tag is None else set(tagged_with(held, tag))
    if resource_id is not None and resource_principal_name is not None:
        raise IdsAndNames
    if resource_id is not None:
        chosen &= set(resource_id)
    elif resource_principal_name is not None:
        named = [find_principal(ctx, name) for name in resource_principal_name]
        chosen &= {row.user_id for row in named if row is not None}
    rows = ((user_id, key, value) for user_id in chosen for key, value in held[user_id].items())
    return _PAGING.part(
        "user-tags", rows, key=lambda row: row[:2], token=next_token, limit=page_size, width=2
    ).map(
        lambda row: TagResource(
            resource_type=TYPE, resource_id=row[0], tag_key=row[1], tag_value=row[2]
        )
    )
