"""What lapses in STS by itself: assertions that no provider could present again."""

from juyong.base.clock import Instant
from juyong.services.sts.assertions import forget_assertions
from juyong.store.transaction import Transaction


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return forget_assertions(tx, now, most)
