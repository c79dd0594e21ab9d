"""TagResource, UntagResource and ListResourceTags: tags of one key or secret."""

from typing import Annotated

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.fields import Items, Text
from juyong.api.operation import Rate, operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyPendingDeletion,
    MissingParameter,
    NoKey,
    NoResource,
)
from juyong.services.kms.keys.create import tagged
from juyong.services.kms.keys.find import find_managed_key, key_policy, key_resource
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_WRITES
from juyong.services.kms.secrets.find import InDeleteWindow
from juyong.services.kms.secrets.names import SecretName
from juyong.services.kms.tagging import (
    BAD_TAGS,
    KEY,
    SECRET,
    parse_tags,
    remove_tags,
    request_tags,
    resource_tags,
    set_tags,
    tags_of,
)
from juyong.services.kms.tags.targets import bearer, name_of, note, policy_on

MOST_A_CALL = 10
TagKeys = Annotated[list[str], Items(1, 20)]
_UNSUPPORTED = {"CertificateId": "certificates are not offered"}
_REFUSALS = (
    *(MissingParameter, InvalidParameter),
    *(NoKey, AliasNotTaken, KeyPendingDeletion, NoResource, InDeleteWindow),
)


class KeyTag(Shape, frozen=True, kw_only=True):
    """One tag of a key."""

    key_id: str
    tag_key: str
    tag_value: str


class KeyTagList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag: list[KeyTag]


class ListResourceTagsAnswer(Shape, frozen=True, kw_only=True):
    """The tags of a key."""

    tags: KeyTagList


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return tuple(name_of(ctx, *one) for one in _asked(arguments)) or (name_of(ctx, KEY, "*"),)


def _policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    asked = _asked(arguments)
    return policy_on(ctx, *asked[0]) if len(asked) == 1 else None


def _asked(arguments: Arguments) -> list[tuple[str, str]]:
    both = ((KEY, arguments.get("key_id")), (SECRET, arguments.get("secret_name")))
    return [(kind, name) for kind, name in both if name]


def _one(key_id: str | None, secret_name: str | None) -> tuple[str, str]:
    asked = _asked({"key_id": key_id, "secret_name": secret_name})
    if not asked:
        raise MissingParameter(name="KeyId")
    if len(asked) > 1:
        raise InvalidParameter(name="SecretName")
    return asked[0]


@operation(
    KMS,
    "TagResource",
    resource=_named,
    conditions=request_tags,
    resource_conditions=resource_tags,
    resource_policy=_policy,
    raises=(*_REFUSALS, *(e for e in BAD_TAGS if e not in _REFUSALS)),
    unsupported=_UNSUPPORTED,
    rate=KEY_WRITES,
)
def tag_resource(
    ctx: Context,
    *,
    key_id: KeyName | None = None,
    secret_name: SecretName | None = None,
    tags: Annotated[str, Text(2, 8192)],
) -> Empty:
    """Add tags to a key or a secret, or change their values.

    Args:
        key_id: The key's id or ARN.
        secret_name: The secret, instead of a key.
        tags: JSON, `[{"TagKey":"k","TagValue":"v"}]`, 1 to 10.

    Source: KMS API reference, TagResource (documented).
    """
    target = bearer(ctx, *_one(key_id, secret_name))
    wanted = parse_tags(tags, most=MOST_A_CALL)
    if not wanted:
        raise InvalidParameter(name="Tags")
    set_tags(ctx, target.tagged, wanted)
    note(ctx, target)
    return Empty()


@operation(
    KMS,
    "UntagResource",
    resource=_named,
    resource_conditions=resource_tags,
    resource_policy=_policy,
    raises=_REFUSALS,
    unsupported=_UNSUPPORTED,
    rate=KEY_WRITES,
)
def untag_resource(
    ctx: Context,
    *,
    key_id: KeyName | None = None,
    secret_name: SecretName | None = None,
    tag_keys: TagKeys,
) -> Empty:
    """Take tags off a key or a secret.

    Args:
        key_id: The key's id or ARN.
        secret_name: The secret, instead of a key.
        tag_keys: JSON, 1 to 20 keys; those it does not bear are passed over.

    Source: KMS API reference, UntagResource (documented).
    """
    target = bearer(ctx, *_one(key_id, secret_name))
    remove_tags(ctx.tx, target.tagged, tag_keys)
    note(ctx, target)
    return Empty()


@operation(
    KMS,
    "ListResourceTags",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(NoKey, AliasNotTaken),
    rate=Rate(per_second=300),
    reads_only=True,
)
def list_resource_tags(ctx: Context, *, key_id: KeyName) -> ListResourceTagsAnswer:
    """List the tags of a key, in whatever state, by their keys.

    Returns:
        Its tags.

    Source: KMS API reference, ListResourceTags (documented).
    """
    row = find_managed_key(ctx, key_id)
    return ListResourceTagsAnswer(
        tags=KeyTagList(
            tag=[
                KeyTag(key_id=row.key_id, tag_key=key, tag_value=value)
                for key, value in tags_of(ctx.tx, tagged(row)).items()
            ]
        )
    )
