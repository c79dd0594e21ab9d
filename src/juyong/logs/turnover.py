"""Turn batches over into files of columns, each batch into one file; tell queries what is where.

The transaction that keeps a file moves the positions of its shards, so that wherever a server is
killed, a batch is in one file, or in none and read from its segment.
"""

from collections.abc import Iterator, Sequence

import msgspec

from juyong.base.clock import Instant
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import keep
from juyong.logs.batches import raw_of
from juyong.logs.loggroup import Log, logs_of
from juyong.logs.segments import Segments
from juyong.logs.stores import store_of
from juyong.logs.tables import BatchRow, FileRow, ShardRow, StoreRow, TurnedRow
from juyong.store.transaction import Transaction

ENOUGH_LOGS = 50_000
MOST_LOGS = 200_000
MOST_BYTES = 64 * 1024 * 1024
MOST_BATCHES = 10_000
"""The extent of a file: enough logs, and no more than the others unless one batch has more."""
LONGEST_WAIT = 3600
"""Seconds after which batches are turned over although they are not enough."""


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """The batches of a store that become one file.

    before, after: The positions of their shards, as they are and as the file makes them.
    """

    store: StoreRow
    batches: tuple[BatchRow, ...]
    before: tuple[TurnedRow, ...]
    after: tuple[TurnedRow, ...]

    @property
    def logs(self) -> int:
        """Return how many logs the batches have."""
        return sum(row.logs for row in self.batches)

    def is_enough(self, now: Instant) -> bool:
        """Tell whether a file is to be made of it now."""
        rows = self.batches
        return bool(rows) and (
            self.logs >= ENOUGH_LOGS
            or sum(row.size for row in rows) >= MOST_BYTES // 2
            or len(rows) >= MOST_BATCHES
            or min(row.received_at for row in rows) <= now - LONGEST_WAIT
        )


def portion_of(tx: Transaction, store_id: str) -> Portion | None:
    """Return the next batches of a store; None where the store has no index, or is gone.

    Cost: reads the rows of at most 10,000 batches.
    """
    store = store_of(tx, store_id)
    if store is None or store.index is None:
        return None
    batches: list[BatchRow] = []
    before, after = [], []
    for turned in _positions(tx, store_id):
        taken = _fitting(batches, waiting_of(tx, turned, MOST_BATCHES - len(batches)))
        if taken:
            batches += taken
            before.append(turned)
            after.append(_moved(turned, taken))
    return Portion(store=store, batches=tuple(batches), before=tuple(before), after=tuple(after))


def waiting_of(tx: Transaction, turned: TurnedRow, most: int) -> list[BatchRow]:
    """Return batches of a shard that are not turned over, the oldest first."""
    return tx.find(
        BatchRow,
        store_id=turned.store_id,
        shard=turned.shard,
        order=("sequence",),
        after=("sequence", turned.next_sequence - 1),
        limit=max(most, 0),
    )


def _positions(tx: Transaction, store_id: str) -> Iterator[TurnedRow]:
    known = {row.shard: row for row in tx.find(TurnedRow, store_id=store_id)}
    for head in tx.find(ShardRow, store_id=store_id, order=("shard",)):
        yield known.get(head.shard) or TurnedRow(store_id=store_id, shard=head.shard)


def _fitting(before: Sequence[BatchRow], rows: Sequence[BatchRow]) -> list[BatchRow]:
    logs, size = sum(row.logs for row in before), sum(row.size for row in before)
    taken: list[BatchRow] = []
    for row in rows:
        logs, size = logs + row.logs, size + row.size
        if (before or taken) and (logs > MOST_LOGS or size > MOST_BYTES):
            break
        taken.append(row)
    return taken


def _moved(turned: TurnedRow, taken: Sequence[BatchRow]) -> TurnedRow:
    return msgspec.structs.replace(
        turned,
        next_sequence=taken[-1].sequence + 1,
        logs=turned.logs + sum(row.logs for row in taken),
        size=turned.size + sum(row.size for row in taken),
    )


def logs_in(segments: Segments, batches: Sequence[BatchRow]) -> Iterator[Log]:
    """Yield the logs of batches in order; waits for the disk, and raises as `raw_of`."""
    for row in batches:
        yield from logs_of(raw_of(segments, row))


def turn_over(tx: Transaction, portion: Portion, blob: Blob, now: Instant) -> bool:
    """Keep the file of a portion and move the positions behind its batches, both or neither.

    Returns:
        False where somebody else did that meanwhile, the index was made anew, or the store is
        gone: then nothing was done, and the file is not wanted.
    """
    store = store_of(tx, portion.store.store_id)
    if store is None or store.indexed_since != portion.store.indexed_since:
        return False
    now_at = {row.shard: row for row in _positions(tx, store.store_id)}
    if any(now_at.get(row.shard) != row for row in portion.before):
        return False
    for was, becomes in zip(portion.before, portion.after, strict=True):
        if tx.get(TurnedRow, was.store_id, was.shard) is None:
            tx.insert(becomes)
        else:
            moves = (becomes.next_sequence, becomes.logs, becomes.size)
            tx.update(was, **dict(zip(("next_sequence", "logs", "size"), moves, strict=True)))
    keep(tx, blob, store.account_id, now)
    tx.insert(_file_of(portion, blob))
    return True


def _file_of(portion: Portion, blob: Blob) -> FileRow:
    rows = portion.batches
    timed = [row for row in rows if row.logs]
    return FileRow(
        blob_id=blob.blob_id,
        store_id=portion.store.store_id,
        logs=portion.logs,
        min_time=min((row.min_time for row in timed), default=0),
        max_time=max((row.max_time for row in timed), default=0),
        received_at=min(row.received_at for row in rows),
        last_received_at=max(row.received_at for row in rows),
        index=portion.store.index or "",
    )


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a query over some time: each log that may fall in it is in one, once."""

    files: tuple[FileRow, ...]
    batches: tuple[BatchRow, ...]


def searched(tx: Transaction, store: StoreRow, first: int, behind: int) -> Searched:
    """Return files and batches with logs from a Unix second on, and before another.

    What one transaction returns is one moment: no batch is in both, or in neither.

    Cost: reads the rows of all files of the store, and of all batches that wait.
    """
    waiting = [
        row
        for turned in _positions(tx, store.store_id)
        for row in waiting_of(tx, turned, MOST_BATCHES * 10)
    ]
    files = tx.find(FileRow, store_id=store.store_id, order=("last_received_at",))
    return Searched(
        files=tuple(
            row
            for row in files
            if row.received_at >= store.indexed_since and _meets(row, first, behind)
        ),
        batches=tuple(row for row in waiting if _meets(row, first, behind)),
    )


def _meets(row: FileRow | BatchRow, first: int, behind: int) -> bool:
    return row.logs > 0 and row.min_time < behind and row.max_time >= first
