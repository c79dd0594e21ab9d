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

    SECURITY: condition keys have no case, names of a context do. Each name keeps its spelling here,
    so that the policy engine sees names that differ in case alone as readings of one key.
    """
    try:
        pairs = EncryptionContext.parse(text or "").pairs
    except BadInput:
        pairs = ()
    return {ALGORITHM: (SYMMETRIC_DEFAULT,), **{f"{_CONTEXT}{k}": (v,) for k, v in pairs}}
