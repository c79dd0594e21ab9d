"""Pairs: AsymmetricEncrypt, AsymmetricDecrypt, AsymmetricSign and AsymmetricVerify."""

from functools import partial
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import BadSignature
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.specs import DIGEST_BYTES, Usage
from juyong.services.kms.crypto.parameters import (
    ASYMMETRIC_USE,
    BlobText,
    Ciphertext,
    DigestText,
    EncryptionAlgorithm,
    MessageText,
    Plaintext,
    Signature,
    Verified,
    tobase64,
    unbase64,
)
from juyong.services.kms.crypto.using import (
    PRIVATE_HALF,
    PUBLIC_HALF,
    UNIMPORTED_KEY,
    Refusing,
    check_use,
    perform,
    private_key,
)
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.keys.material import public_key_of, version_of
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.keys.versions import VersionId
from juyong.services.kms.product import ASYMMETRIC, KMS, NO_RECIPIENT, OnlyCheck

SigningAlgorithm = Annotated[
    str,
    OneOf(("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA")),
    Doc("How it is signed."),
]


@operation(
    KMS,
    "AsymmetricEncrypt",
    on=UNIMPORTED_KEY,
    raises=PUBLIC_HALF,
    reads_only=True,
    **ASYMMETRIC_USE,
)
def asymmetric_encrypt(
    ctx: Context,
    key: KeyRow,
    *,
    key_version_id: VersionId,
    algorithm: EncryptionAlgorithm,
    plaintext: MessageText,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Ciphertext:
    """Encrypt to the public half of a pair; the ciphertext has the standard form.

    Args:
        plaintext: Base64; how much depends on key and algorithm.
    """
    check_use(key, algorithm, Usage.ENCRYPT)
    version = version_of(ctx, key, key_version_id)
    message = unbase64(plaintext.reveal(), "Plaintext")
    with Refusing("Plaintext"):
        public = load_public(key.spec, public_key_of(ctx, key, version))
        sealed = public.encrypt(algorithm, message)
    return Ciphertext(
        key_id=key.key_id, key_version_id=version.version_id, ciphertext_blob=tobase64(sealed)
    )


@operation(
    KMS,
    "AsymmetricDecrypt",
    on=UNIMPORTED_KEY,
    unsupported=NO_RECIPIENT,
    raises=PRIVATE_HALF,
    reads_only=True,
    **ASYMMETRIC_USE,
)
def asymmetric_decrypt(
    ctx: Context,
    key: KeyRow,
    *,
    key_version_id: VersionId,
    algorithm: EncryptionAlgorithm,
    ciphertext_blob: Annotated[BlobText, Doc("A standard ciphertext in Base64.")],
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Plaintext:
    """Decrypt what was encrypted to the public half of a pair, here or anywhere."""
    message = opened(ctx, key, key_version_id, algorithm, ciphertext_blob)
    return Plaintext(
        key_id=key.key_id, key_version_id=key_version_id, plaintext=Secret(tobase64(message))
    )


def opened(ctx: Context, row: KeyRow, version_id: str, algorithm: str, blob: str) -> bytes:
    """Decrypt under a pair that is usable; raises what AsymmetricDecrypt does."""
    check_use(row, algorithm, Usage.ENCRYPT)
    version = version_of(ctx, row, version_id)
    sealed = unbase64(blob, "CiphertextBlob")
    key = private_key(ctx, row, version)
    work = partial(key.decrypt, algorithm, sealed)
    return perform(ctx, row, version, work, what="decrypt", name="CiphertextBlob")


@operation(
    KMS,
    "AsymmetricSign",
    effect="Read",
    on=UNIMPORTED_KEY,
    rate=ASYMMETRIC,
    raises=PRIVATE_HALF,
    reads_only=True,
)
def asymmetric_sign(
    ctx: Context,
    key: KeyRow,
    *,
    key_version_id: VersionId,
    algorithm: SigningAlgorithm,
    digest: DigestText,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Signature:
    """Sign a digest; messages are never hashed here. Signatures of curves are in DER."""
    check_use(key, algorithm, Usage.SIGN)
    version = version_of(ctx, key, key_version_id)
    content = _digest(digest)
    private = private_key(ctx, key, version)
    work = partial(private.sign, algorithm, content)
    value = perform(ctx, key, version, work, what="sign", name="Digest")
    return Signature(key_id=key.key_id, key_version_id=version.version_id, value=tobase64(value))


@operation(
    KMS,
    "AsymmetricVerify",
    effect="Read",
    on=UNIMPORTED_KEY,
    rate=ASYMMETRIC,
    raises=PUBLIC_HALF,
    reads_only=True,
)
def asymmetric_verify(
    ctx: Context,
    key: KeyRow,
    *,
    key_version_id: VersionId,
    algorithm: SigningAlgorithm,
    digest: DigestText,
    value: Annotated[str, Text(1, 1024), Doc("The signature in Base64.")],
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Verified:
    """Say whether a signature is a digest's; a wrong one is no error."""
    check_use(key, algorithm, Usage.SIGN)
    version = version_of(ctx, key, key_version_id)
    content, signature = _digest(digest), unbase64(value, "Value")
    fits = verifies(key, public_key_of(ctx, key, version), algorithm, content, signature)
    return Verified(key_id=key.key_id, key_version_id=version.version_id, value=fits)


def verifies(
    row: KeyRow, public_key: bytes, algorithm: str, digest: bytes, signature: bytes
) -> bool:
    """Tell whether a signature is a digest's under a pair, by its public half as DER."""
    with Refusing("Digest"):
        public = load_public(row.spec, public_key)
        try:
            public.verify(algorithm, digest, signature)
        except BadSignature:
            return False
    return True


def _digest(text: DigestText) -> bytes:
    content = unbase64(text.reveal(), "Digest")
    if len(content) != DIGEST_BYTES:
        raise InvalidParameter(name="Digest")
    return content
