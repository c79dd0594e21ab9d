"""GenerateDataKey and AdvanceGenerateDataKey: drawn here, used by the caller, kept sealed."""

from functools import partial
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    BY_NAME,
    KeyName,
    LimitExceeded,
    NoInstance,
    UnsupportedOperation,
    advance_encrypt,
    algorithm_for,
    associated_data,
    encrypt,
    instance_key,
    tobase64,
)
from juyong.services.kms_instance.parameters import SYMMETRIC_KEY, Aad, Algorithm
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import DataKey, VersionedDataKey

Size = Annotated[int, Between(1, 1024), Doc("1 to 1024; 32 without it.")]
_DEFAULT = 32
RAISES = (*BY_NAME, LimitExceeded, NoInstance)


@operation(INSTANCE, "GenerateDataKey", raises=RAISES, writes_seldom=True, **SYMMETRIC_KEY)
def generate_data_key(
    ctx: Context,
    *,
    key_id: KeyName,
    algorithm: Algorithm | None = None,
    number_of_bytes: Size = _DEFAULT,
    aad: Aad | None = None,
) -> DataKey:
    """Draw a data key and return it open, and sealed by the first version of a symmetric key.

    Args:
        key_id: The key of the instance that seals it: its id, or an alias of it.
        aad: What Decrypt must be given too, up to 8192 bytes.

    Returns:
        The data key, its ciphertext, and the Iv that Decrypt must be given.

    Source: KMS instance API, GenerateDataKey (documented); the default size (assumed).
    """
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.ENCRYPT, algorithm)
    if not chosen.endswith("_GCM"):
        raise UnsupportedOperation
    draw = partial(random_bytes, number_of_bytes)
    made = encrypt(ctx, row, chosen, draw, aad=associated_data(aad))
    return DataKey(
        key_id=row.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.iv),
        algorithm=made.algorithm,
        plaintext=Secret(tobase64(made.plaintext)),
    )


@operation(INSTANCE, "AdvanceGenerateDataKey", raises=RAISES, writes_seldom=True, **SYMMETRIC_KEY)
def advance_generate_data_key(
    ctx: Context, *, key_id: KeyName, number_of_bytes: Size = _DEFAULT, aad: Aad | None = None
) -> VersionedDataKey:
    """Draw a data key and return it open, and sealed by the primary version of a symmetric key.

    Args:
        key_id: The key of the instance that seals it: its id, or an alias of it.

    Returns:
        The data key, and its ciphertext, which AdvanceDecrypt opens with the Aad alone.

    Source: KMS instance API, AdvanceGenerateDataKey (documented); the default size (assumed).
    """
    row = instance_key(ctx, key_id)
    made = advance_encrypt(ctx, row, partial(random_bytes, number_of_bytes), associated_data(aad))
    return VersionedDataKey(
        key_id=row.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.iv),
        algorithm=made.algorithm,
        plaintext=Secret(tobase64(made.plaintext)),
        key_version_id=made.version_id,
    )
