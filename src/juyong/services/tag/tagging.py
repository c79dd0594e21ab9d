"""Tag and untag resources of all products.

Source: Tag API reference, TagResources, UntagResources (documented): what fails for one resource
is told in the answer, and the others are tagged.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, Judged, Raises, Text, Wire
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.api.tags import request_tags, tag_keys
from juyong.services.tag.errors import BadTags
from juyong.services.tag.product import PRODUCT as TAG
from juyong.services.tag.targets import Target, found, needs

Arns = Annotated[
    list[str],
    Items(1, 50),
    Wire("ResourceARN"),
    Doc("1 to 50 ARNs, `arn:acs:<product>:<region>:<account>:<resource>`."),
]
RegionId = Annotated[str, Text(1, 64), Doc("The region called.")]
TagsJson = Annotated[str, Text(2, 8192), Doc('1 to 10 tags as JSON: `{"k1":"v1","k2":"v2"}`.')]
Keys = Annotated[list[str], Items(1, 10), Doc("1 to 10 keys."), Judged(tag_keys)]
_MOST = 10
_decoder = msgspec.json.Decoder(dict[str, str])


class Result(Shape, frozen=True, kw_only=True):
    """Why a resource was passed over."""

    code: str
    message: str


class Failed(Shape, frozen=True, kw_only=True):
    """A resource that was passed over."""

    resource_arn: str = msgspec.field(name="ResourceARN")
    result: Result


class Outcome(Shape, frozen=True, kw_only=True):
    """The resources that failed; empty if there are none."""

    failed_resources: Annotated[list[Failed], Within("FailedResource")]


def tags_sent(text: str) -> dict[str, str]:
    """Read the parameter Tags.

    Raises:
        BadTags: another form, or too many.
    """
    try:
        tags = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadTags from None
    if not 1 <= len(tags) <= _MOST:
        raise BadTags
    return tags


def _judged(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys; tags that are refused later feed none."""
    try:
        tags = tags_sent(text)
    except BadTags:
        return {}
    return {**request_tags(tags.items()), **tag_keys(tags)}


SentTags = Annotated[TagsJson, Judged(_judged), Raises((BadTags,))]


def _parts(action: str) -> Callable[[Context, Arguments], dict[str, tuple[Also, ...]]]:
    def parts(ctx: Context, arguments: Arguments) -> dict[str, tuple[Also, ...]]:
        return {arn: needs(ctx, arn, action) for arn in arguments["resource_arn"]}

    return parts


@operation(TAG, "TagResources", parts=_parts("TagResources"))
def tag_resources(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # an ARN names the region
    resource_arn: Arns,
    tags: SentTags,
) -> Outcome:
    """Add tags to resources, or change their values, by the rules of each resource's product."""
    sent = tags_sent(tags)

    def tag(target: Target) -> None:
        resource, row = target.resource, target.row()
        assert resource.tags is not None  # noqa: S101  # others are not found
        resource.tag(target.ctx, row, resource.tags.checked(sent.items()))

    return _each(ctx, resource_arn, tag)


@operation(TAG, "UntagResources", parts=_parts("UntagResources"))
def untag_resources(
    ctx: Context,
    *,
    region_id: RegionId,  # noqa: ARG001  # an ARN names the region
    resource_arn: Arns,
    tag_key: Keys,
) -> Outcome:
    """Take tags off resources; keys that a resource does not have are passed over."""
    return _each(
        ctx,
        resource_arn,
        lambda target: target.resource.untag(target.ctx, target.row(), tag_key),
    )


def _each(ctx: Context, arns: list[str], work: Callable[[Target], None]) -> Outcome:
    failed = []
    for arn in dict.fromkeys(arns):
        try:
            with ctx.tx.savepoint():
                work(found(ctx, arn))
        except ApiError as error:
            result = Result(code=error.code, message=error.message)
            failed.append(Failed(resource_arn=arn, result=result))
    return Outcome(failed_resources=failed)
