"""The operations on the tags of key pairs.

Source: ECS API reference, TagResources, UntagResources, ListTagResources (documented); that the id
of a key pair is its name (observed in the Terraform provider); the codes of calls that name too
little, and the page of 50 (assumed).
"""

from functools import partial
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, BadParameter
from juyong.api.fields import Doc, Items, OneOf, Wire
from juyong.api.listing import NextToken, TokenPage, by_token
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import bears, request_conditions
from juyong.api.wrapping import Listing
from juyong.services.ecs.key_pairs import KEY_PAIR, NoRegion, Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import BAD_TAGS, RULES, TagParameter, Tags, TooManyTags, pairs_of

_KIND = "keypair"
_PAGE = 50
_PAGING = by_token(
    partial(
        BadParameter,
        "InvalidNextToken.Malformed",
        'The specified parameter "NextToken" is not valid.',
    )
)

ResourceType = Annotated[str, OneOf((_KIND,)), Doc("`keypair`.")]
Ids = Annotated[
    list[str], Items(1, 50), Wire("ResourceId"), Doc("1 to 50 names; each must be allowed.")
]
Keys = Annotated[list[str], Items(1, 20), Wire("TagKey"), Doc("1 to 20 keys.")]


class NoResource(ApiError):
    """The region has no key pair of a name."""

    code, status = "InvalidResourceId.NotFound", 404
    text = "The specified ResourceIds are not found in our records."


class NothingAsked(ApiError):
    """Neither resources nor tags are given."""

    code, status = "MissingParameter.ResourceIds", 400
    text = "The parameter - ResourceIds should not be null."


class NothingToUntag(ApiError):
    """Neither keys nor All are given."""

    code, status = "MissingParameter.TagKeys", 400
    text = "The parameter - TagKeys should not be null."


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one key pair."""

    resource_type: str = _KIND
    resource_id: str
    tag_key: str
    tag_value: str


_TAGGED = KEY_PAIR.found(KEY_PAIR.find, NoResource)


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each key pair asked for, or all of the region called."""
    ids = arguments["resource_id"]
    if not ids:
        return KEY_PAIR.all.arn(ctx, arguments)
    return tuple(KEY_PAIR.arn_named(ctx, one) for one in ids)


def _sent(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    tags: list[TagParameter] = arguments.get("tag") or []
    return request_conditions(pairs_of(tags), arguments.get("tag_key") or ())


@operation(
    ECS,
    "TagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=KEY_PAIR.tag_conditions,
    raises=(NoRegion, NoResource, *BAD_TAGS, TooManyTags),
)
def tag_resources(
    ctx: Context,
    *,
    region_id: Region,
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids,
    tag: Tags,
) -> None:
    """Add tags to key pairs, or change their values."""
    check_region(ctx, region_id)
    tags = RULES.checked(pairs_of(tag))
    for name in dict.fromkeys(resource_id):
        _TAGGED.tag(ctx, _TAGGED.the(ctx, name), tags)


@operation(
    ECS,
    "UntagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=KEY_PAIR.tag_conditions,
    raises=(NoRegion, NoResource, NothingToUntag),
)
def untag_resources(
    ctx: Context,
    *,
    region_id: Region,
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids,
    tag_key: Keys | None = None,
    all: bool = False,
) -> None:
    """Take tags off key pairs; keys that they do not have are passed over.

    Args:
        all: Without tag_key, take off all tags.
    """
    check_region(ctx, region_id)
    if tag_key is None and not all:
        raise NothingToUntag
    for name in dict.fromkeys(resource_id):
        _TAGGED.untag(ctx, _TAGGED.the(ctx, name), tag_key)


@operation(
    ECS,
    "ListTagResources",
    resource=_each,
    resource_conditions=KEY_PAIR.tag_conditions,
    unsupported={"TagFilter": "tags are filtered by Tag"},
    raises=(NoRegion, NothingAsked),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: Region,
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids | None = None,
    tag: Tags | None = None,
    next_token: NextToken = "",
) -> Listing[TagResource, TokenPage]:
    """List tags of key pairs, by name and key.

    Args:
        resource_id: Only these; a key pair that does not exist has no tags.
        tag: Only key pairs that have all of these; an empty value means any.

    Returns:
        A page of up to 50 tags.
    """
    check_region(ctx, region_id)
    if resource_id is None and tag is None:
        raise NothingAsked
    wanted = dict(pairs_of(tag))
    rows = (
        (name, key, value)
        for name, tags in KEY_PAIR.tags_by_id(ctx).items()
        if (resource_id is None or name in resource_id) and bears(tags, wanted)
        for key, value in tags.items()
    )
    page = _PAGING.part(
        "ecs-tags", rows, key=lambda row: row[:2], token=next_token, limit=_PAGE, width=2
    )
    return page.map(lambda row: TagResource(resource_id=row[0], tag_key=row[1], tag_value=row[2]))
