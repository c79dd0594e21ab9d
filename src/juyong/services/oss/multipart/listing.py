"""ListMultipartUploads."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Wire
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.moments import xml_time
from juyong.services.oss.objects.listing import (
    CommonPrefix,
    Delimiter,
    Encoding,
    Prefix,
    Text,
    checked,
    prefixes,
    spelling,
)
from juyong.services.oss.objects.walk import Walk, page_of
from juyong.services.oss.tables import BucketRow, UploadRow


class ListedUpload(Shape, frozen=True, kw_only=True):
    """One upload in a list."""

    key: str
    upload_id: str
    storage_class: str
    initiated: Annotated[str, Of("created_at", xml_time)]


class Uploads(Shape, frozen=True, kw_only=True):
    """A page of a bucket's uploads; both Next markers are empty at the end."""

    bucket: str
    encoding_type: Text = msgspec.UNSET
    key_marker: str
    upload_id_marker: str
    next_key_marker: str
    next_upload_id_marker: str
    delimiter: str
    prefix: str
    max_uploads: int
    is_truncated: bool
    upload: list[ListedUpload]
    common_prefixes: list[CommonPrefix]


@on_bucket(
    "ListMultipartUploads",
    "GET",
    "uploads",
    audit="data",
    raises=(BadArgument,),
    root="ListMultipartUploadsResult",
    scans=True,
)
def list_multipart_uploads(
    ctx: Context,
    bucket: BucketRow,
    *,
    prefix: Prefix = "",
    delimiter: Delimiter = "",
    key_marker: Annotated[str, Wire("key-marker"), Doc("Only keys behind it.")] = "",
    upload_id_marker: Annotated[
        str,
        Wire("upload-id-marker"),
        Doc("Uploads of the key `key-marker` too, behind this one; nothing without a key."),
    ] = "",
    max_uploads: Annotated[int, Wire("max-uploads"), Between(1, 1000), Doc("Most.")] = 1000,
    encoding_type: Encoding = None,
) -> Uploads:
    """List the unfinished uploads of a bucket by key, those of one key by id."""
    checked(prefix=prefix, key_marker=key_marker)
    walk = Walk(
        row=UploadRow,
        where={"bucket_name": bucket.bucket_name},
        then="upload_id",
        prefix=prefix.encode(),
        delimiter=delimiter.encode(),
        after=key_marker.encode(),
        behind=upload_id_marker if key_marker and upload_id_marker else None,
        limit=max_uploads,
    )
    page, spell = page_of(ctx.tx, walk), spelling(encoding_type)
    return Uploads(
        bucket=bucket.bucket_name,
        encoding_type=encoding_type or msgspec.UNSET,
        key_marker=spell(key_marker),
        upload_id_marker=upload_id_marker,
        next_key_marker=spell(page.key),
        next_upload_id_marker=page.row.upload_id if page.row else "",
        delimiter=spell(delimiter),
        prefix=spell(prefix),
        max_uploads=max_uploads,
        is_truncated=page.last is not None,
        upload=[ListedUpload.of(row, key=spell(row.object_key.decode())) for row in page.rows],
        common_prefixes=prefixes(page, spell),
    )
