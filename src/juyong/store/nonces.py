"""Nonces that were used: a signed request is accepted once."""

import msgspec

from juyong.base.clock import Instant
from juyong.store.chunks import delete_some
from juyong.store.errors import Duplicate
from juyong.store.late import sa, table_of
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table(
    "store_nonce",
    key=("access_key_id", "nonce"),
    index=(("expires_at",),),
    from_reads=True,
)
class NonceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One nonce of one AccessKey, kept while a request that carries it could still be valid.

    On SQLite the nonces of calls that only read are in the intake log instead.
    """

    access_key_id: str
    nonce: str
    expires_at: Instant


def use_nonce(tx: Transaction, access_key_id: str, nonce: str, expires_at: Instant) -> bool:
    """Remember a nonce; False if it was used before."""
    row = NonceRow(access_key_id=access_key_id, nonce=nonce, expires_at=expires_at)
    if tx.ledger is not None:
        return tx.ledger.use(tx, row)
    try:
        tx.insert(row)
    except Duplicate:
        return False
    return True


def nonce_is_new(tx: Transaction, access_key_id: str, nonce: str, expires_at: Instant) -> bool:
    """Tell whether a nonce was not used yet, and leave it so."""
    if tx.get(NonceRow, access_key_id, nonce) is not None:
        return False
    row = NonceRow(access_key_id=access_key_id, nonce=nonce, expires_at=expires_at)
    return tx.ledger is None or not tx.ledger.knows(tx, row)


def _forget() -> "sa.Delete":
    return delete_some(NonceRow, table_of(NonceRow).c.expires_at < sa.bindparam("before"))


def forget_nonces(tx: Transaction, now: Instant, most: int) -> int:
    """Drop at most so many nonces whose requests can no longer be valid; returns how many."""
    if tx.ledger is not None:
        tx.ledger.forget(now)
    return tx.change(_forget, before=now, most=most)
