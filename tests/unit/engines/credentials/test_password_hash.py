"""Password hashes: made, checked, recognised as old, and refused when damaged."""

from typing import Any

import argon2
import pytest
from argon2.low_level import Type, hash_secret

from juyong.engines.credentials.common_passwords import COMMON_PASSWORDS
from juyong.engines.credentials.passwords import (
    MAX_PASSWORD_LENGTH,
    SALT_BYTES,
    BadPasswordHash,
    PasswordPolicy,
    hash_password,
    is_reused,
    needs_rehash,
    verify_password,
)

SALT = bytes(range(SALT_BYTES))


def cheap(password: str, *, kind: Type = Type.ID, salt: bytes = SALT) -> str:
    return hash_secret(password.encode(), salt, 1, 8, 1, 32, kind).decode()


def test_hash_round_trip() -> None:
    encoded = hash_password("Str0ng-Horses", SALT)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert encoded == hash_password("Str0ng-Horses", SALT)
    assert encoded != hash_password("Str0ng-Horses", SALT[::-1])
    assert verify_password(encoded, "Str0ng-Horses")
    assert not verify_password(encoded, "str0ng-Horses")
    assert not verify_password(encoded, "")
    assert not needs_rehash(encoded)


def test_high_level_library_accepts_the_hash() -> None:
    assert argon2.PasswordHasher().verify(hash_password("Str0ng-Horses", SALT), "Str0ng-Horses")


def test_salt_length_has_two_sides() -> None:
    assert hash_password("x", bytes(SALT_BYTES))
    with pytest.raises(ValueError, match="16 bytes"):
        hash_password("x", bytes(SALT_BYTES - 1))


def test_composed_and_decomposed_letters_agree() -> None:
    assert verify_password(hash_password("caf\u00e9-noir", SALT), "cafe\u0301-noir")


def test_lone_surrogate_is_only_a_wrong_password() -> None:
    assert not verify_password(cheap("x"), "\ud800")


def test_overlong_password_is_refused_without_hashing() -> None:
    longest = "x" * MAX_PASSWORD_LENGTH
    assert verify_password(cheap(longest), longest)
    assert not verify_password(cheap(longest + "x"), longest + "x")


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "plain",
        "$argon2id$v=19$m=8,t=1,p=1$short",
        "$2b$12$abcdefghijklmnopqrstuv",
        "é",
        cheap("x", kind=Type.D),
    ],
)
def test_damaged_hash_is_no_mismatch(encoded: str) -> None:
    with pytest.raises(BadPasswordHash) as refused:
        verify_password(encoded, "x")
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("encoded", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$short"])
def test_damaged_hash_has_no_parameters(encoded: str) -> None:
    with pytest.raises(BadPasswordHash):
        needs_rehash(encoded)


TODAY = {
    "salt": SALT,
    "time_cost": 2,
    "memory_cost": 19_456,
    "parallelism": 1,
    "hash_len": 32,
    "type": Type.ID,
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        ({"time_cost": 1}, True),
        ({"memory_cost": 19_455}, True),
        ({"parallelism": 2}, True),
        ({"hash_len": 16}, True),
        ({"type": Type.I}, True),
        ({"salt": SALT[:8]}, True),
        ({"salt": SALT * 2}, False),
    ],
)
def test_other_parameters_call_for_a_new_hash(change: dict[str, Any], expected: bool) -> None:
    encoded = hash_secret(b"x", **{**TODAY, **change}).decode()
    assert needs_rehash(encoded) is expected


@pytest.mark.parametrize(
    ("prevention", "password", "reused"),
    [
        (0, "newest", False),
        (1, "newest", True),
        (1, "older", False),
        (2, "older", True),
        (2, "oldest", False),
        (3, "oldest", True),
        (24, "oldest", True),
        (24, "never", False),
    ],
)
def test_reuse_looks_back_as_far_as_the_policy(
    prevention: int, password: str, reused: bool
) -> None:
    previous = [cheap(name) for name in ("newest", "older", "oldest")]
    policy = PasswordPolicy(password_reuse_prevention=prevention)
    assert is_reused(password, previous, policy) is reused


def test_common_passwords_are_ones_the_length_rule_lets_through() -> None:
    assert len(COMMON_PASSWORDS) > 150
    for password in COMMON_PASSWORDS:
        assert len(password) >= 8
        assert password == password.casefold()
