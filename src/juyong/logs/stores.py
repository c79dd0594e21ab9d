"""Logstores as raw logs know them: made, kept for a time, indexed, dropped."""

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.logs.tables import ShardRow, StoreRow, TurnedRow
from juyong.store.transaction import Transaction

FOREVER = 3650
"""Days; a store that keeps logs for so long keeps them for ever."""


def make_store(tx: Transaction, store_id: str, account_id: AccountId, *, ttl_days: int) -> None:
    """Make a store. Its shards begin with their first batches; which ones it has, others say."""
    tx.insert(StoreRow(store_id=store_id, account_id=account_id, ttl_days=ttl_days))


def store_of(tx: Transaction, store_id: str) -> StoreRow | None:
    """Return a store, unless there is none or it was dropped."""
    row = tx.get(StoreRow, store_id)
    return None if row is None or row.dropped_at is not None else row


def set_ttl(tx: Transaction, store: StoreRow, days: int) -> StoreRow:
    """Keep batches for another time, those that are there too."""
    return tx.update(store, ttl_days=days)


def set_index(tx: Transaction, store: StoreRow, index: str | None, now: Instant) -> StoreRow:
    """Give a store an index, another one or none; an index is for what arrives from now on.

    Source: SLS, indexes (documented): logs that arrived before an index was made are not indexed.
    """
    if store.index is not None or index is None:
        return tx.update(store, index=index, index_changed_at=now)
    for head in tx.find(ShardRow, store_id=store.store_id):
        turned = tx.get(TurnedRow, store.store_id, head.shard)
        if turned is not None:
            tx.delete(turned)
        tx.insert(
            TurnedRow(
                store_id=store.store_id,
                shard=head.shard,
                next_sequence=head.next_sequence,
                logs=head.logs,
                size=head.size,
            )
        )
    return tx.update(store, index=index, indexed_since=now, index_changed_at=now)


def drop_store(tx: Transaction, store: StoreRow, now: Instant) -> None:
    """Drop a store; nothing of it is found any more, and a job deletes what is left."""
    tx.update(store, dropped_at=now)
