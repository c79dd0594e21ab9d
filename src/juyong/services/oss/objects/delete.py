"""DeleteObject and DeleteMultipleObjects.

Source: OSS API reference, DeleteObject, DeleteMultipleObjects (documented); that a key without
permission fails the whole call (assumed: no client knows of an error for one key).
"""

from typing import Annotated

import msgspec

from juyong.api.access import ActionWith, Also, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import MalformedDocument
from juyong.api.fields import Doc, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape
from juyong.services.oss.buckets.bucket import ONE_BUCKET, is_blocked, the_bucket
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.errors import BadArgument, BadObjectName
from juyong.services.oss.fields import key_bytes
from juyong.services.oss.objects.listing import Encoding, spelling
from juyong.services.oss.objects.object import (
    AT_KEY,
    NamedVersion,
    Place,
    latest_of,
    version_of,
)
from juyong.services.oss.objects.write import (
    add_version,
    marker,
    remove_version,
)
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.retention.policy import FileImmutable
from juyong.services.oss.tables import BucketRow

_MOST_KEYS = 1000
_VERSIONED = "oss:DeleteObjectVersion"


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """Outcome of a deletion.

    deleted: The id of a version that is gone for good, and that was a marker. added: The id of a
    marker that hides the object now.
    """

    deleted: str = ""
    was_marker: bool = False
    added: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer to a call about one key."""
        version = self.added or self.deleted
        marked = {"x-oss-delete-marker": "true"} if self.added or self.was_marker else {}
        return {**marked, "x-oss-version-id": version} if version else marked


def delete(ctx: Context, place: Place, version_id: str | None) -> Gone:
    """Delete a version for good, or the object: behind a marker where the bucket has versions.

    A version that is not there is gone already.

    Raises:
        FileImmutable: the version must stay; one behind a marker does.
    """
    if version_id is not None:
        found = version_of(ctx, place, version_id)
        if found is not None:
            remove_version(ctx, found)
        return Gone(deleted=version_id, was_marker=found is not None and found.marker)
    if place.bucket.versioning:
        return Gone(added=add_version(ctx, marker(ctx, place)).version_id)
    found = latest_of(ctx, place.bucket.bucket_name, place.key)
    if found is not None:
        remove_version(ctx, found)
    return Gone()


@operation(
    OSS,
    "DeleteObject",
    on=AT_KEY,
    action_with=ActionWith("version_id", _VERSIONED),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="DELETE", path="/{bucket}/{key+}"),
    raises=(BadArgument, FileImmutable),
)
def delete_object(ctx: Context, place: Place, *, version_id: NamedVersion = None) -> RawAnswer:
    """Delete an object, or hide it behind a delete marker where the bucket keeps versions."""
    return RawAnswer(status=204, headers=delete(ctx, place, version_id).headers)


class Unwanted(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """One object to delete."""

    key: str
    version_id: str = ""


class Delete(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The objects to delete, and whether the answer is silent of them."""

    quiet: bool = False
    object: list[Unwanted] = []


class Deleted(Shape, frozen=True, kw_only=True):
    """One object that is gone."""

    key: str
    version_id: str | msgspec.UnsetType = msgspec.UNSET
    delete_marker: bool | msgspec.UnsetType = msgspec.UNSET
    delete_marker_version_id: str | msgspec.UnsetType = msgspec.UNSET


class DeleteResult(Shape, frozen=True, kw_only=True):
    """The objects that are gone."""

    encoding_type: str | msgspec.UnsetType = msgspec.UNSET
    deleted: list[Deleted]


def _each(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Ask for every key by itself, under the policy of the bucket and the object's own ACL."""
    bucket = the_bucket(ctx, arguments["bucket"])
    wanted: Delete = arguments["delete_"]
    if not 1 <= len(wanted.object) <= _MOST_KEYS:
        raise MalformedDocument
    blocked = is_blocked(ctx, bucket)
    found = []
    for each in wanted.object:
        place = Place(bucket=bucket, key=key_bytes(each.key))
        row = version_of(ctx, place, each.version_id or None)
        acl = row.acl if row is not None and row.acl else bucket.acl
        found.append(
            Also(
                action=_VERSIONED if each.version_id else "oss:DeleteObject",
                resource=arn_of(bucket, each.key),
                policy=target_of(bucket, acl, blocked=blocked),
            )
        )
    return tuple(found)


_OF_KEYS = msgspec.structs.replace(ONE_BUCKET, arn=lambda _ctx, _arguments: ())
"""Some keys of a bucket: of the bucket itself nothing is asked."""


@operation(
    OSS,
    "DeleteMultipleObjects",
    on=_OF_KEYS,
    also=_each,
    action="oss:DeleteObject",
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="POST", path="/{bucket}", marks="delete"),
    root="DeleteResult",
    raises=(BadObjectName, BadArgument, FileImmutable, MalformedDocument),
)
def delete_multiple_objects(
    ctx: Context,
    bucket: BucketRow,
    *,
    delete_: Annotated[Delete, XmlBody("Delete"), Doc("The objects.")],
    encoding_type: Encoding = None,
) -> RawAnswer:
    """Delete up to 1,000 objects or versions in one step: all of them, or none."""
    spelled = spelling(encoding_type)
    done = []
    for each in delete_.object:
        place = Place(bucket=bucket, key=key_bytes(each.key))
        gone = delete(ctx, place, each.version_id or None)
        done.append(
            Deleted(
                key=spelled(each.key),
                version_id=gone.deleted or msgspec.UNSET,
                delete_marker=True if gone.added or gone.was_marker else msgspec.UNSET,
                delete_marker_version_id=gone.added
                or (gone.deleted if gone.was_marker else msgspec.UNSET),
            )
        )
    if delete_.quiet:
        return RawAnswer(content_type="application/xml")
    told = DeleteResult(encoding_type=encoding_type or msgspec.UNSET, deleted=done)
    return RawAnswer(shape=told)
