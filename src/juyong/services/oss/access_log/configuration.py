"""PutBucketLogging, GetBucketLogging and DeleteBucketLogging.

Source: OSS API reference, PutBucketLogging (documented): the target is of the same owner and
region, the caller may put objects into it, and an empty document ends the log.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text, XmlBody
from juyong.api.shape import Shape
from juyong.services.oss.buckets.bucket import find_bucket, is_blocked, the_bucket
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.policy import arn_of, target_of
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadObjectName, oss_fact
from juyong.services.oss.fields import key_bytes
from juyong.services.oss.objects.encryption import chosen, needs_to_seal
from juyong.services.oss.tables import BucketRow

_CODE = "InvalidTargetBucketForLogging"
_LONGEST = 512
BadTarget = oss_fact(
    _CODE,
    400,
    "0015-00000801",
    "The target bucket for logging does not exist or is in another region.",
    why="There is no such bucket, or the bucket is in another region than the source (EC assumed).",
)
ForeignTarget = oss_fact(
    _CODE,
    403,
    "0015-00000802",
    "The target bucket for logging does not belong to the owner of the source bucket.",
    why="The target bucket belongs to another account than the source (EC assumed).",
)
NoRole = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "LoggingRole is not supported: the log is written in the name of the account.",
    why="A role is named that would write the log; the log is written in the account's name.",
)


class LoggingEnabled(Shape, frozen=True, kw_only=True):
    """The place of the log: a bucket, and how the names of log objects begin."""

    target_bucket: str
    target_prefix: Annotated[str, Text(0, _LONGEST)] = ""
    logging_role: str | msgspec.UnsetType = msgspec.UNSET


LOGGING = Setting(kind="logging", document=LoggingEnabled)


class BucketLoggingStatus(Shape, frozen=True, kw_only=True):
    """The access log of a bucket; empty where none is written."""

    logging_enabled: LoggingEnabled | msgspec.UnsetType = msgspec.UNSET


def _to_target(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the log objects: the caller must be allowed to put them into another bucket.

    SECURITY: log objects are sealed in the account's name, so the key that the target encrypts
    with by default is judged here.
    """
    wanted = arguments["configuration"].logging_enabled
    source = the_bucket(ctx, arguments["bucket"])
    if not wanted:
        return ()
    target = find_bucket(ctx, wanted.target_bucket)
    if target is None or target.account_id != source.account_id:
        return ()  # refused by name
    sealing = needs_to_seal(ctx, target, chosen(target, None))
    if target == source:
        return sealing
    policy = target_of(target, target.acl, blocked=is_blocked(ctx, target))
    name = arn_of(target, f"{wanted.target_prefix}{source.bucket_name}")
    return (Also(action="oss:PutObject", resource=name, policy=policy), *sealing)


@on_bucket(
    "PutBucketLogging",
    "PUT",
    "logging",
    also=_to_target,
    raises=(BadTarget, ForeignTarget, NoRole, BadObjectName),
)
def put_bucket_logging(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        BucketLoggingStatus, XmlBody("BucketLoggingStatus"), Doc("Where the log goes, or nothing.")
    ],
) -> None:
    """Write a line for each request to the bucket, and each hour's lines as objects.

    Lines that were written before a change go to where they would have gone.
    """
    wanted = configuration.logging_enabled
    if not wanted:
        drop(ctx, bucket, LOGGING.kind)
        return
    if wanted.logging_role:
        raise NoRole
    target = find_bucket(ctx, wanted.target_bucket)
    if target is None or target.region != bucket.region:
        raise BadTarget(TargetBucket=wanted.target_bucket)
    if target.account_id != bucket.account_id:
        raise ForeignTarget(TargetBucket=wanted.target_bucket)
    key_bytes(f"{wanted.target_prefix}{bucket.bucket_name}")
    kept = LoggingEnabled(target_bucket=target.bucket_name, target_prefix=wanted.target_prefix)
    keep(ctx, bucket, LOGGING, kept)


@on_bucket("GetBucketLogging", "GET", "logging", root="BucketLoggingStatus")
def get_bucket_logging(ctx: Context, bucket: BucketRow) -> BucketLoggingStatus:
    """Tell where the access log of a bucket goes."""
    found = LOGGING.held(ctx.tx, bucket.bucket_name)
    return BucketLoggingStatus(logging_enabled=found or msgspec.UNSET)


@on_bucket("DeleteBucketLogging", "DELETE", "logging")
def delete_bucket_logging(ctx: Context, bucket: BucketRow) -> None:
    """Write no access log any more; harmless where none is written."""
    drop(ctx, bucket, LOGGING.kind)
