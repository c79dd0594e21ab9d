"""What lapses in RAM by itself: console sessions, failed sign-ins, spent challenges."""

from juyong.base.clock import Instant
from juyong.services.ram.tables import SigninFailureRow, SigninSessionRow, SpentChallengeRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_FAILURE_SECONDS = 2 * 60 * 60
"""Twice what the lock-out window looks back over."""


def _sessions() -> "sa.Delete":
    session = table_of(SigninSessionRow)
    return sa.delete(session).where(session.c.expires_at <= sa.bindparam("now"))


def _failures() -> "sa.Delete":
    failure = table_of(SigninFailureRow)
    return sa.delete(failure).where(failure.c.at <= sa.bindparam("before"))


def _challenges() -> "sa.Delete":
    challenge = table_of(SpentChallengeRow)
    return sa.delete(challenge).where(challenge.c.expires_at <= sa.bindparam("now"))


def sweep(tx: Transaction, now: Instant) -> int:
    """Purge lapsed rows; returns how many."""
    lapsed = tx.change(_sessions, now=now) + tx.change(_challenges, now=now)
    return lapsed + tx.change(_failures, before=now - _FAILURE_SECONDS)
