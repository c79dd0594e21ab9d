"""Rows that lapse in STS by themselves: used assertions whose time is over."""

from juyong.base.clock import Instant
from juyong.services.sts.assertions import forget_assertions
from juyong.store.transaction import Transaction


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return forget_assertions(tx, now, most)
