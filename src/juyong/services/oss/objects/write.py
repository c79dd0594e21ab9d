"""Objects stored and removed: the versions of a key, and the blobs behind them."""

import base64

import msgspec

from juyong.api.context import Context
from juyong.base.ids import new_token
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob
from juyong.services.oss.buckets.blocking import refuse_public_acl
from juyong.services.oss.buckets.policy import PUBLIC_ACLS
from juyong.services.oss.errors import BadDigest, FileExists
from juyong.services.oss.hand import Hand
from juyong.services.oss.objects.encryption import Encryption
from juyong.services.oss.objects.keys import keep
from juyong.services.oss.objects.object import NULL, Place, bucket_of, latest_of
from juyong.services.oss.retention.policy import refuse_protected
from juyong.services.oss.tables import BucketRow, ObjectRow

_VERSION_BYTES = 24


class NewObject(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that a write gives of an object, whichever way its bytes came."""

    headers: dict[str, str]
    storage_class: str
    acl: str = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    kind: str = "Normal"
    encryption: Encryption = Encryption()


def check_digest(blob: Blob, content_md5: str | None) -> None:
    """Compare a body with the MD5 that the caller gave.

    Raises:
        BadDigest: it is another one, or no MD5.
    """
    if content_md5 is not None and content_md5 != base64.b64encode(blob.md5).decode():
        raise BadDigest({"Content-MD5": content_md5})


def forbid_overwrite(ctx: Context, place: Place) -> None:
    """Refuse to overwrite an object; a bucket that keeps versions overwrites none.

    Raises:
        FileExists: there is an object.
    """
    found = latest_of(ctx, place.bucket.bucket_name, place.key)
    if not place.bucket.versioning and found is not None:
        raise FileExists(Key=place.text)


def store(ctx: Context, place: Place, new: NewObject, blob: Blob) -> ObjectRow:
    """Store an object of one blob as the newest version of its key.

    Raises:
        KeyRefused: the key of the KMS can not be used.
        PublicAccessBlocked, FileImmutable: see add_version.
    """
    kept, encryption, keys = keep(ctx, place.bucket, new.encryption, blob)
    return add_version(
        ctx,
        ObjectRow(
            bucket_name=place.bucket.bucket_name,
            object_key=place.key,
            version_id=next_version(place.bucket),
            account_id=place.bucket.account_id,
            rank=0,
            latest=True,
            kind=new.kind,
            size=blob.size,
            etag=blob.md5.hex().upper(),
            md5=base64.b64encode(blob.md5).decode() if new.kind == "Normal" else "",
            crc64=str(blob.crc64),
            storage_class=new.storage_class,
            headers=msgspec.json.encode(new.headers).decode(),
            acl=new.acl,
            tags=msgspec.json.encode(new.tags).decode(),
            algorithm=encryption.algorithm,
            key_id=encryption.key_id,
            data_algorithm=encryption.data_algorithm,
            parts=msgspec.json.encode([(kept.blob_id, blob.size)]).decode(),
            keys=keys,
            modified_at=ctx.now,
        ),
    )


def next_version(bucket: BucketRow) -> str:
    """Return the id of the next version of a key in a bucket."""
    return new_token(_VERSION_BYTES) if bucket.versioning == "Enabled" else NULL


def add_version(by: Hand, row: ObjectRow) -> ObjectRow:
    """Make a version the newest of its key; a version that has its id is gone.

    Raises:
        PublicAccessBlocked: its ACL would open what is blocked.
        FileImmutable: the version that has the id must stay.
    """
    if row.acl in PUBLIC_ACLS:
        assert isinstance(by, Context)  # noqa: S101  # jobs add delete markers, which have no ACL
        refuse_public_acl(by, row.acl, bucket_of(by, row))
    before = latest_of(by, row.bucket_name, row.object_key)
    rank = before.rank - 1 if before else 0
    same = by.tx.get(ObjectRow, row.bucket_name, row.object_key, row.version_id)
    if same is not None:
        forget(by, same)
    if before is not None and (same is None or before.version_id != same.version_id):
        by.tx.update(before, latest=False)
    added = msgspec.structs.replace(row, rank=rank, latest=True)
    by.tx.insert(added)
    return added


def remove_version(by: Hand, row: ObjectRow) -> None:
    """Remove a version for good; the version before it becomes the newest.

    Raises:
        FileImmutable: the version must stay.
    """
    forget(by, row)
    if row.latest:
        left = by.tx.find(
            ObjectRow,
            order=("rank",),
            limit=1,
            bucket_name=row.bucket_name,
            object_key=row.object_key,
        )
        if left:
            by.tx.update(left[0], latest=True)


def forget(by: Hand, row: ObjectRow) -> None:
    """Delete a row and forget its blobs.

    INVARIANT: no row of an object is deleted elsewhere, so that nothing that must stay goes.

    Raises:
        FileImmutable: the version must stay.
    """
    refuse_protected(by, row)
    by.tx.delete(row)
    for blob_id, _ in msgspec.json.decode(row.parts, type=list[tuple[str, int]]):
        blobs.forget(by.tx, blob_id, by.now)


def marker(by: Hand, place: Place) -> ObjectRow:
    """Return a delete marker for a key."""
    return ObjectRow(
        bucket_name=place.bucket.bucket_name,
        object_key=place.key,
        version_id=next_version(place.bucket),
        account_id=place.bucket.account_id,
        rank=0,
        latest=True,
        marker=True,
        modified_at=by.now,
    )
