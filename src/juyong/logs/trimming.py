"""Leave out of an opened file the logs whose time is over.

A merged file stays until its newest logs are over. Those that were over before are in no answer:
they are left out when the file is opened, in steps of an hour, so that the opened file serves many
questions. A file that was not merged has the arrivals of an hour, and is read as it is.
"""

import os
from typing import Any

import msgspec

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.engines.logsearch.columns import LogFile
from juyong.logs.batches import since
from juyong.logs.loggroup import SHARD_MASK, sequence_of
from juyong.logs.stores import FOREVER
from juyong.logs.tables import BatchRow, FileRow, ShardRow, StoreRow
from juyong.logs.turnover import LONGEST_WAIT
from juyong.store.transaction import Transaction

_NEVER = 2**62


class Left(msgspec.Struct, frozen=True):
    """The logs of a store that are not over.

    since: Arrivals before this second are over. firsts: By shard, the sequence of the first log
    that arrived then or later.
    """

    since: Instant
    firsts: tuple[tuple[int, int], ...]

    def is_partly(self, row: FileRow) -> bool:
        """Tell whether logs of a file are over, though the file is not."""
        return is_long(row) and row.received_at < self.since


def is_long(row: FileRow) -> bool:
    """Tell whether a file has more than the arrivals of an hour."""
    return row.last_received_at - row.received_at > LONGEST_WAIT


def left_of(tx: Transaction, store: StoreRow, now: Instant) -> Left | None:
    """Return what is not over of a store; None where its logs are kept for ever.

    Cost: a few rows a shard.
    """
    if store.ttl_days >= FOREVER:
        return None
    at = now - store.ttl_days * DAY_SECONDS
    at -= at % LONGEST_WAIT
    firsts = []
    for head in tx.find(ShardRow, store_id=store.store_id, order=("shard",)):
        first = since(tx, store.store_id, head.shard, at)
        row = tx.get(BatchRow, store.store_id, head.shard, first)
        before = row.before if row is not None else head.logs
        firsts.append((head.shard & SHARD_MASK, sequence_of(head.shard, before, 0)))
    return Left(Instant(at), tuple(firsts))


def trim(file: LogFile, left: Left) -> LogFile:
    """Rewrite an opened file without the logs that are over; its filter of words errs on yes.

    Cost: a fraction of a second for 100,000 logs; memory for the columns.
    """
    import pyarrow.parquet  # noqa: PLC0415  # slow to import, and most questions trim no file

    table = pyarrow.parquet.read_table(file.path)
    kept = table.filter(_is_left(table["_seq"], left))
    new = f"{file.path}.new"
    pyarrow.parquet.write_table(kept, new, compression="zstd", compression_level=1)
    os.replace(new, file.path)  # noqa: PTH105  # a path in text, as the file has it
    times = kept["_time"].to_pylist()
    return msgspec.structs.replace(
        file,
        rows=len(times),
        first_s=times[0] if times else _NEVER,
        last_s=times[-1] if times else -1,
    )


def _is_left(sequences: Any, left: Left) -> Any:
    import pyarrow.compute as pc  # noqa: PLC0415  # as above

    shards = pc.bit_wise_and(sequences, SHARD_MASK)
    found = pc.less(sequences, 0)
    for shard, first in left.firsts:
        mine = pc.and_(pc.equal(shards, shard), pc.greater_equal(sequences, first))
        found = pc.or_(found, mine)
    return found
