"""Rows that lapse by themselves: console sessions, failed sign-ins, spent challenges."""

from juyong.base.clock import Instant
from juyong.services.identity.signin.tables import (
    SigninFailureRow,
    SigninSessionRow,
    SpentChallengeRow,
)
from juyong.store.chunks import change_most, lapsed
from juyong.store.transaction import Transaction

_FAILURE_SECONDS = 2 * 60 * 60
"""Twice the time of the lock-out window."""
_LAPSING = (
    lapsed(SigninSessionRow, "expires_at"),
    lapsed(SpentChallengeRow, "expires_at"),
    lapsed(SigninFailureRow, "at", until="before"),
)


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return change_most(tx, _LAPSING, most, now=now, before=now - _FAILURE_SECONDS)
