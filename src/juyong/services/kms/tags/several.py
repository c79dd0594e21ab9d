"""TagResources, UntagResources and ListTagResources: tags of up to fifty resources of a type."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from juyong.api.access import Also, AlsoRule, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf, Text
from juyong.api.listing import TokenPage, by_token
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    LimitExceeded,
    MissingParameter,
    NoInstance,
    NoKey,
    NoResource,
)
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS, KEY_WRITES
from juyong.services.kms.secrets.find import InDeleteWindow
from juyong.services.kms.tables import TagRow
from juyong.services.kms.tagging import (
    INSTANCE,
    KEY,
    SECRET,
    BadTagKey,
    BadTagValue,
    DuplicateTagKey,
    checked_tags,
    remove_tags,
    resource_tags,
    set_tags,
)
from juyong.services.kms.tags.targets import Bearer, bearer, name_of, need, note, policy_on

_A_PAGE = 200
_PAGING = by_token(partial(InvalidParameter, name="NextToken"))
RegionId = Annotated[str, Text(1, 64), Doc("The region called.")]
ResourceType = Annotated[str, OneOf((KEY, SECRET, INSTANCE)), Doc("`key`, `secret` or `instance`.")]
ResourceIds = Annotated[
    list[str],
    Items(1, 50),
    Doc("1 to 50 ids, of secrets names; each must be allowed."),
]


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


Tags = Annotated[list[TagParameter], Items(1, 20)]


class NoSuchResource(ApiError):
    """One of the resources does not exist."""

    code, status = "InvalidResourceId.NotFound", 404
    text = "The specified ResourceId is not found."


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_id: str
    resource_type: str
    tag_key: str
    tag_value: str


class TagResourceList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag_resource: list[TagResource]


class ListTagResourcesAnswer(TokenPage, frozen=True, kw_only=True):
    """A page of tags."""

    tag_resources: TagResourceList


def _first(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    ids = arguments.get("resource_id") or ["*"]
    return (name_of(ctx, arguments["resource_type"], ids[0]),)


def _first_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    ids = arguments.get("resource_id")
    return policy_on(ctx, arguments["resource_type"], ids[0]) if ids else None


def _others(action: str) -> AlsoRule:
    """Name the resources after the first, since each is judged under its own policy and tags."""

    def rule(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
        ids = arguments.get("resource_id") or []
        others = [each for each in dict.fromkeys(ids) if each != ids[0]]
        return tuple(need(ctx, action, arguments["resource_type"], each) for each in others)

    return rule


def _request_tags(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001
    return {f"acs:RequestTag/{tag.key}": (tag.value,) for tag in arguments.get("tag") or ()}


@operation(
    KMS,
    "TagResources",
    resource=_first,
    also=_others("kms:TagResources"),
    conditions=_request_tags,
    resource_conditions=resource_tags,
    resource_policy=_first_policy,
    raises=(
        *(InvalidParameter, NoSuchResource, KeyPendingDeletion, InDeleteWindow),
        *(DuplicateTagKey, BadTagKey, BadTagValue, LimitExceeded),
    ),
    rate=KEY_WRITES,
)
def tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceIds,
    tag: Tags,
) -> Empty:
    """Add tags to resources, or change their values.

    Args:
        tag: 1 to 20 tags.

    Source: KMS API reference, TagResources (documented; instances as the Terraform provider).
    """
    _check_region(ctx, region_id)
    wanted = checked_tags((each.key, each.value) for each in tag)
    for target in _bearers(ctx, resource_type, resource_id):
        set_tags(ctx, target.tagged, wanted)
        note(ctx, target)
    return Empty()


@operation(
    KMS,
    "UntagResources",
    resource=_first,
    also=_others("kms:UntagResources"),
    resource_conditions=resource_tags,
    resource_policy=_first_policy,
    raises=(
        *(InvalidParameter, MissingParameter),
        *(NoSuchResource, KeyPendingDeletion, InDeleteWindow),
    ),
    rate=KEY_WRITES,
)
def untag_resources(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceIds,
    tag_key: Annotated[list[str], Items(1, 20)] | None = None,
    all: bool = False,
) -> Empty:
    """Take tags off resources; keys they do not bear are passed over.

    Args:
        tag_key: 1 to 20 keys.
        all: Without tag_key, take off all tags.

    Source: KMS API reference, UntagResources (documented).
    """
    _check_region(ctx, region_id)
    if not tag_key and not all:
        raise MissingParameter(name="TagKey")
    for target in _bearers(ctx, resource_type, resource_id):
        remove_tags(ctx.tx, target.tagged, tag_key or None)
        note(ctx, target)
    return Empty()


@operation(
    KMS,
    "ListTagResources",
    resource=_first,
    also=_others("kms:ListTagResources"),
    resource_conditions=resource_tags,
    resource_policy=_first_policy,
    raises=(InvalidParameter,),
    rate=KEY_READS,
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceIds | None = None,
    tag: Tags | None = None,
    next_token: Annotated[str, Text(1, 1024)] = "",
) -> ListTagResourcesAnswer:
    """List tags of the account's resources of a type, by resource and key.

    Args:
        resource_id: Only these, 1 to 50; one that does not exist has no tags.
        tag: Only resources that bear all these tags; an empty value means any.
        next_token: Where the last page ended.

    Returns:
        A page of at most 200 tags; NextToken is there only when more follow.

    Cost: all tags of the account's resources of the type in the region are read.
    Source: KMS API reference, ListTagResources (documented); that a resource must bear all tags
        (assumed).
    """
    _check_region(ctx, region_id)
    held = _held(ctx, resource_type)
    rows = (
        (each, key, value)
        for each, tags in held.items()
        if (not resource_id or each in resource_id) and _bears(tags, tag or [])
        for key, value in tags.items()
    )
    found = _PAGING.part(
        "kms-tags", rows, key=lambda row: row[:2], token=next_token, limit=_A_PAGE, width=2
    )
    return ListTagResourcesAnswer(
        tag_resources=TagResourceList(
            tag_resource=[
                TagResource(resource_id=i, resource_type=resource_type, tag_key=k, tag_value=v)
                for i, k, v in found.items
            ]
        ),
        next_token=found.page.next_token,
    )


def _check_region(ctx: Context, region_id: str) -> None:
    if region_id != ctx.region:
        raise InvalidParameter(name="RegionId")


def _bearers(ctx: Context, resource_type: str, ids: list[str]) -> list[Bearer]:
    try:
        return [bearer(ctx, resource_type, each) for each in dict.fromkeys(ids)]
    except (NoKey, AliasNotTaken, NoResource, NoInstance):
        raise NoSuchResource from None


def _held(ctx: Context, resource_type: str) -> dict[str, dict[str, str]]:
    region = "" if resource_type == INSTANCE else ctx.region
    held: dict[str, dict[str, str]] = {}
    for row in ctx.tx.find(
        TagRow, account_id=ctx.account_id, region=region, resource_type=resource_type
    ):
        held.setdefault(row.resource_id, {})[row.tag_key] = row.tag_value
    return held


def _bears(held: Mapping[str, str], wanted: list[TagParameter]) -> bool:
    return all(each.key in held and each.value in ("", held[each.key]) for each in wanted)
