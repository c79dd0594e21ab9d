"""PutSymlink and GetSymlink: an object that means another key of its bucket.

Whether there is an object of the key, and who may read it, is asked when the link is read.

Source: OSS API reference, PutSymlink, GetSymlink (documented); the ETag, MD5 of the key (assumed).
"""

import hashlib
from typing import Annotated
from urllib.parse import quote, unquote_to_bytes

import msgspec

from juyong.api.access import ActionWith, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Header
from juyong.api.operation import Route, operation
from juyong.services.oss.errors import BadArgument, FileExists, NotSymlink
from juyong.services.oss.fields import ObjectAcl, StorageClass, key_bytes
from juyong.services.oss.objects.headers import Kept
from juyong.services.oss.objects.object import AT_KEY, ONE_VERSION, Held, Place
from juyong.services.oss.objects.put import ForbidOverwrite, for_tags_and_acl, own_acl, written
from juyong.services.oss.objects.read import body_headers
from juyong.services.oss.objects.write import add_version, forbid_overwrite, next_version
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import ObjectRow

_TARGET = "x-oss-symlink-target"
_CRC_OF_NOTHING = "0"


def _key_in(header: str) -> str:
    """Read the key that a link means.

    Raises:
        BadArgument: it is no UTF-8.
        BadObjectName: no object has such a key.
    """
    try:
        key = unquote_to_bytes(header.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise BadArgument(ArgumentName=_TARGET) from None
    key_bytes(key)
    return key


@operation(
    OSS,
    "PutSymlink",
    on=AT_KEY,
    action="oss:PutObject",
    also=for_tags_and_acl,
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="PUT", path="/{bucket}/{key+}", marks="symlink"),
    raises=(BadArgument, FileExists, FileImmutable),
)
def put_symlink(
    ctx: Context,
    place: Place,
    *,
    target: Annotated[str, Header(_TARGET), Doc("The key that it means, encoded.")],
    kept: Kept,
    object_acl: ObjectAcl | None = None,
    storage_class: StorageClass | None = None,
    no_overwrite: ForbidOverwrite = False,
) -> RawAnswer:
    """Store a link; reads of it answer the object that it means."""
    key = _key_in(target)
    if no_overwrite:
        forbid_overwrite(ctx, place)
    row = ObjectRow(
        bucket_name=place.bucket.bucket_name,
        object_key=place.key,
        version_id=next_version(place.bucket),
        account_id=place.bucket.account_id,
        rank=0,
        latest=True,
        kind="Symlink",
        etag=hashlib.md5(key.encode(), usedforsecurity=False).hexdigest().upper(),
        crc64=_CRC_OF_NOTHING,
        storage_class=storage_class or place.bucket.storage_class,
        headers=msgspec.json.encode(kept.checked()).decode(),
        acl=own_acl(object_acl),
        target=key,
        modified_at=ctx.now,
    )
    told = written(place.bucket, add_version(ctx, row))
    return RawAnswer(headers=told, content_type="application/xml", record=msgspec.UNSET)


@operation(
    OSS,
    "GetSymlink",
    on=ONE_VERSION,
    action="oss:GetObject",
    action_with=ActionWith("version_id", "oss:GetObjectVersion"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="GET", path="/{bucket}/{key+}", marks="symlink"),
    reads_only=True,
    raises=(NotSymlink,),
)
def get_symlink(_ctx: Context, held: Held) -> RawAnswer:
    """Tell the key that a link means."""
    if held.row.kind != "Symlink":
        raise NotSymlink(Key=held.place.text)
    told = {**body_headers(held, held.row), _TARGET: quote(held.row.target)}
    return RawAnswer(headers=told, content_type="application/xml")
