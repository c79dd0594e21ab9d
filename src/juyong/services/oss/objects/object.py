"""Objects: how calls name one, its versions, and the policy in force."""

from typing import Annotated, Any

import msgspec

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Pattern, Wire
from juyong.api.resource import Target
from juyong.blobs.content import Content, Part
from juyong.blobs.tables import BlobRow
from juyong.services.oss.buckets.bucket import (
    NOT_HERE,
    bucket_tags,
    find_bucket,
    is_blocked,
    the_bucket,
)
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.errors import (
    BadArgument,
    BadObjectName,
    IsMarker,
    NoKey,
    NoVersion,
)
from juyong.services.oss.fields import BucketName, ObjectKey, key_bytes
from juyong.services.oss.hand import Hand
from juyong.services.oss.objects.keys import KeyRing
from juyong.services.oss.tables import BucketRow, ObjectRow

NULL = "null"
NamedVersion = (
    Annotated[
        str,
        Wire("versionId"),
        Pattern(r"[A-Za-z0-9_-]{1,64}"),
        Doc("A version instead of the newest."),
    ]
    | None
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket, and the key that a call is about."""

    bucket: BucketRow
    key: bytes

    @property
    def text(self) -> str:
        """The key as text."""
        return self.key.decode()


def latest_of(by: Hand, bucket_name: str, key: bytes) -> ObjectRow | None:
    """Return the newest version of a key, which may be a delete marker; None if there is none."""
    found = by.tx.find(ObjectRow, order=("rank",), limit=1, bucket_name=bucket_name, object_key=key)
    return found[0] if found else None


def version_of(ctx: Context, place: Place, version_id: str | None) -> ObjectRow | None:
    """Return a version of a key; without an id the newest one."""
    name = place.bucket.bucket_name
    if version_id is None:
        return latest_of(ctx, name, place.key)
    return ctx.tx.get(ObjectRow, name, place.key, version_id)


def content_of(
    ctx: Context,
    row: ObjectRow,
    start: int = 0,
    length: int | None = None,
    *,
    unread: bool = False,
) -> Content:
    """Return bytes of an object, all without start and length.

    Args:
        ctx: The call.
        row: The object.
        start: The first byte.
        length: How many.
        unread: Only the length is asked for; the keys stay closed.

    Raises:
        KeyRefused: a key of the KMS does not open the object.
    """
    left = row.size - start if length is None else length
    if unread:
        return Content(disk=ctx.platform.disk, parts=(), unread=left)
    at, touched = 0, []
    for number, (blob_id, size) in enumerate(blobs_of(row)):
        first = max(start - at, 0)
        taken = min(size - first, left)
        if first < size and taken > 0:
            touched.append((number, blob_id, first, taken))
            left -= taken
        at += size
    ctx.tx.expect(len(touched))
    ring, parts = KeyRing(ctx, bucket_of(ctx, row), row.keys), []
    for number, blob_id, first, taken in touched:
        blob = ctx.tx.get(BlobRow, blob_id)
        assert blob is not None  # noqa: S101  # rows of objects keep their blobs
        key = ring.key(number, blob_id)
        parts.append(Part(row=blob, start=first, length=taken, key=key))
    return Content(disk=ctx.platform.disk, parts=parts)


def blobs_of(row: ObjectRow) -> list[tuple[str, int]]:
    """Return the id and size of each blob of an object, in order."""
    return msgspec.json.decode(row.parts, type=list[tuple[str, int]])


def bucket_of(ctx: Context, row: ObjectRow) -> BucketRow:
    """Return the bucket of an object."""
    bucket = find_bucket(ctx, row.bucket_name)
    assert bucket is not None  # noqa: S101  # a bucket with objects stays
    return bucket


def object_arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the object by its bucket's region and owner."""
    bucket = the_bucket(ctx, arguments["bucket"])
    return (arn_of(bucket, arguments["key"]),)


def object_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the bucket's policy, and the ACL in force: the object's own, else the bucket's."""
    bucket = the_bucket(ctx, arguments["bucket"])
    row = version_of(
        ctx, Place(bucket=bucket, key=arguments["key"].encode()), arguments.get("version_id")
    )
    acl = row.acl if row is not None and row.acl else bucket.acl
    return target_of(bucket, acl, blocked=is_blocked(ctx, bucket))


def _place(ctx: Context, arguments: Arguments) -> Place:
    bucket = the_bucket(ctx, arguments["bucket"])
    return Place(bucket=bucket, key=key_bytes(arguments["key"]))


_NAMED: dict[str, Any] = {"bucket": BucketName, "key": ObjectKey}
AT_KEY: Target[Place] = Target(
    parameters=_NAMED,
    arn=object_arn,
    find=_place,
    errors=(*NOT_HERE, BadObjectName),
    conditions=bucket_tags,
    policy=object_policy,
)
"""An operation on a key of a bucket, whether there is an object or not."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an object that is no delete marker, and the bucket that holds it."""

    bucket: BucketRow
    row: ObjectRow

    @property
    def place(self) -> Place:
        """The bucket and the key."""
        return Place(bucket=self.bucket, key=self.row.object_key)

    @property
    def version_headers(self) -> dict[str, str]:
        """The header that tells the version, where the bucket has versions."""
        return {"x-oss-version-id": self.row.version_id} if self.bucket.versioning else {}


def held_at(ctx: Context, place: Place, version_id: str | None) -> Held:
    """Return a version of a key; without an id the newest one.

    Raises:
        NoKey, NoVersion: there is none.
        IsMarker: the id is that of a delete marker.
    """
    row = version_of(ctx, place, version_id)
    if row is None:
        if version_id is None:
            raise NoKey(Key=place.text)
        raise NoVersion(Key=place.text, VersionId=version_id)
    if row.marker:
        told = {"x-oss-delete-marker": "true", "x-oss-version-id": row.version_id}
        raise (NoKey if version_id is None else IsMarker)(Key=place.text).telling(told)
    return Held(bucket=place.bucket, row=row)


ONE_VERSION: Target[Held] = Target(
    parameters={**_NAMED, "version_id": NamedVersion},
    arn=object_arn,
    find=lambda ctx, arguments: held_at(ctx, _place(ctx, arguments), arguments["version_id"]),
    errors=(*NOT_HERE, BadObjectName, BadArgument, NoKey, NoVersion, IsMarker),
    conditions=bucket_tags,
    policy=object_policy,
)
"""An operation on a version of an object, by default on the newest one."""
