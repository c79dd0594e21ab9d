"""Encrypt and Decrypt: the first version of a key, and bare ciphertexts."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    BY_NAME,
    KeyName,
    LimitExceeded,
    NoInstance,
    algorithm_for,
    associated_data,
    instance_key,
    tobase64,
    unbase64,
)
from juyong.services.kms.facade import decrypt as open_bare
from juyong.services.kms.facade import encrypt as seal_bare
from juyong.services.kms_instance.parameters import (
    NO_IV,
    NO_PADDING,
    SYMMETRIC_KEY,
    Aad,
    Algorithm,
    Data,
    Iv,
    SecretData,
)
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import Ciphertext, Plaintext


@operation(
    INSTANCE,
    "Encrypt",
    unsupported={**NO_IV, **NO_PADDING},
    raises=(*BY_NAME, LimitExceeded, NoInstance),
    writes_seldom=True,
    **SYMMETRIC_KEY,
)
def encrypt(
    ctx: Context,
    *,
    key_id: KeyName,
    plaintext: SecretData,
    algorithm: Algorithm | None = None,
    aad: Aad | None = None,
) -> Ciphertext:
    """Encrypt under the first version of a key of the instance.

    Args:
        key_id: The key: its id, or an alias of it.
        plaintext: What is encrypted; of pairs no more than the algorithm takes.
        algorithm: `AES_GCM` or `SM4_GCM`; of pairs `RSAES_OAEP_SHA_256`, `RSAES_OAEP_SHA_1` or
            `SM2PKE`. The key's first one without it.
        aad: What Decrypt must be given too, up to 8192 bytes; symmetric keys only.

    Returns:
        The ciphertext, with the tag at its end, and the Iv that Decrypt must be given.

    Source: KMS instance API, Encrypt (documented); a tag at the end, as of AES-GCM elsewhere
        (assumed).
    """
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.ENCRYPT, algorithm)
    content = unbase64(plaintext.reveal(), "Plaintext")
    made = seal_bare(ctx, row, chosen, lambda: content, aad=associated_data(aad))
    return Ciphertext(
        key_id=row.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.iv),
        algorithm=made.algorithm,
    )


@operation(
    INSTANCE,
    "Decrypt",
    unsupported=NO_PADDING,
    raises=(*BY_NAME, NoInstance),
    reads_only=True,
    **SYMMETRIC_KEY,
)
def decrypt(
    ctx: Context,
    *,
    ciphertext_blob: Data,
    key_id: KeyName,
    algorithm: Algorithm | None = None,
    aad: Aad | None = None,
    iv: Iv | None = None,
) -> Plaintext:
    """Decrypt what Encrypt or GenerateDataKey gave.

    Args:
        key_id: The key: its id, or an alias of it.
        algorithm: As it was encrypted.
        aad: As it was encrypted.
        iv: The Iv that came with the ciphertext; symmetric keys only, which need it.

    Returns:
        The plaintext.

    Source: KMS instance API, Decrypt (documented).
    """
    return opened(ctx, key_id, ciphertext_blob, algorithm, aad=aad, iv=iv)


def opened(
    ctx: Context,
    key_id: str,
    ciphertext_blob: str,
    algorithm: str | None,
    *,
    aad: str | None,
    iv: str | None,
) -> Plaintext:
    """Decrypt a bare ciphertext; raises what Decrypt declares."""
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.ENCRYPT, algorithm)
    content = open_bare(
        ctx,
        row,
        chosen,
        unbase64(ciphertext_blob, "CiphertextBlob"),
        iv=unbase64(iv or "", "Iv"),
        aad=associated_data(aad),
    )
    return Plaintext(key_id=row.key_id, plaintext=Secret(tobase64(content)), algorithm=chosen)
