"""Sign, Verify and GetPublicKey: the first version of a pair.

Source: KMS instance API, each operation (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    ASYMMETRIC,
    INSTANCE_PAIR,
    USING,
    InvalidParameter,
    KeyRow,
    UnsupportedOperation,
    algorithm_for,
    pem_of,
    public_half,
    tobase64,
    unbase64,
    verifies,
)
from juyong.services.kms.facade import digest as digest_of
from juyong.services.kms.facade import sign as signed
from juyong.services.kms_instance.parameters import Data, SecretData
from juyong.services.kms_instance.product import INSTANCE
from juyong.services.kms_instance.shapes import PublicKey, Signature, Verified

SigningAlgorithm = Annotated[
    str,
    OneOf(("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA")),
    Doc("How it is signed; the pair's first one without it."),
]
MessageType = Annotated[
    str,
    OneOf(("RAW", "DIGEST")),
    Doc("`RAW` hashes here, by SHA-256, for SM2DSA by SM3 with Z_A; `DIGEST` does not."),
]
Message = Annotated[SecretData, Doc("The message, or with `DIGEST` its digest of 32 bytes.")]
OldDigest = Annotated[SecretData, Doc("The digest, as older clients send it; not with a message.")]


@operation(
    INSTANCE,
    "Sign",
    effect="Read",
    on=INSTANCE_PAIR,
    rate=ASYMMETRIC,
    raises=USING,
    reads_only=True,
)
def sign(
    ctx: Context,
    pair: KeyRow,
    *,
    digest: OldDigest | None = None,
    algorithm: SigningAlgorithm | None = None,
    message: Message | None = None,
    message_type: MessageType = "RAW",
) -> Signature:
    """Sign a message, or its digest. Signatures of curves are in DER.

    Source: KMS instance API, Sign (documented); Digest (observed).
    """
    chosen = algorithm_for(pair, Usage.SIGN, algorithm)
    content, raw = _what(message, digest, message_type)
    value = signed(ctx, pair, chosen, digest_of(ctx, pair, chosen, content, raw=raw))
    return Signature(
        key_id=pair.key_id,
        signature=tobase64(value),
        algorithm=chosen,
        message_type="RAW" if raw else "DIGEST",
    )


@operation(
    INSTANCE,
    "Verify",
    effect="Read",
    on=INSTANCE_PAIR,
    rate=ASYMMETRIC,
    raises=(UnsupportedOperation, InvalidParameter),
    reads_only=True,
)
def verify(
    ctx: Context,
    pair: KeyRow,
    *,
    digest: OldDigest | None = None,
    signature: Annotated[Data, Doc("The signature.")],
    algorithm: SigningAlgorithm | None = None,
    message: Message | None = None,
    message_type: MessageType = "RAW",
) -> Verified:
    """Say whether a signature is a message's; a wrong one is no error.

    Source: KMS instance API, Verify (documented); Digest (observed).
    """
    chosen = algorithm_for(pair, Usage.SIGN, algorithm)
    content, raw = _what(message, digest, message_type)
    wanted = digest_of(ctx, pair, chosen, content, raw=raw)
    given = unbase64(signature, "Signature")
    return Verified(
        key_id=pair.key_id,
        value=verifies(pair, public_half(ctx, pair), chosen, wanted, given),
        algorithm=chosen,
        message_type="RAW" if raw else "DIGEST",
    )


@operation(
    INSTANCE,
    "GetPublicKey",
    effect="Read",
    on=INSTANCE_PAIR,
    rate=ASYMMETRIC,
    raises=(UnsupportedOperation,),
    reads_only=True,
)
def get_public_key(ctx: Context, pair: KeyRow) -> PublicKey:
    """Return the public half of a pair as PEM SubjectPublicKeyInfo."""
    return PublicKey(key_id=pair.key_id, public_key=pem_of(public_half(ctx, pair)))


def _what(message: Secret | None, digest: Secret | None, message_type: str) -> tuple[bytes, bool]:
    """Return the bytes to sign, and whether they must be hashed first."""
    given = message or digest
    if given is None or (message is not None and digest is not None):
        raise InvalidParameter(name="Message")
    return unbase64(given.reveal(), "Message"), message is not None and message_type == "RAW"
