"""Objects that the service writes by itself, in the name of the account of a bucket."""

from collections.abc import Callable, Iterable, Sequence

from juyong.api.access import Also
from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.base.ids import AccountId
from juyong.blobs.arrived import Blob
from juyong.services.identity.facade import RoleRow, role_may
from juyong.services.oss.buckets.bucket import bucket_tags, is_blocked
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.errors import Forbidden
from juyong.services.oss.objects.encryption import Encryption, needs_to_seal
from juyong.services.oss.tables import BucketRow

SERVICE = "oss.aliyuncs.com"


def deliver(bench: Bench, account_id: AccountId, work: Callable[[Context], object]) -> None:
    """Do work in one transaction, as `do_as`.

    Raises:
        ApiError, StoreError: as `do_as`.
    """
    do_as(bench, Service(account_id=account_id, name=SERVICE), work)


def judge_writing(
    ctx: Context,
    role: RoleRow,
    session: str,
    target: BucketRow,
    *,
    keys: Sequence[str],
    encryption: Encryption,
) -> None:
    """Ask the policies of a role and of a bucket whether the role may put objects there.

    Raises:
        Forbidden: it may not.
    """
    policy = target_of(target, target.acl, blocked=is_blocked(ctx, target))
    needs = [
        Also(
            action="oss:PutObject",
            resource=(arn := arn_of(target, key)),
            policy=policy,
            conditions=bucket_tags(ctx, arn),
        )
        for key in keys
    ]
    needs += needs_to_seal(ctx, target, encryption)
    if not all(role_may(ctx.tx, role, session, each, ctx.now) for each in needs):
        raise Forbidden


def discard(bench: Bench, blobs: Iterable[Blob]) -> None:
    """Remove the files of blobs that no row knows."""
    for blob in blobs:
        if blob.content is None:
            bench.platform.disk.remove(blob.blob_id)
