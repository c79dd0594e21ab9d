"""Tags on instances.

Source: RDS API reference, TagResources, UntagResources, ListTagResources (documented); the codes of
refused tags (assumed).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf, Text, Wire
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import bears, request_conditions
from juyong.api.wrapping import Listing
from juyong.services.rds.errors import BadTag, NoInstance, TooManyTags
from juyong.services.rds.fields import BY_TOKEN
from juyong.services.rds.instances import DB_INSTANCE, TAG_RULES
from juyong.services.rds.product import PRODUCT as RDS

_PAGE = 50

INSTANCE = "INSTANCE"
ResourceType = Annotated[str, OneOf((INSTANCE,)), Doc("`INSTANCE`.")]
Ids = Annotated[
    list[str], Items(1, 50), Wire("ResourceId"), Doc("1 to 50 instances; each must be allowed.")
]
Keys = Annotated[list[str], Items(1, 20), Wire("TagKey"), Doc("1 to 20 keys.")]
Region = Annotated[str, Text(1, 64), Doc("A region.")]


class NothingAsked(ApiError):
    """Neither resources nor tags are given."""

    code, status = "MissingParameter.ResourceIds", 400
    text = "You must specify ResourceIds or Tags."


class NothingToUntag(ApiError):
    """Neither keys nor All are given."""

    code, status = "MissingParameter.TagKeys", 400
    text = "You must specify TagKeys or All."


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


Tags = Annotated[list[TagParameter], Items(1, 20), Wire("Tag"), Doc("1 to 20 tags.")]


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one instance."""

    resource_type: str = INSTANCE
    resource_id: str
    tag_key: str
    tag_value: str


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each instance asked for, or all of the region called."""
    ids = arguments["resource_id"]
    if not ids:
        return DB_INSTANCE.all.arn(ctx, arguments)
    return tuple(DB_INSTANCE.arn_named(ctx, one) for one in ids)


def _sent(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    tags: list[TagParameter] = arguments.get("tag") or []
    return request_conditions(_pairs(tags), arguments.get("tag_key") or ())


def _pairs(tags: list[TagParameter]) -> list[tuple[str, str]]:
    return [(tag.key, tag.value) for tag in tags]


@operation(
    RDS,
    "TagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=DB_INSTANCE.tag_conditions,
    raises=(NoInstance, BadTag, TooManyTags),
)
def tag_resources(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # instances are found in any region
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids,
    tag: Tags,
) -> None:
    """Add tags to instances, or change their values."""
    tags = TAG_RULES.checked(_pairs(tag))
    for instance_id in dict.fromkeys(resource_id):
        DB_INSTANCE.tag(ctx, DB_INSTANCE.the(ctx, instance_id), tags)


@operation(
    RDS,
    "UntagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=DB_INSTANCE.tag_conditions,
    raises=(NoInstance, NothingToUntag),
)
def untag_resources(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # instances are found in any region
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids,
    tag_key: Keys | None = None,
    all: bool = False,
) -> None:
    """Take tags off instances; keys that they do not have are passed over.

    Args:
        all: Without tag_key, take off all tags.
    """
    if tag_key is None and not all:
        raise NothingToUntag
    for instance_id in dict.fromkeys(resource_id):
        DB_INSTANCE.untag(ctx, DB_INSTANCE.the(ctx, instance_id), tag_key)


@operation(
    RDS,
    "ListTagResources",
    resource=_each,
    resource_conditions=DB_INSTANCE.tag_conditions,
    raises=(NothingAsked,),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # the region called is the one listed
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids | None = None,
    tag: Tags | None = None,
    next_token: NextToken = "",
) -> Listing[TagResource, TokenPage]:
    """List tags of instances, by instance and key.

    Args:
        region_id: The region.
        resource_id: Only these instances.
        tag: Only instances that have all of these; an empty value means any.

    Returns:
        A page of up to 50 tags.
    """
    if resource_id is None and tag is None:
        raise NothingAsked
    if resource_id is None:
        held = DB_INSTANCE.tags_by_id(ctx)
    else:
        found = (DB_INSTANCE.find(ctx, one) for one in resource_id)
        held = {row.instance_id: DB_INSTANCE.tags_of(ctx.tx, row) for row in found if row}
    wanted = dict(_pairs(tag or []))
    rows = (
        (instance_id, key, value)
        for instance_id, tags in held.items()
        if bears(tags, wanted)
        for key, value in tags.items()
    )
    page = BY_TOKEN.part(
        "rds-tags", rows, key=lambda row: row[:2], token=next_token, limit=_PAGE, width=2
    )
    return page.map(lambda row: TagResource(resource_id=row[0], tag_key=row[1], tag_value=row[2]))
