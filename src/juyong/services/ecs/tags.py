"""The rules of tags on key pairs.

Source: ECS API reference, CreateKeyPair, DescribeKeyPairs (documented), TagResources for too many
tags (assumed).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items
from juyong.api.shape import Shape
from juyong.api.tags import TagRules, request_conditions


class TagKeysRepeat(ApiError):
    """A tag key is given twice."""

    code, status, text = "Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key."


class BadTagKey(ApiError):
    """A tag key is empty, too long, reserved or holds a link."""

    code, status, text = "InvalidTagKey.Malformed", 400, "The specified Tag.n.Key is not valid."


class BadTagValue(ApiError):
    """A tag value is too long, reserved or holds a link."""

    code, status, text = "InvalidTagValue.Malformed", 400, "The specified Tag.n.Value is not valid."


class TooManyTags(ApiError):
    """A key pair would hold more than 20 tags; a call that makes one takes no more than 20."""

    code, status, text = "NumberExceed.Tags", 400, "The maximum number of Tags is exceeded."


BAD_TAGS = (BadTagKey, BadTagValue, TagKeysRepeat)
"""The errors that a call that makes a key pair may answer for the tags."""


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


RULES = TagRules(
    bad_key=BadTagKey,
    bad_value=BadTagValue,
    repeated=TagKeysRepeat,
    clash=TagKeysRepeat,
    too_many=TooManyTags,
    reserved_values=("acs:",),
)


def pairs_of(tags: list[TagParameter] | None) -> list[tuple[str, str]]:
    """Return the key and the value of each tag of a request."""
    return [(tag.key, tag.value) for tag in tags or ()]


def tags_sent(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    return request_conditions(pairs_of(arguments["tag"]))
