"""Parameters that several cryptographic operations take, and what is read out of them.

Base64 is read in its one spelling only, so that two texts are never the same ciphertext.
"""

import base64
import binascii
from typing import Annotated

from juyong.api.fields import Doc, OneOf, Text
from juyong.base.secret import Secret
from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.wrapping import EXPORTS
from juyong.services.kms.errors import InvalidParameter

ContextText = Annotated[str, Text(1, MAX_CHARS), Doc("What Decrypt must be given too.")]
"""An EncryptionContext parameter: a JSON object of strings."""
BlobText = Annotated[str, Text(1, 16_384)]
"""A CiphertextBlob parameter: Base64."""
MessageText = Annotated[Secret, Text(1, 8192), Doc("Base64 of up to 6 KB.")]
"""Plaintext, or the message of a code: up to 6 KB in Base64."""
DigestText = Annotated[Secret, Text(1, 128)]
PublicKeyText = Annotated[str, Text(1, 4096), Doc("Base64 of the public key in DER.")]
WrappingSpec = Annotated[str, OneOf(tuple(EXPORTS)), Doc("What that key is.")]
WrappingAlgorithm = Annotated[
    str,
    OneOf(tuple(dict.fromkeys(name for names in EXPORTS.values() for name in names))),
    Doc("How it wraps."),
]
EncryptionAlgorithm = Annotated[
    str,
    OneOf(("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE")),
    Doc("How."),
]


def context_of(text: str | None, name: str = "EncryptionContext") -> EncryptionContext:
    """Read an encryption context.

    Raises:
        InvalidParameter: it is no JSON object of strings.
    """
    try:
        return EncryptionContext.parse(text or "")
    except BadInput:
        raise InvalidParameter(name=name) from None


def unbase64(text: str, name: str) -> bytes:
    """Read Base64 in its canonical spelling.

    Raises:
        InvalidParameter: it is something else.
    """
    found = canonical_base64(text)
    if found is None:
        raise InvalidParameter(name=name)
    return found


def canonical_base64(text: str) -> bytes | None:
    """Return what canonical Base64 spells, or None for every other text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def tobase64(data: bytes) -> str:
    """Write Base64."""
    return base64.b64encode(data).decode()
