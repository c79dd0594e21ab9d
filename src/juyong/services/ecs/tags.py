"""Tags on key pairs.

Source: ECS API reference, CreateKeyPair, DescribeKeyPairs (documented).
"""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items
from juyong.api.shape import Shape
from juyong.api.tag_keys import clashes
from juyong.services.ecs.tables import KeyPairTagRow

_LONGEST = 128


class TagKeysRepeat(ApiError):
    """A tag key is given twice."""

    code, status, text = "Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key."


class BadTagKey(ApiError):
    """A tag key is empty, too long, reserved or holds a link."""

    code, status, text = "InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid."


class BadTagValue(ApiError):
    """A tag value is too long, reserved or holds a link."""

    code, status, text = "InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid."


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str = ""
    value: str = ""


Tags = Annotated[list[TagParameter], Items(1, 20), Doc("1 to 20 tags.")]


class Tag(Shape, frozen=True, kw_only=True):
    """One tag of a key pair."""

    tag_key: str
    tag_value: str


class TagList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag: list[Tag]


def tags_of_resource(ctx: Context, resource: str) -> dict[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of a key pair."""
    held = tags_by_name(ctx).get(resource.rpartition("keypair/")[2], {})
    return {f"acs:ResourceTag/{key}": (value,) for key, value in held.items()}


def tags_sent(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    tags: list[TagParameter] = arguments["tag"] or []
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{t.key}": (t.value,) for t in tags}
    return {**found, "acs:TagKeys": tuple(t.key for t in tags)} if tags else found


def tags_by_name(ctx: Context) -> Mapping[str, Mapping[str, str]]:
    """Return name to tags of the region's key pairs."""
    held: dict[str, dict[str, str]] = {}
    for row in ctx.tx.find(KeyPairTagRow, account_id=ctx.account_id, region=ctx.region):
        held.setdefault(row.key_pair_name, {})[row.tag_key] = row.tag_value
    return held


def check_tags(tags: list[TagParameter]) -> None:
    for tag in tags:
        if not 1 <= len(tag.key) <= _LONGEST or _taken(tag.key) or _reserved(tag.key):
            raise BadTagKey
        if len(tag.value) > _LONGEST or _taken(tag.value):
            raise BadTagValue
    if clashes((), (tag.key for tag in tags)):
        raise TagKeysRepeat


def _taken(text: str) -> bool:
    return text.lower().startswith("acs:") or "http://" in text or "https://" in text


def _reserved(key: str) -> bool:
    return key.lower().startswith("aliyun")


def bears(held: Mapping[str, str], wanted: TagParameter) -> bool:
    return wanted.key in held and wanted.value in ("", held[wanted.key])
