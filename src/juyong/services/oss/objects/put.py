"""PutObject, and what every call that writes an object says of it."""

from typing import Annotated

import msgspec

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Header, HeadersOf, LongestBody
from juyong.api.operation import Route, operation
from juyong.blobs.arrived import Blob
from juyong.services.oss.errors import BadArgument, BadDigest, FileExists, MissingLength
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.objects.encryption import Sse, chosen, sealing, shown
from juyong.services.oss.objects.object import AT_KEY, Place, object_arn, object_policy
from juyong.services.oss.objects.tags import Tagging, tags_in
from juyong.services.oss.objects.write import NewObject, check_digest, forbid_overwrite, store
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import BucketRow, ObjectRow

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
Length = Annotated[str | None, Header("Content-Length"), Doc("The length of the body.")]
Transfer = Annotated[str | None, Header("Transfer-Encoding"), Doc("`chunked` needs no length.")]


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


def also_for_more(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what else a write needs: it brings tags, or an ACL, or is sealed by a key of the KMS.

    Source: OSS, actions of PutObject (documented for tags); for the ACL (assumed).
    """
    return (*sealing(ctx, arguments), *for_tags_and_acl(ctx, arguments))


def for_tags_and_acl(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what the tags and the ACL of a write need."""
    needed = []
    if arguments.get("tagging"):
        needed.append("oss:PutObjectTagging")
    if arguments.get("object_acl"):
        needed.append("oss:PutObjectAcl")
    if not needed:
        return ()
    (arn,), policy = object_arn(ctx, arguments), object_policy(ctx, arguments)
    return tuple(Also(action=action, resource=arn, policy=policy) for action in needed)


def own_acl(acl: str | None) -> str:
    """Return an ACL as rows have it: empty for the bucket's."""
    return "" if acl in (None, "default") else str(acl)


def written(bucket: BucketRow, row: ObjectRow) -> dict[str, str]:
    """Return the headers by which every write describes what it stored."""
    told = {"ETag": f'"{row.etag}"', "x-oss-hash-crc64ecma": row.crc64, **shown(row)}
    return {**told, "x-oss-version-id": row.version_id} if bucket.versioning else told


@operation(
    OSS,
    "PutObject",
    on=AT_KEY,
    also=also_for_more,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}"),
    raises=(BadDigest, FileExists, FileImmutable, BadArgument, MissingLength),
)
def put_object(
    ctx: Context,
    place: Place,
    *,
    body: Body,
    content_length: Length = None,
    transfer_encoding: Transfer = None,
    content_type: ContentType = "",
    content_md5: ContentMd5 = None,
    cache_control: CacheControl = None,
    content_disposition: Disposition = None,
    content_encoding: Encoding = None,
    content_language: Language = None,
    expires: Expires = None,
    meta: Meta | None = None,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    tagging: Tagging = None,
    sse: Sse | None = None,
    no_overwrite: ForbidOverwrite = False,
) -> RawAnswer:
    """Store an object whole: no read sees a part of it, and once answered nothing loses it."""
    if content_length is None and transfer_encoding is None:
        raise MissingLength
    check_digest(body, content_md5)
    if no_overwrite:
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
        acl=own_acl(object_acl),
        tags=tags_in(tagging),
        encryption=chosen(place.bucket, sse),
    )
    row = store(ctx, place, new, body)
    told = {**written(place.bucket, row), "Content-MD5": row.md5}
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)
