"""How long a client key is valid, and what its password may be.

Source: KMS API reference, CreateClientKey (documented).
"""

import re
from datetime import UTC, datetime

from juyong.base.clock import Instant, parse_iso
from juyong.base.secret import Secret
from juyong.services.kms.errors import InvalidParameter, MissingParameter

_YEARS = 5
_LEAST_CLASSES = 2
_ALLOWED = re.compile(r"[A-Za-z0-9~!@#$%^&*?_\-]{8,64}")
_CLASSES = (re.compile("[0-9]"), re.compile("[A-Za-z]"), re.compile("[^A-Za-z0-9]"))


def validity(
    now: Instant, not_before: str | None, not_after: str | None
) -> tuple[Instant, Instant]:
    """Return when a client key begins and ceases to be valid: by default now, and in five years.

    Raises:
        MissingParameter: the end is given without the beginning (documented).
        InvalidParameter: one is no instant since 1970, or the end lies before the beginning or now.
    """
    if not_before is None and not_after is not None:
        raise MissingParameter(name="NotBefore")
    begin = now if not_before is None else _instant("NotBefore", not_before)
    end = _years_after(now) if not_after is None else _instant("NotAfter", not_after)
    if end <= max(begin, now):
        raise InvalidParameter(name="NotAfter")
    return begin, end


def check_password(password: Secret) -> None:
    """Refuse a password that is too short or long, or has characters of too few or other kinds."""
    text = password.reveal()
    kinds = sum(kind.search(text) is not None for kind in _CLASSES)
    if not _ALLOWED.fullmatch(text) or kinds < _LEAST_CLASSES:
        raise InvalidParameter(name="Password")


def _instant(name: str, text: str) -> Instant:
    try:
        at = parse_iso(text)
    except (ValueError, OverflowError):
        raise InvalidParameter(name=name) from None
    if at < 0:
        raise InvalidParameter(name=name)
    return at


def _years_after(now: Instant) -> Instant:
    at = datetime.fromtimestamp(now, UTC)
    try:
        later = at.replace(year=at.year + _YEARS)
    except ValueError:  # the 29th of February
        later = at.replace(year=at.year + _YEARS, day=28)
    return Instant(int(later.timestamp()))
