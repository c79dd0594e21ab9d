"""The operations on tags of keys, secrets and instances."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from juyong.api.access import Also, AlsoRule
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf, Text
from juyong.api.listing import NextToken, TokenPage, by_token
from juyong.api.operation import Rate, operation
from juyong.api.resource import Resource
from juyong.api.shape import Empty, Shape
from juyong.api.tags import bears
from juyong.api.wrapping import Listing
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
from juyong.services.kms.instances import INSTANCE
from juyong.services.kms.keys.key import (
    KEY,
    LABEL,
    MANAGED_KEY,
    KeyName,
    find_managed_key,
    refuse,
)
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import KEY_WRITES, KMS, LISTS
from juyong.services.kms.secrets.secret import SECRET, InDeleteWindow, SecretName, find_live_secret
from juyong.services.kms.tagging import (
    BAD_TAGS,
    TAGS,
    BadTagKey,
    BadTagValue,
    DuplicateTagKey,
    TagsText,
    by_itself,
    need,
    parse_tags,
    request_tags,
)

_A_PAGE = 200
_PAGING = by_token(partial(InvalidParameter, name="NextToken"))
_MOST_A_CALL = 10
_NO_CERTIFICATES = {"CertificateId": "certificates are not offered"}
_OF_ONE = (
    *(MissingParameter, InvalidParameter),
    *(NoKey, AliasNotTaken, KeyPendingDeletion, NoResource, InDeleteWindow),
)
_OF_SEVERAL = (InvalidParameter, KeyPendingDeletion, InDeleteWindow)


def _changeable_key(ctx: Context, name: str) -> KeyRow:
    row = find_managed_key(ctx, name)
    refuse(row, LABEL)
    return row


TAGGED: Mapping[str, Resource[Any]] = {
    "key": KEY.found(_changeable_key, (NoKey, AliasNotTaken)),
    "secret": SECRET.found(find_live_secret, NoResource),
    "instance": INSTANCE,
}
"""The resources with tags, by the type as calls name it; found only if tags can be changed."""
ResourceType = Annotated[str, OneOf(tuple(TAGGED)), Doc("`key`, `secret` or `instance`.")]


def _named(arguments: Arguments) -> list[tuple[str, str]]:
    """Return the type and the name of everything that a call names."""
    kind = arguments.get("resource_type")
    if kind is not None:
        return [(kind, each) for each in dict.fromkeys(arguments.get("resource_id") or ["*"])]
    both = (("key", arguments.get("key_id")), ("secret", arguments.get("secret_name")))
    return [(kind, name) for kind, name in both if name]


def _each(action: str) -> AlsoRule:
    """Name everything that a call names; of a call that names nothing, every key."""

    def rule(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
        named = _named(arguments) or [("key", "*")]
        return tuple(need(ctx, action, TAGGED[kind], name) for kind, name in named)

    return rule


# --- one key or secret ---


class KeyTag(Shape, frozen=True, kw_only=True):
    """One tag of a key."""

    key_id: str
    tag_key: str
    tag_value: str


def _one(ctx: Context, key_id: str | None, secret_name: str | None) -> tuple[Resource[Any], Any]:
    named = _named({"key_id": key_id, "secret_name": secret_name})
    if not named:
        raise MissingParameter(name="KeyId")
    if len(named) > 1:
        raise InvalidParameter(name="SecretName")
    kind, name = named[0]
    return TAGGED[kind], TAGGED[kind].the(ctx, name)


@operation(
    KMS,
    "TagResource",
    resource=by_itself,
    also=_each("kms:TagResource"),
    conditions=request_tags,
    raises=(*_OF_ONE, *(e for e in BAD_TAGS if e not in _OF_ONE)),
    unsupported=_NO_CERTIFICATES,
    rate=KEY_WRITES,
)
def tag_resource(
    ctx: Context,
    *,
    key_id: KeyName | None = None,
    secret_name: SecretName | None = None,
    tags: TagsText,
) -> None:
    """Add tags to a key or a secret, or change their values.

    Args:
        key_id: The key's id or ARN.
        secret_name: The secret, instead of a key.
        tags: JSON, `[{"TagKey":"k","TagValue":"v"}]`, 1 to 10.
    """
    resource, row = _one(ctx, key_id, secret_name)
    wanted = parse_tags(tags, most=_MOST_A_CALL)
    if not wanted:
        raise InvalidParameter(name="Tags")
    resource.tag(ctx, row, wanted)


@operation(
    KMS,
    "UntagResource",
    resource=by_itself,
    also=_each("kms:UntagResource"),
    raises=_OF_ONE,
    unsupported=_NO_CERTIFICATES,
    rate=KEY_WRITES,
)
def untag_resource(
    ctx: Context,
    *,
    key_id: KeyName | None = None,
    secret_name: SecretName | None = None,
    tag_keys: Annotated[list[str], Items(1, 20)],
) -> None:
    """Take tags off a key or a secret.

    Args:
        key_id: The key's id or ARN.
        secret_name: The secret, instead of a key.
        tag_keys: JSON, 1 to 20 keys; keys that it does not have are passed over.
    """
    resource, row = _one(ctx, key_id, secret_name)
    resource.untag(ctx, row, tag_keys)


@operation(
    KMS,
    "ListResourceTags",
    on=MANAGED_KEY,
    answers="Tags.Tag",
    rate=Rate(per_second=300),
    reads_only=True,
)
def list_resource_tags(ctx: Context, key: KeyRow) -> Listing[KeyTag, Empty]:
    """List the tags of a key, in whatever state, by their keys."""
    held = KEY.tags_of(ctx.tx, key).items()
    return Listing([KeyTag(key_id=key.key_id, tag_key=k, tag_value=v) for k, v in held], Empty())


# --- up to fifty resources of a type ---

RegionId = Annotated[str, Text(1, 64), Doc("The region called.")]
ResourceIds = Annotated[
    list[str], Items(1, 50), Doc("1 to 50 ids, of secrets names; each must be allowed.")
]


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


Tags = Annotated[list[TagParameter], Items(1, 20)]


class NoSuchResource(ApiError):
    """A resource of the call does not exist."""

    code, status = "InvalidResourceId.NotFound", 404
    text = "The specified ResourceId is not found."


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_id: str
    resource_type: str
    tag_key: str
    tag_value: str


def _tags_asked(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    return {f"acs:RequestTag/{tag.key}": (tag.value,) for tag in arguments.get("tag") or ()}


@operation(
    KMS,
    "TagResources",
    resource=by_itself,
    also=_each("kms:TagResources"),
    conditions=_tags_asked,
    raises=(*_OF_SEVERAL, NoSuchResource, DuplicateTagKey, BadTagKey, BadTagValue, LimitExceeded),
    rate=KEY_WRITES,
)
def tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceIds,
    tag: Tags,
) -> None:
    """Add 1 to 20 tags to resources, or change their values.

    Source: KMS API reference, TagResources (documented; instances as the Terraform provider).
    """
    _check_region(ctx, region_id)
    wanted = TAGS.checked((each.key, each.value) for each in tag)
    for row in _all(ctx, resource_type, resource_id):
        TAGGED[resource_type].tag(ctx, row, wanted)


@operation(
    KMS,
    "UntagResources",
    resource=by_itself,
    also=_each("kms:UntagResources"),
    raises=(*_OF_SEVERAL, MissingParameter, NoSuchResource),
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
) -> None:
    """Take tags off resources; keys that they do not have are passed over.

    Args:
        tag_key: 1 to 20 keys.
        all: Without tag_key, take off all tags.
    """
    _check_region(ctx, region_id)
    if not tag_key and not all:
        raise MissingParameter(name="TagKey")
    for row in _all(ctx, resource_type, resource_id):
        TAGGED[resource_type].untag(ctx, row, tag_key or None)


@operation(
    KMS,
    "ListTagResources",
    resource=by_itself,
    also=_each("kms:ListTagResources"),
    raises=(InvalidParameter,),
    answers="TagResources.TagResource",
    **LISTS,
)
def list_tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceIds | None = None,
    tag: Tags | None = None,
    next_token: Annotated[NextToken, Text(1, 1024)] = "",
) -> Listing[TagResource, TokenPage]:
    """List tags of the account's resources of a type, at most 200, by resource and key.

    Args:
        resource_id: Only these, 1 to 50; one that does not exist has no tags.
        tag: Only resources that have all these tags; an empty value means any.

    Cost: all tags of the account's resources of the type in the region are read.
    Assumed: that a resource must have all tags.
    """
    _check_region(ctx, region_id)
    wanted = {each.key: each.value for each in tag or ()}
    held = (
        (each, key, value)
        for each, tags in TAGGED[resource_type].tags_by_id(ctx).items()
        if (not resource_id or each in resource_id) and bears(tags, wanted)
        for key, value in tags.items()
    )
    found = _PAGING.part(
        "kms-tags", held, key=lambda row: row[:2], token=next_token, limit=_A_PAGE, width=2
    )
    return found.map(
        lambda row: TagResource(
            resource_id=row[0], resource_type=resource_type, tag_key=row[1], tag_value=row[2]
        )
    )


def _check_region(ctx: Context, region_id: str) -> None:
    if region_id != ctx.region:
        raise InvalidParameter(name="RegionId")


def _all(ctx: Context, kind: str, ids: list[str]) -> list[Any]:
    try:
        return [TAGGED[kind].the(ctx, each) for each in dict.fromkeys(ids)]
    except (NoKey, AliasNotTaken, NoResource, NoInstance):
        raise NoSuchResource from None
