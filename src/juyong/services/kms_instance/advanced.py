"""AdvanceEncrypt and AdvanceDecrypt: the primary version of a key, named by the ciphertext."""

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    BY_NAME,
    SYMMETRIC,
    KeyName,
    LimitExceeded,
    NoInstance,
    advance_decrypt,
    advance_encrypt,
    algorithm_for,
    associated_data,
    blob_policy,
    blob_resource,
    instance_key,
    key_policy,
    key_resource,
    located,
    resource_tags,
    tobase64,
    unbase64,
)
from juyong.services.kms_instance.encryption import opened
from juyong.services.kms_instance.parameters import (
    NO_IV,
    NO_PADDING,
    SYMMETRIC_KEY,
    Aad,
    Algorithm,
    Data,
    Iv,
    SecretData,
    of_encryption,
)
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import VersionedCiphertext, VersionedPlaintext


@operation(
    INSTANCE,
    "AdvanceEncrypt",
    unsupported={**NO_IV, **NO_PADDING},
    raises=(*BY_NAME, LimitExceeded, NoInstance),
    writes_seldom=True,
    **SYMMETRIC_KEY,
)
def advance_encrypt_operation(
    ctx: Context,
    *,
    key_id: KeyName,
    plaintext: SecretData,
    algorithm: Algorithm | None = None,
    aad: Aad | None = None,
) -> VersionedCiphertext:
    """Encrypt under the primary version of a symmetric key of the instance.

    Args:
        key_id: The key: its id, or an alias of it.
        plaintext: What is encrypted.

    Returns:
        A ciphertext that AdvanceDecrypt opens with the Aad alone, also after rotations.

    Source: KMS instance API, AdvanceEncrypt (documented); keys of hardware instances too (assumed).
    """
    row = instance_key(ctx, key_id)
    algorithm_for(row, Usage.ENCRYPT, algorithm)
    content = unbase64(plaintext.reveal(), "Plaintext")
    made = advance_encrypt(ctx, row, lambda: content, associated_data(aad))
    return VersionedCiphertext(
        key_id=row.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.iv),
        algorithm=made.algorithm,
        key_version_id=made.version_id,
    )


def _is_bare(ctx: Context, ciphertext_blob: str, key_id: str | None) -> bool:
    """Say whether a ciphertext is one of Encrypt's, which names no key; callers send Iv to both."""
    return key_id is not None and located(ctx, ciphertext_blob) is None


def _resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key: of a bare ciphertext the one the caller names, else the ciphertext's own."""
    bare = _is_bare(ctx, arguments["ciphertext_blob"], arguments["key_id"])
    return (key_resource if bare else blob_resource)(ctx, arguments)


def _policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    bare = _is_bare(ctx, arguments["ciphertext_blob"], arguments["key_id"])
    return (key_policy if bare else blob_policy)(ctx, arguments)


@operation(
    INSTANCE,
    "AdvanceDecrypt",
    effect="Read",
    resource=_resource,
    conditions=of_encryption,
    resource_conditions=resource_tags,
    resource_policy=_policy,
    rate=SYMMETRIC,
    unsupported=NO_PADDING,
    raises=(*BY_NAME, NoInstance),
    reads_only=True,
)
def advance_decrypt_operation(
    ctx: Context,
    *,
    ciphertext_blob: Data,
    key_id: KeyName | None = None,
    algorithm: Algorithm | None = None,
    aad: Aad | None = None,
    iv: Iv | None = None,
) -> VersionedPlaintext:
    """Decrypt what AdvanceEncrypt gave, or what Encrypt gave.

    Args:
        key_id: The key of a ciphertext of Encrypt or GenerateDataKey; all others name it.
        algorithm: As it was encrypted.
        aad: As it was encrypted.
        iv: The Iv that came with a ciphertext of Encrypt or GenerateDataKey.

    Returns:
        The plaintext.

    Source: KMS instance API, AdvanceDecrypt (documented). Assumed: where the ciphertext names
        the key, KeyId and Iv are not looked at.
    """
    if key_id is not None and _is_bare(ctx, ciphertext_blob, key_id):
        bare = opened(ctx, key_id, ciphertext_blob, algorithm, aad=aad, iv=iv)
        return VersionedPlaintext(
            key_id=bare.key_id,
            plaintext=bare.plaintext,
            algorithm=bare.algorithm,
            key_version_id="",
        )
    found = advance_decrypt(ctx, ciphertext_blob, associated_data(aad))
    return VersionedPlaintext(
        key_id=found.key.key_id,
        plaintext=Secret(tobase64(found.plaintext)),
        algorithm=algorithm_for(found.key, Usage.ENCRYPT, algorithm),
        key_version_id=found.version_id,
    )
