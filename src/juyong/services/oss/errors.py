"""Errors of OSS: a code, an EC, and the member that names the target.

Source: OSS error codes and EC (documented), recorded answers of 2026-05 (live).
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from juyong.api.errors import ApiError


class OssError(ApiError):
    """Base of the product's errors; members are given by their names in the error body."""

    ec: ClassVar[str] = ""

    def __init__(self, members: Mapping[str, str] | None = None, /, **named: str) -> None:
        """Take the members of the error body; those whose names are no identifiers as a mapping."""
        super().__init__()
        self._members = {**(members or {}), **named}

    def details(self) -> dict[str, Any]:
        """Return the members that name the target."""
        return dict(self._members)


def oss_fact(code: str, status: int, ec: str, text: str, *, why: str) -> type[OssError]:
    """Declare an error; why: When it is answered, for the reference page."""
    members = {"__doc__": why, "code": code, "status": status, "text": text, "ec": ec}
    return type(code, (OssError,), members)


NoBucket = oss_fact(
    "NoSuchBucket",
    404,
    "0015-00000101",
    "The specified bucket does not exist.",
    why="No account has a bucket of that name.",
)
BucketExists = oss_fact(
    "BucketAlreadyExists",
    409,
    "0015-00000104",
    "The requested bucket name is not available.",
    why="An account has a bucket of that name, the caller's own among them.",
)
BucketNotEmpty = oss_fact(
    "BucketNotEmpty",
    409,
    "0015-00000301",
    "The bucket has objects. Please delete them first.",
    why="The bucket has objects, versions, delete markers or unfinished uploads.",
)
TooManyBuckets = oss_fact(
    "TooManyBuckets",
    400,
    "0015-00000102",
    "You have attempted to create more buckets than allowed.",
    why="The account holds its quota `oss.buckets` (EC assumed).",
)
BadBucketName = oss_fact(
    "InvalidBucketName",
    400,
    "0015-00000001",
    "The specified bucket is not valid.",
    why="A name has 3 to 63 small letters, digits and hyphens, and no hyphen at an end.",
)
BadObjectName = oss_fact(
    "InvalidObjectName",
    400,
    "0016-00000501",
    "The specified object is not valid.",
    why="A key has 1 to 1023 bytes of UTF-8, and does not begin with `/` or `\\` (EC assumed).",
)
NoKey = oss_fact(
    "NoSuchKey",
    404,
    "0026-00000001",
    "The specified key does not exist.",
    why="The bucket has no object of that key, or its newest version is a delete marker.",
)
BadArgument = oss_fact(
    "InvalidArgument",
    400,
    "0012-00000202",
    "The argument is not valid.",
    why="A header or query parameter has a value that is not served.",
)
BadDigest = oss_fact(
    "InvalidDigest",
    400,
    "0017-00000503",
    "The Content-MD5 you specified was invalid.",
    why="Content-MD5 is not that of the body, or no MD5 in base64.",
)
MissingLength = oss_fact(
    "MissingContentLength",
    411,
    "0017-00000401",
    "You must provide the Content-Length HTTP header.",
    why="The request says neither how long its body is nor that it is chunked (EC assumed).",
)
FileExists = oss_fact(
    "FileAlreadyExists",
    409,
    "0026-00000002",
    "The object you specified already exists and can not be overwritten.",
    why="The call forbids to overwrite, and there is an object of the key (EC assumed).",
)
PreconditionFailed = oss_fact(
    "PreconditionFailed",
    412,
    "0016-00000301",
    "At least one of the pre-conditions you specified did not hold.",
    why="If-Match or If-Unmodified-Since does not hold (EC assumed).",
)
InvalidRange = oss_fact(
    "InvalidRange",
    416,
    "0016-00000401",
    "The requested range cannot be satisfied.",
    why="The range begins behind the end, and the standard behaviour was asked for (EC assumed).",
)
Forbidden = oss_fact(
    "AccessDenied",
    403,
    "0003-00000001",
    "You have no right to access this object because of bucket acl.",
    why="What the call asks for is not allowed to anybody.",
)
BadSignature = oss_fact(
    "SignatureDoesNotMatch",
    403,
    "0002-00000040",
    "The request signature we calculated does not match the signature you provided. Check your key"
    " and signing method.",
    why="The signature is not that of the AccessKey over this request.",
)
RefererRefused = oss_fact(
    "AccessDenied",
    403,
    "0003-00000503",
    "You are denied by bucket referer policy.",
    why="The page that the call comes from is not served (EC assumed).",
)
