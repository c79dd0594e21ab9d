"""UploadPart and ListParts."""

import base64
from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, HeadersOf, LongestBody, Wire
from juyong.api.operation import Route, operation
from juyong.api.shape import Of, Shape
from juyong.blobs.arrived import Blob
from juyong.services.oss.buckets.errors import KeyRefused
from juyong.services.oss.errors import BadArgument, BadDigest
from juyong.services.oss.moments import xml_time
from juyong.services.oss.multipart.upload import (
    MOST_PARTS,
    ONE_UPLOAD,
    PartNumber,
    Upload,
    also_to_seal,
    cipher_of,
    put_part,
)
from juyong.services.oss.objects.encryption import shown
from juyong.services.oss.objects.listing import Encoding, Text, spelling
from juyong.services.oss.objects.put import MOST_BYTES, ContentMd5
from juyong.services.oss.objects.write import check_digest
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import PartRow


class ListedPart(Shape, frozen=True, kw_only=True):
    """One part in a list."""

    part_number: Annotated[int, Of("number")]
    last_modified: Annotated[str, Of("created_at", xml_time)]
    e_tag: Annotated[str, Of("etag", lambda etag: f'"{etag}"')] = msgspec.field(name="ETag")
    hash_crc64ecma: Annotated[str, Of("crc64")] = msgspec.field(name="HashCrc64ecma")
    size: int


class Parts(Shape, frozen=True, kw_only=True):
    """A page of an upload's parts; the next one begins behind NextPartNumberMarker."""

    encoding_type: Text = msgspec.UNSET
    bucket: str
    key: str
    upload_id: str
    storage_class: str
    part_number_marker: int
    next_part_number_marker: int
    max_parts: int
    is_truncated: bool
    part: list[ListedPart]


@operation(
    OSS,
    "UploadPart",
    on=ONE_UPLOAD,
    entry=Entry.OPEN,
    audit="data",
    action="oss:PutObject",
    also=also_to_seal,
    sealed_with=lambda ctx, arguments: cipher_of(ONE_UPLOAD.find(ctx, arguments)),
    route=Route(method="PUT", path="/{bucket}/{key+}", marks="partNumber uploadId"),
    raises=(BadDigest, BadArgument, KeyRefused),
)
def upload_part(
    ctx: Context,
    upload: Upload,
    *,
    part_number: PartNumber,
    body: Annotated[Blob, LongestBody(MOST_BYTES), Doc("The part.")],
    content_md5: ContentMd5 = None,
    sse: Annotated[
        dict[str, str] | None, HeadersOf("x-oss-server-side-"), Doc("Refused: the upload says it.")
    ] = None,
) -> RawAnswer:
    """Keep a part of an upload; it takes the place of one that has its number."""
    if sse:
        raise BadArgument(ArgumentName="x-oss-server-side-encryption")
    check_digest(body, content_md5)
    row = put_part(ctx, upload, part_number, body)
    told = {
        "ETag": f'"{row.etag}"',
        "x-oss-hash-crc64ecma": row.crc64,
        "Content-MD5": base64.b64encode(body.md5).decode(),
        **shown(upload.row),
    }
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)


@operation(
    OSS,
    "ListParts",
    on=ONE_UPLOAD,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}", marks="uploadId"),
    raises=(BadArgument,),
    root="ListPartsResult",
    reads_only=True,
)
def list_parts(
    ctx: Context,
    upload: Upload,
    *,
    max_parts: Annotated[int, Wire("max-parts"), Between(1, 1000), Doc("Most.")] = 1000,
    part_number_marker: Annotated[
        int, Wire("part-number-marker"), Between(0, MOST_PARTS), Doc("Only parts behind it.")
    ] = 0,
    encoding_type: Encoding = None,
) -> Parts:
    """List the parts of an upload by number."""
    row = upload.row
    found = ctx.tx.find(
        PartRow,
        order=("number",),
        after=("number", part_number_marker),
        limit=max_parts + 1,
        upload_id=row.upload_id,
    )
    page = found[:max_parts]
    return Parts(
        encoding_type=encoding_type or msgspec.UNSET,
        bucket=row.bucket_name,
        key=spelling(encoding_type)(upload.place.text),
        upload_id=row.upload_id,
        storage_class=row.storage_class,
        part_number_marker=part_number_marker,
        next_part_number_marker=page[-1].number if page else 0,
        max_parts=max_parts,
        is_truncated=len(found) > max_parts,
        part=[ListedPart.of(each) for each in page],
    )
