"""Buckets, their configurations, and the versions of objects."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("oss_bucket", key=("bucket_name",), index=(("account_id", "bucket_name"),))
class BucketRow(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket; names are unique over all accounts.

    acl: `private`, `public-read` or `public-read-write`. policy: As it was sent, empty for none.
    versioning: Empty until it was first switched on, then `Enabled` or `Suspended`. algorithm,
    key_id: The default encryption of new objects, empty for none. blocks_public: Public access is
    blocked.
    """

    bucket_name: str
    account_id: AccountId
    region: str
    storage_class: str
    redundancy: str
    acl: str = "private"
    policy: str = ""
    versioning: str = ""
    algorithm: str = ""
    key_id: str = ""
    data_algorithm: str = ""
    blocks_public: bool = False
    created_at: Instant
    version: int = 0


@table("oss_bucket_setting", key=("bucket_name", "kind"))
class BucketSettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration of a bucket: `cors`, `lifecycle` and the like, as a JSON document."""

    bucket_name: str
    kind: str
    document: str
    version: int = 0


@table("oss_account", key=("account_id",))
class OssAccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of an account for all of its buckets."""

    account_id: AccountId
    blocks_public: bool = False
    version: int = 0


@table(
    "oss_object",
    key=("bucket_name", "object_key", "version_id"),
    index=(
        ("bucket_name", "latest", "marker", "object_key"),
        ("bucket_name", "object_key", "rank"),
    ),
)
class ObjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object, or a delete marker.

    object_key: UTF-8; keys sort by their bytes. version_id: `null` where the bucket had no
    versioning. rank: Falls with each version of a key, so that the newest comes first. latest: It
    is the newest of its key. marker: It is a delete marker, and only tells that the object is gone.
    kind: `Normal`, `Appendable`, `Multipart` or `Symlink`. headers: JSON object of the headers that
    reads answer, names in small letters. acl: Empty for the bucket's. tags: JSON object. parts:
    JSON array of [blob id, size]. keys: JSON array with the key of each blob sealed under a key of
    the KMS, in the order of parts; empty where the blobs have their own. target: The key that a
    symlink means. readable_from, readable_until: When an archived object that was restored can be
    read. accessed_at: A read or a change of the ACL, where the bucket monitors access.
    """

    bucket_name: str
    object_key: bytes
    version_id: str
    account_id: AccountId
    rank: int
    latest: bool
    marker: bool = False
    kind: str = "Normal"
    size: int = 0
    etag: str = ""
    md5: str = ""
    crc64: str = ""
    storage_class: str = "Standard"
    headers: str = "{}"
    acl: str = ""
    tags: str = "{}"
    algorithm: str = ""
    key_id: str = ""
    data_algorithm: str = ""
    parts: str = "[]"
    keys: Secret | None = None
    target: str = ""
    readable_from: Instant = Instant(0)
    readable_until: Instant = Instant(0)
    modified_at: Instant
    accessed_at: Instant = Instant(0)
    version: int = 0


@table("oss_upload", key=("upload_id",), index=(("bucket_name", "object_key", "upload_id"),))
class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A multipart upload that is not complete, with what its object will have.

    keys: The sealed key of the box for the keys of the parts, if a key of the KMS encrypts them.
    """

    upload_id: str
    bucket_name: str
    object_key: bytes
    account_id: AccountId
    storage_class: str
    headers: str
    acl: str
    tags: str
    algorithm: str
    key_id: str
    data_algorithm: str
    keys: Secret | None = None
    created_at: Instant
    version: int = 0


@table("oss_part", key=("upload_id", "number"))
class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an upload: a blob, or blobs of an object that it was copied from."""

    upload_id: str
    number: int
    size: int
    etag: str
    crc64: str
    parts: str
    keys: Secret | None = None
    created_at: Instant
    version: int = 0
