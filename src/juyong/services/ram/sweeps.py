"""What lapses in RAM by itself: console sessions past their end, failures past their hour."""

from juyong.base.clock import Instant
from juyong.services.ram.tables import SigninFailureRow, SigninSessionRow
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


def sweep(tx: Transaction, now: Instant) -> int:
    """Purge lapsed rows; returns how many."""
    return tx.change(_sessions, now=now) + tx.change(_failures, before=now - _FAILURE_SECONDS)
