"""Configurations of buckets, set and taken back by calls."""

from typing import TypeVar

import msgspec

from juyong.api.context import Context
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.tables import BucketRow, BucketSettingRow

T = TypeVar("T", bound=msgspec.Struct)


def keep(ctx: Context, bucket: BucketRow, setting: Setting[T], document: T) -> None:
    """Store a configuration in the place of the one before.

    Raises:
        BadArgument: it is longer than `most`.
    """
    if len(msgspec.json.encode(document)) > setting.most:
        raise BadArgument(ArgumentName=setting.kind)
    setting.put(ctx.tx, bucket.bucket_name, document)
    BUCKET.note(ctx.tx, ctx.journal, "updated", bucket)


def drop(ctx: Context, bucket: BucketRow, kind: str) -> None:
    """Forget a configuration; harmless where there is none."""
    row = ctx.tx.get(BucketSettingRow, bucket.bucket_name, kind)
    if row is not None:
        ctx.tx.delete(row)
        BUCKET.note(ctx.tx, ctx.journal, "updated", bucket)
