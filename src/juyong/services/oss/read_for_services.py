"""The objects of OSS for other services, which read one on behalf of their caller."""

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.blobs.content import Content
from juyong.services.oss.buckets.bucket import bucket_tags, the_bucket
from juyong.services.oss.fields import key_bytes
from juyong.services.oss.objects.archive import refuse_archived
from juyong.services.oss.objects.object import Place, content_of, held_at, object_arn, object_policy
from juyong.services.oss.objects.read import also_to_read, followed


class NotReadable(Exception):
    """There is no such object in the region, or it is archived, or its key is refused."""


def reading_needs(ctx: Context, bucket: str, key: str) -> tuple[Also, ...]:
    """Return what a caller who has an object read must be allowed, as for a GetObject of their own.

    Raises:
        NotReadable: there is no such bucket, or no object can have such a key.
    """
    arguments = {"bucket": bucket, "key": key, "version_id": None}
    try:
        (arn,), policy = object_arn(ctx, arguments), object_policy(ctx, arguments)
        own = Also(
            action="oss:GetObject", resource=arn, policy=policy, conditions=bucket_tags(ctx, arn)
        )
        return (own, *also_to_read(ctx, arguments))
    except ApiError as refusal:
        raise NotReadable from refusal


def readable_content(ctx: Context, bucket: str, key: str) -> Content:
    """Return the bytes of the newest version of an object in the region called.

    The caller must have been found to be allowed what `reading_needs` returns.

    Raises:
        NotReadable: as named.
    """
    try:
        row = the_bucket(ctx, bucket)
        if row.region != ctx.region:
            raise NotReadable
        data = followed(ctx, held_at(ctx, Place(bucket=row, key=key_bytes(key)), None))
        refuse_archived(data, ctx.now)
        return content_of(ctx, data)
    except ApiError as refusal:
        raise NotReadable from refusal
