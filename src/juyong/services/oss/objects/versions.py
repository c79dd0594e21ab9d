"""ListObjectVersions.

Source: that page (documented); recorded answers of 2026-05 (live): elements and their order.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Wire
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.buckets import Owner
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.moments import xml_time
from juyong.services.oss.objects.listing import (
    DEFAULT,
    CommonPrefix,
    Delimiter,
    Encoding,
    MaxKeys,
    Prefix,
    Spell,
    Text,
    checked,
    conditions,
    prefixes,
    spelling,
)
from juyong.services.oss.objects.walk import Walk, page_of
from juyong.services.oss.tables import BucketRow, ObjectRow


class Marker(Shape, frozen=True, kw_only=True):
    """A delete marker in a list."""

    key: str
    version_id: str
    is_latest: Annotated[bool, Of("latest")]
    last_modified: Annotated[str, Of("modified_at", xml_time)]
    owner: Owner


class Version(Shape, frozen=True, kw_only=True):
    """A version in a list."""

    key: str
    version_id: str
    is_latest: Annotated[bool, Of("latest")]
    last_modified: Annotated[str, Of("modified_at", xml_time)]
    e_tag: Annotated[str, Of("etag", lambda etag: f'"{etag}"')] = msgspec.field(name="ETag")
    type: Annotated[str, Of("kind")]
    size: int
    storage_class: str
    owner: Owner


class Listed(Shape, frozen=True, kw_only=True):
    """One version, or one delete marker."""

    version: Version | msgspec.UnsetType = msgspec.UNSET
    delete_marker: Marker | msgspec.UnsetType = msgspec.UNSET


class VersionList(Shape, frozen=True, kw_only=True):
    """A page of versions and delete markers; those of one key begin with the newest.

    entries: Stand in the answer itself, in order, versions among delete markers.
    """

    name: str
    prefix: str
    key_marker: str
    version_id_marker: str
    max_keys: int
    delimiter: str
    encoding_type: Text = msgspec.UNSET
    is_truncated: bool
    next_key_marker: Text = msgspec.UNSET
    next_version_id_marker: Text = msgspec.UNSET
    entries: list[Listed] = msgspec.field(name="")
    common_prefixes: list[CommonPrefix]


@on_bucket(
    "ListObjectVersions",
    "GET",
    "versions",
    audit="data",
    conditions=conditions,
    raises=(BadArgument,),
    root="ListVersionsResult",
    scans=True,
)
def list_object_versions(
    ctx: Context,
    bucket: BucketRow,
    *,
    prefix: Prefix = "",
    key_marker: Annotated[str, Wire("key-marker"), Doc("Only keys behind it.")] = "",
    version_id_marker: Annotated[
        str, Wire("version-id-marker"), Doc("Older versions of the key `key-marker` too.")
    ] = "",
    delimiter: Delimiter = "",
    max_keys: MaxKeys = DEFAULT,
    encoding_type: Encoding = None,
) -> VersionList:
    """List the versions and delete markers of a bucket by key, the newest of a key first.

    Assumed: behind a version that is gone since, the list goes on with all versions of its key, so
    that it leaves none out.
    """
    checked(prefix=prefix, key_marker=key_marker)
    if version_id_marker and not key_marker:
        raise BadArgument(ArgumentName="version-id-marker", ArgumentValue=version_id_marker)
    walk = Walk(
        row=ObjectRow,
        where={"bucket_name": bucket.bucket_name},
        then="rank",
        prefix=prefix.encode(),
        delimiter=delimiter.encode(),
        after=key_marker.encode(),
        behind=_rank(ctx, bucket, key_marker, version_id_marker),
        limit=max_keys,
    )
    page, spell = page_of(ctx.tx, walk), spelling(encoding_type)
    more = page.last is not None
    return VersionList(
        name=bucket.bucket_name,
        prefix=spell(prefix),
        key_marker=spell(key_marker),
        version_id_marker=version_id_marker,
        max_keys=max_keys,
        delimiter=spell(delimiter),
        encoding_type=encoding_type or msgspec.UNSET,
        is_truncated=more,
        next_key_marker=spell(page.key) if more else msgspec.UNSET,
        next_version_id_marker=(page.row.version_id if page.row else "") if more else msgspec.UNSET,
        entries=[_entry(row, spell) for row in page.rows],
        common_prefixes=prefixes(page, spell),
    )


def _rank(ctx: Context, bucket: BucketRow, key: str, version_id: str) -> int | None:
    """Return the rank behind which the versions of a key go on; None where the key is over."""
    if not version_id:
        return None
    row = ctx.tx.get(ObjectRow, bucket.bucket_name, key.encode(), version_id)
    return row.rank if row else _BEFORE_ALL


_BEFORE_ALL = -(2**62)


def _entry(row: ObjectRow, spell: Spell) -> Listed:
    key, owner = spell(row.object_key.decode()), Owner.of(row)
    if row.marker:
        return Listed(delete_marker=Marker.of(row, key=key, owner=owner))
    return Listed(version=Version.of(row, key=key, owner=owner))
