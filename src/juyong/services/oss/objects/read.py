"""GetObject and HeadObject."""

from collections.abc import Mapping

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.oss.moments import http_time
from juyong.services.oss.objects.object import ONE_OBJECT, content_of
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import ObjectRow


def read_headers(row: ObjectRow) -> dict[str, str]:
    """Return the headers by which reads describe an object, without those of its body."""
    kept: Mapping[str, str] = msgspec.json.decode(row.headers, type=dict[str, str])
    found = {
        "ETag": f'"{row.etag}"',
        "Last-Modified": http_time(row.modified_at),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": row.kind,
        "x-oss-storage-class": row.storage_class,
        "x-oss-hash-crc64ecma": row.crc64,
        **{name: value for name, value in kept.items() if name != "content-type"},
    }
    if row.md5:
        found["Content-MD5"] = row.md5
    return found


@operation(
    OSS,
    "GetObject",
    on=ONE_OBJECT,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}"),
    reads_only=True,
)
@operation(
    OSS,
    "HeadObject",
    on=ONE_OBJECT,
    entry=Entry.OPEN,
    audit="data",
    action="oss:GetObject",
    route=Route(method="HEAD", path="/{bucket}/{key+}"),
    reads_only=True,
)
def get_object(ctx: Context, row: ObjectRow) -> RawAnswer:
    """Return an object, in blocks that are checked before they are sent."""
    kept = msgspec.json.decode(row.headers, type=dict[str, str])
    return RawAnswer(
        headers=read_headers(row),
        content_type=kept.get("content-type", "application/octet-stream"),
        content=content_of(ctx, row),
    )
