"""Tags on users."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf, Wire
from juyong.api.listing import Marker, PageSize, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import UserId
from juyong.services.identity.account.principal_names import default_domain
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    remove_tags,
    request_tags,
    resource_tags,
    set_tags,
    tagged_with,
    tags_by_resource,
    tags_of,
)
from juyong.services.identity.users.lookup import user_by_id, user_by_name, user_resource
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import RESOURCE as USER
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.shapes import named_user

TYPE = "user"
ResourceType = Annotated[str, OneOf((TYPE,)), Doc("`user`.")]
Several = Annotated[list[str], Items(1, 50), Doc("1 to 50 names, instead of ids.")]
TagKeys = Annotated[list[str], Items(1, 20), Wire("TagKey")]
_PAGING = by_token(bad_token("NextToken"))


class NoResources(ApiError):
    """Neither ids nor names are given."""

    code, status, text = "MissingResourceId", 400, "ResourceId is mandatory for this action."


class IdsAndNames(ApiError):
    """Both ids and names are given."""

    code, status = "InvalidParameter.ResourceId", 400
    text = "Only one of ResourceId and ResourcePrincipalName can be specified."


class NothingToUntag(ApiError):
    """Neither keys nor All were given."""

    code, status, text = "MissingTagKey", 400, "TagKey is mandatory for this action."


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one user."""

    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


class TagResourceList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of tags."""

    tag_resource: list[TagResource]


class ListTagResourcesAnswer(Shape, frozen=True, kw_only=True):
    """A page of tags; NextToken is left out of the last one."""

    tag_resources: TagResourceList
    is_truncated: bool
    next_token: str | msgspec.UnsetType = msgspec.UNSET


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
        found = [user_by_id(ctx, user_id) for user_id in ids]
    elif names is not None:
        found = [user_by_name(ctx, name) for name in names]
    else:
        raise NoResources
    return list({row.user_id: row for row in found}.values())


def _note(ctx: Context, row: UserRow) -> None:
    tags = tags_of(ctx.tx, ctx.account_id, TYPE, row.user_id)
    state = named_user(row, default_domain(ctx.tx, ctx.account_id), tags)
    ctx.journal.record("updated", USER, row.user_id, row.user_name, state)


@operation(
    IMS,
    "TagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=resource_tags,
    raises=(NoResources, IdsAndNames, NoUser, BadTag, TooManyTags),
)
def tag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,  # noqa: ARG001  # users only
    resource_id: Several | None = None,
    resource_principal_name: Several | None = None,
    tag: Tags,
) -> Empty:
    """Add tags to users, or change their values.

    Args:
        resource_id: 1 to 50 user ids; each must be allowed.

    Source: IMS API reference, TagResources (documented); codes of the first two (assumed).
    """
    for row in _users(ctx, resource_id, resource_principal_name):
        set_tags(ctx, TYPE, row.user_id, tag)
        _note(ctx, row)
    return Empty()


@operation(
    IMS,
    "UntagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=resource_tags,
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
) -> Empty:
    """Take tags off users; keys they do not bear are passed over.

    Args:
        resource_id: 1 to 50 user ids; each must be allowed.
        tag_keys: 1 to 20 keys.
        all: Without tag_keys, take off all tags.

    Source: IMS API reference, UntagResources (documented); codes (assumed).
    """
    if tag_keys is None and not all:
        raise NothingToUntag
    for row in _users(ctx, resource_id, resource_principal_name):
        remove_tags(ctx, TYPE, row.user_id, tag_keys)
        _note(ctx, row)
    return Empty()


@operation(
    IMS,
    "ListTagResources",
    resource=_named,
    resource_conditions=resource_tags,
    raises=(IdsAndNames,),
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
) -> ListTagResourcesAnswer:
    """List tags of users, by user id and key.

    Args:
        resource_id: Only these users, 1 to 50; one that does not exist has no tags.
        tag: Only users that bear all these tags; an empty value means any.
        page_size: 1 to 100 tags.

    Returns:
        A page; NextToken is there only when IsTruncated is true.

    Cost: all tags on the account's users are read.
    Source: IMS API reference, ListTagResources (documented).
    """
    held = tags_by_resource(ctx, TYPE)
    chosen = set(held) if tag is None else set(tagged_with(held, tag))
    if resource_id is not None and resource_principal_name is not None:
        raise IdsAndNames
    if resource_id is not None:
        chosen &= set(resource_id)
    elif resource_principal_name is not None:
        chosen &= _ids(ctx, resource_principal_name)
    rows = ((user_id, key, value) for user_id in chosen for key, value in held[user_id].items())
    found = _PAGING.part(
        "user-tags", rows, key=lambda row: row[:2], token=next_token, limit=page_size, width=2
    )
    more = found.page.next_token
    return ListTagResourcesAnswer(
        tag_resources=TagResourceList(
            tag_resource=[
                TagResource(resource_type=TYPE, resource_id=user_id, tag_key=k, tag_value=v)
                for user_id, k, v in found.items
            ]
        ),
        is_truncated=more is not msgspec.UNSET,
        next_token=more,
    )


def _ids(ctx: Context, names: list[str]) -> set[UserId]:
    found: set[UserId] = set()
    for name in names:
        try:
            found.add(user_by_name(ctx, name).user_id)
        except NoUser:
            continue
    return found
