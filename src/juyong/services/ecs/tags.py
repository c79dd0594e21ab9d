"""The rules of tags, which ECS shares with VPC, and the condition keys that ECS alone has.

Source: ECS documentation, authentication: `ecs:tag/<key>` means the tags of a resource and those
that a call gives it (documented).
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec.structs import replace

from juyong.api.fields import Doc, Items, Judged, Raises
from juyong.api.shape import Shape
from juyong.api.tags import sent_tags
from juyong.services.network import tags as shared
from juyong.services.network.tags import LooseTag, TagFilter, TooManyTags

__all__ = ["RULES", "PlainTag", "TagFilter", "Tags", "TooManyTags", "sent"]

_OWN = "ecs:tag/"
RULES = replace(shared.RULES, conditions=(*shared.RULES.conditions, _OWN))


class PlainTag(Shape, frozen=True, kw_only=True):
    """A tag as newer answers show one, with the names that calls give."""

    key: str
    value: str


def sent(tags: Iterable[LooseTag]) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of tags that a call gives."""
    given = list(tags)
    return {**sent_tags(given), **{f"{_OWN}{tag.key}": (tag.value,) for tag in given}}


Tags = Annotated[
    list[LooseTag], Items(1, 20), Doc("1 to 20 tags."), Judged(sent), Raises(shared.BAD_TAGS)
]
