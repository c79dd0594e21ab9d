"""Uploads: how calls name one, the parts it holds, and its end."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, Wire
from juyong.api.resource import Target
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob, Cipher
from juyong.services.oss.buckets.bucket import NOT_HERE, bucket_tags, the_bucket
from juyong.services.oss.errors import BadObjectName, OssError
from juyong.services.oss.fields import BucketName, ObjectKey
from juyong.services.oss.hand import Hand
from juyong.services.oss.multipart.errors import NoUpload
from juyong.services.oss.objects.encryption import encryption_of, needs_to_seal
from juyong.services.oss.objects.keys import Box, box_of_new, joined, keep_in, opened_box
from juyong.services.oss.objects.object import AT_KEY, Place, object_arn, object_policy
from juyong.services.oss.tables import PartRow, UploadRow

MOST_PARTS = 10_000
UploadId = Annotated[str, Wire("uploadId"), Doc("The upload.")]
PartNumber = Annotated[
    int, Wire("partNumber"), Between(1, MOST_PARTS), Doc("Says where the part stands.")
]
Blobs = list[tuple[str, int]]
"""Id and size of each blob that a body consists of."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An unfinished upload, and the bucket and key that it is for."""

    place: Place
    row: UploadRow


def upload_at(missing: type[OssError]) -> Target[Upload]:
    """Return how a call names an unfinished upload: bucket, key and id belong together.

    missing: The error where there is none.
    """

    def find(ctx: Context, arguments: Arguments) -> Upload:
        place, upload_id = AT_KEY.find(ctx, arguments), arguments["upload_id"]
        row = ctx.tx.get(UploadRow, upload_id)
        name, key = place.bucket.bucket_name, place.key
        if row is None or (row.bucket_name, row.object_key) != (name, key):
            raise missing(UploadId=upload_id)
        return Upload(place=place, row=row)

    named: dict[str, Any] = {"bucket": BucketName, "key": ObjectKey, "upload_id": UploadId}
    return Target(
        parameters=named,
        arn=object_arn,
        find=find,
        errors=(*NOT_HERE, BadObjectName, missing),
        conditions=bucket_tags,
        policy=object_policy,
    )


ONE_UPLOAD = upload_at(NoUpload)


def also_to_seal(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what the key of the upload needs; one that is not there needs nothing."""
    row = ctx.tx.get(UploadRow, arguments["upload_id"])
    if row is None or row.bucket_name != arguments["bucket"]:
        return ()
    return needs_to_seal(ctx, the_bucket(ctx, row.bucket_name), encryption_of(row))


def cipher_of(upload: Upload) -> Cipher:
    """Return the algorithm that seals the parts of an upload."""
    return encryption_of(upload.row).cipher


def blobs_of(part: PartRow) -> Blobs:
    """Return the blobs of a part."""
    return msgspec.json.decode(part.parts, type=Blobs)


def put_part(ctx: Context, upload: Upload, number: int, blob: Blob) -> PartRow:
    """Keep a part, sealed as the upload says; one of the same number is gone.

    Raises:
        KeyRefused: the key of the upload can not be used.
    """
    encryption, box = encryption_of(upload.row), _box_of(ctx, upload)
    kept, text = keep_in(ctx, box, upload.place.bucket, encryption, blob)
    before = ctx.tx.get(PartRow, upload.row.upload_id, number)
    row = PartRow(
        upload_id=upload.row.upload_id,
        number=number,
        size=blob.size,
        etag=blob.md5.hex().upper(),
        crc64=str(blob.crc64),
        parts=msgspec.json.encode([(kept.blob_id, blob.size)]).decode(),
        keys=None if box is None else joined(None, [text]),
        created_at=ctx.now,
    )
    if before is not None:
        forget_parts(ctx, [before])
    ctx.tx.insert(row)
    return row


def _box_of(ctx: Context, upload: Upload) -> Box | None:
    """Open the box of an upload; an upload that an older version began gets one now."""
    row, bucket = upload.row, upload.place.bucket
    if row.keys is not None:
        return opened_box(ctx, bucket, row.keys)
    box = box_of_new(ctx, bucket, encryption_of(row))
    if box is not None:
        ctx.tx.update(row, keys=box.sealed)
    return box


def forget_parts(by: Hand, parts: Iterable[PartRow]) -> None:
    """Delete parts and forget their blobs."""
    for part in parts:
        by.tx.delete(part)
        for blob_id, _ in blobs_of(part):
            blobs.forget(by.tx, blob_id, by.now)
