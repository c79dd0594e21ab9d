"""Encrypt and Decrypt."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.services.kms.crypto.access import of_symmetric
from juyong.services.kms.crypto.blobs import blob_policy, blob_resource, find_blob
from juyong.services.kms.crypto.parameters import BlobText, ContextText, MessageText, context_of
from juyong.services.kms.crypto.sealing import (
    callers_text,
    check_symmetric,
    open_blob,
    seal_payload,
)
from juyong.services.kms.crypto.shapes import Ciphertext, Plaintext
from juyong.services.kms.crypto.using import BY_BLOB, BY_NAME
from juyong.services.kms.errors import LimitExceeded
from juyong.services.kms.keys.find import find_usable_key, key_policy, key_resource
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.product import NO_RECIPIENT
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import SYMMETRIC
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "Encrypt",
    effect="Read",
    resource=key_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=SYMMETRIC,
    raises=(*BY_NAME, LimitExceeded),
    writes_seldom=True,
)
def encrypt(
    ctx: Context,
    *,
    key_id: KeyName,
    plaintext: MessageText,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Ciphertext:
    """Seal up to 6 KB under the primary version of a symmetric key.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        plaintext: Base64; Decrypt returns the same text, whatever it is.
        encryption_context: What Decrypt must be given too; it is not kept.
        dry_run: Only check.

    Returns:
        The ciphertext, and which version made it.

    Source: KMS API reference, Encrypt (documented).
    """
    row = find_usable_key(ctx, key_id)
    check_symmetric(row)
    context = context_of(encryption_context)
    payload = callers_text(row, plaintext)
    _, blob = seal_payload(ctx, row, lambda: payload, context)
    return Ciphertext(key_id=blob.key_id, key_version_id=blob.version_id, ciphertext_blob=blob.text)


@operation(
    KMS,
    "Decrypt",
    effect="Read",
    resource=blob_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=blob_policy,
    unsupported=NO_RECIPIENT,
    rate=SYMMETRIC,
    raises=BY_BLOB,
    reads_only=True,
)
def decrypt(
    ctx: Context,
    *,
    ciphertext_blob: BlobText,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Plaintext:
    """Open what Encrypt, ReEncrypt or GenerateDataKey sealed, under whichever version that was.

    Args:
        ciphertext_blob: The ciphertext, which names its key version.
        encryption_context: What it was sealed with.
        dry_run: Only check.

    Returns:
        The text that was given to Encrypt, or a data key in Base64.

    Source: KMS API reference, Decrypt (documented); the answer for a key that is gone (assumed).
    """
    found = find_blob(ctx, ciphertext_blob)
    payload = open_blob(ctx, found, context_of(encryption_context))
    return Plaintext(
        key_id=found.row.key_id,
        key_version_id=found.version.version_id,
        plaintext=payload.shown(),
    )
