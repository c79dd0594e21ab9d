"""Parameters that many operations take.

Source: OSS API reference, names of buckets and objects (documented).
"""

from typing import Annotated

from juyong.api.fields import Doc, Header, Judged, OneOf, Raises
from juyong.services.oss.buckets.errors import PublicAccessBlocked
from juyong.services.oss.errors import BadArgument, BadObjectName

STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
ACLS = ("private", "public-read", "public-read-write")

BucketName = Annotated[str, Doc("The bucket.")]
ObjectKey = Annotated[str, Doc("The key of the object.")]
Acl = Annotated[
    str,
    Header("x-oss-acl"),
    OneOf(ACLS),
    Raises((BadArgument,)),
    Judged(lambda acl: {"oss:x-oss-acl": (acl,)}),
    Doc("Who may use it."),
]
ObjectAcl = Annotated[
    str,
    Header("x-oss-object-acl"),
    OneOf(("default", *ACLS)),
    Raises((BadArgument, PublicAccessBlocked)),
    Judged(lambda acl: {"oss:x-oss-object-acl": (acl,)}),
    Doc("Who may use it; `default` is the bucket's."),
]
StorageClass = Annotated[
    str, Header("x-oss-storage-class"), OneOf(STORAGE_CLASSES), Doc("The class of storage.")
]
VersionId = Annotated[str, Doc("A version; by default the newest one.")]


_LONGEST_KEY = 1023


def key_bytes(text: str) -> bytes:
    """Return a key as it is stored.

    Raises:
        BadObjectName: it is too long, or begins with `/` or a backslash.
    """
    key = text.encode()
    if not 1 <= len(key) <= _LONGEST_KEY or text[0] in "/\\" or "\0" in text:
        raise BadObjectName(Key=text)
    return key
