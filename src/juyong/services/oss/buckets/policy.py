"""The ACL and the policy of a bucket and of its objects, as one policy.

A call is judged by the caller's identity policies, if the bucket is of the caller's own account,
and by the policy made here; a Deny of either wins, else an Allow of either suffices. The ACL only
allows, so that it joins the bucket policy as further statements.

Source: OSS, "Access control" (documented): the order, and that root of the owner is free. That a
public bucket shows no ACLs, tags and uploads to everybody (assumed: the narrow reading).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from juyong.api.access import TargetPolicy
from juyong.base.ids import AccountId
from juyong.services.oss.buckets.grammar import in_force
from juyong.services.oss.tables import BucketRow

READS = ("oss:GetObject", "oss:GetObjectVersion")
LISTS = ("oss:ListObjects", "oss:ListObjectVersions")
WRITES = (
    "oss:PutObject",
    "oss:DeleteObject",
    "oss:DeleteObjectVersion",
    "oss:AbortMultipartUpload",
    "oss:ListMultipartUploads",
    "oss:ListParts",
)
PUBLIC_ACLS = ("public-read", "public-read-write")


def arn_of(bucket: BucketRow, key: str = "") -> str:
    """Name a bucket, or an object of it."""
    place = f"acs:oss:{bucket.region}:{bucket.account_id}:{bucket.bucket_name}"
    return f"{place}/{key}" if key else place


def target_of(bucket: BucketRow, acl: str, *, blocked: bool) -> TargetPolicy:
    """Return the policy of a bucket, or of an object whose own ACL it is.

    Args:
        bucket: The bucket.
        acl: In force: the object's, or the bucket's.
        blocked: Public access is blocked, by the bucket or by its account.
    """
    return _target(bucket.bucket_name, "" if blocked else acl, bucket.policy, blocked)


def documents_of(state: Mapping[str, Any], _owner: AccountId) -> tuple[str, ...]:
    """Return what the engine may be given of a bucket, from the inventory's state.

    First by the ACL and the block of the bucket itself; an object's own ACL, and the block of the
    account, give the others.
    """
    name, policy, acl = state["BucketName"], state["Policy"], state["Acl"]
    ways = [("", True) if state.get("BlocksPublic") else (acl, False), ("", True)]
    ways += [(each, False) for each in ("", *PUBLIC_ACLS)]
    return tuple(_target(name, each, policy, blocked).document for each, blocked in ways)


@lru_cache(maxsize=4096)
def _target(name: str, acl: str, policy: str, blocked: bool) -> TargetPolicy:
    statements = _by_acl(name, acl)
    if policy:
        statements += in_force(policy, blocked=blocked)
    document = {"Version": "1", "Statement": statements or [_NOTHING]}
    return TargetPolicy(
        document=msgspec.json.encode(document).decode(), identifier=name, shared=True
    )


_NOTHING: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "oss:none",
    "Resource": "acs:oss:*:*:-",
}
"""A statement that matches no call: a policy has one at least."""


def _by_acl(bucket_name: str, acl: str) -> list[dict[str, Any]]:
    allowed = {
        "public-read": (*READS, *LISTS),
        "public-read-write": (*READS, *LISTS, *WRITES),
    }.get(acl, ())
    if not allowed:
        return []
    name = f"acs:oss:*:*:{bucket_name}"
    resources = [name, f"{name}/*"]
    return [{"Effect": "Allow", "Principal": "*", "Action": list(allowed), "Resource": resources}]
