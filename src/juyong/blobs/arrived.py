"""A body that has arrived."""

from enum import Enum

import msgspec

from juyong.base.secret import Secret


class Cipher(Enum):
    """An algorithm that seals the blocks of a blob; its value is the bytes of its keys."""

    AES_256_GCM = 32
    SM4_GCM = 16


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A body that is durable, and that no row knows yet.

    md5: Of the body. crc64: Of the body, ECMA-182 as of crc64.xz. key: What it is sealed under, in
    base64. content: The sealed body where it is small.
    """

    blob_id: str
    size: int
    md5: bytes
    crc64: int
    key: Secret
    content: bytes | None
