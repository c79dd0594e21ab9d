"""PutObject, and what every call that writes an object says of it."""

from typing import Annotated
from urllib.parse import quote

import msgspec

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Header, LongestBody
from juyong.api.operation import Route, operation
from juyong.blobs.arrived import Blob
from juyong.services.oss.errors import BadArgument, BadDigest, FileExists, MissingLength
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.objects.encryption import Sse, chosen, cipher_of_new, sealing, shown
from juyong.services.oss.objects.headers import Kept, KeptHeaders
from juyong.services.oss.objects.object import AT_KEY, Place, object_arn, object_policy
from juyong.services.oss.objects.tags import Tagging, tags_in
from juyong.services.oss.objects.write import NewObject, check_digest, forbid_overwrite, store
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import BucketRow, ObjectRow

MOST_BYTES = 5 * 1024**3
Body = Annotated[Blob, LongestBody(MOST_BYTES), Doc("The object.")]
ContentMd5 = Annotated[str | None, Header("Content-MD5"), Doc("The MD5 of the body, in base64.")]
ForbidOverwrite = Annotated[
    bool, Header("x-oss-forbid-overwrite"), Doc("Refuse to overwrite an object.")
]
Length = Annotated[str | None, Header("Content-Length"), Doc("The length of the body.")]
Transfer = Annotated[str | None, Header("Transfer-Encoding"), Doc("`chunked` needs no length.")]


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


def new_object(
    bucket: BucketRow,
    kept: KeptHeaders,
    *,
    acl: str | None,
    storage_class: str | None,
    tagging: str | None,
    sse: dict[str, str] | None,
) -> NewObject:
    """Return the facts of a new object in a bucket, as a call tells them; None for the default.

    Raises:
        BadArgument, BadEncryption, BadTag, NoSm4: a header is none that objects have.
    """
    return NewObject(
        headers=kept.checked(),
        storage_class=storage_class or bucket.storage_class,
        acl=own_acl(acl),
        tags=tags_in(tagging),
        encryption=chosen(bucket, sse),
    )


def written(bucket: BucketRow, row: ObjectRow) -> dict[str, str]:
    """Return the headers by which every write describes what it stored."""
    told = {"ETag": f'"{row.etag}"', "x-oss-hash-crc64ecma": row.crc64, **shown(row)}
    return {**told, "x-oss-version-id": row.version_id} if bucket.versioning else told


def location_of(ctx: Context, place: Place) -> str:
    """Return the address of an object."""
    bucket = place.bucket
    scheme = "https" if ctx.secure else "http"
    host = f"{bucket.bucket_name}.oss-{bucket.region}.aliyuncs.com"
    return f"{scheme}://{host}/{quote(place.text)}"


@operation(
    OSS,
    "PutObject",
    on=AT_KEY,
    also=also_for_more,
    sealed_with=cipher_of_new,
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
    content_md5: ContentMd5 = None,
    kept: Kept,
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
    new = new_object(
        place.bucket, kept, acl=object_acl, storage_class=storage_class, tagging=tagging, sse=sse
    )
    row = store(ctx, place, new, body)
    told = {**written(place.bucket, row), "Content-MD5": row.md5}
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)
