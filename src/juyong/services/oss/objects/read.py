"""GetObject, HeadObject and GetObjectMeta.

Source: OSS API reference, GetObject, HeadObject, GetObjectMeta (documented); recorded answers of
2026-05 (live): a part of an object has no Content-MD5, and the CRC of the whole.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from juyong.api.access import ActionWith, Also, Entry
from juyong.api.answers import OCTETS, RawAnswer
from juyong.api.caller import Anonymous
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Header, Wire
from juyong.api.hosts import SUFFIX
from juyong.api.operation import Route, operation
from juyong.base.clock import Instant
from juyong.blobs.content import Content
from juyong.services.oss.buckets.bucket import is_blocked, the_bucket
from juyong.services.oss.buckets.errors import KeyRefused
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.errors import (
    AnonymousOverride,
    BadArgument,
    BadTarget,
    InvalidRange,
    NoTarget,
    NotRestored,
    PreconditionFailed,
)
from juyong.services.oss.last_access.monitor import last_access_header
from juyong.services.oss.last_access.visits import note_visit
from juyong.services.oss.moments import http_time
from juyong.services.oss.objects.archive import refuse_archived, restore_header
from juyong.services.oss.objects.conditions import Demands
from juyong.services.oss.objects.encryption import shown
from juyong.services.oss.objects.keys import needs_to_open
from juyong.services.oss.objects.object import (
    ONE_VERSION,
    Held,
    Place,
    content_of,
    latest_of,
    version_of,
)
from juyong.services.oss.objects.ranges import range_of
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import ObjectRow

OVERRIDE = Doc("Answer this header instead of the object's.")
Text = str | None
IfMatch = Annotated[Text, Header("If-Match"), Doc("Only an object of this ETag.")]
IfNoneMatch = Annotated[Text, Header("If-None-Match"), Doc("Only an object of another ETag.")]
IfModified = Annotated[Text, Header("If-Modified-Since"), Doc("Only if changed since.")]
IfUnmodified = Annotated[Text, Header("If-Unmodified-Since"), Doc("Only if not changed since.")]
ByteRange = Annotated[Text, Header("Range"), Doc("A part of it: `bytes=0-99`.")]
Behavior = Annotated[
    Text, Header("x-oss-range-behavior"), Doc("`standard` refuses a range behind the end.")
]


def read_headers(held: Held, data: ObjectRow, now: Instant) -> dict[str, str]:
    """Return the headers by which reads describe an object, without those of its body.

    Args:
        held: The object that is asked for.
        data: The object whose bytes are answered: another one where the first is a symlink.
        now: The time.
    """
    row = held.row
    found = {
        **body_headers(held, data),
        "Accept-Ranges": "bytes",
        "x-oss-storage-class": row.storage_class,
        **{name: value for name, value in _kept(row).items() if name != "content-type"},
        **restore_header(row, now),
        **shown(data),
    }
    if data.md5:
        found["Content-MD5"] = data.md5
    if row.kind == "Appendable":
        found["x-oss-next-append-position"] = str(row.size)
    return found


def body_headers(held: Held, data: ObjectRow) -> dict[str, str]:
    """Return the headers that tell one state of an object from another."""
    return {
        "ETag": f'"{data.etag}"',
        "Last-Modified": http_time(max(held.row.modified_at, data.modified_at)),
        "x-oss-object-type": held.row.kind,
        "x-oss-hash-crc64ecma": data.crc64,
        **held.version_headers,
    }


def described(
    ctx: Context, held: Held, data: ObjectRow, content: Content, asked: Mapping[str, str]
) -> RawAnswer:
    """Return the answer that is a whole object.

    Args:
        ctx: The call.
        held: The object that is asked for.
        data: The object whose bytes are answered.
        content: These bytes.
        asked: Headers instead of those of the object.
    """
    headers = {**read_headers(held, data, ctx.now), **asked}
    kind = headers.pop("content-type", _kept(held.row).get("content-type", OCTETS))
    headers = kept_off_own_origin(ctx.host, headers)
    return RawAnswer(headers=headers, content_type=kind, content=content)


def _kept(row: ObjectRow) -> Mapping[str, str]:
    return msgspec.json.decode(row.headers, type=dict[str, str])


def followed(ctx: Context, held: Held) -> ObjectRow:
    """Return the object whose bytes a read answers: the target of a symlink, else the object.

    Raises:
        NoTarget, BadTarget: the symlink means no object, or another symlink.
    """
    row = held.row
    if row.kind == "Symlink":
        target = latest_of(ctx, row.bucket_name, row.target.encode())
        if target is None or target.marker:
            raise NoTarget(Key=held.place.text)
        if target.kind == "Symlink":
            raise BadTarget(Key=held.place.text)
        row = target
    return row


def target_of_link(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the target of a symlink: whoever reads through the link must be allowed to read it."""
    bucket = the_bucket(ctx, arguments["bucket"])
    place = Place(bucket=bucket, key=arguments["key"].encode())
    link = version_of(ctx, place, arguments["version_id"])
    if link is None or link.kind != "Symlink":
        return ()
    target = latest_of(ctx, bucket.bucket_name, link.target.encode())
    acl = target.acl if target is not None and target.acl else bucket.acl
    policy = target_of(bucket, acl, blocked=is_blocked(ctx, bucket))
    return (Also(action="oss:GetObject", resource=arn_of(bucket, link.target), policy=policy),)


def also_to_read(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the target of a symlink, and what the key of the bytes that are answered needs."""
    bucket = the_bucket(ctx, arguments["bucket"])
    place = Place(bucket=bucket, key=arguments["key"].encode())
    row = version_of(ctx, place, arguments["version_id"])
    if row is not None and row.kind == "Symlink":
        row = latest_of(ctx, bucket.bucket_name, row.target.encode())
    keys = row.keys if row is not None else None
    return (*target_of_link(ctx, arguments), *needs_to_open(ctx, bucket, keys))


def overrides(ctx: Context, **wanted: str | None) -> dict[str, str]:
    """Return headers of the answer that the call asks for, names in small letters.

    Raises:
        AnonymousOverride: the request is not signed.
        BadArgument: one holds a character that no header has.
    """
    given = {name.replace("_", "-"): value for name, value in wanted.items() if value}
    if given and isinstance(ctx.caller, Anonymous):
        raise AnonymousOverride
    for name, value in given.items():
        if any(ord(char) < ord(" ") or ord(char) == 127 for char in value):  # noqa: PLR2004  # DEL
            raise BadArgument(ArgumentName=f"response-{name}")
    # The writer sends the bytes of latin-1; here come those of UTF-8.
    return {name: value.encode().decode("latin-1") for name, value in given.items()}


def kept_off_own_origin(host: str, headers: dict[str, str]) -> dict[str, str]:
    """Return headers with which a browser saves an object, and neither shows nor runs it.

    SECURITY: objects at the platform's own address share the origin of its pages, where a script
    in an object could act as whoever is signed in. Under a name of the cloud a bucket has an origin
    of its own.

    Args:
        host: The Host header.
        headers: Names in small letters, without those of the platform.
    """
    if host.rsplit(":", 1)[0].lower().rstrip(".").endswith(SUFFIX):
        return headers
    shown = headers.get("content-disposition", "")
    saved = shown if shown.lower().startswith("attachment") else "attachment"
    return {
        **headers,
        "content-disposition": saved,
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }


@operation(
    OSS,
    "GetObject",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:GetObjectVersion"),
    also=also_to_read,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}"),
    writes_seldom=True,
    raises=(
        KeyRefused,
        PreconditionFailed,
        InvalidRange,
        AnonymousOverride,
        NotRestored,
        NoTarget,
        BadTarget,
    ),
)
def get_object(
    ctx: Context,
    held: Held,
    *,
    byte_range: ByteRange = None,
    range_behavior: Behavior = None,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    if_modified_since: IfModified = None,
    if_unmodified_since: IfUnmodified = None,
    content_type: Annotated[Text, Wire("response-content-type"), OVERRIDE] = None,
    content_language: Annotated[Text, Wire("response-content-language"), OVERRIDE] = None,
    expires: Annotated[Text, Wire("response-expires"), OVERRIDE] = None,
    cache_control: Annotated[Text, Wire("response-cache-control"), OVERRIDE] = None,
    content_disposition: Annotated[Text, Wire("response-content-disposition"), OVERRIDE] = None,
    content_encoding: Annotated[Text, Wire("response-content-encoding"), OVERRIDE] = None,
) -> RawAnswer:
    """Return an object, in blocks that are checked before they are sent.

    Where the bucket monitors access, the first read of a version in 24 hours is noted.
    """
    asked = overrides(
        ctx,
        content_type=content_type,
        content_language=content_language,
        expires=expires,
        cache_control=cache_control,
        content_disposition=content_disposition,
        content_encoding=content_encoding,
    )
    data = followed(ctx, held)
    refuse_archived(data, ctx.now)
    demands = Demands(
        if_match=if_match,
        if_none_match=if_none_match,
        if_modified_since=if_modified_since,
        if_unmodified_since=if_unmodified_since,
    )
    if not demands.met_by(data):
        return RawAnswer(status=304, headers=body_headers(held, data))
    part = range_of(byte_range, data.size, range_behavior)
    note_visit(ctx, held.row, data)
    if part is None:
        return described(ctx, held, data, content_of(ctx, data), asked)
    whole = described(ctx, held, data, content_of(ctx, data, part.start, part.length), asked)
    headers = {name: value for name, value in whole.headers.items() if name != "Content-MD5"}
    return msgspec.structs.replace(
        whole,
        status=206,
        headers={**headers, "Content-Range": part.described(data.size)},
    )


@operation(
    OSS,
    "HeadObject",
    on=ONE_VERSION,
    action="oss:GetObject",
    action_with=ActionWith("version_id", "oss:GetObjectVersion"),
    also=target_of_link,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="HEAD", path="/{bucket}/{key+}"),
    reads_only=True,
    raises=(PreconditionFailed, NoTarget, BadTarget),
)
def head_object(
    ctx: Context,
    held: Held,
    *,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    if_modified_since: IfModified = None,
    if_unmodified_since: IfUnmodified = None,
) -> RawAnswer:
    """Describe an object, an archived one too."""
    data = followed(ctx, held)
    demands = Demands(
        if_match=if_match,
        if_none_match=if_none_match,
        if_modified_since=if_modified_since,
        if_unmodified_since=if_unmodified_since,
    )
    if not demands.met_by(data):
        return RawAnswer(status=304, headers=body_headers(held, data))
    told = last_access_header(ctx, held.row)
    return described(ctx, held, data, content_of(ctx, data, unread=True), told)


@operation(
    OSS,
    "GetObjectMeta",
    on=ONE_VERSION,
    action="oss:GetObject",
    action_with=ActionWith("version_id", "oss:GetObjectVersion"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="HEAD", path="/{bucket}/{key+}", marks="objectMeta"),
    reads_only=True,
)
def get_object_meta(ctx: Context, held: Held) -> RawAnswer:
    """Describe an object in few headers; a symlink itself, and not what it means."""
    content = content_of(ctx, held.row, unread=True)
    headers = {**body_headers(held, held.row), **last_access_header(ctx, held.row)}
    return RawAnswer(headers=headers, content=content)
