"""The ACL and the policy of a bucket: who else may use it."""

from typing import Annotated

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, RawBody
from juyong.api.shape import Of, Shape
from juyong.services.oss.buckets.blocking import refuse_public_acl, refuse_public_policy
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.buckets.buckets import Grants, Owner
from juyong.services.oss.buckets.errors import MalformedPolicy, NoBucketPolicy, PublicAccessBlocked
from juyong.services.oss.buckets.grammar import checked, makes_public
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.fields import Acl
from juyong.services.oss.tables import BucketRow


class AccessControlPolicy(Shape, frozen=True, kw_only=True):
    """The owner of a bucket or object, and its ACL."""

    owner: Owner
    access_control_list: Grants


@on_bucket("PutBucketAcl", "PUT", "acl", raises=(PublicAccessBlocked,))
def put_bucket_acl(ctx: Context, bucket: BucketRow, *, acl: Acl) -> None:
    """Say who may use a bucket without a policy that names them."""
    refuse_public_acl(ctx, acl, bucket)
    BUCKET.change(ctx, bucket, acl=acl)


@on_bucket("GetBucketAcl", "GET", "acl", root="AccessControlPolicy")
def get_bucket_acl(_ctx: Context, bucket: BucketRow) -> AccessControlPolicy:
    """Show the ACL of a bucket."""
    return AccessControlPolicy(owner=Owner.of(bucket), access_control_list=Grants.of(bucket))


class PolicyStatus(Shape, frozen=True, kw_only=True):
    """The reach of a bucket policy."""

    is_public: Annotated[bool, Of("policy", makes_public)]


def _the_policy(bucket: BucketRow) -> str:
    if not bucket.policy:
        raise NoBucketPolicy(BucketName=bucket.bucket_name)
    return bucket.policy


@on_bucket("PutBucketPolicy", "PUT", "policy", raises=(MalformedPolicy, PublicAccessBlocked))
def put_bucket_policy(
    ctx: Context,
    bucket: BucketRow,
    *,
    policy: Annotated[bytes, RawBody(), Doc("The policy.")] = b"",
) -> None:
    """Give a bucket a policy, in place of the one before."""
    text = checked(policy, bucket)
    refuse_public_policy(ctx, text, bucket)
    BUCKET.change(ctx, bucket, policy=text)


@on_bucket("GetBucketPolicy", "GET", "policy", raises=(NoBucketPolicy,))
def get_bucket_policy(_ctx: Context, bucket: BucketRow) -> RawAnswer:
    """Return the policy of a bucket, byte for byte as it was sent."""
    text = _the_policy(bucket)
    return RawAnswer(body=text.encode(), content_type="application/json", record=msgspec.UNSET)


@on_bucket("DeleteBucketPolicy", "DELETE", "policy")
def delete_bucket_policy(ctx: Context, bucket: BucketRow) -> None:
    """Take the policy off a bucket; harmless where there is none."""
    BUCKET.change(ctx, bucket, policy="")


@on_bucket(
    "GetBucketPolicyStatus", "GET", "policyStatus", root="PolicyStatus", raises=(NoBucketPolicy,)
)
def get_bucket_policy_status(_ctx: Context, bucket: BucketRow) -> PolicyStatus:
    """Tell whether the policy of a bucket allows everybody something.

    Assumed: a bucket without a policy is refused as by GetBucketPolicy.
    """
    _the_policy(bucket)
    return PolicyStatus.of(bucket)
