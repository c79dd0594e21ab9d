"""The encryption that new objects of a bucket have by default."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.shape import Shape
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.buckets.buckets import RuleInfo, rule_of
from juyong.services.oss.buckets.errors import BadEncryption, NoEncryptionRule, NoSm4
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.objects.encryption import checked
from juyong.services.oss.tables import BucketRow


class DefaultEncryption(msgspec.Struct, frozen=True, kw_only=True):
    """The encryption of new objects, as a call wants it."""

    algorithm: str = msgspec.field(name="SSEAlgorithm")
    key_id: str = msgspec.field(name="KMSMasterKeyID", default="")
    data_algorithm: str = msgspec.field(name="KMSDataEncryption", default="")


class NewRule(msgspec.Struct, frozen=True, kw_only=True):
    """The wrapper around the encryption."""

    default: DefaultEncryption = msgspec.field(name="ApplyServerSideEncryptionByDefault")


class Rule(Shape, frozen=True, kw_only=True):
    """The default encryption of a bucket."""

    apply_server_side_encryption_by_default: RuleInfo


@on_bucket("PutBucketEncryption", "PUT", "encryption", raises=(BadArgument, BadEncryption, NoSm4))
def put_bucket_encryption(
    ctx: Context,
    bucket: BucketRow,
    *,
    rule: Annotated[NewRule, XmlBody("ServerSideEncryptionRule"), Doc("The encryption.")],
) -> None:
    """Encrypt objects of a bucket whose calls do not say how; those that are there stay."""
    given = rule.default
    wanted = checked(given.algorithm, given.key_id, given.data_algorithm)
    BUCKET.change(
        ctx,
        bucket,
        algorithm=wanted.algorithm,
        key_id=wanted.key_id,
        data_algorithm=wanted.data_algorithm,
    )


@on_bucket(
    "GetBucketEncryption",
    "GET",
    "encryption",
    root="ServerSideEncryptionRule",
    raises=(NoEncryptionRule,),
)
def get_bucket_encryption(_ctx: Context, bucket: BucketRow) -> Rule:
    """Show the default encryption of a bucket."""
    if not bucket.algorithm:
        raise NoEncryptionRule(BucketName=bucket.bucket_name)
    return Rule(apply_server_side_encryption_by_default=rule_of(bucket))


@on_bucket("DeleteBucketEncryption", "DELETE", "encryption")
def delete_bucket_encryption(ctx: Context, bucket: BucketRow) -> None:
    """Encrypt no objects by default; harmless where there is no default."""
    BUCKET.change(ctx, bucket, algorithm="", key_id="", data_algorithm="")
