"""Answers of the cryptographic operations."""

from juyong.api.shape import Shape
from juyong.base.secret import Secret


class KeyUsed(Shape, frozen=True, kw_only=True):
    """Which key, and which version of it, did the work."""

    key_id: str
    key_version_id: str


class Ciphertext(KeyUsed, frozen=True, kw_only=True):
    """A ciphertext."""

    ciphertext_blob: str


class Plaintext(KeyUsed, frozen=True, kw_only=True):
    """A plaintext."""

    plaintext: Secret


class DataKey(KeyUsed, frozen=True, kw_only=True):
    """A data key, open and sealed."""

    plaintext: Secret
    ciphertext_blob: str


class Exported(KeyUsed, frozen=True, kw_only=True):
    """A data key wrapped to the caller's public key."""

    exported_data_key: Secret


class DataKeyExported(KeyUsed, frozen=True, kw_only=True):
    """A new data key, sealed and wrapped."""

    ciphertext_blob: str
    exported_data_key: Secret


class Signature(KeyUsed, frozen=True, kw_only=True):
    """A signature in Base64."""

    value: str


class Verified(KeyUsed, frozen=True, kw_only=True):
    """Whether a signature fits."""

    value: bool


class Mac(Shape, frozen=True, kw_only=True):
    """An authentication code in Base64."""

    key_id: str
    algorithm: str
    mac: Secret


class MacVerified(Shape, frozen=True, kw_only=True):
    """Whether an authentication code fits."""

    key_id: str
    algorithm: str
    value: bool
