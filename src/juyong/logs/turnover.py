"""Turn batches over into files of columns, each batch into one file; tell queries what is where.

The transaction that keeps a file moves the positions of its shards, so that wherever a server is
killed, a batch is in one file, or in none and read from its segment.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import keep
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import raw_of
from juyong.logs.keys import KeyOf, no_key
from juyong.logs.loggroup import logs_of, sequence_of
from juyong.logs.segments import Segments
from juyong.logs.stores import store_of
from juyong.logs.tables import BatchRow, FileRow, ShardRow, StoreRow, TurnedRow
from juyong.store.transaction import Transaction

ENOUGH_LOGS = 50_000
MOST_LOGS = 100_000
MOST_BYTES = 64 * 1024 * 1024
MOST_BATCHES = 10_000
"""The extent of a file: enough logs, and no more than the others unless one batch has more."""
MOST_SEARCHED = 100_000
"""The most batches of a shard without a file that a query reads."""
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
    def key_ids(self) -> frozenset[str]:
        """The data keys that seal some of the batches."""
        return frozenset(row.key_id for row in self.batches if row.key_id)

    @property
    def key_id(self) -> str:
        """The data key that seals the file: that of the latest batch which has one, or empty."""
        latest = max((r for r in self.batches if r.key_id), key=_arrival, default=None)
        return latest.key_id if latest else ""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file of some logs of a portion, and the filter of its words, durable both.

    keys: The keys of both, sealed under the data key of the portion; None where it has none.
    """

    columns: Blob
    words: Blob
    logs: int
    min_time: int
    max_time: int
    keys: Secret | None = None


def _arrival(row: BatchRow) -> Instant:
    return row.received_at


def indexed_stores(tx: Transaction) -> list[StoreRow]:
    """Return the stores of which columns are made."""
    rows = tx.find(StoreRow, order=("store_id",))
    return [row for row in rows if row.index is not None and row.dropped_at is None]


def is_due(tx: Transaction, store_id: str, now: Instant) -> bool:
    """Tell whether enough of a store waits, or some of it for long enough.

    Cost: reads a few rows for each shard.
    """
    logs = size = batches = 0
    oldest = now
    for turned in _positions(tx, store_id):
        head = tx.get(ShardRow, store_id, turned.shard)
        assert head is not None  # noqa: S101  # positions are those of heads
        logs += head.logs - turned.logs
        size += head.size - turned.size
        batches += head.next_sequence - turned.next_sequence
        oldest = min([oldest, *(row.received_at for row in waiting_of(tx, turned, 1))])
    return (
        logs >= ENOUGH_LOGS
        or size >= MOST_BYTES // 2
        or batches >= MOST_BATCHES
        or oldest <= now - LONGEST_WAIT
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


def logs_in(segments: Segments, batches: Sequence[BatchRow], keys: KeyOf = no_key) -> Iterator[Log]:
    """Yield the logs of batches in order; waits for the disk, and raises as `raw_of`.

    The sequence of a log is its number in its shard, and the shard behind it.
    """
    for row in batches:
        yield from logs_of(raw_of(segments, row, keys), partial(sequence_of, row.shard, row.before))


def turn_over(tx: Transaction, portion: Portion, files: Sequence[Made], now: Instant) -> bool:
    """Keep the files of a portion and move the positions behind its batches, both or neither.

    Returns:
        False where somebody else did that meanwhile, the index was made anew, or the store is
        gone: then nothing was done, and the files are not wanted.
    """
    store = store_of(tx, portion.store.store_id)
    if store is None or store.indexed_since != portion.store.indexed_since:
        return False
    positions = {row.shard: row for row in _positions(tx, store.store_id)}
    if any(positions.get(row.shard) != row for row in portion.before):
        return False
    for was, becomes in zip(portion.before, portion.after, strict=True):
        if tx.get(TurnedRow, was.store_id, was.shard) is None:
            tx.insert(becomes)
        else:
            tx.update(
                was,
                next_sequence=becomes.next_sequence,
                logs=becomes.logs,
                size=becomes.size,
            )
    for file in files:
        for blob in (file.columns, file.words):
            keep(tx, blob, store.account_id, now, keyless=file.keys is not None)
        tx.insert(_row_of(portion, file))
    return True


def _row_of(portion: Portion, file: Made) -> FileRow:
    arrivals = [row.received_at for row in portion.batches]
    return FileRow(
        blob_id=file.columns.blob_id,
        words_id=file.words.blob_id,
        store_id=portion.store.store_id,
        logs=file.logs,
        min_time=file.min_time,
        max_time=file.max_time,
        received_at=min(arrivals),
        last_received_at=max(arrivals),
        index=portion.store.index or "",
        key_id=portion.key_id,
        keys=file.keys,
    )


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """The places of a query over some time: each log that may fall in it is in one, once.

    complete: False where more of a shard waits than a query reads; the newest is left out, until
    what waits was turned over.
    """

    files: tuple[FileRow, ...]
    batches: tuple[BatchRow, ...]
    complete: bool = True


def searched(tx: Transaction, store: StoreRow, first: int, behind: int) -> Searched:
    """Return files and batches with logs from a Unix second on, and before another.

    What one transaction returns is one moment: no batch is in both, or in neither.

    Cost: reads the rows of all files of the store, and of all batches that wait, 100,000 of a shard
    at most.
    """
    waiting: list[BatchRow] = []
    complete = True
    for turned in _positions(tx, store.store_id):
        rows = waiting_of(tx, turned, MOST_SEARCHED + 1)
        complete &= len(rows) <= MOST_SEARCHED
        waiting += rows[:MOST_SEARCHED]
    files = tx.find(FileRow, store_id=store.store_id, order=("last_received_at",))
    return Searched(
        files=tuple(
            row
            for row in files
            if row.received_at >= store.indexed_since and _meets(row, first, behind)
        ),
        batches=tuple(row for row in waiting if _meets(row, first, behind)),
        complete=complete,
    )


def _meets(row: FileRow | BatchRow, first: int, behind: int) -> bool:
    return row.logs > 0 and row.min_time < behind and row.max_time >= first
