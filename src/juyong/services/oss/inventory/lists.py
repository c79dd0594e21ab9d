"""The lines of a list, and the manifest that names its files.

Source: OSS, bucket inventory (documented): columns and their order, keys URL-encoded, gzip, the
members of the manifest, files `<uuid>.csv.gz`, `<uuid>-1.csv.gz` and so on, MD5 in the checksum.
Assumed: every value is quoted; `true` and `false` in small letters; times as XML has them.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from urllib.parse import quote

import msgspec

from juyong.base.clock import Instant
from juyong.services.oss.moments import xml_time
from juyong.services.oss.tables import ObjectRow

_VERSION = "2019-09-01"
_GZIP = 31
"""The window bits by which zlib writes gzip."""


def _flag(value: object) -> str:
    return "true" if value else "false"


_COLUMNS: dict[str, Callable[[ObjectRow], str]] = {
    "Bucket": lambda row: row.bucket_name,
    "Key": lambda row: quote(row.object_key, safe=""),
    "VersionId": lambda row: row.version_id,
    "IsLatest": lambda row: _flag(row.latest),
    "IsDeleteMarker": lambda row: _flag(row.marker),
    "Size": lambda row: "" if row.marker else str(row.size),
    "StorageClass": lambda row: "" if row.marker else row.storage_class,
    "LastModifiedDate": lambda row: xml_time(row.modified_at),
    "ETag": lambda row: row.etag,
    "IsMultipartUploaded": lambda row: _flag(row.kind == "Multipart"),
    "EncryptionStatus": lambda row: _flag(row.algorithm),
    "ObjectAcl": lambda row: "" if row.marker else row.acl or "default",
    "TaggingCount": lambda row: str(len(msgspec.json.decode(row.tags))),
    "ObjectType": lambda row: "" if row.marker else row.kind,
    "Crc64": lambda row: row.crc64,
}


def columns_of(*, versions: bool, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a list; versions: Of all versions. fields: The optional ones."""
    of_versions = ("VersionId", "IsLatest", "IsDeleteMarker") if versions else ()
    return ("Bucket", "Key", *of_versions, *fields)


def line_of(row: ObjectRow, columns: Iterable[str]) -> bytes:
    """Write the line of a version."""
    values = (_COLUMNS[each](row).replace('"', '""') for each in columns)
    return (",".join(f'"{value}"' for value in values) + "\n").encode()


def zipped(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Pack lines as gzip, a part at a time; the same lines give the same bytes."""
    packer = zlib.compressobj(wbits=_GZIP)
    for line in lines:
        data = packer.compress(line)
        if data:
            yield data
    yield packer.flush()


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a list; md5: In hex."""

    key: str
    size: int
    md5: str = msgspec.field(name="MD5checksum")


def manifest_of(
    *, source: str, target: str, at: Instant, columns: Iterable[str], files: Sequence[File]
) -> bytes:
    """Write the manifest; at: When the bucket began to be read."""
    return msgspec.json.encode(
        {
            "creationTimestamp": str(at),
            "destinationBucket": target,
            "fileFormat": "CSV",
            "fileSchema": ", ".join(columns),
            "files": files,
            "sourceBucket": source,
            "version": _VERSION,
        }
    )
