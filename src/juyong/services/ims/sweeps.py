"""What lapses in IMS by itself: users and AccessKeys that were in the recycle bin long enough."""

from juyong.base.clock import Instant
from juyong.services.ims.recycling import purge_recycle_bin
from juyong.store.transaction import Transaction


def sweep(tx: Transaction, now: Instant) -> int:
    """Purge lapsed rows; returns how many."""
    return purge_recycle_bin(tx, now)
