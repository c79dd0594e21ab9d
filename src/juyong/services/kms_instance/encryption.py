"""Encrypt, Decrypt, AdvanceEncrypt and AdvanceDecrypt.

A bare ciphertext of Encrypt is of the key's first version, and names nothing; a ciphertext of
AdvanceEncrypt is of the primary version, which it names.

Source: KMS instance API, each operation (documented).
"""

from typing import Any

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.api.resource import Target
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    BLOB,
    INSTANCE_KEY,
    SYMMETRIC,
    USING,
    KeyName,
    KeyRow,
    advance_decrypt,
    advance_encrypt,
    algorithm_for,
    associated_data,
    located,
    tobase64,
    unbase64,
    use,
)
from juyong.services.kms.facade import decrypt as open_bare
from juyong.services.kms.facade import encrypt as seal_bare
from juyong.services.kms_instance.parameters import (
    NO_IV,
    NO_PADDING,
    OPENS,
    SEALS,
    Aad,
    Algorithm,
    AnyAlgorithm,
    Data,
    Iv,
    SameAad,
    SecretData,
    of_encryption,
)
from juyong.services.kms_instance.product import INSTANCE
from juyong.services.kms_instance.shapes import (
    Ciphertext,
    Plaintext,
    VersionedCiphertext,
    VersionedPlaintext,
)

_ACCEPTED = {**NO_IV, **NO_PADDING}


@operation(INSTANCE, "Encrypt", unsupported=_ACCEPTED, on=INSTANCE_KEY, **SEALS)
def encrypt(
    ctx: Context,
    key: KeyRow,
    *,
    plaintext: SecretData,
    algorithm: AnyAlgorithm | None = None,
    aad: Aad | None = None,
) -> Ciphertext:
    """Encrypt under the first version of a key of the instance; the tag is at the end.

    Args:
        plaintext: The bytes to encrypt; for pairs no more than the algorithm takes.
        aad: What Decrypt must be given too, up to 8192 bytes; symmetric keys only.

    Source: KMS instance API, Encrypt (documented); a tag at the end, as of AES-GCM elsewhere
        (assumed).
    """
    chosen = algorithm_for(key, Usage.ENCRYPT, algorithm)
    content = unbase64(plaintext.reveal(), "Plaintext")
    made = seal_bare(ctx, key, chosen, lambda: content, aad=associated_data(aad))
    return Ciphertext(
        key_id=key.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.nonce),
        algorithm=chosen,
    )


@operation(INSTANCE, "Decrypt", unsupported=NO_PADDING, on=INSTANCE_KEY, **OPENS)
def decrypt(
    ctx: Context,
    key: KeyRow,
    *,
    ciphertext_blob: Data,
    algorithm: Algorithm | None = None,
    aad: SameAad | None = None,
    iv: Iv | None = None,
) -> Plaintext:
    """Decrypt a ciphertext of Encrypt or GenerateDataKey."""
    return _opened(ctx, key, ciphertext_blob, algorithm, aad=aad, iv=iv)


def _opened(
    ctx: Context, key: KeyRow, blob: str, algorithm: str | None, *, aad: str | None, iv: str | None
) -> Plaintext:
    chosen = algorithm_for(key, Usage.ENCRYPT, algorithm)
    content = open_bare(
        ctx,
        key,
        chosen,
        unbase64(blob, "CiphertextBlob"),
        iv=unbase64(iv or "", "Iv"),
        aad=associated_data(aad),
    )
    return Plaintext(key_id=key.key_id, plaintext=Secret(tobase64(content)), algorithm=chosen)


@operation(INSTANCE, "AdvanceEncrypt", unsupported=_ACCEPTED, on=INSTANCE_KEY, **SEALS)
def advance_encrypt_operation(
    ctx: Context,
    key: KeyRow,
    *,
    plaintext: SecretData,
    algorithm: Algorithm | None = None,
    aad: Aad | None = None,
) -> VersionedCiphertext:
    """Encrypt under the primary version of a symmetric key of the instance.

    AdvanceDecrypt opens the ciphertext with the Aad alone, also after rotations.

    Source: KMS instance API, AdvanceEncrypt (documented); keys of hardware instances too (assumed).
    """
    chosen = algorithm_for(key, Usage.ENCRYPT, algorithm)
    content = unbase64(plaintext.reveal(), "Plaintext")
    made = advance_encrypt(ctx, key, lambda: content, associated_data(aad))
    return VersionedCiphertext(
        key_id=key.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.nonce),
        algorithm=chosen,
        key_version_id=made.version_id,
    )


def _is_bare(ctx: Context, arguments: Arguments) -> bool:
    """Say whether a ciphertext is one of Encrypt's, which names no key; callers send Iv to both."""
    return bool(arguments["key_id"]) and located(ctx, arguments["ciphertext_blob"]) is None


def _target(ctx: Context, arguments: Arguments) -> Target[Any]:
    """Return the name of the key: the caller's for a bare ciphertext, else the ciphertext's."""
    return INSTANCE_KEY if _is_bare(ctx, arguments) else BLOB


def _resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return _target(ctx, arguments).arn(ctx, arguments)


def _policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    policy = _target(ctx, arguments).policy
    return policy(ctx, arguments) if policy else None


@operation(
    INSTANCE,
    "AdvanceDecrypt",
    resource=_resource,
    resource_conditions=INSTANCE_KEY.conditions,
    resource_policy=_policy,
    unsupported=NO_PADDING,
    **use(SYMMETRIC, (*USING, *INSTANCE_KEY.errors), of_encryption),
)
def advance_decrypt_operation(
    ctx: Context,
    *,
    ciphertext_blob: Data,
    key_id: KeyName | None = None,
    algorithm: Algorithm | None = None,
    aad: SameAad | None = None,
    iv: Iv | None = None,
) -> VersionedPlaintext:
    """Decrypt a ciphertext of AdvanceEncrypt or Encrypt.

    Args:
        key_id: The key of a ciphertext of Encrypt or GenerateDataKey; all others name it.
        iv: The Iv that came with a ciphertext of Encrypt or GenerateDataKey.

    Source: KMS instance API, AdvanceDecrypt (documented). Assumed: where the ciphertext names
        the key, KeyId and Iv are not looked at.
    """
    arguments = {"key_id": key_id, "ciphertext_blob": ciphertext_blob}
    if _is_bare(ctx, arguments):
        key = INSTANCE_KEY.find(ctx, arguments)
        bare = _opened(ctx, key, ciphertext_blob, algorithm, aad=aad, iv=iv)
        return VersionedPlaintext(
            key_id=bare.key_id,
            plaintext=bare.plaintext,
            algorithm=bare.algorithm,
            key_version_id="",
        )
    found, content = advance_decrypt(ctx, ciphertext_blob, associated_data(aad))
    return VersionedPlaintext(
        key_id=found.row.key_id,
        plaintext=Secret(tobase64(content)),
        algorithm=algorithm_for(found.row, Usage.ENCRYPT, algorithm),
        key_version_id=found.version.version_id,
    )
