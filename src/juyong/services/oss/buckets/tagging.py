"""Tags of buckets: at most 20; they are condition keys of policies.

Source: OSS API reference, PutBucketTags, GetBucketTags, DeleteBucketTags (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Wire, XmlBody
from juyong.api.shape import Shape
from juyong.services.oss.buckets.bucket import BUCKET, TAGS
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.tables import BucketRow


class TagPair(Shape, frozen=True, kw_only=True):
    """One tag."""

    key: str
    value: str = ""


class TagSet(Shape, frozen=True, kw_only=True):
    """All tags."""

    tag: list[TagPair] = msgspec.field(default_factory=list)


class Tagging(Shape, frozen=True, kw_only=True):
    """The tags of a bucket or an object, as they are sent and shown."""

    tag_set: TagSet


Sent = Annotated[Tagging, XmlBody("Tagging"), Doc("All tags that the bucket shall have.")]


def tagging_of(tags: dict[str, str]) -> Tagging:
    """Show tags, by key."""
    pairs = [TagPair(key=key, value=value) for key, value in sorted(tags.items())]
    return Tagging(tag_set=TagSet(tag=pairs))


@on_bucket("PutBucketTags", "PUT", "tagging", action="oss:PutBucketTagging", raises=(BadArgument,))
def put_bucket_tags(ctx: Context, bucket: BucketRow, *, tagging_body: Sent) -> None:
    """Give a bucket tags, in the place of those it has."""
    wanted = TAGS.checked((tag.key, tag.value) for tag in tagging_body.tag_set.tag)
    gone = [key for key in BUCKET.tags_of(ctx.tx, bucket) if key not in wanted]
    if gone:
        BUCKET.untag(ctx, bucket, gone)
    BUCKET.tag(ctx, bucket, wanted)


@on_bucket("GetBucketTags", "GET", "tagging", action="oss:GetBucketTagging", root="Tagging")
def get_bucket_tags(ctx: Context, bucket: BucketRow) -> Tagging:
    """Return the tags of a bucket; none is an empty set."""
    return tagging_of(BUCKET.tags_of(ctx.tx, bucket))


@on_bucket("DeleteBucketTags", "DELETE", "tagging", action="oss:DeleteBucketTagging")
def delete_bucket_tags(
    ctx: Context,
    bucket: BucketRow,
    *,
    tagging: Annotated[str, Wire("tagging"), Doc("Keys, separated by commas; empty: all.")] = "",
) -> None:
    """Take tags off a bucket, all of them without keys."""
    BUCKET.untag(ctx, bucket, tagging.split(",") if tagging else None)
