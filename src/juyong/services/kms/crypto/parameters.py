"""Parameters and answers of cryptographic operations, and the conditions of their calls.

Base64 is read in its one spelling only, so that two texts are never the same ciphertext.

Source: KMS, "Condition keys" (documented): `kms:EncryptionContext:<key>`,
`kms:EncryptionAlgorithm`.
"""

import base64
import binascii
from typing import Annotated, Literal, TypedDict

from juyong.api.access import ConditionRule
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import Rate
from juyong.base.secret import Secret
from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.keys.versions import KeyUsed

ContextText = Annotated[str, Text(1, MAX_CHARS), Doc("Data that Decrypt must get too.")]
"""An EncryptionContext parameter: a JSON object of strings."""
BlobText = Annotated[
    str, Text(1, 16_384), Doc("A ciphertext in Base64; of a symmetric key, which it names itself.")
]
"""A CiphertextBlob parameter: Base64."""
MessageText = Annotated[Secret, Text(1, 8192), Doc("Base64 of up to 6 KB.")]
"""Plaintext, or the message of a code: up to 6 KB in Base64."""
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
    """The declarations of an operation that uses a key."""

    effect: Literal["Read"]
    conditions: ConditionRule | None
    rate: Rate
    raises: tuple[type[ApiError], ...]
    reads_only: bool
    writes_seldom: bool


def use(
    rate: Rate,
    raises: tuple[type[ApiError], ...],
    conditions: ConditionRule | None = None,
    *,
    seals: bool = False,
) -> Use:
    """Return the declarations of an operation that uses a key.

    seals: It counts the messages that a version has sealed, for which it seldom writes.
    """
    return {
        "effect": "Read",
        "conditions": conditions,
        "rate": rate,
        "raises": raises,
        "reads_only": not seals,
        "writes_seldom": seals,
    }


# --- answers ---


class Ciphertext(KeyUsed, frozen=True, kw_only=True):
    """A ciphertext."""

    ciphertext_blob: str


class Plaintext(KeyUsed, frozen=True, kw_only=True):
    """A plaintext."""

    plaintext: Secret
