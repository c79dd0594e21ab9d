"""Time-based one-time codes: SHA-1, 30-second steps, six digits (RFC 6238)."""

import hmac
import re

import pyotp

STEP_SECONDS = 30
DIGITS = 6

_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class BadCodeFormat(ValueError):
    """The code is not six digits."""


class BadSeed(ValueError):
    """The seed is not base32, or has fewer than 112 bits."""


def otpauth_uri(seed_base32: str, *, account_name: str, issuer: str) -> str:
    """Return the `otpauth://totp/...` URI that authenticator apps read from a QR code.

    The URI carries the seed, so it is as secret as the seed is.

    Raises:
        BadSeed: the seed cannot be used.

    Source: Key URI Format of the common authenticator apps (observed).
    """
    return _totp(seed_base32).provisioning_uri(name=account_name, issuer_name=issuer)


def verify_consecutive(
    seed_base32: str, code1: str, code2: str, *, now: int, window: int = 1
) -> int | None:
    """Check two codes of consecutive steps, as binding a device asks for.

    Args:
        seed_base32: The device's seed.
        code1: The earlier code.
        code2: The code of the step right after.
        now: Seconds since 1970.
        window: How many steps `code2` may lie before or after the current one.

    Returns:
        The step of `code2`, to be remembered so that neither code opens a session later; None if
        the codes are wrong or not consecutive.

    Raises:
        BadCodeFormat: a code is not six digits.
        BadSeed: the seed cannot be used.

    Cost: `2 * (2 * window + 1)` HMACs, always.
    Source: RAM API reference, BindMFADevice (documented); SHA-1 and the window (assumed).
    """
    _check_format(code1)
    _check_format(code2)
    totp = _totp(seed_base32)
    matched: int | None = None
    for step in _steps(now, window):
        first = _matches(totp, step - 1, code1)
        second = _matches(totp, step, code2)
        if first and second:
            matched = step
    return matched


def verify_code(
    seed_base32: str, code: str, *, now: int, last_step: int | None, window: int = 1
) -> int | None:
    """Check one code, refusing any step that was used already.

    Args:
        seed_base32: The device's seed.
        code: What the user typed.
        now: Seconds since 1970.
        last_step: The newest step accepted before; only later ones count. None: none yet.
        window: How many steps the code may lie before or after the current one.

    Returns:
        The matching step, to be remembered as the next `last_step`; None if there is none.

    Raises:
        BadCodeFormat: the code is not six digits.
        BadSeed: the seed cannot be used.

    Cost: `2 * window + 1` HMACs, always.
    Source: RFC 6238, 5.2 (documented).
    """
    _check_format(code)
    totp = _totp(seed_base32)
    matched: int | None = None
    for step in _steps(now, window):
        if _matches(totp, step, code) and (last_step is None or step > last_step):
            matched = step
    return matched


def _check_format(code: str) -> None:
    if _CODE.fullmatch(code) is None:
        raise BadCodeFormat("a code has six digits")


def _totp(seed_base32: str) -> pyotp.TOTP:
    try:
        return pyotp.TOTP(seed_base32, digits=DIGITS, interval=STEP_SECONDS)
    except ValueError:
        raise BadSeed("the seed is not base32 of at least 112 bits") from None


def _steps(now: int, window: int) -> range:
    current = now // STEP_SECONDS
    return range(current - window, current + window + 1)


def _matches(totp: pyotp.TOTP, step: int, code: str) -> bool:
    """Compare in constant time; steps before 1970 match nothing."""
    return step >= 0 and hmac.compare_digest(totp.generate_otp(step), code)
