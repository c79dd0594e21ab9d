"""The password policy: ranges, complexity, age and lockout, both sides of each edge."""

from dataclasses import replace

import pytest

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

NOW = 1_750_000_000
DAY = 86_400
LAX = PasswordPolicy()
STRICT = PasswordPolicy(
    minimum_password_length=12,
    require_lowercase_characters=True,
    require_uppercase_characters=True,
    require_numbers=True,
    require_symbols=True,
    minimum_password_different_character=8,
    password_not_contain_user_name=True,
    intercept_risk_password_on_api=True,
)


def test_defaults_are_the_published_ones() -> None:
    assert (
        PasswordPolicy(
            minimum_password_length=8,
            require_lowercase_characters=False,
            require_uppercase_characters=False,
            require_numbers=False,
            require_symbols=False,
            hard_expiry=False,
            max_password_age_days=0,
            password_reuse_prevention=0,
            max_login_attempts=0,
            initial_password_age_days=14,
            minimum_password_different_character=0,
            password_not_contain_user_name=False,
            intercept_risk_password_on_api=False,
        )
        == LAX
    )


@pytest.mark.parametrize("field", sorted(RANGES))
def test_ranges_have_two_sides(field: str) -> None:
    low, high = RANGES[field]
    for inside in (low, high):
        assert getattr(replace(LAX, **{field: inside}), field) == inside
    for outside in (low - 1, high + 1):
        with pytest.raises(PolicyOutOfRange) as refused:
            replace(LAX, **{field: outside})
        assert refused.value.field == field


def test_every_number_has_a_range() -> None:
    numbers = [name for name in PasswordPolicy.__slots__ if type(getattr(LAX, name)) is int]
    assert sorted(numbers) == sorted(RANGES)
    assert len(RANGES) == 6


GOOD = "Str0ng-Horses"
COMPLEXITY: list[tuple[str, PasswordPolicy, tuple[Violation, ...]]] = [
    (GOOD, STRICT, ()),
    ("a" * 8, LAX, ()),
    ("a" * 7, LAX, (Violation.TOO_SHORT,)),
    ("", LAX, (Violation.TOO_SHORT,)),
    ("a" * MAX_PASSWORD_LENGTH, LAX, ()),
    ("a" * (MAX_PASSWORD_LENGTH + 1), LAX, (Violation.TOO_LONG,)),
    ("a" * 32, replace(LAX, minimum_password_length=32), ()),
    ("a" * 31, replace(LAX, minimum_password_length=32), (Violation.TOO_SHORT,)),
    (GOOD.upper(), STRICT, (Violation.NO_LOWERCASE,)),
    (GOOD.lower(), STRICT, (Violation.NO_UPPERCASE,)),
    (GOOD.replace("0", "o"), STRICT, (Violation.NO_NUMBER,)),
    (GOOD.replace("-", "x"), STRICT, (Violation.NO_SYMBOL,)),
    (GOOD.replace("-", " "), STRICT, (Violation.NO_SYMBOL,)),
    (GOOD.replace("-", "é"), STRICT, (Violation.NO_SYMBOL,)),
    (GOOD.replace("0", "٣"), STRICT, (Violation.NO_NUMBER,)),
    ("aB1-aB1-aB1-", STRICT, (Violation.TOO_FEW_DIFFERENT,)),
    ("aB1-cD2=aB1-", STRICT, ()),
    ("aB1-cD2aB1-a", STRICT, (Violation.TOO_FEW_DIFFERENT,)),
    ("Str0ng-ALICE-x", STRICT, (Violation.CONTAINS_USER_NAME,)),
    ("Str0ng-ALICE-x", replace(STRICT, password_not_contain_user_name=False), ()),
    ("Str0ng-corp-horse", STRICT, ()),
    ("password", LAX, ()),
    ("password", replace(LAX, intercept_risk_password_on_api=True), (Violation.COMMON,)),
    ("PassWord", replace(LAX, intercept_risk_password_on_api=True), (Violation.COMMON,)),
    ("passwordy", replace(LAX, intercept_risk_password_on_api=True), ()),
    (
        "",
        STRICT,
        (
            Violation.TOO_SHORT,
            Violation.NO_LOWERCASE,
            Violation.NO_UPPERCASE,
            Violation.NO_NUMBER,
            Violation.NO_SYMBOL,
            Violation.TOO_FEW_DIFFERENT,
        ),
    ),
]


@pytest.mark.parametrize(("password", "policy", "expected"), COMPLEXITY)
def test_complexity(password: str, policy: PasswordPolicy, expected: tuple[Violation, ...]) -> None:
    assert violations(password, policy, user_name="alice@corp") == expected


def test_empty_user_name_is_in_no_password() -> None:
    assert violations(GOOD, STRICT, user_name="") == ()
    assert violations(GOOD, STRICT, user_name="@corp") == ()


def test_complexity_table_is_not_empty() -> None:
    assert len(COMPLEXITY) == 26


def state(
    *, initial: bool = False, age: int = 0, hard: bool = False, days: int = 0, first: int = 14
) -> PasswordState:
    policy = PasswordPolicy(
        max_password_age_days=days, initial_password_age_days=first, hard_expiry=hard
    )
    return password_state(policy, NOW - age, initial, NOW)


# keyword arguments -> (expired, must_reset, hard_expired), status
AGES: list[tuple[dict[str, int], tuple[bool, bool, bool], PasswordStatus]] = [
    ({}, (False, False, False), PasswordStatus.NOT_INITIAL),
    ({"age": 4000 * DAY}, (False, False, False), PasswordStatus.NOT_INITIAL),
    ({"days": 90, "age": 90 * DAY - 1}, (False, False, False), PasswordStatus.NOT_INITIAL),
    ({"days": 90, "age": 90 * DAY}, (True, True, False), PasswordStatus.NOT_INITIAL),
    ({"days": 90, "age": 90 * DAY - 1, "hard": True}, (False,) * 3, PasswordStatus.NOT_INITIAL),
    ({"days": 90, "age": 90 * DAY, "hard": True}, (True, False, True), PasswordStatus.NOT_INITIAL),
    ({"initial": True, "age": 14 * DAY - 1}, (False,) * 3, PasswordStatus.INITIAL_VALID),
    ({"initial": True, "age": 14 * DAY}, (True, False, True), PasswordStatus.INITIAL_EXPIRED),
    ({"initial": True, "first": 0, "age": 999 * DAY}, (False,) * 3, PasswordStatus.INITIAL_VALID),
    ({"initial": True, "days": 1, "age": 2 * DAY}, (False,) * 3, PasswordStatus.INITIAL_VALID),
]


@pytest.mark.parametrize(("given", "flags", "status"), AGES)
def test_age(given: dict[str, int], flags: tuple[bool, bool, bool], status: PasswordStatus) -> None:
    found = state(**given)  # type: ignore[arg-type]
    assert (found.expired, found.must_reset, found.hard_expired) == flags
    assert found.status is status


def test_age_table_is_not_empty() -> None:
    assert len(AGES) == 10


def test_expiry_is_an_instant_or_never() -> None:
    assert state().expires_at is None
    assert state(days=90, age=DAY).expires_at == NOW + 89 * DAY
    assert state(initial=True).expires_at == NOW + 14 * DAY


def policy(attempts: int) -> PasswordPolicy:
    return PasswordPolicy(max_login_attempts=attempts)


HOUR = LOCK_SECONDS
LOCKS: list[tuple[list[int], int, int | None]] = [
    # (ages of the failures in seconds, attempts allowed, seconds the lock still lasts)
    ([0] * 100, 0, None),
    ([], 1, None),
    ([0], 1, HOUR),
    ([HOUR - 1], 1, 1),
    ([HOUR], 1, None),
    ([0, 0], 3, None),
    ([0, 0, 0], 3, HOUR),
    ([10, 20, 30], 3, HOUR - 10),
    ([30, 10, 20], 3, HOUR - 10),
    ([HOUR - 1, 5, 0], 3, HOUR),
    ([HOUR, 5, 0], 3, None),
    ([2 * HOUR, 2 * HOUR, 0], 3, None),
    ([HOUR - 1, HOUR - 1, HOUR - 1], 3, 1),
    ([HOUR, HOUR, HOUR], 3, None),
    # Failures while locked prolong nothing; the count starts afresh after the lock.
    ([HOUR - 1, HOUR - 1, HOUR - 1, 10, 5, 0], 3, 1),
    ([HOUR + 9, HOUR + 9, HOUR + 9, 8, 7], 3, None),
    ([HOUR + 9, HOUR + 9, HOUR + 9, 8, 7, 6], 3, HOUR - 6),
    # What has not happened yet does not count.
    ([0, 0, -1], 3, None),
]


@pytest.mark.parametrize(("ages", "attempts", "left"), LOCKS)
def test_lockout(ages: list[int], attempts: int, left: int | None) -> None:
    failures = [NOW - age for age in ages]
    until = locked_until(failures, policy(attempts), NOW)
    assert until == (None if left is None else NOW + left)
    assert is_locked(failures, policy(attempts), NOW) is (left is not None)


def test_lock_table_is_not_empty() -> None:
    assert len(LOCKS) == 18


def test_lock_ends_on_its_second() -> None:
    failures = [NOW] * 5
    assert is_locked(failures, policy(5), NOW + HOUR - 1)
    assert not is_locked(failures, policy(5), NOW + HOUR)
