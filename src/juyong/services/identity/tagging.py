"""Tags of users, roles and policies, and the condition keys of a call that sends tags.

Source: RAM API reference, TagResources; acs:RequestTag (documented).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items
from juyong.api.shape import Shape
from juyong.api.tags import TagRules, bears

MOST = 20
BadTag = fact(
    "InvalidParameter.Tag",
    400,
    'The parameter - "Tag" is incorrect.',
    why="A key or value is too long, reserved, holds a link, or repeats another key.",
)
TooManyTags = fact(
    "LimitExceeded.Tag",
    409,
    "The count of tags beyond the current limits.",
    why="The resource would hold more than its quota `ram.tags`.",
)


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


class Tag(Shape, frozen=True, kw_only=True):
    """One tag as lists return it."""

    tag_key: str
    tag_value: str


class TagList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of tags."""

    tag: list[Tag]


Tags = Annotated[list[TagParameter], Items(1, MOST), Doc("1 to 20 tags.")]
RULES = TagRules(
    bad_key=BadTag,
    bad_value=BadTag,
    repeated=BadTag,
    clash=BadTag,
    too_many=TooManyTags,
    quota="ram.tags",
    most=MOST,
)


def checked_tags(tags: Iterable[TagParameter] | None) -> dict[str, str]:
    """Return the tags of a request by key.

    Raises:
        BadTag: a tag is refused.
    """
    return RULES.checked((tag.key, tag.value) for tag in tags or ())


def tag_list(tags: Mapping[str, str]) -> TagList:
    """Present the tags of one resource, by key."""
    return TagList(tag=[Tag(tag_key=k, tag_value=v) for k, v in sorted(tags.items())])


def tagged_with(
    tags: Mapping[str, Mapping[str, str]], wanted: Iterable[TagParameter]
) -> frozenset[str]:
    """Return the ids of the resources that have all the tags wanted."""
    return frozenset(
        resource_id
        for resource_id, held in tags.items()
        if all(bears(held, {tag.key: tag.value}) for tag in wanted)
    )


def request_tags(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys of a call that sends tags or tag keys."""
    tags: list[TagParameter] = arguments.get("tag") or []
    keys = [tag.key for tag in tags] + (arguments.get("tag_keys") or [])
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{tag.key}": (tag.value,) for tag in tags}
    if keys:
        found["acs:TagKeys"] = tuple(keys)
    return found
