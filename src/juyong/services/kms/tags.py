"""The operations on tags of keys, secrets and instances."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from msgspec.structs import replace

from juyong.api.access import Also, AlsoRule
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Judged, Raises, Text
from juyong.api.listing import NextToken, TokenPage, by_token
from juyong.api.operation import Rate, operation
from juyong.api.resource import Resource, Target
from juyong.api.shape import Shape
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import (
    AllTags,
    SomeKeys,
    SomeTags,
    TagFilter,
    TagParameter,
    pairs_of,
    request_tags,
)
from juyong.api.wrapping import Listing
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    MissingParameter,
    NoInstance,
    NoKey,
    NoResource,
)
from juyong.services.kms.instances import INSTANCE
from juyong.services.kms.keys.key import KEY, LABEL, MANAGED_KEY, KeyName, keys_in
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import KEY_WRITES, KMS, LISTS
from juyong.services.kms.secrets.secret import SECRET, InDeleteWindow, SecretName, find_live_secret
from juyong.services.kms.tagging import TAGS, TagsText, by_itself, need, parse_tags

_A_PAGE = 200
_PAGING = by_token(partial(InvalidParameter, name="NextToken"))
_MOST_A_CALL = 10
_NO_CERTIFICATES = {"CertificateId": "certificates are not offered"}
_WAITING = (KeyPendingDeletion, InDeleteWindow)


TAGGED: Mapping[str, Resource[Any]] = {
    "key": keys_in(LABEL),
    "secret": SECRET.found(find_live_secret, NoResource),
    "instance": INSTANCE,
}
"""The resources with tags, by the type as calls name it; found only if tags can be changed."""


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


def _one(_ctx: Context, arguments: Arguments) -> Named:
    named = _named(arguments)
    if not named:
        raise MissingParameter(name="KeyId")
    if len(named) > 1:
        raise InvalidParameter(name="SecretName")
    ((kind, name),) = named
    return Named(kind=kind, resource=TAGGED[kind], labels=[name])


_ONE = Target(
    parameters={
        "key_id": Annotated[KeyName, Doc("The key's id or ARN.")] | None,
        "secret_name": Annotated[SecretName, Doc("The secret, instead of a key.")] | None,
    },
    arn=by_itself,
    find=_one,
    errors=(MissingParameter, InvalidParameter, NoKey, AliasNotTaken, NoResource, *_WAITING),
)


@operation(
    KMS,
    "TagResource",
    on=_ONE,
    also=_each("kms:TagResource"),
    unsupported=_NO_CERTIFICATES,
    rate=KEY_WRITES,
)
def tag_resource(ctx: Context, named: Named, *, tags: TagsText) -> None:
    """Add tags to a key or a secret, or change their values.

    Args:
        tags: JSON, `[{"TagKey":"k","TagValue":"v"}]`, 1 to 10.
    """
    wanted = parse_tags(tags, most=_MOST_A_CALL)
    if not wanted:
        raise InvalidParameter(name="Tags")
    named.tag(ctx, wanted.items())


@operation(
    KMS,
    "UntagResource",
    on=_ONE,
    also=_each("kms:UntagResource"),
    unsupported=_NO_CERTIFICATES,
    rate=KEY_WRITES,
)
def untag_resource(ctx: Context, named: Named, *, tag_keys: SomeKeys) -> None:
    """Take tags off a key or a secret; keys that it does not have are passed over.

    Args:
        tag_keys: JSON, 1 to 20 keys.
    """
    named.untag(ctx, tag_keys)


@operation(
    KMS,
    "ListResourceTags",
    on=MANAGED_KEY,
    answers="Tags.Tag",
    rate=Rate(per_second=300),
    reads_only=True,
)
def list_resource_tags(ctx: Context, key: KeyRow) -> list[KeyTag]:
    """List the tags of a key, in whatever state, by their keys."""
    held = KEY.tags_of(ctx.tx, key).items()
    return [KeyTag(key_id=key.key_id, tag_key=k, tag_value=v) for k, v in held]


# --- up to fifty resources of a type ---


class NoSuchResource(ApiError):
    """A resource of the call does not exist."""

    code, status = "InvalidResourceId.NotFound", 404
    text = "The specified ResourceId is not found."


def _request_tags(tags: list[TagParameter]) -> Mapping[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key>."""
    return request_tags(pairs_of(tags))


Tags = Annotated[SomeTags, Judged(_request_tags), Raises(TAGS.errors)]


def _existing(find: Callable[[Context, str], Any]) -> Callable[[Context, str], Any]:
    def existing(ctx: Context, name: str) -> Any:
        try:
            return find(ctx, name)
        except (NoKey, AliasNotTaken, NoResource, NoInstance):
            return None

    return existing


def _check_region(ctx: Context, arguments: Arguments) -> None:
    if arguments["region_id"] != ctx.region:
        raise InvalidParameter(name="RegionId")


_SOME, _ANY = (
    replace(each, arn=by_itself, conditions=None)
    for each in named_by(
        "resource_id",
        {kind: each.found(_existing(each.find), NoSuchResource) for kind, each in TAGGED.items()},
        called="ids, of secrets names",
        check=_check_region,
        errors=(InvalidParameter,),
        region_id=Annotated[str, Text(1, 64), Doc("The region called.")],
    )
)


@operation(
    KMS,
    "TagResources",
    on=_SOME,
    also=_each("kms:TagResources"),
    raises=_WAITING,
    rate=KEY_WRITES,
)
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to resources, or change their values.

    Source: KMS API reference, TagResources (documented; instances as the Terraform provider).
    """
    named.tag(ctx, pairs_of(tag))


@operation(
    KMS,
    "UntagResources",
    on=_SOME,
    also=_each("kms:UntagResources"),
    raises=(*_WAITING, MissingParameter),
    rate=KEY_WRITES,
)
def untag_resources(
    ctx: Context, named: Named, *, tag_key: SomeKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off resources; keys that they do not have are passed over."""
    if not tag_key and not all:
        raise MissingParameter(name="TagKey")
    named.untag(ctx, tag_key or None)


@operation(
    KMS,
    "ListTagResources",
    on=_ANY,
    also=_each("kms:ListTagResources"),
    answers="TagResources.TagResource",
    **LISTS,
)
def list_tag_resources(
    ctx: Context,
    named: Named,
    *,
    tag: TagFilter | None = None,
    next_token: Annotated[NextToken, Text(1, 1024)] = "",
) -> Listing[TagResource, TokenPage]:
    """List at most 200 tags by resource and key; a resource that does not exist has none.

    Cost: all tags of the account's resources of the type in the region are read.
    Assumed: that a resource must have all tags.
    """
    held = {
        each: tags
        for each, tags in named.resource.tags_by_id(ctx).items()
        if not named.labels or each in named.labels
    }
    return named.listed(held, tag, _PAGING, TagResource, token=next_token, limit=_A_PAGE)
