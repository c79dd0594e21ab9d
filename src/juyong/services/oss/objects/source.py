"""The object that a copy is made of: named by a header, and read with a permission of its own."""

from typing import Annotated
from urllib.parse import unquote_to_bytes

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Header, Raises
from juyong.services.oss.buckets.bucket import NOT_HERE, is_blocked, the_bucket
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.errors import (
    BadArgument,
    BadObjectName,
    IsMarker,
    NoKey,
    NotRestored,
    NoVersion,
    PreconditionFailed,
)
from juyong.services.oss.fields import key_bytes
from juyong.services.oss.objects.archive import refuse_archived
from juyong.services.oss.objects.conditions import Demands
from juyong.services.oss.objects.keys import needs_to_open
from juyong.services.oss.objects.object import Held, Place, held_at, version_of

SOURCE = "x-oss-copy-source"
_VERSION = "?versionId="
CopySource = Annotated[
    str,
    Header(SOURCE),
    Raises((BadArgument, *NOT_HERE, BadObjectName, NoKey, NoVersion, IsMarker)),
    Doc("The object to copy: `/bucket/key` or `/bucket/key?versionId=…`, the key encoded."),
]
SourceMatch = Annotated[
    str | None,
    Header(f"{SOURCE}-if-match"),
    Raises((PreconditionFailed, NotRestored)),
    Doc("Only an object of this ETag."),
]
SourceNoneMatch = Annotated[
    str | None, Header(f"{SOURCE}-if-none-match"), Doc("Only an object of another ETag.")
]
SourceModified = Annotated[
    str | None, Header(f"{SOURCE}-if-modified-since"), Doc("Only if changed since.")
]
SourceUnmodified = Annotated[
    str | None, Header(f"{SOURCE}-if-unmodified-since"), Doc("Only if not changed since.")
]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the object is that a copy is made of."""

    place: Place
    version_id: str | None


def source_at(ctx: Context, text: str) -> Source:
    """Read the header.

    Raises:
        BadArgument: it names no bucket and key.
        BadBucketName, NoBucket, BadObjectName: it names what cannot be, or is not.
        ElsewhereBucket: the host called is that of another region than the bucket's.
    """
    path, _, version_id = text.removeprefix("/").partition(_VERSION)
    name, _, key = path.partition("/")
    try:
        decoded = unquote_to_bytes(key.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise BadArgument(ArgumentName=SOURCE, ArgumentValue=text) from None
    if not key:
        raise BadArgument(ArgumentName=SOURCE, ArgumentValue=text)
    place = Place(bucket=the_bucket(ctx, name), key=key_bytes(decoded))
    return Source(place=place, version_id=version_id or None)


def read_source(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the permission to read the source: of its own bucket's policy, its own ACL, its key."""
    source = source_at(ctx, arguments["copy_source"])
    bucket, version_id = source.place.bucket, source.version_id
    row = version_of(ctx, source.place, version_id)
    acl = row.acl if row is not None and row.acl else bucket.acl
    return (
        Also(
            action="oss:GetObjectVersion" if version_id else "oss:GetObject",
            resource=arn_of(bucket, source.place.text),
            policy=target_of(bucket, acl, blocked=is_blocked(ctx, bucket)),
        ),
        *needs_to_open(ctx, bucket, row.keys if row is not None else None),
    )


def the_source(ctx: Context, text: str, demands: Demands) -> Held | None:
    """Return the object to copy; None where the caller has it already (304).

    Raises:
        NoKey, NoVersion, IsMarker: there is none.
        NotRestored: it is archived.
        PreconditionFailed: it is not as demanded.
    """
    source = source_at(ctx, text)
    held = held_at(ctx, source.place, source.version_id)
    refuse_archived(held.row, ctx.now)
    return held if demands.met_by(held.row) else None
