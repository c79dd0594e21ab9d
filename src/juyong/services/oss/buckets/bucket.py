"""Buckets: how calls name one, what the inventory keeps, and the policy in force."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from juyong.api import registry
from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.hosts import name_of
from juyong.api.resource import Collection, Documents, Quota, Resource, Target
from juyong.api.shape import CreateDate, Of, Shape
from juyong.api.tags import TagRules
from juyong.base.ids import AccountId
from juyong.engines.policy import Layer
from juyong.services.oss.buckets.policy import arn_of, documents_of, target_of
from juyong.services.oss.errors import (
    BadArgument,
    BadBucketName,
    BucketExists,
    ElsewhereBucket,
    NoBucket,
    TooManyBuckets,
)
from juyong.services.oss.fields import BucketName
from juyong.services.oss.retention.policy import RetentionState, retention_state
from juyong.services.oss.tables import BucketRow, OssAccountRow
from juyong.store.transaction import Transaction

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


class BucketState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a bucket."""

    bucket_name: str
    region: str
    storage_class: str
    redundancy: str
    acl: str
    policy: str
    versioning: str
    encryption: Annotated[str, Of("algorithm")]
    encryption_key: Annotated[str, Of("key_id")]
    blocks_public: bool
    create_date: CreateDate
    retention: RetentionState | msgspec.UnsetType


def _state(tx: Transaction, row: BucketRow) -> BucketState:
    return BucketState.of(row, retention=retention_state(tx, row.bucket_name))


TAGS = TagRules(
    bad_key=BadArgument,
    bad_value=BadArgument,
    repeated=BadArgument,
    clash=BadArgument,
    too_many=BadArgument,
    conditions=("oss:BucketTag/", "acs:ResourceTag/"),
)


def find_bucket(ctx: Context, name: str) -> BucketRow | None:
    """Return a bucket of whatever account, or None."""
    return ctx.tx.get(BucketRow, name)


BUCKET: Resource[BucketRow] = Resource(
    kind="ACS::OSS::Bucket",
    row=BucketRow,
    id="bucket_name",
    name="bucket_name",
    arn="oss:",
    regional=True,
    find=find_bucket,
    missing=NoBucket,
    taken=BucketExists,
    quota=Quota("oss.buckets", TooManyBuckets),
    state=_state,
    documents=Documents(Layer.RESOURCE, documents_of, below=True),
    tags=TAGS,
)


def checked_name(name: str) -> str:
    """Return a name that a bucket can have.

    Raises:
        BadBucketName: it can not.
    """
    if NAME.fullmatch(name) is None:
        raise BadBucketName(BucketName=name)
    return name


def is_blocked(ctx: Context, bucket: BucketRow) -> bool:
    """Tell whether public access to a bucket is blocked, by itself or by its account."""
    return bucket.blocks_public or is_blocked_for(ctx, bucket.account_id)


def is_blocked_for(ctx: Context, account_id: AccountId) -> bool:
    """Tell whether an account blocks public access to all of its buckets."""
    account = ctx.tx.get(OssAccountRow, account_id)
    return account is not None and account.blocks_public


def named_region(ctx: Context) -> str | None:
    """Return the region that the host called names; the platform's own address names none."""
    return registry.current().at_host(name_of(ctx.host), ctx.platform.region)[1].get("region")


def the_bucket(ctx: Context, name: str) -> BucketRow:
    """Return a bucket.

    Raises:
        BadBucketName, NoBucket: there is none.
        ElsewhereBucket: the host called is that of another region.
    """
    row = find_bucket(ctx, checked_name(name))
    if row is None:
        raise NoBucket(BucketName=name)
    if named_region(ctx) not in (None, row.region):
        raise ElsewhereBucket(Bucket=name, Endpoint=f"oss-{row.region}.aliyuncs.com")
    ctx.journal.refer(BUCKET.kind, name, row.account_id)
    return row


def bucket_arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the bucket by its region and owner; a bucket that does not exist, by the caller."""
    name = arguments.get("bucket") or "*"
    row = find_bucket(ctx, name)
    return (arn_of(row) if row else f"acs:oss:{ctx.region}:{ctx.account_id}:{name}",)


def bucket_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the bucket's ACL and policy.

    Raises:
        NoBucket: there is no bucket. Names are taken for all accounts, so that this tells no
            more than the attempt to make the bucket would.
        ElsewhereBucket: as `the_bucket`.
    """
    row = the_bucket(ctx, arguments["bucket"])
    return target_of(row, row.acl, blocked=is_blocked(ctx, row))


def bucket_tags(ctx: Context, arn: str) -> Mapping[str, tuple[str, ...]]:
    """Return oss:BucketTag/<key> of the bucket."""
    row = find_bucket(ctx, arn.split(":", 4)[-1].partition("/")[0])
    if row is None:
        return {}
    held = BUCKET.tags_of(ctx.tx, row)
    return {f"{start}{key}": (value,) for key, value in held.items() for start in TAGS.conditions}


_NAMED: dict[str, Any] = {"bucket": BucketName}
NOT_HERE = (NoBucket, BadBucketName, ElsewhereBucket)
"""Why a call finds no bucket of the name that it gives."""
ONE_BUCKET: Target[BucketRow] = Target(
    parameters=_NAMED,
    arn=bucket_arn,
    find=lambda ctx, arguments: the_bucket(ctx, arguments["bucket"]),
    errors=NOT_HERE,
    conditions=bucket_tags,
    policy=bucket_policy,
)
"""An operation on a bucket: the bucket is found before its policy is asked."""
ALL_BUCKETS = Collection(arn=lambda ctx, _arguments: (f"acs:oss:*:{ctx.account_id}:*",))
