"""Parameters and answers of cryptographic operations, and the conditions of their calls.

Base64 is read in its one spelling only, so that two texts are never the same ciphertext.

Source: KMS, "Condition keys" (documented): `kms:EncryptionContext:<key>`,
`kms:EncryptionAlgorithm`.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Literal, TypedDict

from juyong.api.access import ConditionRule
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import Rate
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT
from juyong.engines.crypto.wrapping import EXPORTS
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.product import ASYMMETRIC, SYMMETRIC

ContextText = Annotated[str, Text(1, MAX_CHARS), Doc("Data that Decrypt must get too.")]
"""An EncryptionContext parameter: a JSON object of strings."""
BlobText = Annotated[
    str, Text(1, 16_384), Doc("A ciphertext in Base64; of a symmetric key, which it names itself.")
]
"""A CiphertextBlob parameter: Base64."""
MessageText = Annotated[Secret, Text(1, 8192), Doc("Base64 of up to 6 KB.")]
"""Plaintext, or the message of a code: up to 6 KB in Base64."""
DigestText = Annotated[
    Secret,
    Text(1, 128),
    Doc("Base64 of 32 bytes: SHA-256, for SM2DSA SM3 over Z_A and the message."),
]
PublicKeyText = Annotated[str, Text(1, 4096), Doc("Base64 of the public key in DER.")]
WrappingSpec = Annotated[str, OneOf(tuple(EXPORTS)), Doc("The spec of that key.")]
WrappingAlgorithm = Annotated[
    str,
    OneOf(tuple(dict.fromkeys(name for names in EXPORTS.values() for name in names))),
    Doc("How it wraps."),
]
EncryptionAlgorithm = Annotated[
    str, OneOf(("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE")), Doc("How.")
]


def context_of(text: str | None, name: str = "EncryptionContext") -> EncryptionContext:
    """Read an encryption context; raises InvalidParameter."""
    try:
        return EncryptionContext.parse(text or "")
    except BadInput:
        raise InvalidParameter(name=name) from None


def unbase64(text: str, name: str) -> bytes:
    """Read Base64 in its canonical spelling; raises InvalidParameter."""
    found = canonical_base64(text)
    if found is None:
        raise InvalidParameter(name=name)
    return found


def canonical_base64(text: str) -> bytes | None:
    """Return the bytes of canonical Base64, or None for every other text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def tobase64(data: bytes) -> str:
    """Write Base64."""
    return base64.b64encode(data).decode()


# --- conditions ---

ALGORITHM = "kms:EncryptionAlgorithm"
_CONTEXT = "kms:EncryptionContext:"

Conditions = dict[str, tuple[str, ...]]


def of_symmetric(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions of a call under a symmetric key."""
    return symmetric_conditions(arguments.get("encryption_context"))


def of_asymmetric(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions of an encryption or decryption under a pair."""
    return {ALGORITHM: (arguments["algorithm"],)}


def symmetric_conditions(text: str | None) -> Conditions:
    """Return the conditions an encryption context feeds; one that is refused later feeds none.

    SECURITY: condition keys have no case, names of a context do. Each name keeps its spelling here,
    so that the policy engine sees names that differ in case alone as readings of one key.
    """
    try:
        pairs = EncryptionContext.parse(text or "").pairs
    except BadInput:
        pairs = ()
    return {ALGORITHM: (SYMMETRIC_DEFAULT,), **{f"{_CONTEXT}{k}": (v,) for k, v in pairs}}


class Use(TypedDict):
    """The declarations of operations that encrypt or decrypt."""

    effect: Literal["Read"]
    conditions: ConditionRule
    rate: Rate


SYMMETRIC_USE: Use = {"effect": "Read", "conditions": of_symmetric, "rate": SYMMETRIC}
ASYMMETRIC_USE: Use = {"effect": "Read", "conditions": of_asymmetric, "rate": ASYMMETRIC}


# --- answers ---


class KeyUsed(Shape, frozen=True, kw_only=True):
    """The key, and its version, that did the work."""

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
