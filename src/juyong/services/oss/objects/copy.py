"""CopyObject: a copy has the blobs of its source in common, which stay until both are gone.

A copy that is sealed with another cipher than its source is written anew.

Source: OSS API reference, CopyObject (documented); recorded answers of 2026-05 (live).
"""

from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.access import Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Header, OneOf
from juyong.api.operation import Route, operation
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob, Cipher
from juyong.services.oss.errors import BadArgument, FileExists
from juyong.services.oss.fields import ObjectAcl, StorageClass
from juyong.services.oss.moments import xml_time
from juyong.services.oss.objects.conditions import Demands
from juyong.services.oss.objects.encryption import (
    Encryption,
    Sse,
    chosen,
    encryption_of,
)
from juyong.services.oss.objects.headers import Kept
from juyong.services.oss.objects.keys import keep, rekeyed
from juyong.services.oss.objects.object import (
    AT_KEY,
    Held,
    Place,
    blobs_of,
    content_of,
    object_arn,
    object_policy,
    version_of,
)
from juyong.services.oss.objects.put import ForbidOverwrite, also_for_more, own_acl, written
from juyong.services.oss.objects.source import (
    CopySource,
    SourceMatch,
    SourceModified,
    SourceNoneMatch,
    SourceUnmodified,
    read_source,
    source_at,
    the_source,
)
from juyong.services.oss.objects.tags import Tagging, tags_in
from juyong.services.oss.objects.write import add_version, forbid_overwrite, next_version
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import ObjectRow

_COPY, _REPLACE = "COPY", "REPLACE"
Directive = OneOf((_COPY, _REPLACE, "Copy", "Replace", "copy", "replace"))


class Copied(Shape, frozen=True, kw_only=True):
    """The copy."""

    e_tag: Annotated[str, Of("etag", lambda etag: f'"{etag}"')] = msgspec.field(name="ETag")
    last_modified: Annotated[str, Of("modified_at", xml_time)]


def _needs(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    needed = (*read_source(ctx, arguments), *also_for_more(ctx, arguments))
    return (*needed, *_for_tags(ctx, arguments))


def _for_tags(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name what copying the tags needs: to read those of the source, and to put them."""
    source = source_at(ctx, arguments["copy_source"])
    held = version_of(ctx, source.place, source.version_id)
    if arguments["tagging_directive"].upper() == _REPLACE or held is None or held.tags == "{}":
        return ()
    read, *_ = read_source(ctx, arguments)
    action = "oss:GetObjectVersionTagging" if source.version_id else "oss:GetObjectTagging"
    (arn,), policy = object_arn(ctx, arguments), object_policy(ctx, arguments)
    put = Also(action="oss:PutObjectTagging", resource=arn, policy=policy)
    return (replace(read, action=action), put)


def copied(ctx: Context, held: Held, place: Place, encryption: Encryption) -> ObjectRow:
    """Return a row at another place that has the bytes of an object.

    Raises:
        KeyRefused: a key of the source, or of the copy, can not be used.
    """
    source = held.row
    parts = blobs_of(source)
    if parts and encryption.cipher is not encryption_of(source).cipher:
        blob = _written_anew(ctx, source, encryption.cipher)
        kept, encryption, keys = keep(ctx, place.bucket, encryption, blob)
        parts = [(kept.blob_id, blob.size)]
    else:
        encryption, keys = rekeyed(ctx, (held.bucket, source), place.bucket, encryption)
        for blob_id, _ in parts:
            blobs.share(ctx.tx, blob_id)
    return replace(
        source,
        bucket_name=place.bucket.bucket_name,
        object_key=place.key,
        version_id=next_version(place.bucket),
        account_id=place.bucket.account_id,
        kind="Normal" if source.kind == "Appendable" else source.kind,
        algorithm=encryption.algorithm,
        key_id=encryption.key_id,
        data_algorithm=encryption.data_algorithm,
        parts=msgspec.json.encode(parts).decode(),
        keys=keys,
        readable_from=Instant(0),
        readable_until=Instant(0),
        modified_at=ctx.now,
        accessed_at=Instant(0),
        version=0,
    )


def _written_anew(ctx: Context, source: ObjectRow, cipher: Cipher) -> Blob:
    content, disk = content_of(ctx, source), ctx.platform.disk
    named = (source.bucket_name, source.object_key, source.version_id, source.parts)
    return ctx.outside(
        ("oss.written anew", *named, cipher), lambda: blobs.copy(disk, content, cipher)
    )


@operation(
    OSS,
    "CopyObject",
    on=AT_KEY,
    action="oss:PutObject",
    also=_needs,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}", marks="x-oss-copy-source"),
    root="CopyObjectResult",
    raises=(FileExists, FileImmutable, BadArgument),
)
def copy_object(
    ctx: Context,
    place: Place,
    *,
    copy_source: CopySource,
    if_match: SourceMatch = None,
    if_none_match: SourceNoneMatch = None,
    if_modified_since: SourceModified = None,
    if_unmodified_since: SourceUnmodified = None,
    metadata_directive: Annotated[
        str, Header("x-oss-metadata-directive"), Directive, Doc("Whose headers the copy has.")
    ] = _COPY,
    tagging_directive: Annotated[
        str, Header("x-oss-tagging-directive"), Directive, Doc("Whose tags the copy has.")
    ] = _COPY,
    kept: Kept,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    tagging: Tagging = None,
    sse: Sse | None = None,
    no_overwrite: ForbidOverwrite = False,
) -> RawAnswer:
    """Copy an object, within a bucket or from another one; the copy of a symlink is a symlink.

    An object that is copied onto itself gets the headers of the call, whatever the directive says.
    """
    demands = Demands(
        if_match=if_match,
        if_none_match=if_none_match,
        if_modified_since=if_modified_since,
        if_unmodified_since=if_unmodified_since,
    )
    source = the_source(ctx, copy_source, demands)
    if source is None:
        return RawAnswer(status=304)
    if no_overwrite:
        forbid_overwrite(ctx, place)
    given = kept.checked()
    row = replace(
        copied(ctx, source, place, chosen(place.bucket, sse)),
        storage_class=storage_class or place.bucket.storage_class,
        acl=own_acl(object_acl),
    )
    onto_itself = source.place == place
    if onto_itself or metadata_directive.upper() == _REPLACE:
        row = replace(row, headers=msgspec.json.encode(given).decode())
    if tagging_directive.upper() == _REPLACE:
        row = replace(row, tags=msgspec.json.encode(tags_in(tagging)).decode())
    row = add_version(ctx, row)
    told = {**written(place.bucket, row), "x-oss-copied-size": str(row.size)}
    if source.bucket.versioning:
        told["x-oss-copy-source-version-id"] = source.row.version_id
    return RawAnswer(headers=told, shape=Copied.of(row), record=msgspec.UNSET)
