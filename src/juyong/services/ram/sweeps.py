"""What lapses in RAM by itself: console sessions past their end, failures past their hour."""

import sqlalchemy as sa

from juyong.base.clock import Instant
from juyong.services.ram.tables import SigninFailureRow, SigninSessionRow
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_FAILURE_SECONDS = 2 * 60 * 60
"""Twice what the lock-out window looks back over."""

_session = spec_of(SigninSessionRow).table
_failure = spec_of(SigninFailureRow).table
_SESSIONS = sa.delete(_session).where(_session.c.expires_at <= sa.bindparam("now"))
_FAILURES = sa.delete(_failure).where(_failure.c.at <= sa.bindparam("before"))


def sweep(tx: Transaction, now: Instant) -> int:
    """Purge lapsed rows; returns how many."""
    return tx.change(_SESSIONS, now=now) + tx.change(_FAILURES, before=now - _FAILURE_SECONDS)
