"""Rows that lapse in STS by themselves: used assertions whose time is over."""

from juyong.base.clock import Instant
from juyong.services.sts.tables import AssertionRow
from juyong.store.chunks import delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _forget() -> "sa.Delete":
    over = table_of(AssertionRow).c.remember_until <= sa.bindparam("now")
    return delete_some(AssertionRow, over)


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return tx.change(_forget, now=now, most=most)
