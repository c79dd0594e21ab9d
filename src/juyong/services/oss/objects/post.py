"""PostObject: an object that a form of a page uploads.

Source: OSS API reference, PostObject (documented): fields, answers. The file's bytes, the object
and the permissions are those of PutObject.
"""

from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, FileOfForm, Header, LongestBody, Pattern
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape
from juyong.blobs.arrived import Blob
from juyong.services.oss.errors import BadArgument, BadSignature, FileExists
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.objects.encryption import Sse, cipher_of_new
from juyong.services.oss.objects.headers import Kept
from juyong.services.oss.objects.object import AT_KEY, Place
from juyong.services.oss.objects.put import (
    MOST_BYTES,
    ForbidOverwrite,
    also_for_more,
    location_of,
    new_object,
    written,
)
from juyong.services.oss.objects.tags import Tagging
from juyong.services.oss.objects.write import forbid_overwrite, store
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import ObjectRow
from juyong.services.oss.wire.form_errors import (
    BadField,
    BadPolicy,
    FieldsTooLong,
    FieldTooLong,
    FileTooLarge,
    FileTooSmall,
    MalformedPost,
    NoForm,
    PolicyFailed,
    WrongFiles,
)

Redirect = Annotated[
    str,
    Header("success_action_redirect"),
    Pattern(r"https?://[!-~]{1,2048}"),
    Doc("The page that a success leads to, with `bucket`, `key` and `etag` in its query."),
]
Status = Annotated[
    str,
    Header("success_action_status"),
    Doc("The status of a success: `200`, `201` with a document, or `204`, also for any other."),
]


class Posted(Shape, frozen=True, kw_only=True):
    """The new object."""

    bucket: str
    location: str
    key: str
    e_tag: str = msgspec.field(name="ETag")


@operation(
    OSS,
    "PostObject",
    on=AT_KEY,
    action="oss:PutObject",
    also=also_for_more,
    sealed_with=cipher_of_new,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="POST", path="/{bucket}"),
    raises=(
        BadArgument,
        BadField,
        BadPolicy,
        BadSignature,
        FieldTooLong,
        FieldsTooLong,
        FileExists,
        FileImmutable,
        FileTooLarge,
        FileTooSmall,
        MalformedPost,
        NoForm,
        PolicyFailed,
        WrongFiles,
    ),
    root="PostResponse",
)
def post_object(
    ctx: Context,
    place: Place,
    *,
    file: Annotated[Blob, LongestBody(MOST_BYTES), FileOfForm(), Doc("The object.")],
    kept: Kept,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    tagging: Tagging = None,
    sse: Sse | None = None,
    no_overwrite: ForbidOverwrite = False,
    redirect: Redirect | None = None,
    status: Status = "204",
) -> RawAnswer:
    """Store the file of a form; what PutObject takes as headers are fields before the file.

    A form is signed by its policy, in the fields `policy`, `OSSAccessKeyId` and `Signature`, or
    `policy`, `x-oss-credential`, `x-oss-date`, `x-oss-signature-version` and `x-oss-signature`; one
    without these fields is a call without a signature. `${filename}` in the key is the file's name.
    The answer is a document for status 201, and leads to a page where one is named (303).
    """
    if no_overwrite:
        forbid_overwrite(ctx, place)
    new = new_object(
        place.bucket, kept, acl=object_acl, storage_class=storage_class, tagging=tagging, sse=sse
    )
    row = store(ctx, place, new, file)
    told = written(place.bucket, row)
    if redirect is not None:
        told = {**told, "Location": _led_to(redirect, place, row)}
        return _answer(303, told)
    if status == "201":
        posted = Posted(
            bucket=place.bucket.bucket_name,
            location=location_of(ctx, place),
            key=place.text,
            e_tag=told["ETag"],
        )
        return _answer(201, told, posted)
    return _answer(200 if status == "200" else 204, told)


def _answer(status: int, told: dict[str, str], posted: Posted | None = None) -> RawAnswer:
    kind = "application/xml"
    return RawAnswer(
        status=status, headers=told, shape=posted, content_type=kind, record=msgspec.UNSET
    )


def _led_to(page: str, place: Place, row: ObjectRow) -> str:
    """Return the address of a page, with the object in its query."""
    told = {"bucket": place.bucket.bucket_name, "key": place.text, "etag": f'"{row.etag}"'}
    where, hash_mark, fragment = page.partition("#")
    joint = "&" if "?" in where else "?"
    return f"{where}{joint}{urlencode(told, quote_via=quote)}{hash_mark}{fragment}"
