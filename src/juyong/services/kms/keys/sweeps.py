"""What lapses of itself: wrapping pairs of import tokens."""

from juyong.base.clock import Instant
from juyong.services.kms.keys.import_pairs import REMEMBERED_SECONDS
from juyong.services.kms.keys.tables import ImportPairRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _wipe() -> "sa.Update":
    pair = table_of(ImportPairRow)
    return (
        sa.update(pair)
        .values(private_key=sa.null())
        .where(pair.c.expires_at <= sa.bindparam("now"), pair.c.private_key.is_not(None))
    )


def _forget() -> "sa.Delete":
    pair = table_of(ImportPairRow)
    return sa.delete(pair).where(pair.c.expires_at <= sa.bindparam("forgotten"))


def sweep(tx: Transaction, now: Instant) -> int:
    """Wipe the private halves of expired pairs, and forget pairs that expired long ago."""
    return tx.change(_wipe, now=now) + tx.change(_forget, forgotten=now - REMEMBERED_SECONDS)
