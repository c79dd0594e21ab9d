"""Public access blocked, for a bucket or for all buckets of an account.

Where it is blocked, public ACLs and public statements of policies count for nothing, and no new
ones are taken.

Source: OSS, "Block Public Access" (documented); the text of the refusal (live).
"""

from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.bucket import BUCKET, is_blocked, is_blocked_for
from juyong.services.oss.buckets.errors import PublicAccessBlocked
from juyong.services.oss.buckets.grammar import makes_public
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.policy import PUBLIC_ACLS
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow, OssAccountRow


def refuse_public_acl(ctx: Context, acl: str, bucket: BucketRow | None = None) -> None:
    """Refuse an ACL that would open what is blocked; bucket: None where it is not made yet.

    Raises:
        PublicAccessBlocked: it would.
    """
    if acl in PUBLIC_ACLS and _blocked(ctx, bucket):
        raise PublicAccessBlocked


def refuse_public_policy(ctx: Context, policy: str, bucket: BucketRow) -> None:
    """Refuse a policy that would open what is blocked.

    Raises:
        PublicAccessBlocked: it would.
    """
    if makes_public(policy) and is_blocked(ctx, bucket):
        raise PublicAccessBlocked("Put public bucket policy is not allowed")


def _blocked(ctx: Context, bucket: BucketRow | None) -> bool:
    return is_blocked(ctx, bucket) if bucket else is_blocked_for(ctx, ctx.account_id)


class BlockedAccess(Shape, frozen=True, kw_only=True):
    """Whether public access is blocked."""

    block_public_access: Annotated[bool, Of("blocks_public")]


class Blocking(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The wish to block public access, or not."""

    block_public_access: bool


Configuration = Annotated[
    Blocking, XmlBody("PublicAccessBlockConfiguration"), Doc("Whether to block public access.")
]


@on_bucket("PutBucketPublicAccessBlock", "PUT", "publicAccessBlock")
def put_bucket_public_access_block(
    ctx: Context, bucket: BucketRow, *, configuration: Configuration
) -> None:
    """Block public access to a bucket, or no longer."""
    BUCKET.change(ctx, bucket, blocks_public=configuration.block_public_access)


@on_bucket(
    "GetBucketPublicAccessBlock", "GET", "publicAccessBlock", root="PublicAccessBlockConfiguration"
)
def get_bucket_public_access_block(_ctx: Context, bucket: BucketRow) -> BlockedAccess:
    """Tell whether a bucket itself blocks public access."""
    return BlockedAccess.of(bucket)


@on_bucket("DeleteBucketPublicAccessBlock", "DELETE", "publicAccessBlock")
def delete_bucket_public_access_block(ctx: Context, bucket: BucketRow) -> None:
    """Block public access to a bucket no longer."""
    BUCKET.change(ctx, bucket, blocks_public=False)


def _whole(ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
    return (f"acs:oss:*:{ctx.account_id}:*",)


@operation(
    OSS,
    "PutPublicAccessBlock",
    resource=_whole,
    entry=Entry.OPEN,
    route=Route(method="PUT", path="/", marks="publicAccessBlock"),
)
def put_public_access_block(ctx: Context, *, configuration: Configuration) -> None:
    """Block public access to all buckets of the account, or no longer."""
    _store(ctx, blocks=configuration.block_public_access)


@operation(
    OSS,
    "GetPublicAccessBlock",
    resource=_whole,
    entry=Entry.OPEN,
    route=Route(method="GET", path="/", marks="publicAccessBlock"),
    root="PublicAccessBlockConfiguration",
    reads_only=True,
)
def get_public_access_block(ctx: Context) -> BlockedAccess:
    """Tell whether the account blocks public access."""
    return BlockedAccess(block_public_access=is_blocked_for(ctx, ctx.account_id))


@operation(
    OSS,
    "DeletePublicAccessBlock",
    resource=_whole,
    entry=Entry.OPEN,
    route=Route(method="DELETE", path="/", marks="publicAccessBlock"),
)
def delete_public_access_block(ctx: Context) -> None:
    """Block public access to the account's buckets no longer."""
    _store(ctx, blocks=False)


def _store(ctx: Context, *, blocks: bool) -> None:
    row = ctx.tx.get(OssAccountRow, ctx.account_id)
    if row is not None:
        ctx.tx.update(row, blocks_public=blocks)
    else:
        ctx.tx.insert(OssAccountRow(account_id=ctx.account_id, blocks_public=blocks))
