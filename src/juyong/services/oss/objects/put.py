"""PutObject."""

from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Header, HeadersOf, LongestBody
from juyong.api.operation import Route, operation
from juyong.blobs.arrived import Blob
from juyong.services.oss.errors import BadArgument, BadDigest, FileExists
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.objects.object import AT_KEY, Place
from juyong.services.oss.objects.write import NewObject, check_digest, forbid_overwrite, store
from juyong.services.oss.product import PRODUCT as OSS

MOST_BYTES = 5 * 1024**3
_MOST_META = 8 * 1024
Body = Annotated[Blob, LongestBody(MOST_BYTES), Doc("The object.")]
Meta = Annotated[dict[str, str], HeadersOf("x-oss-meta-"), Doc("Headers that reads answer.")]
ContentType = Annotated[str, Header("Content-Type"), Doc("The media type.")]
ContentMd5 = Annotated[str | None, Header("Content-MD5"), Doc("The MD5 of the body, in base64.")]
CacheControl = Annotated[str | None, Header("Cache-Control"), Doc("Answered by reads.")]
Disposition = Annotated[str | None, Header("Content-Disposition"), Doc("Answered by reads.")]
Encoding = Annotated[str | None, Header("Content-Encoding"), Doc("Answered by reads.")]
Language = Annotated[str | None, Header("Content-Language"), Doc("Answered by reads.")]
Expires = Annotated[str | None, Header("Expires"), Doc("Answered by reads.")]
ForbidOverwrite = Annotated[
    bool, Header("x-oss-forbid-overwrite"), Doc("Refuse to overwrite an object.")
]


def kept_headers(meta: dict[str, str] | None, **named: str | None) -> dict[str, str]:
    """Return the headers that reads answer.

    Raises:
        BadArgument: the metadata is longer than 8 KB.
    """
    own = {f"x-oss-meta-{name}": value for name, value in (meta or {}).items()}
    if sum(len(name) + len(value) for name, value in own.items()) > _MOST_META:
        raise BadArgument(ArgumentName="x-oss-meta")
    given = {name.replace("_", "-"): value for name, value in named.items() if value}
    return {"content-type": "application/octet-stream", **given, **own}


@operation(
    OSS,
    "PutObject",
    on=AT_KEY,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}"),
    raises=(BadDigest, FileExists, BadArgument),
)
def put_object(
    ctx: Context,
    place: Place,
    *,
    body: Body,
    content_type: ContentType = "",
    content_md5: ContentMd5 = None,
    cache_control: CacheControl = None,
    content_disposition: Disposition = None,
    content_encoding: Encoding = None,
    content_language: Language = None,
    expires: Expires = None,
    meta: Meta | None = None,
    object_acl: ObjectAcl = "default",
    storage_class: StorageClass | None = None,
    forbid_overwrite_: ForbidOverwrite = False,
) -> RawAnswer:
    """Store an object whole: no call sees a part of it, and once answered nothing loses it."""
    check_digest(body, content_md5)
    if forbid_overwrite_:
        forbid_overwrite(ctx, place)
    headers = kept_headers(
        meta,
        content_type=content_type,
        cache_control=cache_control,
        content_disposition=content_disposition,
        content_encoding=content_encoding,
        content_language=content_language,
        expires=expires,
    )
    new = NewObject(
        headers=headers,
        storage_class=storage_class or place.bucket.storage_class,
        acl="" if object_acl == "default" else object_acl,
    )
    row = store(ctx, place, new, body)
    told = {"ETag": f'"{row.etag}"', "Content-MD5": row.md5, "x-oss-hash-crc64ecma": row.crc64}
    if place.bucket.versioning:
        told["x-oss-version-id"] = row.version_id
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)
