"""How many bytes of raw logs a store keeps."""

from typing import TYPE_CHECKING

from juyong.logs.tables import BatchRow, ShardRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Select


def shards_of(tx: Transaction, store_id: str) -> list[tuple[int, int, int]]:
    """Return shards that keep batches: number, first kept sequence, and the one after the last."""
    found = []
    for row in tx.find(ShardRow, store_id=store_id, order=("shard",)):
        kept = tx.find(BatchRow, store_id=store_id, shard=row.shard, order=("sequence",), limit=1)
        if kept:
            found.append((row.shard, kept[0].sequence, row.next_sequence))
    return found


def bytes_between(tx: Transaction, store_id: str, shard: int, first: int, end: int) -> int:
    """Return the raw bytes of the batches of a shard from one sequence to before another."""
    ((size,),) = tx.query(_sum, store=store_id, shard=shard, first=first, end=end)
    return int(size)


def _sum() -> "Select[tuple[int]]":
    row = table_of(BatchRow)
    return sa.select(sa.func.coalesce(sa.func.sum(row.c.size), 0)).where(
        row.c.store_id == sa.bindparam("store"),
        row.c.shard == sa.bindparam("shard"),
        row.c.sequence >= sa.bindparam("first"),
        row.c.sequence < sa.bindparam("end"),
    )
