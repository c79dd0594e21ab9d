"""The text and EC that a denied caller is told, by what denied the call.

Source: EC 0003-00000001 and 0003-00000002, and the texts of denials by ACL, bucket policy, session
policy, and of management calls (live, quoted in bug reports of clients); 0003-00000201 for RAM
policies (documented); the ECs of bucket and session policies (assumed).
"""

from collections.abc import Mapping
from typing import Any

_BY_ACL = ("You have no right to access this object because of bucket acl.", "0003-00000001")
_NOT_OWN = ("The bucket you access does not belong to you.", "0003-00000001")
_ANONYMOUS = ("Anonymous access is forbidden for this operation.", "0003-00000002")
_NO_LIST = ("You are forbidden to list buckets.", "0003-00000201")
_BY_RAM = ("You have no right to access this object.", "0003-00000201")
_BY_POLICY = ("Access denied by bucket policy.", "0003-00000202")
_BY_SESSION = ("Access denied by authorizer's policy.", "0003-00000203")
_BY_KEY = ("You have no right to use the key of this object.", "0003-00000204")
_DATA = frozenset(
    {"oss:ListObjects", "oss:ListParts", "oss:ListMultipartUploads", "oss:AbortMultipartUpload"}
)


def told(details: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return text, EC and members of a denial; a caller without credentials gets no details."""
    detail = details["AccessDeniedDetail"]
    action, layer = detail["AuthAction"], detail["PolicyType"]
    data = action in _DATA or "Object" in action
    if detail["AuthPrincipalType"] == "Anonymous":
        return *(_BY_ACL if data else _ANONYMOUS), {}
    if layer == "SessionPolicy":
        found = _BY_SESSION
    elif action.startswith("kms:"):
        found = _BY_KEY
    elif detail["NoPermissionType"] == "ExplicitDeny":
        found = _BY_POLICY if layer == "ResourceBasedPolicy" else _BY_RAM
    elif action == "oss:ListBuckets":
        found = _NO_LIST
    else:
        found = _BY_ACL if data else _NOT_OWN
    return *found, dict(details)
