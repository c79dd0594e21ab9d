"""Batches: taken durably, given their places in their shard, read back from any place on.

A cursor is the sequence of the batch that comes next.
"""

from collections.abc import Callable, Iterator

import msgspec

from juyong.base.clock import Instant
from juyong.engines.crypto.keys import Undecipherable
from juyong.logs.compression import decompress
from juyong.logs.keys import DataKey, KeyOf, no_key
from juyong.logs.loggroup import Measured
from juyong.logs.measuring import measure_here
from juyong.logs.segments import DamagedLogs, Place, Segments
from juyong.logs.stores import store_of
from juyong.logs.tables import BatchRow, ShardRow, TurnedRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

MOST_WAITING_LOGS = 2_000_000
MOST_WAITING_BYTES = 2 * 1024 * 1024 * 1024
"""The most that waits in a shard to be turned over into columns; then writers are refused."""
MOST_READ = 10 * 1024 * 1024
"""Raw bytes after which a read ends; the first batch is read whatever its size."""


class NoSuchStore(Exception):
    """There is no such store any more."""


class TooFarBehind(Exception):
    """Too much of the shard waits to be turned over."""


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is durable, and that no row knows yet; the members are those of BatchRow."""

    place: Place
    codec: str
    size: int
    logs: int
    min_time: int
    max_time: int
    key_id: str = ""


Measure = Callable[[str, bytes, int], Measured]


def arrive(
    segments: Segments,
    codec: str,
    packed: bytes,
    size: int,
    measured: Measure = measure_here,
    *,
    key: DataKey | None = None,
) -> Arrived:
    """Prove a group and make it durable; waits for the disk.

    Args:
        segments: Where it goes, as it came.
        codec: How it is compressed.
        packed: The compressed group.
        size: How many bytes it has.
        measured: Measures the group, here or in another process.
        key: Seals the group before its segment does; None where the store has no data keys.

    Raises:
        Incompressible: the bytes are not so many compressed ones.
        BadLogGroup: they are no group, or one beyond the bounds.
        Unavailable: the disk is full, or as `measured` says.
    """
    found = measured(codec, packed, size)
    return Arrived(
        place=segments.append(packed if key is None else key.seal_batch(packed)),
        codec=codec,
        size=size,
        logs=found.logs,
        min_time=found.min_time,
        max_time=found.max_time,
        key_id="" if key is None else key.key_id,
    )


def keep(tx: Transaction, store_id: str, shard: int, arrived: Arrived, now: Instant) -> int:
    """Give a group its place in a shard; returns its sequence, which counts once committed.

    Raises:
        NoSuchStore: the store is gone.
        TooFarBehind: too much of the shard waits to be turned over.
    """
    store, head = store_of(tx, store_id), tx.get(ShardRow, store_id, shard)
    if store is None:
        raise NoSuchStore
    if head is None:
        head = ShardRow(store_id=store_id, shard=shard)
        tx.insert(head)
    key = (ShardRow, store_id, shard)
    before = head.logs + tx.added(*key, column="logs")
    if store.index is not None:
        turned = tx.get(TurnedRow, store_id, shard) or TurnedRow(store_id=store_id, shard=shard)
        held = head.size + tx.added(*key, column="size") - turned.size
        if before - turned.logs >= MOST_WAITING_LOGS or held >= MOST_WAITING_BYTES:
            raise TooFarBehind
    sequence = head.next_sequence + tx.added(*key, column="next_sequence")
    for column, more in (("next_sequence", 1), ("logs", arrived.logs), ("size", arrived.size)):
        tx.add_later(*key, column=column, more=more)
    tx.insert_later(
        BatchRow(
            store_id=store_id,
            shard=shard,
            sequence=sequence,
            segment_id=arrived.place.segment_id,
            place=arrived.place.offset,
            length=arrived.place.length,
            codec=arrived.codec,
            size=arrived.size,
            before=before,
            logs=arrived.logs,
            min_time=arrived.min_time,
            max_time=arrived.max_time,
            received_at=now,
            key_id=arrived.key_id,
        )
    )
    return sequence


def packed_of(segments: Segments, row: BatchRow) -> bytes:
    """Return the bytes that a frame holds, sealed where the batch has a data key.

    Raises:
        DamagedLogs: the bytes are not there as they were written.
    """
    return segments.read(Place(row.segment_id, row.place, row.length))


def raw_of(segments: Segments, row: BatchRow, keys: KeyOf = no_key) -> bytes:
    """Return a group as its writer made it; waits for the disk.

    Raises:
        DamagedLogs: the bytes are not there as they were written.
        KeyNotOpen: the batch has a data key, and `keys` does not know the key.
    """
    packed = packed_of(segments, row)
    if row.key_id:
        try:
            packed = keys(row.key_id).open_batch(packed)
        except Undecipherable as bad:
            raise DamagedLogs(f"segment {row.segment_id} at {row.place}") from bad
    return decompress(row.codec, packed, row.size)


def end(tx: Transaction, store_id: str, shard: int) -> int:
    """Return the cursor behind the last batch of a shard."""
    head = tx.get(ShardRow, store_id, shard)
    return head.next_sequence if head else 0


def begin(tx: Transaction, store_id: str, shard: int) -> int:
    """Return the cursor of the oldest batch that is left."""
    first = tx.find(BatchRow, store_id=store_id, shard=shard, order=("sequence",), limit=1)
    return first[0].sequence if first else end(tx, store_id, shard)


def _since() -> "sa.Select[tuple[int | None]]":
    row = table_of(BatchRow)
    return sa.select(sa.func.min(row.c.sequence)).where(
        row.c.store_id == sa.bindparam("store_id"),
        row.c.shard == sa.bindparam("shard"),
        row.c.received_at >= sa.bindparam("since"),
    )


def since(tx: Transaction, store_id: str, shard: int, at: int) -> int:
    """Return the cursor of the first batch that arrived at a Unix second or later."""
    ((found,),) = tx.query(_since, store_id=store_id, shard=shard, since=at)
    return end(tx, store_id, shard) if found is None else int(found)


def read(
    tx: Transaction, store_id: str, shard: int, cursor: int, *, count: int, until: int | None = None
) -> list[BatchRow]:
    """Return batches from a cursor on, in order and without gaps.

    Args:
        tx: Reads.
        store_id: The store.
        shard: The shard.
        cursor: Of the first; what expired meanwhile is passed over.
        count: At most so many.
        until: The cursor at which to stop before.

    Returns:
        As many as have 10 MB of raw bytes together, or the first that has more.
    """
    found: list[BatchRow] = []
    size = 0
    rows = tx.find(
        BatchRow,
        store_id=store_id,
        shard=shard,
        order=("sequence",),
        after=("sequence", cursor - 1),
        limit=count,
    )
    for row in rows:
        size += row.size
        if (until is not None and row.sequence >= until) or (found and size > MOST_READ):
            break
        found.append(row)
    return found


def raws_of(segments: Segments, rows: list[BatchRow], keys: KeyOf = no_key) -> Iterator[bytes]:
    """Yield the groups of some batches; as `raw_of`."""
    return (raw_of(segments, row, keys) for row in rows)
