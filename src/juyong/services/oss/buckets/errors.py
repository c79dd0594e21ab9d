"""Errors of policies, blocked public access and encryption.

Source: OSS error codes (documented); the text of a refused public ACL (live).
"""

from juyong.services.oss.errors import OssError, oss_fact

NoBucketPolicy = oss_fact(
    "NoSuchBucketPolicy",
    404,
    "0015-00000105",
    "The bucket policy does not exist.",
    why="The bucket has no policy (EC assumed).",
)
MalformedPolicy = oss_fact(
    "MalformedPolicy",
    400,
    "0015-00000106",
    "The bucket policy is not valid.",
    why="A bucket policy is no policy, names another bucket, or cannot be enforced (EC assumed).",
)
BadEncryption = oss_fact(
    "InvalidEncryptionAlgorithmError",
    400,
    "0016-00000704",
    "The Encryption Method specified is not supported.",
    why="A server-side encryption is none of AES256, KMS and SM4 (EC assumed).",
)
NoSm4 = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "This build of OpenSSL has no SM4-GCM; choose AES256 or KMS.",
    why="SM4 is asked for, and the server's OpenSSL is older than 3.1.",
)
NoEncryptionRule = oss_fact(
    "NoSuchServerSideEncryptionRule",
    404,
    "0015-00000107",
    "The server-side encryption rule does not exist.",
    why="The bucket encrypts no objects by default (EC assumed).",
)
KeyRefused = oss_fact(
    "AccessDenied",
    403,
    "0003-00000205",
    "The key of the object can not be used.",
    why="The key of an object is gone, disabled, or closed to OSS (EC assumed).",
)


class PublicAccessBlocked(OssError):
    """An ACL or policy would open a bucket or object that public access is blocked to."""

    code, status, ec = "AccessDenied", 403, "0003-00000704"
    text = "Put public bucket acl is not allowed"

    def __init__(self, text: str = "") -> None:
        """Take the text, where no ACL of a bucket is refused."""
        super().__init__()
        self.message = text or self.text
