"""Expiry: the log says which events are kept no longer, and the same transaction deletes them.

Their leaves stay, so each is known by its hash, and who kept a copy can prove it. A leaf of its own
(engines.ledger.Expiry) states how far expiry went, under the log's signature. So rows that somebody
else deleted are missing, and rows that expired are not.

Events go in the order of their leaves, oldest first, and only as they were signed: an event that
was changed, removed or added is never covered up by an expiry.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from juyong.audit.ledger.leaves import BEFORE_ALL, Recorded, events_after, leaf_or_none
from juyong.audit.ledger.sequencing import stating_step, take
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import LogDamaged, entries_of, log_of, opened, tiles_of, width_of
from juyong.audit.ledger.tables import LogRow
from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.engines.ledger import (
    WIDTH,
    Expiry,
    Leaf,
    LedgerError,
    ProvenTiles,
    decode_leaf,
    leaf_hash,
)
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_MS = 1000


class Expired(NamedTuple):
    """Events that were deleted, at least one.

    events: In the order of their leaves. end: The index behind the leaf of the last. more: Whether
    there may be others.
    """

    events: list[Recorded]
    end: int
    more: bool


def expire(
    tx: Transaction, signer: LogSigner, *, days: int, up_to: int, now: Instant, most: int
) -> Expired | None:
    """Delete the oldest events that were kept for longer than some days, and say so in the log.

    Args:
        tx: Commits both.
        signer: Signs the log's next checkpoint.
        days: For how many days events are kept, 1 or more.
        up_to: The number of the newest event that may go.
        now: The present.
        most: How many events at most.

    Returns:
        What was deleted, None for nothing.

    Raises:
        LogDamaged: an event is not what was signed; nothing more expires until a person has looked.
        Stale: the log has gone on; nothing may be committed.
    """
    row = log_of(tx)
    if row is None:
        return None
    events = events_after(tx, BEFORE_ALL, min(up_to, row.last_seq), most)
    oldest = now - days * DAY_SECONDS
    events = list(takewhile(lambda each: each.at < oldest, events))
    if not events:
        return None
    try:
        end = _end_of(tx, row, events, signer.public)
    except LedgerError as damage:
        raise LogDamaged(f"the audit log does not hold: {damage}") from damage
    said = Expiry(up_to=end, previous=row.expiry, kept_days=days, time_ms=now * _MS)
    take(tx, stating_step(tx, row, said, signer))
    tx.change(_forget, up_to=events[-1].seq)
    return Expired(events, end, more=len(events) == most)


def statements(tiles: ProvenTiles, tx: Transaction, row: LogRow) -> Iterator[tuple[int, Expiry]]:
    """Yield the leaves that say what expired, with their indexes, the newest first.

    Args:
        tiles: Those of the log, proven.
        tx: Reads.
        row: The head, whose `expiry` is only believed where the tiles say so, too.

    Raises:
        NoStatement: where a statement should be, there is none.
        Discrepancy: a tile is not what the checkpoint says.

    Cost: reads a bundle for each.
    """
    index, before, up_to = row.expiry, row.size, row.size
    while index:
        found = _leaf_at(tx, tiles, row, index) if 0 < index < before else None
        if not isinstance(found, Expiry) or found.up_to > min(index, up_to):
            raise NoStatement(index)
        yield index, found
        index, before, up_to = found.previous, index, found.up_to - 1


class NoStatement(LedgerError):
    """A leaf that should say what expired does not. index: Of that leaf."""

    def __init__(self, index: int) -> None:
        super().__init__(f"leaf {index} should say which events expired, and does not")
        self.index = index


def _end_of(tx: Transaction, row: LogRow, events: list[Recorded], public: bytes) -> int:
    """Return the index behind the leaf of the last of some events, all of which hold.

    The first of them must be that of the first leaf whose event did not expire.
    """
    tiles = ProvenTiles.below(tiles_of(tx), opened(row, public))
    newest = next(statements(tiles, tx, row), None)
    index = newest[1].up_to if newest else 0
    for event in events:
        made = leaf_or_none(event)
        while index < row.size and tiles.hash_of(index) != leaf_hash(made):
            if isinstance(_leaf_at(tx, tiles, row, index), Leaf | None):
                raise LogDamaged(f"event {event.event_id!a} is not leaf {index}, so none expires")
            index += 1
        if index == row.size:
            raise LogDamaged(f"event {event.event_id!a} is no leaf, so none expires")
        index += 1
    return index


def _leaf_at(tx: Transaction, tiles: ProvenTiles, row: LogRow, index: int) -> Any:
    """Return a leaf as it was signed, None where its bundle has another or none."""
    number, at = divmod(index, WIDTH)
    proven = tiles.hash_of(index)
    try:
        entry = entries_of(tx, number, width_of(row.size, number))[at]
        return decode_leaf(entry) if leaf_hash(entry) == proven else None
    except LedgerError:
        return None


def _forget() -> "sa.Delete":
    event = table_of(EventRow)
    return sa.delete(event).where(event.c.seq <= sa.bindparam("up_to", type_=sa.BigInteger()))
