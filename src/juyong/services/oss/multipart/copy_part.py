"""UploadPartCopy: a part that is copied from an object, byte by byte.

A part of an object is no blob of its own, and the ETag of the copy is the MD5 of its bytes: so the
bytes are read, outside of any transaction.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Doc, Header
from juyong.api.operation import Prepare, Route, operation
from juyong.api.shape import Of, Shape
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.content import Content
from juyong.services.oss.buckets.errors import KeyRefused
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.moments import xml_time
from juyong.services.oss.multipart.upload import (
    ONE_UPLOAD,
    PartNumber,
    Upload,
    also_to_seal,
    cipher_of,
    put_part,
)
from juyong.services.oss.objects.conditions import Demands
from juyong.services.oss.objects.encryption import shown
from juyong.services.oss.objects.object import content_of
from juyong.services.oss.objects.put import MOST_BYTES
from juyong.services.oss.objects.ranges import range_of
from juyong.services.oss.objects.source import (
    SOURCE,
    CopySource,
    SourceMatch,
    SourceModified,
    SourceNoneMatch,
    SourceUnmodified,
    read_source,
    the_source,
)
from juyong.services.oss.product import PRODUCT as OSS

_RANGE = f"{SOURCE}-range"
CopyRange = Annotated[str | None, Header(_RANGE), Doc("`bytes=first-last`; else the whole object.")]


class CopiedPart(Shape, frozen=True, kw_only=True):
    """The new part."""

    last_modified: Annotated[str, Of("created_at", xml_time)]
    e_tag: Annotated[str, Of("etag", lambda etag: f'"{etag}"')] = msgspec.field(name="ETag")


def _gather(ctx: Context, arguments: Arguments) -> tuple[Content, Cipher] | None:
    """Find what to copy, and what seals the copy; None where the caller has it already.

    Raises:
        ApiError: there is no such upload or source, or the source is not as demanded.
        BadArgument: that is longer than a part can be.
    """
    upload = ONE_UPLOAD.find(ctx, arguments)
    names = ("if_match", "if_none_match", "if_modified_since", "if_unmodified_since")
    demands = Demands(**{name: arguments[name] for name in names})
    held = the_source(ctx, arguments["copy_source"], demands)
    if held is None:
        return None
    asked = range_of(arguments["copy_range"], held.row.size, None)
    start, length = (asked.start, asked.length) if asked else (0, held.row.size)
    if length > MOST_BYTES:
        raise BadArgument(ArgumentName=_RANGE)
    return content_of(ctx, held.row, start, length), cipher_of(upload)


def _needs(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return (*read_source(ctx, arguments), *also_to_seal(ctx, arguments))


def _copy(
    platform: Platform, _arguments: Arguments, found: tuple[Content, Cipher] | None
) -> Blob | None:
    return blobs.copy(platform.disk, *found) if found is not None else None


def _tell_of_keys(ctx: Context, copy_source: str) -> None:
    """Leave the events of a key that opened the source: nothing is written where it was read."""
    held = the_source(ctx, copy_source, Demands())
    if held is not None and held.row.keys is not None:
        content_of(ctx, held.row)


@operation(
    OSS,
    "UploadPartCopy",
    on=ONE_UPLOAD,
    entry=Entry.OPEN,
    audit="data",
    action="oss:PutObject",
    also=_needs,
    prepare=Prepare(work=_copy, gather=_gather, raises=(BadArgument, KeyRefused)),
    route=Route(
        method="PUT", path="/{bucket}/{key+}", marks="partNumber uploadId x-oss-copy-source"
    ),
    root="CopyPartResult",
)
def upload_part_copy(
    ctx: Context,
    upload: Upload,
    *,
    prepared: Blob | None,
    part_number: PartNumber,
    copy_source: CopySource,
    copy_range: CopyRange = None,  # noqa: ARG001  # read by `gather`, as all that follow
    if_match: SourceMatch = None,  # noqa: ARG001
    if_none_match: SourceNoneMatch = None,  # noqa: ARG001
    if_modified_since: SourceModified = None,  # noqa: ARG001
    if_unmodified_since: SourceUnmodified = None,  # noqa: ARG001
) -> RawAnswer:
    """Keep a part that is a copy of an object, or of some bytes of one."""
    if prepared is None:
        return RawAnswer(status=304)
    _tell_of_keys(ctx, copy_source)
    row = put_part(ctx, upload, part_number, prepared)
    told = {"ETag": f'"{row.etag}"', "x-oss-hash-crc64ecma": row.crc64, **shown(upload.row)}
    return RawAnswer(headers=told, shape=CopiedPart.of(row), record=msgspec.UNSET)
