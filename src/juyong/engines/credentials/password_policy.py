"""The account's rules for passwords: their form, their age, and when sign-in is locked."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from string import ascii_lowercase, ascii_uppercase, digits, punctuation
from types import MappingProxyType

from juyong.engines.credentials.common_passwords import COMMON_PASSWORDS

MAX_PASSWORD_LENGTH = 128
LOCK_SECONDS = 3600

_DAY = 86_400

RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "minimum_password_length": (8, 32),
        "max_password_age_days": (0, 1095),
        "password_reuse_prevention": (0, 24),
        "max_login_attempts": (0, 32),
        "initial_password_age_days": (0, 90),
        "minimum_password_different_character": (0, 8),
    }
)


class PolicyOutOfRange(ValueError):
    """A field lies outside its published range; `field` names it."""

    def __init__(self, field: str) -> None:
        low, high = RANGES[field]
        super().__init__(f"{field} must be {low} to {high}")
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """One account's password policy, the union of what both APIs can set.

    Zero turns off ages, reuse prevention, lockout and the count of different characters.
    `hard_expiry`: an expired password locks its user out until an administrator resets it.
    `intercept_risk_password_on_api`: notoriously common passwords are refused.

    Raises:
        PolicyOutOfRange: a number lies outside `RANGES`.

    Source: RAM and IMS API references, password policy (documented).
    """

    minimum_password_length: int = 8
    require_lowercase_characters: bool = False
    require_uppercase_characters: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    hard_expiry: bool = False
    max_password_age_days: int = 0
    password_reuse_prevention: int = 0
    max_login_attempts: int = 0
    initial_password_age_days: int = 14
    minimum_password_different_character: int = 0
    password_not_contain_user_name: bool = False
    intercept_risk_password_on_api: bool = False

    def __post_init__(self) -> None:
        """Refuse a policy that the API could not hold."""
        for field, (low, high) in RANGES.items():
            if not low <= getattr(self, field) <= high:
                raise PolicyOutOfRange(field)


class Violation(Enum):
    """One way in which a password falls short of the policy."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    NO_LOWERCASE = "no lower-case letter"
    NO_UPPERCASE = "no upper-case letter"
    NO_NUMBER = "no digit"
    NO_SYMBOL = "no symbol"
    TOO_FEW_DIFFERENT = "too few different characters"
    CONTAINS_USER_NAME = "contains the user name"
    COMMON = "too common"


class PasswordStatus(Enum):
    """The status of a login profile's password, as IMS reports it."""

    NOT_INITIAL = "NotInitial"
    INITIAL_VALID = "InitialValid"
    INITIAL_EXPIRED = "InitialExpired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordState:
    """Where a password stands at one instant.

    `expired`: it no longer signs in by itself. `must_reset`: the user may sign in with it once
    more, to change it. `hard_expired`: only an administrator can help. An expired password is
    exactly one of the latter two. `expires_at`: seconds since 1970, None for never.
    """

    status: PasswordStatus
    expired: bool
    must_reset: bool
    hard_expired: bool
    expires_at: int | None


def violations(
    password: str,
    policy: PasswordPolicy,
    *,
    user_name: str,
    common: Collection[str] = COMMON_PASSWORDS,
) -> tuple[Violation, ...]:
    """Return every way in which `password` falls short, in the order of `Violation`.

    Args:
        password: The proposed password.
        policy: The account's policy.
        user_name: The name it must not contain, in any case; a domain after `@` is left off.
        common: Lower-case passwords that count as notorious.

    Returns:
        Empty if the password is acceptable. Letters, digits and symbols are those of ASCII; other
        characters count towards the length only. `MAX_PASSWORD_LENGTH` always holds (assumed).

    Cost: linear in the length.
    """
    too_long = len(password) > MAX_PASSWORD_LENGTH
    if too_long:
        return (Violation.TOO_LONG,)
    found = set(password)
    name = user_name.partition("@")[0].casefold()
    checks = (
        (Violation.TOO_SHORT, len(password) < policy.minimum_password_length),
        (
            Violation.NO_LOWERCASE,
            policy.require_lowercase_characters and found.isdisjoint(ascii_lowercase),
        ),
        (
            Violation.NO_UPPERCASE,
            policy.require_uppercase_characters and found.isdisjoint(ascii_uppercase),
        ),
        (Violation.NO_NUMBER, policy.require_numbers and found.isdisjoint(digits)),
        (Violation.NO_SYMBOL, policy.require_symbols and found.isdisjoint(punctuation)),
        (Violation.TOO_FEW_DIFFERENT, len(found) < policy.minimum_password_different_character),
        (
            Violation.CONTAINS_USER_NAME,
            policy.password_not_contain_user_name and name != "" and name in password.casefold(),
        ),
        (
            Violation.COMMON,
            policy.intercept_risk_password_on_api and password.casefold() in common,
        ),
    )
    return tuple(violation for violation, broken in checks if broken)


def password_state(
    policy: PasswordPolicy, changed_at: int, initial: bool, now: int
) -> PasswordState:
    """Tell where a password stands.

    Args:
        policy: The account's policy.
        changed_at: When it was set, seconds since 1970.
        initial: An administrator set it and the user has not changed it since.
        now: Seconds since 1970; on the very second of expiry the password has expired.

    Returns:
        An initial password is judged by the initial age, and expires hard: a user who never signed
        in needs a new one from the administrator (assumed). Other passwords follow the policy's
        age.

    Source: RAM and IMS API references, password policy (documented).
    """
    days = policy.initial_password_age_days if initial else policy.max_password_age_days
    expires_at = changed_at + days * _DAY if days else None
    expired = expires_at is not None and now >= expires_at
    hard = expired and (initial or policy.hard_expiry)
    if not initial:
        status = PasswordStatus.NOT_INITIAL
    else:
        status = PasswordStatus.INITIAL_EXPIRED if expired else PasswordStatus.INITIAL_VALID
    return PasswordState(
        status=status,
        expired=expired,
        must_reset=expired and not hard,
        hard_expired=hard,
        expires_at=expires_at,
    )


def locked_until(failures: Iterable[int], policy: PasswordPolicy, now: int) -> int | None:
    """Return the instant at which a lock in force ends, or None if there is none.

    Args:
        failures: Failed attempts since the password was last changed, seconds since 1970, in any
            order; those after `now` are ignored.
        policy: The account's policy.
        now: Seconds since 1970.

    Returns:
        A lock starts with the failure that makes `max_login_attempts` within one hour, lasts one
        hour, and starts the count afresh. Failures during a lock do not prolong it, or a stranger
        could keep a user out for good (assumed).

    Cost: sorting the failures; only those of the last two hours can matter.
    Source: RAM API reference, SetPasswordPolicy (documented).
    """
    limit = policy.max_login_attempts
    if limit == 0:
        return None
    until: int | None = None
    recent: deque[int] = deque()
    for at in sorted(at for at in failures if at <= now):
        if until is not None and at < until:
            continue
        recent.append(at)
        while recent[0] <= at - LOCK_SECONDS:
            recent.popleft()
        if len(recent) >= limit:
            until = at + LOCK_SECONDS
    return until if until is not None and now < until else None


def is_locked(failures: Iterable[int], policy: PasswordPolicy, now: int) -> bool:
    """Tell whether sign-in is locked at `now`; see `locked_until`."""
    return locked_until(failures, policy, now) is not None
