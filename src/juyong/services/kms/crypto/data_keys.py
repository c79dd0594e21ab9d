"""Data keys: drawn here, used by the caller, kept sealed."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.envelope import Kind
from juyong.services.kms.crypto.access import of_symmetric
from juyong.services.kms.crypto.parameters import ContextText, context_of, tobase64
from juyong.services.kms.crypto.sealing import Blob, Payload, check_symmetric, seal_payload
from juyong.services.kms.crypto.shapes import Ciphertext, DataKey
from juyong.services.kms.crypto.using import BY_NAME
from juyong.services.kms.errors import LimitExceeded
from juyong.services.kms.keys.find import find_usable_key, key_policy, key_resource
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.product import NO_RECIPIENT
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import SYMMETRIC
from juyong.services.kms.tagging import resource_tags

_SIZES = {"AES_256": 32, "AES_128": 16}
_DEFAULT = 32
DataKeySpec = Annotated[
    str,
    OneOf(tuple(_SIZES)),
    Doc("`AES_256` or `AES_128`; 32 bytes without it."),
]
DataKeySize = Annotated[int, Between(1, 1024), Doc("1 to 1024; wins over key_spec.")]
RAISES = (*BY_NAME, LimitExceeded)


@operation(
    KMS,
    "GenerateDataKey",
    effect="Read",
    resource=key_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    unsupported=NO_RECIPIENT,
    rate=SYMMETRIC,
    raises=RAISES,
    writes_seldom=True,
)
def generate_data_key(
    ctx: Context,
    *,
    key_id: KeyName,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> DataKey:
    """Draw a data key and return it open and sealed.

    Args:
        key_id: The key that seals it: its id, an alias of it, or the ARN of either.
        dry_run: Only check.

    Returns:
        The data key in Base64, and its ciphertext.

    Source: KMS API reference, GenerateDataKey (documented).
    """
    drawn, blob = drawn_key(ctx, key_id, key_spec, number_of_bytes, encryption_context)
    return DataKey(
        key_id=blob.key_id,
        key_version_id=blob.version_id,
        plaintext=Secret(tobase64(drawn)),
        ciphertext_blob=blob.text,
    )


@operation(
    KMS,
    "GenerateDataKeyWithoutPlaintext",
    effect="Read",
    resource=key_resource,
    conditions=of_symmetric,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=SYMMETRIC,
    raises=RAISES,
    writes_seldom=True,
)
def generate_data_key_without_plaintext(
    ctx: Context,
    *,
    key_id: KeyName,
    key_spec: DataKeySpec | None = None,
    number_of_bytes: DataKeySize | None = None,
    encryption_context: ContextText | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Ciphertext:
    """Draw a data key and return it sealed only.

    Args:
        key_id: The key that seals it: its id, an alias of it, or the ARN of either.
        dry_run: Only check.

    Returns:
        Its ciphertext.

    Source: KMS API reference, GenerateDataKeyWithoutPlaintext (documented).
    """
    _, blob = drawn_key(ctx, key_id, key_spec, number_of_bytes, encryption_context)
    return Ciphertext(key_id=blob.key_id, key_version_id=blob.version_id, ciphertext_blob=blob.text)


def size_of(key_spec: str | None, number_of_bytes: int | None) -> int:
    """Return how long a data key is asked to be."""
    return number_of_bytes or _SIZES.get(key_spec or "", _DEFAULT)


def drawn_key(
    ctx: Context,
    key_id: str,
    key_spec: str | None,
    number_of_bytes: int | None,
    encryption_context: str | None,
) -> tuple[bytes, Blob]:
    """Draw a data key and seal it; raises what the operations declare."""
    row = find_usable_key(ctx, key_id)
    check_symmetric(row)
    context = context_of(encryption_context)

    size = size_of(key_spec, number_of_bytes)

    def draw() -> Payload:
        return Payload(kind=Kind.RAW, content=random_bytes(size))

    payload, blob = seal_payload(ctx, row, draw, context)
    return payload.content, blob
