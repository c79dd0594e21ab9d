"""AsymmetricEncrypt and AsymmetricDecrypt."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.crypto.access import of_asymmetric
from juyong.services.kms.crypto.parameters import (
    BlobText,
    EncryptionAlgorithm,
    MessageText,
    tobase64,
    unbase64,
)
from juyong.services.kms.crypto.shapes import Ciphertext, Plaintext
from juyong.services.kms.crypto.using import (
    BY_VERSION,
    PUBLIC_HALF,
    Refusing,
    check_use,
    perform,
    private_key,
)
from juyong.services.kms.keys.find import find_usable_key, key_policy, key_resource
from juyong.services.kms.keys.material import public_key_of, version_of
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.keys.versions import VersionId
from juyong.services.kms.product import NO_RECIPIENT
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import ASYMMETRIC
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "AsymmetricEncrypt",
    effect="Read",
    resource=key_resource,
    conditions=of_asymmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=ASYMMETRIC,
    raises=PUBLIC_HALF,
    reads_only=True,
)
def asymmetric_encrypt(
    ctx: Context,
    *,
    key_id: KeyName,
    key_version_id: VersionId,
    algorithm: EncryptionAlgorithm,
    plaintext: MessageText,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Ciphertext:
    """Encrypt to the public half of a pair.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        plaintext: Base64; how much depends on key and algorithm.
        dry_run: Only check.

    Returns:
        A standard ciphertext in Base64.

    Source: KMS API reference, AsymmetricEncrypt (documented).
    """
    row = find_usable_key(ctx, key_id)
    check_use(row, algorithm, Usage.ENCRYPT)
    version = version_of(ctx, row, key_version_id)
    message = unbase64(plaintext.reveal(), "Plaintext")
    with Refusing("Plaintext"):
        public = load_public(row.spec, public_key_of(ctx, row, version))
        sealed = public.encrypt(algorithm, message)
    return Ciphertext(
        key_id=row.key_id, key_version_id=version.version_id, ciphertext_blob=tobase64(sealed)
    )


@operation(
    KMS,
    "AsymmetricDecrypt",
    effect="Read",
    resource=key_resource,
    conditions=of_asymmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    unsupported=NO_RECIPIENT,
    rate=ASYMMETRIC,
    raises=BY_VERSION,
    reads_only=True,
)
def asymmetric_decrypt(
    ctx: Context,
    *,
    key_id: KeyName,
    key_version_id: VersionId,
    algorithm: EncryptionAlgorithm,
    ciphertext_blob: BlobText,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Plaintext:
    """Decrypt what was encrypted to the public half of a pair, here or anywhere.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        ciphertext_blob: A standard ciphertext in Base64.
        dry_run: Only check.

    Returns:
        The plaintext in Base64.

    Source: KMS API reference, AsymmetricDecrypt (documented).
    """
    row = find_usable_key(ctx, key_id)
    message = opened(ctx, row, key_version_id, algorithm, ciphertext_blob)
    return Plaintext(
        key_id=row.key_id, key_version_id=key_version_id, plaintext=Secret(tobase64(message))
    )


def opened(ctx: Context, row: KeyRow, version_id: str, algorithm: str, blob: str) -> bytes:
    """Decrypt under a pair that is usable; raises what AsymmetricDecrypt does."""
    check_use(row, algorithm, Usage.ENCRYPT)
    version = version_of(ctx, row, version_id)
    sealed = unbase64(blob, "CiphertextBlob")
    key = private_key(ctx, row, version)
    return perform(
        ctx,
        row,
        version,
        lambda: key.decrypt(algorithm, sealed),
        what="decrypt",
        name="CiphertextBlob",
    )
