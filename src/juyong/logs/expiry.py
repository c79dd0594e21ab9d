"""Delete what is over: batches and files beyond the time of their store, and dropped stores.

Data keys go once nothing that they sealed is left; those of a dropped store go with the store.
"""

from collections.abc import Iterator
from typing import Any

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.blobs.blob import forget
from juyong.logs.stores import FOREVER
from juyong.logs.tables import BatchRow, FileRow, KeyRow, ShardRow, StoreRow, TurnedRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def expire(tx: Transaction, now: Instant, most: int) -> int:
    """Delete rows of batches and files whose time is over; returns how many were deleted.

    A batch that an index still waits for is not deleted before it was turned over. The file of
    columns goes as every blob does, and a segment once no row knows it (see `unknown_segments`).
    """
    deleted = 0
    for store in tx.find(StoreRow, order=("store_id",)):
        if deleted >= most:
            break
        if store.dropped_at is not None:
            deleted += _delete_all(tx, store, now, most - deleted)
        elif store.ttl_days < FOREVER:
            deleted += _delete_old(tx, store, now, most - deleted)
    return deleted


def _delete_old(tx: Transaction, store: StoreRow, now: Instant, most: int) -> int:
    before, deleted = now - store.ttl_days * DAY_SECONDS, 0
    for head in tx.find(ShardRow, store_id=store.store_id):
        end = _end_of_old(tx, store, head)
        rows = tx.find(
            BatchRow,
            store_id=store.store_id,
            shard=head.shard,
            order=("sequence",),
            limit=most - deleted,
        )
        for row in rows:
            if row.received_at >= before or row.sequence >= end:
                break
            tx.delete(row)
            deleted += 1
    files = tx.find(
        FileRow, store_id=store.store_id, order=("last_received_at",), limit=most - deleted
    )
    for file in files:
        if file.last_received_at >= before:
            break
        _delete_file(tx, file, now)
        deleted += 1
    return deleted + _delete_keys(tx, store.store_id, now, most - deleted)


def _delete_keys(tx: Transaction, store_id: str, now: Instant, most: int) -> int:
    """Delete the data keys of a store that sealed nothing which is left.

    A key seals what arrives on its day; another day is left for what was under way at its end.
    """
    oldest = [
        row.received_at
        for head in tx.find(ShardRow, store_id=store_id)
        for row in tx.find(
            BatchRow, store_id=store_id, shard=head.shard, order=("sequence",), limit=1
        )
    ]
    files = tx.find(FileRow, store_id=store_id, order=("last_received_at",), limit=1)
    first = min([now, *oldest, *(row.last_received_at for row in files)])
    deleted = 0
    for key in tx.find(KeyRow, store_id=store_id, order=("made_at",), limit=max(most, 0)):
        if key.made_at >= first - 2 * DAY_SECONDS:
            break
        tx.delete(key)
        deleted += 1
    return deleted


def _end_of_old(tx: Transaction, store: StoreRow, head: ShardRow) -> int:
    """Return the sequence behind what may be deleted of a shard."""
    if store.index is None:
        return head.next_sequence
    turned = tx.get(TurnedRow, store.store_id, head.shard)
    return turned.next_sequence if turned else 0


def _delete_file(tx: Transaction, file: FileRow, now: Instant) -> None:
    forget(tx, file.blob_id, now)
    forget(tx, file.words_id, now)
    tx.delete(file)


def _delete_all(tx: Transaction, store: StoreRow, now: Instant, most: int) -> int:
    """Delete rows of a dropped store, and the store itself once no other is left."""
    deleted = 0
    kinds: tuple[type[Any], ...] = (KeyRow, FileRow, BatchRow, TurnedRow, ShardRow)
    for kind in kinds:
        rows = tx.find(kind, store_id=store.store_id, limit=most - deleted)
        for row in rows:
            if isinstance(row, FileRow):
                _delete_file(tx, row, now)
            else:
                tx.delete(row)
        deleted += len(rows)
    if deleted < most:
        tx.delete(store)
        deleted += 1
    return deleted


def _known() -> "sa.Select[tuple[str]]":
    row = table_of(BatchRow)
    return (
        sa.select(row.c.segment_id).where(row.c.segment_id == sa.bindparam("segment_id")).limit(1)
    )


def unknown_segments(tx: Transaction, ids: list[str]) -> Iterator[str]:
    """Yield those of some segments of which no batch is left."""
    return (each for each in ids if not tx.query(_known, segment_id=each))
