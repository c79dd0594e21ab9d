"""CompleteMultipartUpload: parts become an object, without a copy of their bytes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Header, OneOf, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape
from juyong.blobs.crc import combine
from juyong.services.oss.errors import BadArgument, FileExists
from juyong.services.oss.fields import ObjectAcl
from juyong.services.oss.multipart.errors import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NoParts,
    NoUploadToComplete,
    PartsAndAll,
)
from juyong.services.oss.multipart.upload import (
    MOST_PARTS,
    Upload,
    blobs_of,
    forget_parts,
    upload_at,
)
from juyong.services.oss.objects.keys import joined, texts_of
from juyong.services.oss.objects.listing import Encoding, Text, spelling
from juyong.services.oss.objects.put import (
    ForbidOverwrite,
    for_tags_and_acl,
    location_of,
    own_acl,
    written,
)
from juyong.services.oss.objects.write import add_version, forbid_overwrite, next_version
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import ObjectRow, PartRow
from juyong.store.late import sa, table_of

LEAST_BYTES = 100 * 1024
"""The shortest part but the last one."""


def _forget_rows() -> "sa.Delete":
    part = table_of(PartRow)
    return sa.delete(part).where(part.c.upload_id == sa.bindparam("upload_id"))


class NamedPart(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A part as the caller knows it."""

    part_number: int
    e_tag: str = msgspec.field(name="ETag")


class NamedParts(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The parts of the object, in order."""

    part: list[NamedPart]


class Completed(Shape, frozen=True, kw_only=True):
    """The new object."""

    encoding_type: Text = msgspec.UNSET
    location: str
    bucket: str
    key: str
    e_tag: str = msgspec.field(name="ETag")


@operation(
    OSS,
    "CompleteMultipartUpload",
    on=upload_at(NoUploadToComplete),
    entry=Entry.OPEN,
    audit="data",
    action="oss:PutObject",
    also=for_tags_and_acl,
    route=Route(method="POST", path="/{bucket}/{key+}", marks="uploadId"),
    raises=(
        BadArgument,
        EntityTooSmall,
        FileExists,
        FileImmutable,
        InvalidPart,
        InvalidPartOrder,
        NoParts,
        PartsAndAll,
    ),
    root="CompleteMultipartUploadResult",
)
def complete_multipart_upload(
    ctx: Context,
    upload: Upload,
    *,
    complete_multipart_upload: Annotated[
        NamedParts | None, XmlBody("CompleteMultipartUpload"), Doc("The parts that count.")
    ] = None,
    complete_all: Annotated[
        str | None,
        Header("x-oss-complete-all"),
        OneOf(("yes",)),
        Doc("`yes`: all parts count, and no body says which."),
    ] = None,
    object_acl: ObjectAcl | None = None,
    no_overwrite: ForbidOverwrite = False,
    encoding_type: Encoding = None,
) -> RawAnswer:
    """Make an object of the parts of an upload; parts that do not count are gone.

    Source: that page (documented); the ETag, MD5 of the joined ETags and the number of parts
    (observed live). Assumed: an upload without parts has an invalid one.
    """
    if no_overwrite:
        forbid_overwrite(ctx, upload.place)
    held = ctx.tx.find(PartRow, order=("number",), upload_id=upload.row.upload_id)
    parts = _chosen(upload, held, complete_multipart_upload, every=complete_all is not None)
    _check_sizes(parts)
    row = add_version(ctx, _object(ctx, upload, parts, object_acl))
    _end(ctx, upload, held, parts)
    told = written(upload.place.bucket, row)
    shown = Completed(
        encoding_type=encoding_type or msgspec.UNSET,
        location=location_of(ctx, upload.place),
        bucket=row.bucket_name,
        key=spelling(encoding_type)(upload.place.text),
        e_tag=told["ETag"],
    )
    return RawAnswer(headers=told, shape=shown, record=msgspec.UNSET)


def _chosen(
    upload: Upload, held: Sequence[PartRow], named: NamedParts | None, *, every: bool
) -> Sequence[PartRow]:
    """Return the parts that count: those that the caller names, or all of them.

    Raises:
        NoParts, PartsAndAll: the caller says neither, or both.
        InvalidPart: a part is not there, or none is.
        InvalidPartOrder, BadArgument: the numbers do not rise, or no part can have such a number.
    """
    if named is None:
        if not every:
            raise NoParts
        if not held:
            raise InvalidPart(UploadId=upload.row.upload_id)
        return held
    if every:
        raise PartsAndAll(ArgumentName="x-oss-complete-all", ArgumentValue="yes")
    return [*_named(upload, {part.number: part for part in held}, named.part)]


def _named(
    upload: Upload, held: Mapping[int, PartRow], named: Sequence[NamedPart]
) -> Iterator[PartRow]:
    numbers = [each.part_number for each in named]
    if any(not 1 <= number <= MOST_PARTS for number in numbers):
        raise BadArgument(ArgumentName="PartNumber")
    if any(later <= sooner for sooner, later in pairwise(numbers)):
        raise InvalidPartOrder(UploadId=upload.row.upload_id)
    for each in named:
        part, etag = held.get(each.part_number), each.e_tag.strip().strip('"')
        if part is None or part.etag != etag.upper():
            raise InvalidPart(
                ETag=etag, PartNumber=str(each.part_number), UploadId=upload.row.upload_id
            )
        yield part


def _check_sizes(parts: Sequence[PartRow]) -> None:
    """Refuse small parts before the last one.

    Raises:
        EntityTooSmall: names the first of them.
    """
    for part in parts[:-1]:
        if part.size < LEAST_BYTES:
            raise EntityTooSmall(
                ETag=part.etag,
                MinSizeAllowed=str(LEAST_BYTES),
                ProposedSize=str(part.size),
                PartNumber=str(part.number),
            )


def etag_of(parts: Sequence[PartRow]) -> str:
    """Return the ETag of an object of parts: MD5 of the joined ETags, and their number."""
    joined = "".join(part.etag for part in parts).encode()
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest().upper()}-{len(parts)}"


def _object(ctx: Context, upload: Upload, parts: Sequence[PartRow], acl: str | None) -> ObjectRow:
    row, bucket = upload.row, upload.place.bucket
    keys = [text for part in parts for text in texts_of(part.keys)]
    return ObjectRow(
        bucket_name=row.bucket_name,
        object_key=row.object_key,
        version_id=next_version(bucket),
        account_id=row.account_id,
        rank=0,
        latest=True,
        kind="Multipart",
        size=sum(part.size for part in parts),
        etag=etag_of(parts),
        crc64=str(combine((int(part.crc64), part.size) for part in parts)),
        storage_class=row.storage_class,
        headers=row.headers,
        acl=row.acl if acl is None else own_acl(acl),
        tags=row.tags,
        algorithm=row.algorithm,
        key_id=row.key_id,
        data_algorithm=row.data_algorithm,
        parts=msgspec.json.encode([blob for part in parts for blob in blobs_of(part)]).decode(),
        keys=joined(row.keys, keys) if keys else None,
        modified_at=ctx.now,
    )


def _end(ctx: Context, upload: Upload, held: Sequence[PartRow], parts: Sequence[PartRow]) -> None:
    """Delete the upload; the blobs of parts that count are the object's now."""
    counted = {part.number for part in parts}
    forget_parts(ctx, [part for part in held if part.number not in counted])
    ctx.tx.change(_forget_rows, upload_id=upload.row.upload_id)
    ctx.tx.delete(upload.row)
