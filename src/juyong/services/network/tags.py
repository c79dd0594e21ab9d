"""The rules of tags in ECS and VPC.

Source: ECS API reference, CreateKeyPair, DescribeKeyPairs (documented), TagResources for too many
tags (assumed); that VPC answers the codes of ECS is assumed.
"""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, Judged, Raises
from juyong.api.tags import TagParameter, TagRules, sent_tags

TagKeysRepeat = fact(
    "Duplicate.TagKey", 400, "The Tag.N.Key contain duplicate key.", why="A tag key is given twice."
)
BadTagKey = fact(
    "InvalidTagKey.Malformed",
    400,
    "The specified Tag.n.Key is not valid.",
    why="A tag key is empty, too long, reserved or holds a link.",
)
BadTagValue = fact(
    "InvalidTagValue.Malformed",
    400,
    "The specified Tag.n.Value is not valid.",
    why="A tag value is too long, reserved or holds a link.",
)
TooManyTags = fact(
    "NumberExceed.Tags",
    400,
    "The maximum number of Tags is exceeded.",
    why="The resource would hold more than 20 tags.",
)
NothingAsked = fact(
    "MissingParameter.ResourceIds",
    400,
    "The parameter - ResourceIds should not be null.",
    why="Neither resources nor tags are given.",
)
NothingToUntag = fact(
    "MissingParameter.TagKeys",
    400,
    "The parameter - TagKeys should not be null.",
    why="Neither keys nor All are given.",
)
BAD_TAGS = (BadTagKey, BadTagValue, TagKeysRepeat)
"""The errors that a call that makes a resource may answer for the tags."""


class LooseTag(TagParameter, frozen=True, kw_only=True):
    """One tag as a request gives it; one without a key is refused by the rules of tags."""

    key: str = ""


TagFilter = Annotated[
    list[LooseTag],
    Items(1, 20),
    Doc("Only those that have all of these tags; an empty value means any."),
]
RULES = TagRules(
    bad_key=BadTagKey,
    bad_value=BadTagValue,
    repeated=TagKeysRepeat,
    clash=TagKeysRepeat,
    too_many=TooManyTags,
    reserved_values=("acs:",),
)
Tags = Annotated[
    list[LooseTag], Items(1, 20), Doc("1 to 20 tags."), Judged(sent_tags), Raises(BAD_TAGS)
]
