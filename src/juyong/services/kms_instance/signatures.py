"""Sign, Verify and GetPublicKey: the first version of a pair."""

from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.fields import OneOf
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    ASYMMETRIC,
    InvalidParameter,
    KeyDisabled,
    KeyName,
    KeyPendingDeletion,
    KeyUnavailable,
    NoAlias,
    NoInstance,
    NoKey,
    UnsupportedOperation,
    algorithm_for,
    fits,
    instance_key,
    key_policy,
    key_resource,
    pem_of,
    public_half,
    resource_tags,
    tobase64,
    unbase64,
)
from juyong.services.kms.facade import digest as digest_of
from juyong.services.kms.facade import sign as signed
from juyong.services.kms_instance.parameters import Data, SecretData
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import PublicKey, Signature, Verified

SigningAlgorithm = Annotated[
    str, OneOf(("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA"))
]
MessageType = Annotated[str, OneOf(("RAW", "DIGEST"))]
_STATES = (KeyDisabled, KeyPendingDeletion)
_OF_PAIR = (NoKey, NoAlias, *_STATES, UnsupportedOperation, NoInstance)
_PAIR: dict[str, Any] = {
    "effect": "Read",
    "resource": key_resource,
    "resource_conditions": resource_tags,
    "resource_policy": key_policy,
    "rate": ASYMMETRIC,
}


@operation(
    INSTANCE, "Sign", raises=(*_OF_PAIR, InvalidParameter, KeyUnavailable), reads_only=True, **_PAIR
)
def sign(
    ctx: Context,
    *,
    key_id: KeyName,
    digest: SecretData | None = None,
    algorithm: SigningAlgorithm | None = None,
    message: SecretData | None = None,
    message_type: MessageType = "RAW",
) -> Signature:
    """Sign a message, or its digest.

    Args:
        key_id: The pair: its id, or an alias of it.
        digest: The digest, as older clients send it; instead of a message.
        algorithm: How; the pair's first one without it.
        message: The message, or with `DIGEST` its digest of 32 bytes.
        message_type: `RAW` hashes here, by SHA-256, for SM2DSA by SM3 with Z_A; `DIGEST` does not.

    Returns:
        The signature; of curves in DER.

    Source: KMS instance API, Sign (documented); Digest (observed).
    """
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.SIGN, algorithm)
    content, raw = _what(message, digest, message_type)
    value = signed(ctx, row, chosen, digest_of(ctx, row, chosen, content, raw=raw))
    return Signature(
        key_id=row.key_id,
        signature=tobase64(value),
        algorithm=chosen,
        message_type="RAW" if raw else "DIGEST",
    )


@operation(INSTANCE, "Verify", raises=(*_OF_PAIR, InvalidParameter), reads_only=True, **_PAIR)
def verify(
    ctx: Context,
    *,
    key_id: KeyName,
    digest: SecretData | None = None,
    signature: Data,
    algorithm: SigningAlgorithm | None = None,
    message: SecretData | None = None,
    message_type: MessageType = "RAW",
) -> Verified:
    """Say whether a signature is a message's; a wrong one is no error.

    Args:
        key_id: The pair: its id, or an alias of it.
        signature: The signature.
        algorithm: How it was signed; the pair's first one without it.
        message_type: As for Sign.

    Returns:
        Whether it fits.

    Source: KMS instance API, Verify (documented); Digest (observed).
    """
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.SIGN, algorithm)
    content, raw = _what(message, digest, message_type)
    wanted = digest_of(ctx, row, chosen, content, raw=raw)
    return Verified(
        key_id=row.key_id,
        value=fits(ctx, row, chosen, wanted, unbase64(signature, "Signature")),
        algorithm=chosen,
        message_type="RAW" if raw else "DIGEST",
    )


@operation(INSTANCE, "GetPublicKey", raises=_OF_PAIR, reads_only=True, **_PAIR)
def get_public_key(ctx: Context, *, key_id: KeyName) -> PublicKey:
    """Return the public half of a pair.

    Args:
        key_id: The pair: its id, or an alias of it.

    Returns:
        PEM SubjectPublicKeyInfo.

    Source: KMS instance API, GetPublicKey (documented).
    """
    row = instance_key(ctx, key_id)
    return PublicKey(key_id=row.key_id, public_key=pem_of(public_half(ctx, row)))


def _what(message: Secret | None, digest: Secret | None, message_type: str) -> tuple[bytes, bool]:
    """Return what is signed, and whether it is to be hashed first."""
    given = message or digest
    if given is None or (message is not None and digest is not None):
        raise InvalidParameter(name="Message")
    return unbase64(given.reveal(), "Message"), message is not None and message_type == "RAW"
