"""Data keys wrapped to a caller's public key, so that they travel to where they are used."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import spec_of
from juyong.engines.crypto.wrapping import EXPORTS, wrap_for_export
from juyong.services.kms.crypto.access import of_symmetric
from juyong.services.kms.crypto.blobs import blob_policy, blob_resource, find_blob
from juyong.services.kms.crypto.data_keys import (
    RAISES,
    DataKeySize,
    DataKeySpec,
    drawn_key,
    size_of,
)
from juyong.services.kms.crypto.parameters import (
    BlobText,
    ContextText,
    PublicKeyText,
    WrappingAlgorithm,
    WrappingSpec,
    context_of,
    tobase64,
    unbase64,
)
from juyong.services.kms.crypto.sealing import open_blob
from juyong.services.kms.crypto.shapes import DataKeyExported, Exported
from juyong.services.kms.crypto.using import BY_BLOB, Refusing
from juyong.services.kms.errors import InvalidParameter, UnsupportedOperation
from juyong.services.kms.keys.find import key_policy, key_resource
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import SYMMETRIC
from juyong.services.kms.tagging import resource_tags


@operation(
    KMS,
    "GenerateAndExportDataKey",
    effect="Read",
    resource=key_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=SYMMETRIC,
    raises=RAISES,
    writes_seldom=True,
)
def generate_and_export_data_key(
    ctx: Context,
    *,
    key_id: KeyName,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> DataKeyExported:
    """Draw a data key and return it sealed, and wrapped to a public key.

    Args:
        key_id: The key that seals it: its id, an alias of it, or the ARN of either.
        number_of_bytes: 1 to 1024, and no more than the algorithm takes; wins over key_spec.
        dry_run: Only check.

    Returns:
        The ciphertext and the wrapped data key.

    Source: KMS API reference, GenerateAndExportDataKey (documented).
    """
    _check_size(wrapping_key_spec, wrapping_algorithm, size_of(key_spec, number_of_bytes))
    drawn, blob = drawn_key(ctx, key_id, key_spec, number_of_bytes, encryption_context)
    return DataKeyExported(
        key_id=blob.key_id,
        key_version_id=blob.version_id,
        ciphertext_blob=blob.text,
        exported_data_key=_wrapped(wrapping_key_spec, wrapping_algorithm, public_key_blob, drawn),
    )


@operation(
    KMS,
    "ExportDataKey",
    effect="Read",
    resource=blob_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=blob_policy,
    rate=SYMMETRIC,
    raises=BY_BLOB,
    reads_only=True,
)
def export_data_key(
    ctx: Context,
    *,
    ciphertext_blob: BlobText,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Exported:
    """Open a sealed data key and wrap it to a public key.

    Args:
        ciphertext_blob: The sealed data key.
        encryption_context: What it was sealed with.
        dry_run: Only check.

    Returns:
        The wrapped data key; of a text given to Encrypt, what its Base64 spells.

    Source: KMS API reference, ExportDataKey (documented).
    """
    found = find_blob(ctx, ciphertext_blob)
    data_key = open_blob(ctx, found, context_of(encryption_context)).raw()
    _check_size(wrapping_key_spec, wrapping_algorithm, len(data_key), "CiphertextBlob")
    return Exported(
        key_id=found.row.key_id,
        key_version_id=found.version.version_id,
        exported_data_key=_wrapped(
            wrapping_key_spec, wrapping_algorithm, public_key_blob, data_key
        ),
    )


def _check_size(spec: str, algorithm: str, size: int, name: str = "NumberOfBytes") -> None:
    if algorithm not in EXPORTS[spec]:
        raise UnsupportedOperation
    if size > spec_of(spec).max_plaintext_bytes[algorithm]:
        raise InvalidParameter(name=name)


def _wrapped(spec: str, algorithm: str, public_key: str, data_key: bytes) -> Secret:
    with Refusing("PublicKeyBlob"):
        wrapped = wrap_for_export(
            wrapping_spec=spec,
            algorithm=algorithm,
            public_key=unbase64(public_key, "PublicKeyBlob"),
            data_key=data_key,
        )
    return Secret(tobase64(wrapped))
