"""Nonces that were used: a signed request is accepted once."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.store.chunks import delete_some
from juyong.store.errors import Duplicate
from juyong.store.late import sa, table_of
from juyong.store.table import table
from juyong.store.transaction import Transaction


@table("store_nonce", key=("access_key_id", "nonce"), index=(("expires_at",),))
@dataclass(frozen=True, slots=True, kw_only=True)
class NonceRow:
    """One nonce of one AccessKey, kept while a request that carries it could still be valid."""

    access_key_id: str
    nonce: str
    expires_at: Instant


def use_nonce(tx: Transaction, access_key_id: str, nonce: str, expires_at: Instant) -> bool:
    """Remember a nonce; False if it was used before."""
    try:
        tx.insert(NonceRow(access_key_id=access_key_id, nonce=nonce, expires_at=expires_at))
    except Duplicate:
        return False
    return True


def _forget() -> "sa.Delete":
    return delete_some(NonceRow, table_of(NonceRow).c.expires_at < sa.bindparam("before"))


def forget_nonces(tx: Transaction, now: Instant, most: int) -> int:
    """Drop at most so many nonces whose requests can no longer be valid; returns how many."""
    return tx.change(_forget, before=now, most=most)
