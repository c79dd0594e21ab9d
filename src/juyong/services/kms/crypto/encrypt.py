"""Encryption under symmetric keys: of the caller's texts, and of data keys drawn here."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Between, Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.envelope import Kind
from juyong.engines.crypto.specs import Usage, spec_of
from juyong.engines.crypto.wrapping import EXPORTS, wrap_for_export
from juyong.services.kms import errors
from juyong.services.kms.crypto import parameters, sealing
from juyong.services.kms.crypto.pairs import choose, decrypted
from juyong.services.kms.crypto.using import SEALING, USING, Refusing
from juyong.services.kms.keys.key import KEY, KeyName
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.keys.versions import KeyUsed, VersionId
from juyong.services.kms.product import KMS, NO_RECIPIENT, SYMMETRIC, OnlyCheck
from juyong.services.kms.tagging import by_itself, need

_SIZES = {"AES_256": 32, "AES_128": 16}
_DEFAULT = 32
DataKeySpec = Annotated[
    str, OneOf(tuple(_SIZES)), Doc("`AES_256` or `AES_128`; 32 bytes without it.")
]
DataKeySize = Annotated[int, Between(1, 1024), Doc("1 to 1024; wins over key_spec.")]
PublicKeyText = Annotated[str, Text(1, 4096), Doc("Base64 of the public key in DER.")]
WrappingSpec = Annotated[str, OneOf(tuple(EXPORTS)), Doc("The spec of that key.")]
WrappingAlgorithm = Annotated[
    str,
    OneOf(tuple(dict.fromkeys(name for names in EXPORTS.values() for name in names))),
    Doc("How it wraps."),
]


class DataKey(KeyUsed, frozen=True, kw_only=True):
    """A data key, open and sealed."""

    plaintext: Secret
    ciphertext_blob: str


class Exported(KeyUsed, frozen=True, kw_only=True):
    """A data key wrapped to the caller's public key."""

    exported_data_key: Secret


class DataKeyExported(parameters.Ciphertext, frozen=True, kw_only=True):
    """A new data key, sealed and wrapped."""

    exported_data_key: Secret


def _of_context(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions of a call under a symmetric key."""
    return parameters.symmetric_conditions(arguments.get("encryption_context"))


_SEALS = parameters.use(SYMMETRIC, SEALING, _of_context, seals=True)
_OPENS = parameters.use(SYMMETRIC, (*USING, *errors.USABLE), _of_context)


@operation(KMS, "Encrypt", on=sealing.SEALING_KEY, **_SEALS)
def encrypt(
    ctx: Context,
    key: KeyRow,
    *,
    plaintext: parameters.MessageText,
    encryption_context: parameters.ContextText | None = None,
) -> parameters.Ciphertext:
    """Seal up to 6 KB under the primary version of a symmetric key.

    Args:
        plaintext: Base64; Decrypt returns the same text, whatever it is.
    """
    context = parameters.context_of(encryption_context)
    payload = sealing.callers_text(key, plaintext)
    return sealing.seal_bytes(ctx, key, lambda: payload.content, context, payload.kind).answer


@operation(KMS, "Decrypt", on=sealing.BLOB, unsupported=NO_RECIPIENT, **_OPENS)
def decrypt(
    ctx: Context,
    found: sealing.Located,
    *,
    encryption_context: parameters.ContextText | None = None,
) -> parameters.Plaintext:
    """Open a ciphertext of Encrypt, ReEncrypt or GenerateDataKey, of any version of the key.

    The answer is the text that was given to Encrypt, or a data key in Base64.

    Assumed: the answer for a key that is gone.
    """
    payload = sealing.open_blob(ctx, found, parameters.context_of(encryption_context))
    return parameters.Plaintext(
        key_id=found.row.key_id, key_version_id=found.version.version_id, plaintext=payload.shown()
    )


# --- data keys ---


@operation(KMS, "GenerateDataKey", on=sealing.SEALING_KEY, unsupported=NO_RECIPIENT, **_SEALS)
def generate_data_key(
    ctx: Context,
    key: KeyRow,
    *,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: parameters.ContextText | None = None,
) -> DataKey:
    """Draw a data key and return it open, in Base64, and sealed."""
    blob = _drawn(ctx, key, _size(key_spec, number_of_bytes), encryption_context)
    return DataKey(
        key_id=blob.key_id,
        key_version_id=blob.version_id,
        plaintext=Secret(parameters.tobase64(blob.payload.content)),
        ciphertext_blob=parameters.tobase64(blob.data),
    )


@operation(KMS, "GenerateDataKeyWithoutPlaintext", on=sealing.SEALING_KEY, **_SEALS)
def generate_data_key_without_plaintext(
    ctx: Context,
    key: KeyRow,
    *,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: parameters.ContextText | None = None,
) -> parameters.Ciphertext:
    """Draw a data key and return it sealed only."""
    return _drawn(ctx, key, _size(key_spec, number_of_bytes), encryption_context).answer


@operation(KMS, "GenerateAndExportDataKey", on=sealing.SEALING_KEY, **_SEALS)
def generate_and_export_data_key(
    ctx: Context,
    key: KeyRow,
    *,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: parameters.ContextText | None = None,
) -> DataKeyExported:
    """Draw a data key and return it sealed, and wrapped to a public key.

    Args:
        number_of_bytes: 1 to 1024, and no more than the algorithm takes; wins over key_spec.
    """
    size = _size(key_spec, number_of_bytes)
    _check_size(wrapping_key_spec, wrapping_algorithm, size)
    blob = _drawn(ctx, key, size, encryption_context)
    drawn = blob.payload.content
    wrapped = _wrapped(wrapping_key_spec, wrapping_algorithm, public_key_blob, drawn)
    return DataKeyExported.of(
        blob, ciphertext_blob=parameters.tobase64(blob.data), exported_data_key=wrapped
    )


@operation(KMS, "ExportDataKey", on=sealing.BLOB, **_OPENS)
def export_data_key(
    ctx: Context,
    found: sealing.Located,
    *,
    public_key_blob: PublicKeyText,
    wrapping_key_spec: WrappingSpec,
    wrapping_algorithm: WrappingAlgorithm,
    encryption_context: parameters.ContextText | None = None,
) -> Exported:
    """Open a sealed data key and wrap it to a public key.

    For a text that was given to Encrypt, the bytes that its Base64 spells are wrapped.
    """
    data_key = sealing.open_blob(ctx, found, parameters.context_of(encryption_context)).raw()
    _check_size(wrapping_key_spec, wrapping_algorithm, len(data_key), "CiphertextBlob")
    wrapped = _wrapped(wrapping_key_spec, wrapping_algorithm, public_key_blob, data_key)
    return Exported.of(found.version, exported_data_key=wrapped)


def _size(key_spec: str | None, number_of_bytes: int | None) -> int:
    return number_of_bytes or _SIZES.get(key_spec or "", _DEFAULT)


def _drawn(ctx: Context, key: KeyRow, size: int, encryption_context: str | None) -> sealing.Blob:
    """Draw a data key and seal it."""
    return sealing.seal_bytes(
        ctx, key, partial(random_bytes, size), parameters.context_of(encryption_context)
    )


def _check_size(spec: str, algorithm: str, size: int, name: str = "NumberOfBytes") -> None:
    if algorithm not in EXPORTS[spec]:
        raise errors.UnsupportedOperation
    if size > spec_of(spec).max_plaintext_bytes[algorithm]:
        raise errors.InvalidParameter(name=name)


def _wrapped(spec: str, algorithm: str, public_key: str, data_key: bytes) -> Secret:
    with Refusing("PublicKeyBlob"):
        wrapped = wrap_for_export(
            wrapping_spec=spec,
            algorithm=algorithm,
            public_key=parameters.unbase64(public_key, "PublicKeyBlob"),
            data_key=data_key,
        )
    return Secret(parameters.tobase64(wrapped))


# --- from one key to another ---

_FROM, _TO = "kms:ReEncryptFrom", "kms:ReEncryptTo"


def _both_keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the source key and the destination key, each with its context, tags and policy."""
    pair, algorithm = arguments.get("source_key_id"), arguments.get("source_encryption_algorithm")
    if pair is not None:
        source = need(
            ctx, _FROM, KEY, pair, {parameters.ALGORITHM: (algorithm,)} if algorithm else {}
        )
    else:
        conditions = parameters.symmetric_conditions(arguments.get("source_encryption_context"))
        source = sealing.need_of_blob(ctx, _FROM, arguments["ciphertext_blob"], conditions)
    conditions = parameters.symmetric_conditions(arguments.get("destination_encryption_context"))
    return (source, need(ctx, _TO, KEY, arguments["destination_key_id"], conditions))


@operation(
    KMS,
    "ReEncrypt",
    action=_FROM,
    resource=by_itself,
    also=_both_keys,
    **parameters.use(
        SYMMETRIC,
        (*SEALING, errors.NoKey, errors.NoAlias, *errors.USABLE, errors.MissingParameter),
        seals=True,
    ),
)
def re_encrypt(
    ctx: Context,
    *,
    ciphertext_blob: parameters.BlobText,
    destination_key_id: KeyName,
    source_encryption_context: parameters.ContextText | None = None,
    destination_encryption_context: parameters.ContextText | None = None,
    source_key_id: KeyName | None = None,
    source_key_version_id: VersionId | None = None,
    source_encryption_algorithm: parameters.EncryptionAlgorithm | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> parameters.Ciphertext:
    """Open a ciphertext and seal its content under another key, version or context.

    The plaintext never leaves. Decrypt gives the plaintext of a pair's ciphertext in Base64.

    Args:
        ciphertext_blob: A ciphertext of a symmetric key, which names its key; or one of a pair.
        destination_key_id: The symmetric key to seal under.
        source_encryption_context: The context that the ciphertext was sealed with.
        destination_encryption_context: The context that the new ciphertext is bound to.
        source_key_id: The pair, where the ciphertext is of one.
        source_key_version_id: Its version; needed with a pair.
        source_encryption_algorithm: How it was encrypted; needed with a pair.
    """
    context = parameters.context_of(destination_encryption_context, "DestinationEncryptionContext")
    if source_key_id is None:
        found = sealing.find_blob(ctx, ciphertext_blob)
        source = parameters.context_of(source_encryption_context, "SourceEncryptionContext")
        payload = sealing.open_blob(ctx, found, source)
    else:
        if source_key_version_id is None:
            raise errors.MissingParameter(name="SourceKeyVersionId")
        if source_encryption_algorithm is None:
            raise errors.MissingParameter(name="SourceEncryptionAlgorithm")
        named = (source_key_id, source_encryption_algorithm, source_key_version_id)
        pair = choose(ctx, Usage.ENCRYPT, *named)
        message = decrypted(ctx, pair, parameters.unbase64(ciphertext_blob, "CiphertextBlob"))
        payload = sealing.Payload(kind=Kind.RAW, content=message)
    key = sealing.find_sealing_key(ctx, destination_key_id)
    return sealing.seal_bytes(ctx, key, lambda: payload.content, context, payload.kind).answer
