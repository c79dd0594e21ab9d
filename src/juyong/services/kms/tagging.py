"""Tags of keys, secrets and instances: their rules, and how calls give them.

Source: KMS API reference, CreateKey, TagResource, TagResources (documented). Assumed: a request
that repeats a key, or breaks a rule in the JSON form, gets the codes TagResources documents; two
keys of one resource may not differ in case alone.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, Judged, Raises, Text
from juyong.api.resource import Resource
from juyong.api.tags import TagRules, request_tags
from juyong.services.kms.errors import InvalidParameter, LimitExceeded

MOST = 20
DuplicateTagKey = fact(
    "Duplicate.TagKey",
    400,
    "The tag key is duplicated.",
    why="Two tags of the request have the same key.",
)
BadTagKey = fact(
    "InvalidParameter.TagKey",
    400,
    "The tag key is not valid.",
    why="A key is empty, too long, or begins like those of the platform.",
)
BadTagValue = fact(
    "InvalidParameter.TagValue", 400, "The tag value is not valid.", why="A value is too long."
)
TAGS = TagRules(
    bad_key=BadTagKey,
    bad_value=BadTagValue,
    repeated=DuplicateTagKey,
    clash=BadTagKey,
    too_many=LimitExceeded,
    quota="kms.tags",
    links=True,
    conditions=("kms:tag/", "acs:ResourceTag/"),
)


class _Tag(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    tag_key: str
    tag_value: str = ""


_decoder = msgspec.json.Decoder(list[_Tag])


def parse_tags(text: str | None, *, most: int = MOST) -> dict[str, str]:
    """Read `[{"TagKey":"k","TagValue":"v"}]`; None is no tags.

    Raises InvalidParameter (another form, or more than `most` tags); DuplicateTagKey, BadTagKey,
    BadTagValue (one of them is refused).
    """
    if text is None:
        return {}
    try:
        tags = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidParameter(name="Tags") from None
    if len(tags) > most:
        raise InvalidParameter(name="Tags")
    return TAGS.checked((tag.tag_key, tag.tag_value) for tag in tags)


def _request_tags(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key>; tags that are refused later feed none."""
    try:
        return request_tags(parse_tags(text).items())
    except ApiError:
        return {}


TagsText = Annotated[
    str,
    Text(2, 8192),
    Doc('JSON, `[{"TagKey":"k","TagValue":"v"}]`, at most 20.'),
    Judged(_request_tags),
    Raises((InvalidParameter, *TAGS.errors)),
]


def by_itself(_ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
    """Name nothing: the call's needs name each of its resources, under its policy."""
    return ()


def need(
    ctx: Context,
    action: str,
    resource: Resource[Any],
    name: str,
    conditions: Mapping[str, tuple[str, ...]] | None = None,
) -> Also:
    """Return the needs of an action on the resource that a parameter names.

    The action is judged under the conditions given, and the resource's own tags and policy.
    """
    arn = resource.arn_named(ctx, name)
    found = {**(conditions or {}), **resource.tag_conditions(ctx, arn)}
    policy = resource.policy(ctx, name) if resource.policy else None
    return Also(action=action, resource=arn, conditions=found, policy=policy)
