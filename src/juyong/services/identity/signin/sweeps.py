"""Rows that lapse by themselves: console sessions, failed sign-ins, spent challenges."""

from juyong.base.clock import Instant
from juyong.services.identity.signin.tables import (
    SigninFailureRow,
    SigninSessionRow,
    SpentChallengeRow,
)
from juyong.store.chunks import change_most, delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_FAILURE_SECONDS = 2 * 60 * 60
"""Twice the time of the lock-out window."""


def _sessions() -> "sa.Delete":
    ended = table_of(SigninSessionRow).c.expires_at <= sa.bindparam("now")
    return delete_some(SigninSessionRow, ended)


def _failures() -> "sa.Delete":
    past = table_of(SigninFailureRow).c.at <= sa.bindparam("before")
    return delete_some(SigninFailureRow, past)


def _challenges() -> "sa.Delete":
    spent = table_of(SpentChallengeRow).c.expires_at <= sa.bindparam("now")
    return delete_some(SpentChallengeRow, spent)


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    lapsing, before = (_sessions, _challenges, _failures), now - _FAILURE_SECONDS
    return change_most(tx, lapsing, most, now=now, before=before)
