"""Errors of OSS: a code, an EC, and the member that names the target.

Source: OSS error codes and EC (documented), recorded answers of 2026-05 (live).
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

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

    def telling(self, headers: Mapping[str, str]) -> Self:
        """Return the error with further headers of its answer."""
        self.headers = headers  # type: ignore[misc]  # they are of this one answer
        return self


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
ElsewhereBucket = oss_fact(
    "AccessDenied",
    403,
    "0003-00001403",
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please"
    " send all future requests to this endpoint.",
    why="The host is that of another region than the bucket's, which `Endpoint` of the error tells"
    " (text and members live, quoted in bug reports of clients; EC assumed).",
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
    why="No caller may do what the call asks for.",
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
NoVersion = oss_fact(
    "NoSuchVersion",
    404,
    "0012-00000203",
    "The specified version does not exist.",
    why="The key has no version of that id.",
)
IsMarker = oss_fact(
    "MethodNotAllowed",
    405,
    "0016-00000507",
    "The specified method is not allowed against this resource.",
    why="The version is a delete marker, which has nothing to read or to change.",
)
AnonymousOverride = oss_fact(
    "InvalidRequest",
    400,
    "0016-00000503",
    "Request specific response headers cannot be used for anonymous GET requests.",
    why="The call asks for headers of the answer and has no signature (code and EC assumed).",
)
NotRestored = oss_fact(
    "InvalidObjectState",
    403,
    "0016-00000702",
    "The operation is not valid for the object's state.",
    why="The object is archived, and is not restored or no longer (EC assumed).",
)
NotArchived = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "The operation is not supported for this resource.",
    why="The object's storage class needs no restoring.",
)
RestoringAlready = oss_fact(
    "RestoreAlreadyInProgress",
    409,
    "0016-00000716",
    "The restore operation is in progress.",
    why="The object is being restored (EC assumed).",
)
NoTarget = oss_fact(
    "SymlinkTargetNotExist",
    404,
    "0026-00000003",
    "The symlink target object does not exist.",
    why="A symlink means a key that has no object (EC assumed).",
)
BadTarget = oss_fact(
    "InvalidTargetType",
    400,
    "0026-00000004",
    "The symlink's target object type is invalid.",
    why="A symlink means another symlink (EC assumed).",
)
NotSymlink = oss_fact(
    "NotSymlink",
    400,
    "0026-00000005",
    "The object is not symlink.",
    why="The object is no symlink (EC assumed).",
)
NotAppendable = oss_fact(
    "ObjectNotAppendable",
    409,
    "0026-00000015",
    "The object is not appendable.",
    why="The object was not made by appending (EC assumed).",
)
WrongPosition = oss_fact(
    "PositionNotEqualToLength",
    409,
    "0026-00000016",
    "Position is not equal to file length.",
    why="`position` is not the length of the object, which a header of the answer tells.",
)
TooLarge = oss_fact(
    "EntityTooLarge",
    400,
    "0015-00000204",
    "Your proposed upload exceeds the maximum allowed size.",
    why="The object would be longer than 5 GB.",
)
BadTag = oss_fact(
    "InvalidTag",
    400,
    "0010-00000219",
    "The tag is not valid.",
    why="A tag has a wrong form, too many letters, or letters that no tag has; or there are too"
    " many (code assumed).",
)
