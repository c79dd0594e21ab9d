"""Facts of a bucket that no call sets: its place, and how much it holds.

Source: OSS API reference, GetBucketLocation, GetBucketStat (documented).
"""

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.shape import Shape
from juyong.api.xml_text import xml_element
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.tables import BucketRow, ObjectRow, UploadRow
from juyong.store.late import sa, table_of

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


class BucketStat(Shape, frozen=True, kw_only=True):
    """How much a bucket holds, versions that are not the newest among it."""

    storage: int
    object_count: int
    multipart_upload_count: int
    delete_marker_count: int
    standard_storage: int
    standard_object_count: int
    last_modified_time: int


@on_bucket("GetBucketLocation", "GET", "location")
def get_bucket_location(_ctx: Context, bucket: BucketRow) -> RawAnswer:
    """Tell the region of a bucket, as `oss-<region>`."""
    body = _HEAD + xml_element("LocationConstraint", f"oss-{bucket.region}")
    return RawAnswer(body=body.encode(), content_type="application/xml")


def _held() -> "sa.Select[tuple[int, int, int, int | None]]":
    row = table_of(ObjectRow)
    markers = sa.func.sum(sa.case((row.c.marker, 1), else_=0))
    return sa.select(
        sa.func.coalesce(sa.func.sum(row.c.size), 0),
        sa.func.coalesce(sa.func.count() - markers, 0),
        sa.func.coalesce(markers, 0),
        sa.func.max(row.c.modified_at),
    ).where(row.c.bucket_name == sa.bindparam("name"))


@on_bucket("GetBucketStat", "GET", "stat", root="BucketStat", scans=True)
def get_bucket_stat(ctx: Context, bucket: BucketRow) -> BucketStat:
    """Tell how much a bucket holds.

    Cost: one pass over the rows of its objects.
    """
    ((size, count, markers, at),) = ctx.tx.query(_held, name=bucket.bucket_name)
    uploads = ctx.tx.count(UploadRow, bucket_name=bucket.bucket_name)
    return BucketStat(
        storage=size,
        object_count=count,
        multipart_upload_count=uploads,
        delete_marker_count=markers,
        standard_storage=size,
        standard_object_count=count,
        last_modified_time=at or bucket.created_at,
    )
