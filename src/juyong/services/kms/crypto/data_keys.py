"""Data keys: drawn here, used by the caller, kept sealed, or wrapped to a caller's public key."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.envelope import Kind
from juyong.engines.crypto.specs import spec_of
from juyong.engines.crypto.wrapping import EXPORTS, wrap_for_export
from juyong.services.kms.crypto.parameters import (
    SYMMETRIC_USE,
    Ciphertext,
    ContextText,
    DataKey,
    DataKeyExported,
    Exported,
    PublicKeyText,
    WrappingAlgorithm,
    WrappingSpec,
    context_of,
    tobase64,
    unbase64,
)
from juyong.services.kms.crypto.sealing import (
    BLOB,
    Blob,
    Located,
    Payload,
    check_symmetric,
    open_blob,
    seal_payload,
)
from juyong.services.kms.crypto.using import SEALING, USING, Refusing
from juyong.services.kms.errors import USABLE, InvalidParameter, UnsupportedOperation
from juyong.services.kms.keys.key import USABLE_KEY
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.product import KMS, NO_RECIPIENT, OnlyCheck

_SIZES = {"AES_256": 32, "AES_128": 16}
_DEFAULT = 32
DataKeySpec = Annotated[
    str, OneOf(tuple(_SIZES)), Doc("`AES_256` or `AES_128`; 32 bytes without it.")
]
DataKeySize = Annotated[int, Between(1, 1024), Doc("1 to 1024; wins over key_spec.")]


@operation(
    KMS,
    "GenerateDataKey",
    on=USABLE_KEY,
    unsupported=NO_RECIPIENT,
    raises=SEALING,
    writes_seldom=True,
    **SYMMETRIC_USE,
)
def generate_data_key(
    ctx: Context,
    key: KeyRow,
    *,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> DataKey:
    """Draw a data key and return it open, in Base64, and sealed."""
    drawn, blob = _drawn(ctx, key, _size(key_spec, number_of_bytes), encryption_context)
    return DataKey(
        key_id=blob.key_id,
        key_version_id=blob.version_id,
        plaintext=Secret(tobase64(drawn)),
        ciphertext_blob=blob.text,
    )


@operation(
    KMS,
    "GenerateDataKeyWithoutPlaintext",
    on=USABLE_KEY,
    raises=SEALING,
    writes_seldom=True,
    **SYMMETRIC_USE,
)
def generate_data_key_without_plaintext(
    ctx: Context,
    key: KeyRow,
    *,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Ciphertext:
    """Draw a data key and return it sealed only."""
    return _drawn(ctx, key, _size(key_spec, number_of_bytes), encryption_context)[1].answer


@operation(
    KMS,
    "GenerateAndExportDataKey",
    on=USABLE_KEY,
    raises=SEALING,
    writes_seldom=True,
    **SYMMETRIC_USE,
)
def generate_and_export_data_key(
    ctx: Context,
    key: KeyRow,
    *,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> DataKeyExported:
    """Draw a data key and return it sealed, and wrapped to a public key.

    Args:
        number_of_bytes: 1 to 1024, and no more than the algorithm takes; wins over key_spec.
    """
    size = _size(key_spec, number_of_bytes)
    _check_size(wrapping_key_spec, wrapping_algorithm, size)
    drawn, blob = _drawn(ctx, key, size, encryption_context)
    return DataKeyExported(
        key_id=blob.key_id,
        key_version_id=blob.version_id,
        ciphertext_blob=blob.text,
        exported_data_key=_wrapped(wrapping_key_spec, wrapping_algorithm, public_key_blob, drawn),
    )


@operation(
    KMS, "ExportDataKey", on=BLOB, raises=(*USING, *USABLE), reads_only=True, **SYMMETRIC_USE
)
def export_data_key(
    ctx: Context,
    found: Located,
    *,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Exported:
    """Open a sealed data key and wrap it to a public key.

    For a text that was given to Encrypt, the bytes that its Base64 spells are wrapped.
    """
    data_key = open_blob(ctx, found, context_of(encryption_context)).raw()
    _check_size(wrapping_key_spec, wrapping_algorithm, len(data_key), "CiphertextBlob")
    return Exported(
        key_id=found.row.key_id,
        key_version_id=found.version.version_id,
        exported_data_key=_wrapped(
            wrapping_key_spec, wrapping_algorithm, public_key_blob, data_key
        ),
    )


def _size(key_spec: str | None, number_of_bytes: int | None) -> int:
    return number_of_bytes or _SIZES.get(key_spec or "", _DEFAULT)


def _drawn(
    ctx: Context, key: KeyRow, size: int, encryption_context: str | None
) -> tuple[bytes, Blob]:
    """Draw a data key and seal it."""
    check_symmetric(key)
    context = context_of(encryption_context)

    def draw() -> Payload:
        return Payload(kind=Kind.RAW, content=random_bytes(size))

    payload, blob = seal_payload(ctx, key, draw, context)
    return payload.content, blob


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
