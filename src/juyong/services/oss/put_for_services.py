"""Objects that other services write into a bucket, as a role of the bucket's account."""

from collections.abc import Sequence

import msgspec

from juyong.api.context import Context
from juyong.blobs.arrived import Blob
from juyong.services.identity.facade import RoleRow, acting_as
from juyong.services.oss.buckets.bucket import find_bucket
from juyong.services.oss.delivery import judge_writing
from juyong.services.oss.errors import NoBucket
from juyong.services.oss.objects.encryption import chosen
from juyong.services.oss.objects.object import Place
from juyong.services.oss.objects.write import NewObject, store
from juyong.services.oss.tables import BucketRow


class ToPut(msgspec.Struct, frozen=True, kw_only=True):
    """An object to put; its bytes are on the disk, and no row knows them yet."""

    key: str
    content_type: str
    blob: Blob


def writable_bucket(
    ctx: Context, role: RoleRow, session: str, name: str, keys: Sequence[str]
) -> BucketRow:
    """Return a bucket of a role's account, where the role may put objects of some keys.

    Args:
        ctx: The call or the job.
        role: The role, which the caller has found to trust the service.
        session: The name of the session in which the service acts as the role.
        name: The bucket.
        keys: Those of the objects.

    Raises:
        NoBucket: the account has no such bucket.
        Forbidden: the policies do not let the role.
    """
    bucket = find_bucket(ctx, name)
    # SECURITY: names of buckets are taken anew; a role writes nothing into another's bucket.
    if bucket is None or bucket.account_id != role.account_id:
        raise NoBucket(BucketName=name)
    judge_writing(ctx, role, session, bucket, keys=keys, encryption=chosen(bucket, None))
    return bucket


def put_as_role(
    ctx: Context, role: RoleRow, session: str, name: str, objects: Sequence[ToPut]
) -> None:
    """Put objects into a bucket, in its storage class and encryption; an object there is replaced.

    Raises:
        NoBucket, Forbidden: as `writable_bucket`.
        ApiError: an object there must stay, or the key of the KMS can not be used.
    """
    bucket = writable_bucket(ctx, role, session, name, [each.key for each in objects])
    # The key of the KMS is used for the role: keys without a policy serve no service by itself.
    own = msgspec.structs.replace(ctx, caller=acting_as(role, session, ctx.now))
    for each in objects:
        new = NewObject(
            headers={"content-type": each.content_type},
            storage_class=bucket.storage_class,
            encryption=chosen(bucket, None),
        )
        store(own, Place(bucket=bucket, key=each.key.encode()), new, each.blob)
