"""Keep and check passwords as Argon2id hashes; the policy for them is re-exported here."""

import unicodedata
from collections.abc import Sequence

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type, hash_secret, verify_secret

from juyong.engines.credentials.password_policy import (
    LOCK_SECONDS,
    MAX_PASSWORD_LENGTH,
    RANGES,
    PasswordPolicy,
    PasswordState,
    PasswordStatus,
    PolicyOutOfRange,
    Violation,
    is_locked,
    locked_until,
    password_state,
    violations,
)

__all__ = [
    "LOCK_SECONDS",
    "MAX_PASSWORD_LENGTH",
    "RANGES",
    "SALT_BYTES",
    "BadPasswordHash",
    "PasswordPolicy",
    "PasswordState",
    "PasswordStatus",
    "PolicyOutOfRange",
    "Violation",
    "hash_password",
    "is_locked",
    "is_reused",
    "locked_until",
    "needs_rehash",
    "password_state",
    "verify_password",
    "violations",
]

# SOURCE: OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
HASH_BYTES = 32
SALT_BYTES = 16


class BadPasswordHash(ValueError):
    """The stored text is no Argon2id hash, so it can neither match nor mismatch."""


def hash_password(password: str, salt: bytes) -> str:
    """Hash a password with Argon2id.

    Args:
        password: Normalised (NFKC) first, so that keyboards that compose differently agree.
        salt: At least `SALT_BYTES` random bytes, fresh for each hash.

    Returns:
        The encoded form `$argon2id$v=19$m=...`, which carries salt and parameters.

    Raises:
        ValueError: the salt is too short.

    Cost: about 19 MiB and some tens of milliseconds.
    """
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt has at least {SALT_BYTES} bytes")
    return hash_secret(
        _bytes_of(password),
        salt,
        time_cost=PASSES,
        memory_cost=MEMORY_KIB,
        parallelism=LANES,
        hash_len=HASH_BYTES,
        type=Type.ID,
    ).decode("ascii")


def verify_password(encoded: str, password: str) -> bool:
    """Tell whether `password` is the one behind `encoded`.

    Raises:
        BadPasswordHash: `encoded` is damaged or of another kind.

    Cost: as set in `encoded`; one above `MAX_PASSWORD_LENGTH` is refused without hashing.
    """
    if len(password) > MAX_PASSWORD_LENGTH:
        return False
    try:
        return verify_secret(encoded.encode("ascii"), _bytes_of(password), Type.ID)
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        raise BadPasswordHash("the stored text is no Argon2id hash") from None


def is_reused(password: str, previous: Sequence[str], policy: PasswordPolicy) -> bool:
    """Tell whether `password` is among the newest hashes that the policy forbids to use again.

    Args:
        password: The proposed password.
        previous: Encoded hashes, newest first, the present one included.
        policy: Its `password_reuse_prevention` says how many count; 0 means none.

    Cost: at most one verification for each hash that counts, which are 24 at the most.
    """
    forbidden = previous[: policy.password_reuse_prevention]
    return any(verify_password(encoded, password) for encoded in forbidden)


def needs_rehash(encoded: str) -> bool:
    """Tell whether `encoded` was made with other parameters than today's.

    Raises:
        BadPasswordHash: `encoded` is damaged or of another kind.
    """
    try:
        made = extract_parameters(encoded)
    except InvalidHashError:
        raise BadPasswordHash("the stored text is no Argon2id hash") from None
    return (
        made.type is not Type.ID
        or (made.memory_cost, made.time_cost, made.parallelism, made.hash_len)
        != (MEMORY_KIB, PASSES, LANES, HASH_BYTES)
        or made.salt_len < SALT_BYTES
    )


def _bytes_of(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
