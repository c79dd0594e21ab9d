"""What a cryptographic call must be allowed besides its key: the context and the algorithm.

Source: KMS, "Condition keys" (documented): `kms:EncryptionContext:<key>`,
`kms:EncryptionAlgorithm`.
"""

from collections.abc import Mapping

from juyong.api.context import Arguments, Context
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT

ALGORITHM = "kms:EncryptionAlgorithm"
_CONTEXT = "kms:EncryptionContext:"

Conditions = dict[str, tuple[str, ...]]


def of_symmetric(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001
    """Return the conditions of a call under a symmetric key."""
    return symmetric_conditions(arguments.get("encryption_context"))


def of_asymmetric(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001
    """Return the conditions of an encryption or decryption under a pair."""
    return {ALGORITHM: (arguments["algorithm"],)}


def symmetric_conditions(text: str | None) -> Conditions:
    """Return the conditions an encryption context feeds; one that is refused later feeds none.

    SECURITY: condition keys have no case, names of a context do. Of names that differ in case alone
    all values stand under the one key, so that none of them hides another from a Deny.
    """
    try:
        pairs = EncryptionContext.parse(text or "").pairs
    except BadInput:
        pairs = ()
    found: Conditions = {ALGORITHM: (SYMMETRIC_DEFAULT,)}
    for name, value in pairs:
        key = f"{_CONTEXT}{name}".casefold()
        found[key] = (*found.get(key, ()), value)
    return found
