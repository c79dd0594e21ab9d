"""Follow the ledger: its leaves from one on, each with its event as it was signed.

Who follows keeps two numbers, that of the leaf and that of the event, since events have gaps in
their numbers and some leaves are no events.
"""

from collections import deque
from typing import NamedTuple

from juyong.audit.ledger.leaves import Recorded, events_after, leaf_or_none
from juyong.audit.ledger.stored import entries_of, width_of
from juyong.audit.ledger.tables import LogRow
from juyong.engines.ledger import WIDTH, Leaf, decode_leaf
from juyong.store.transaction import Transaction

MOST = 1000
"""Leaves of one page."""


class Followed(NamedTuple):
    """One leaf.

    place: The index in the log. entry: Its bytes. event: As it was signed; None for a leaf that is
    no event, and for an event that is not what was signed any more, which `is_damaged` tells.
    """

    place: int
    entry: bytes
    event: Recorded | None
    is_damaged: bool = False


class Page(NamedTuple):
    """Some leaves one after the other. seq: The number of the newest event that was passed."""

    leaves: list[Followed]
    seq: int


def leaves_after(tx: Transaction, head: LogRow, position: int, seq: int) -> Page:
    """Return the next leaves of a log, at most `MOST`.

    Args:
        tx: Reads.
        head: The head of the log.
        position: The index of the first leaf wanted.
        seq: The number of the newest event before that leaf.

    Raises:
        Malformed: a bundle of leaves is missing or damaged.
    """
    events = events_after(tx, seq, head.last_seq, MOST)
    waiting, may_be_more = deque(events), len(events) == MOST
    ids = {each.event_id for each in events}
    found: list[Followed] = []
    for index, entry in _entries(tx, head, position):
        leaf = decode_leaf(entry)
        if not isinstance(leaf, Leaf):
            found.append(Followed(index, entry, None))
            continue
        if may_be_more and not waiting:
            break
        while waiting and waiting[0].event_id != leaf.event_id and leaf.event_id in ids:
            # An event that is no leaf was added behind the signature's back.
            seq = waiting.popleft().seq
        event = None
        if waiting and waiting[0].event_id == leaf.event_id:
            event = waiting.popleft()
            seq = event.seq
        is_sound = event is not None and leaf_or_none(event) == entry
        found.append(Followed(index, entry, event if is_sound else None, not is_sound))
    return Page(found, seq)


def _entries(tx: Transaction, head: LogRow, position: int) -> "list[tuple[int, bytes]]":
    """Return the leaves of a log from one on, at most `MOST`, with their indexes."""
    end = min(head.size, position + MOST)
    found: list[tuple[int, bytes]] = []
    for number in range(position // WIDTH, -(-end // WIDTH)):
        entries = entries_of(tx, number, width_of(head.size, number))
        found += enumerate(entries, number * WIDTH)
    return [each for each in found if position <= each[0] < end]
