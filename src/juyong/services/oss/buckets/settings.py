"""Configurations of a bucket that are one document each, and how they are kept."""

from typing import TypeVar

import msgspec

from juyong.api.context import Context
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.documents import document_of, put_document
from juyong.services.oss.errors import BadArgument, OssError
from juyong.services.oss.tables import BucketRow, BucketSettingRow

T = TypeVar("T", bound=msgspec.Struct)


def held(ctx: Context, bucket_name: str, kind: type[T], name: str) -> T | None:
    """Return a configuration, or None where there is none."""
    return document_of(ctx.tx, bucket_name, name, kind)


def needed(ctx: Context, bucket: BucketRow, kind: type[T], name: str, missing: type[OssError]) -> T:
    """Return a configuration.

    Raises:
        OssError: `missing`.
    """
    found = held(ctx, bucket.bucket_name, kind, name)
    if found is None:
        raise missing(BucketName=bucket.bucket_name)
    return found


def keep(
    ctx: Context,
    bucket: BucketRow,
    name: str,
    document: msgspec.Struct,
    *,
    most: int = 64 * 1024,
) -> None:
    """Store a configuration in the place of the one before.

    most: Bytes that it may have; every call of a page compares with all of it.

    Raises:
        BadArgument: it is longer.
    """
    if len(msgspec.json.encode(document).decode()) > most:
        raise BadArgument(ArgumentName=name)
    put_document(ctx.tx, bucket.bucket_name, name, document)
    BUCKET.note(ctx.tx, ctx.journal, "updated", bucket)


def drop(ctx: Context, bucket: BucketRow, name: str) -> None:
    """Forget a configuration; harmless where there is none."""
    row = ctx.tx.get(BucketSettingRow, bucket.bucket_name, name)
    if row is not None:
        ctx.tx.delete(row)
        BUCKET.note(ctx.tx, ctx.journal, "updated", bucket)
