"""Tags of users, roles and policies: their rules.

Source: RAM API reference, TagResources (documented).
"""

from typing import Annotated

from juyong.api import tags
from juyong.api.errors import fact
from juyong.api.fields import Raises

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
RULES = tags.TagRules(
    bad_key=BadTag,
    bad_value=BadTag,
    repeated=BadTag,
    clash=BadTag,
    too_many=TooManyTags,
    quota="ram.tags",
)
Tags = Annotated[tags.Tags, Raises(RULES.errors)]
