"""Tags on instances.

Source: RDS API reference, TagResources, UntagResources, ListTagResources (documented); the codes of
refused tags (assumed).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf, Text, Wire
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.api.tag_keys import clashes
from juyong.services.rds.errors import NoInstance
from juyong.services.rds.fields import BY_TOKEN
from juyong.services.rds.instances import (
    RESOURCE,
    instance_arn,
    instance_named,
    instances_of_region,
    tags_of_resource,
)
from juyong.services.rds.product import PRODUCT as RDS
from juyong.services.rds.tables import InstanceRow, InstanceTagRow

MOST = 20
_LONGEST = 128
_PAGE = 50

INSTANCE = "INSTANCE"
ResourceType = Annotated[str, OneOf((INSTANCE,)), Doc("`INSTANCE`.")]
Ids = Annotated[
    list[str],
    Items(1, 50),
    Wire("ResourceId"),
    Doc("1 to 50 instances; each must be allowed."),
]
Keys = Annotated[list[str], Items(1, MOST), Wire("TagKey")]
Region = Annotated[str, Text(1, 64), Doc("A region.")]


class BadTag(ApiError):
    """A key or value is too long, reserved or holds a link, or keys repeat."""

    code, status, text = "InvalidTag.Format", 400, "Specified tag is not valid."


class TooManyTags(ApiError):
    """An instance would hold more than 20 tags."""

    code, status, text = "QuotaExceed.Tags", 400, "The quota of tags exceeds."


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


Tags = Annotated[list[TagParameter], Items(1, MOST), Wire("Tag")]


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one instance."""

    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


class TagResourceList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag_resource: list[TagResource]


class ListTagResourcesAnswer(TokenPage, frozen=True, kw_only=True):
    """A page of tags."""

    tag_resources: TagResourceList


class TaggedInstance(Shape, frozen=True, kw_only=True):
    """What is recorded of an instance whose tags change."""

    db_instance_id: str
    tags: dict[str, str]


def tags_by_instance(ctx: Context) -> Mapping[str, Mapping[str, str]]:
    """Return instance id to tags, for the account's tagged instances."""
    held: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in ctx.tx.find(InstanceTagRow, account_id=ctx.account_id):
        held[row.instance_id][row.tag_key] = row.tag_value
    return held


def bears(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether tags hold all of those wanted; an empty value means any."""
    return all(k in held and v in ("", held[k]) for k, v in wanted.items())


def _each(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name `acs:rds:<region>:<account>:dbinstance/<id>` of each instance."""
    return tuple(instance_arn(ctx, one) for one in arguments["resource_id"])


def _listed(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each instance asked for, or all of the region called."""
    ids = arguments["resource_id"]
    return _each(ctx, arguments) if ids else instances_of_region(ctx, arguments)


def _sent(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    tags: list[TagParameter] = arguments.get("tag") or []
    keys = [tag.key for tag in tags] + (arguments.get("tag_key") or [])
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{t.key}": (t.value,) for t in tags}
    return {**found, "acs:TagKeys": tuple(keys)} if keys else found


def _check(tags: list[TagParameter]) -> None:
    for tag in tags:
        good = 1 <= len(tag.key) <= _LONGEST and len(tag.value) <= _LONGEST
        reserved = tag.key.lower().startswith(("aliyun", "acs:"))
        link = any("http://" in t or "https://" in t for t in (tag.key, tag.value))
        if not good or reserved or link:
            raise BadTag
    if clashes((), (tag.key for tag in tags)):
        raise BadTag


def _rows(ctx: Context, instance_id: str) -> dict[str, InstanceTagRow]:
    rows = ctx.tx.find(InstanceTagRow, account_id=ctx.account_id, instance_id=instance_id)
    return {row.tag_key: row for row in rows}


def _note(ctx: Context, instance_id: str) -> None:
    tags = {key: row.tag_value for key, row in _rows(ctx, instance_id).items()}
    state = TaggedInstance(db_instance_id=instance_id, tags=tags)
    ctx.journal.record("updated", RESOURCE, instance_id, instance_id, state)


@operation(
    RDS,
    "TagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=tags_of_resource,
    raises=(NoInstance, BadTag, TooManyTags),
)
def tag_resources(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # instances are found in any region
    resource_type: ResourceType,  # noqa: ARG001  # there is one type
    resource_id: Ids,
    tag: Tags,
) -> Empty:
    """Add tags to instances, or change their values.

    Args:
        tag: 1 to 20 tags.
    """
    _check(tag)
    for instance_id in dict.fromkeys(resource_id):
        instance_named(ctx, instance_id)
        held = _rows(ctx, instance_id)
        if clashes(held, (one.key for one in tag)):
            raise BadTag
        if len({*held, *(t.key for t in tag)}) > MOST:
            raise TooManyTags
        for one in tag:
            if one.key in held:
                ctx.tx.update(held[one.key], tag_value=one.value)
            else:
                ctx.tx.insert(
                    InstanceTagRow(
                        account_id=ctx.account_id,
                        instance_id=instance_id,
                        tag_key=one.key,
                        tag_value=one.value,
                    )
                )
        _note(ctx, instance_id)
    return Empty()


@operation(
    RDS,
    "UntagResources",
    resource=_each,
    conditions=_sent,
    resource_conditions=tags_of_resource,
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
) -> Empty:
    """Take tags off instances; keys they do not bear are passed over.

    Args:
        tag_key: 1 to 20 keys.
        all: Without tag_key, take off all tags.
    """
    if tag_key is None and not all:
        raise NothingToUntag
    for instance_id in dict.fromkeys(resource_id):
        instance_named(ctx, instance_id)
        for key, row in _rows(ctx, instance_id).items():
            if tag_key is None or key in tag_key:
                ctx.tx.delete(row)
        _note(ctx, instance_id)
    return Empty()


@operation(
    RDS,
    "ListTagResources",
    resource=_listed,
    resource_conditions=tags_of_resource,
    raises=(NothingAsked,),
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: Region,  # noqa: ARG001  # the region called is the one listed
    resource_type: ResourceType,
    resource_id: Ids | None = None,
    tag: Tags | None = None,
    next_token: NextToken = "",
) -> ListTagResourcesAnswer:
    """List tags of instances, by instance and key.

    Args:
        region_id: The region.
        resource_id: Only these instances.
        tag: Only instances that bear all of these; an empty value means any.

    Returns:
        A page of up to 50 tags.
    """
    if resource_id is None and tag is None:
        raise NothingAsked
    wanted = {t.key: t.value for t in tag or []}
    ids = set(resource_id) if resource_id is not None else _in_region(ctx)
    rows = (
        (instance_id, key, value)
        for instance_id, held in tags_by_instance(ctx).items()
        if instance_id in ids and bears(held, wanted)
        for key, value in held.items()
    )
    page = BY_TOKEN.part(
        "rds-tags", rows, key=lambda row: row[:2], token=next_token, limit=_PAGE, width=2
    )
    return ListTagResourcesAnswer(
        tag_resources=TagResourceList(
            tag_resource=[
                TagResource(resource_type=resource_type, resource_id=i, tag_key=k, tag_value=v)
                for i, k, v in page.items
            ]
        ),
        next_token=page.page.next_token,
    )


def _in_region(ctx: Context) -> set[str]:
    rows = ctx.tx.find(InstanceRow, account_id=ctx.account_id, region=ctx.region)
    return {row.instance_id for row in rows}
