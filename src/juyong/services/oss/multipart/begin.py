"""InitiateMultipartUpload and AbortMultipartUpload."""

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape
from juyong.base.ids import random_bytes
from juyong.services.oss.errors import BadArgument, FileExists
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.multipart.upload import ONE_UPLOAD, Upload, forget_parts
from juyong.services.oss.objects.encryption import Sse, chosen, named, shown
from juyong.services.oss.objects.headers import Kept
from juyong.services.oss.objects.keys import box_of_new
from juyong.services.oss.objects.listing import Encoding, Text, spelling
from juyong.services.oss.objects.object import AT_KEY, Place
from juyong.services.oss.objects.put import ForbidOverwrite, also_for_more, own_acl
from juyong.services.oss.objects.tags import Tagging, tags_in
from juyong.services.oss.objects.write import forbid_overwrite
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import PartRow, UploadRow

_ID_BYTES = 16


class Begun(Shape, frozen=True, kw_only=True):
    """A new upload."""

    encoding_type: Text = msgspec.UNSET
    bucket: str
    key: str
    upload_id: str


@operation(
    OSS,
    "InitiateMultipartUpload",
    on=AT_KEY,
    entry=Entry.OPEN,
    audit="data",
    action="oss:PutObject",
    also=also_for_more,
    route=Route(method="POST", path="/{bucket}/{key+}", marks="uploads"),
    raises=(FileExists, BadArgument),
    root="InitiateMultipartUploadResult",
)
def initiate_multipart_upload(
    ctx: Context,
    place: Place,
    *,
    kept: Kept,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    tagging: Tagging = None,
    no_overwrite: ForbidOverwrite = False,
    sse: Sse | None = None,
    encoding_type: Encoding = None,
) -> RawAnswer:
    """Begin an upload in parts; it keeps what its object will have."""
    if no_overwrite:
        forbid_overwrite(ctx, place)
    encryption = named(ctx, place.bucket, chosen(place.bucket, sse))
    box = box_of_new(ctx, place.bucket, encryption)
    row = UploadRow(
        upload_id=random_bytes(_ID_BYTES).hex().upper(),
        bucket_name=place.bucket.bucket_name,
        object_key=place.key,
        account_id=place.bucket.account_id,
        storage_class=storage_class or place.bucket.storage_class,
        headers=msgspec.json.encode(kept.checked()).decode(),
        acl=own_acl(object_acl),
        tags=msgspec.json.encode(tags_in(tagging)).decode(),
        algorithm=encryption.algorithm,
        key_id=encryption.key_id,
        data_algorithm=encryption.data_algorithm,
        keys=None if box is None else box.sealed,
        created_at=ctx.now,
    )
    ctx.tx.insert(row)
    begun = Begun(
        encoding_type=encoding_type or msgspec.UNSET,
        bucket=row.bucket_name,
        key=spelling(encoding_type)(place.text),
        upload_id=row.upload_id,
    )
    return RawAnswer(headers=shown(row), shape=begun, record=msgspec.UNSET)


@operation(
    OSS,
    "AbortMultipartUpload",
    on=ONE_UPLOAD,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="DELETE", path="/{bucket}/{key+}", marks="uploadId"),
)
def abort_multipart_upload(ctx: Context, upload: Upload) -> RawAnswer:
    """Give an upload up, and forget its parts."""
    forget_parts(ctx, ctx.tx.find(PartRow, upload_id=upload.row.upload_id))
    ctx.tx.delete(upload.row)
    return RawAnswer(status=204)
