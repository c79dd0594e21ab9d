"""Rows that lapse by themselves: wrapping pairs of import tokens."""

from juyong.base.clock import Instant
from juyong.services.kms.keys.importing import REMEMBERED_SECONDS
from juyong.services.kms.keys.tables import ImportPairRow
from juyong.store.chunks import change_most, delete_some, some_of
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _wipe() -> "sa.Update":
    pair = table_of(ImportPairRow)
    over = (pair.c.expires_at <= sa.bindparam("now"), pair.c.private_key.is_not(None))
    return sa.update(pair).values(private_key=sa.null()).where(some_of(ImportPairRow, *over))


def _forget() -> "sa.Delete":
    expired = table_of(ImportPairRow).c.expires_at
    return delete_some(ImportPairRow, expired <= sa.bindparam("forgotten"))


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Wipe the private halves of expired pairs, and forget pairs that expired long ago."""
    forgotten = now - REMEMBERED_SECONDS
    return change_most(tx, (_wipe, _forget), most, now=now, forgotten=forgotten)
