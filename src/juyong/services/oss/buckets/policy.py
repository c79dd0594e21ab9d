"""The ACL and the policy of a bucket and of its objects, as one policy.

A call is judged by the caller's identity policies, if the bucket is of the caller's own account,
and by the policy made here; a Deny of either wins, else an Allow of either suffices. The ACL only
allows, so that it joins the bucket policy as further statements.

Source: OSS, "Access control" (documented): the order, and that root of the owner is free.
"""

from typing import Any

import msgspec

from juyong.api.access import TargetPolicy
from juyong.services.oss.tables import BucketRow

READS = ("oss:GetObject", "oss:GetObjectVersion", "oss:GetObjectAcl", "oss:GetObjectTagging")
LISTS = ("oss:ListObjects", "oss:ListObjectVersions", "oss:ListMultipartUploads", "oss:ListParts")
WRITES = (
    "oss:PutObject",
    "oss:DeleteObject",
    "oss:DeleteObjectVersion",
    "oss:AbortMultipartUpload",
)


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
    statements = [] if blocked else _by_acl(bucket, acl)
    statements += _by_policy(bucket, blocked=blocked)
    document = {"Version": "1", "Statement": statements or [_NOTHING]}
    return TargetPolicy(
        document=msgspec.json.encode(document).decode(),
        identifier=bucket.bucket_name,
        shared=True,
    )


_NOTHING: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "oss:none",
    "Resource": "acs:oss:*:*:-",
}
"""A statement that matches no call: a policy has one at least."""


def _by_acl(bucket: BucketRow, acl: str) -> list[dict[str, Any]]:
    allowed = {
        "public-read": (*READS, *LISTS),
        "public-read-write": (*READS, *LISTS, *WRITES),
    }.get(acl, ())
    if not allowed:
        return []
    name = f"acs:oss:*:*:{bucket.bucket_name}"
    resources = [name, f"{name}/*"]
    return [{"Effect": "Allow", "Principal": "*", "Action": list(allowed), "Resource": resources}]


def _by_policy(bucket: BucketRow, *, blocked: bool) -> list[dict[str, Any]]:
    if not bucket.policy:
        return []
    found: list[dict[str, Any]] = msgspec.json.decode(bucket.policy)["Statement"]
    return [each for each in found if not (blocked and is_public(each))]


def is_public(statement: dict[str, Any]) -> bool:
    """Tell whether a statement allows everybody, and no condition narrows it.

    Source: OSS, "Block Public Access" (documented); which keys narrow (assumed).
    """
    principals = statement.get("Principal")
    everybody = principals in ("*", []) or (isinstance(principals, list) and "*" in principals)
    keys = {key.lower() for tests in statement.get("Condition", {}).values() for key in tests}
    narrow = {"acs:sourceip", "acs:sourcevpc", "acs:vpcid", "acs:accessid"}
    return statement["Effect"] == "Allow" and everybody and not keys & narrow
