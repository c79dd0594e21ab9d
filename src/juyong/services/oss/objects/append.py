"""AppendObject: bytes added at the end of an object.

Each call adds a blob, and never writes into one that is there; a short blob at the end is joined
with the bytes that follow it, so that many short calls leave few blobs.

Source: OSS API reference, AppendObject (documented); the ETag, of which only the form is documented
(assumed: MD5 of the ETag before and of the bytes).
"""

import base64
import hashlib
from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, Wire
from juyong.api.operation import Route, operation
from juyong.base.secret import Secret
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.crc import combine
from juyong.services.oss.buckets.bucket import the_bucket
from juyong.services.oss.errors import (
    BadArgument,
    BadDigest,
    MissingLength,
    NotAppendable,
    TooLarge,
    WrongPosition,
)
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.objects.encryption import (
    KMS,
    Sse,
    cipher_of_new,
    encryption_of,
    needs_to_seal,
)
from juyong.services.oss.objects.headers import Kept
from juyong.services.oss.objects.keys import KeyRing, box_of_new, keep_in
from juyong.services.oss.objects.object import AT_KEY, Place, blobs_of, content_of, latest_of
from juyong.services.oss.objects.put import (
    MOST_BYTES,
    Body,
    ContentMd5,
    Length,
    Transfer,
    also_for_more,
    for_tags_and_acl,
    new_object,
    written,
)
from juyong.services.oss.objects.tags import Tagging
from juyong.services.oss.objects.write import check_digest, store
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable, refuse_protected
from juyong.services.oss.tables import ObjectRow

APPENDABLE = "Appendable"
_NEXT = "x-oss-next-append-position"


def _end_of(row: ObjectRow | None, place: Place) -> int:
    """Return where the next bytes go.

    Raises:
        NotAppendable: the object was not made by appending.
    """
    if row is None or row.marker:
        return 0
    if row.kind != APPENDABLE:
        raise NotAppendable(Key=place.text)
    return row.size


def _with(
    ctx: Context, place: Place, row: ObjectRow, blob: Blob
) -> tuple[list[tuple[str, int]], Secret | None]:
    """Keep a blob; return the blobs of an object to which the blob is added, and their keys.

    Raises:
        KeyRefused: the key of the object can not be used.
    """
    held = blobs_of(row)
    small = bool(held) and held[-1][1] + blob.size <= blobs.SMALL
    if small and row.algorithm != KMS:
        last_id, last_size = held.pop()
        before = content_of(ctx, row, row.size - last_size, last_size)
        blob = blobs.joined(ctx.platform.disk, before, blob)
        blobs.forget(ctx.tx, last_id, ctx.now)
    encryption, ring = encryption_of(row), KeyRing(ctx, place.bucket, row.keys)
    box = ring.box or box_of_new(ctx, place.bucket, encryption)
    kept, text = keep_in(ctx, box, place.bucket, encryption, blob)
    return [*held, (kept.blob_id, blob.size)], ring.with_one_more(box, text)


def _before(ctx: Context, arguments: Arguments) -> ObjectRow | None:
    """Return the object that is appended to; None where the call begins one."""
    bucket = the_bucket(ctx, arguments["bucket"])
    row = latest_of(ctx, bucket.bucket_name, arguments["key"].encode())
    return None if row is None or row.marker else row


def _cipher(ctx: Context, arguments: Arguments) -> Cipher:
    row = _before(ctx, arguments)
    return cipher_of_new(ctx, arguments) if row is None else encryption_of(row).cipher


def _needs(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what the key of the object needs, of one that is made what every write needs."""
    row = _before(ctx, arguments)
    if row is None:
        return also_for_more(ctx, arguments)
    sealing = needs_to_seal(ctx, the_bucket(ctx, arguments["bucket"]), encryption_of(row))
    return (*sealing, *for_tags_and_acl(ctx, arguments))


def _lengthened(ctx: Context, place: Place, row: ObjectRow, blob: Blob) -> ObjectRow:
    refuse_protected(ctx, row)
    crc = combine([(int(row.crc64), row.size), (blob.crc64, blob.size)])
    digest = hashlib.md5(row.etag.encode() + blob.md5, usedforsecurity=False)
    parts, keys = _with(ctx, place, row, blob)
    return ctx.tx.update(
        row,
        size=row.size + blob.size,
        etag=digest.hexdigest().upper(),
        crc64=str(crc),
        parts=msgspec.json.encode(parts).decode(),
        keys=keys,
        modified_at=ctx.now,
    )


@operation(
    OSS,
    "AppendObject",
    on=AT_KEY,
    action="oss:PutObject",
    also=_needs,
    sealed_with=_cipher,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="POST", path="/{bucket}/{key+}", marks="append"),
    raises=(
        BadDigest,
        BadArgument,
        FileImmutable,
        MissingLength,
        NotAppendable,
        WrongPosition,
        TooLarge,
    ),
)
def append_object(
    ctx: Context,
    place: Place,
    *,
    body: Body,
    position: Annotated[
        int, Wire("position"), Between(0, MOST_BYTES), Doc("The length of the object so far.")
    ],
    content_length: Length = None,
    transfer_encoding: Transfer = None,
    content_md5: ContentMd5 = None,
    kept: Kept,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    tagging: Tagging = None,
    sse: Sse | None = None,
) -> RawAnswer:
    """Add bytes to the end of an object, or begin one; no version is made of what was before.

    Headers and tags count for the call that begins the object, and for no later one.
    """
    if content_length is None and transfer_encoding is None:
        raise MissingLength
    check_digest(body, content_md5)
    row = latest_of(ctx, place.bucket.bucket_name, place.key)
    end = _end_of(row, place)
    if position != end:
        raise WrongPosition(Key=place.text).telling({_NEXT: str(end)})
    if end + body.size > MOST_BYTES:
        raise TooLarge(Key=place.text)
    if row is not None and not row.marker:
        row = _lengthened(ctx, place, row, body)
    else:
        new = new_object(
            place.bucket,
            kept,
            acl=object_acl,
            storage_class=storage_class,
            tagging=tagging,
            sse=sse,
        )
        row = store(ctx, place, replace(new, kind=APPENDABLE), body)
    told = {
        **written(place.bucket, row),
        "Content-MD5": base64.b64encode(body.md5).decode(),
        _NEXT: str(row.size),
    }
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)
