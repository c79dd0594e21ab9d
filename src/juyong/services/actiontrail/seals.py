"""Seal the events: a chain of blocks over their MACs, so that none can be taken out or moved.

Each event's own MAC proves that it was not changed. The chain proves that it is still there, in its
place: a block holds the number of its events, a digest over their MACs in order, and the MAC of the
block before; its own MAC is made under a key that is not in the database.

Only settled events are sealed. A place in the order is given before the commit, so on PostgreSQL an
event may appear behind newer ones; no event can still appear before the event that was the newest
one a grace period ago, however long its transaction waited. Places without an event are no loss: a
rolled-back transaction leaves them.

The chain alone does not prove that the newest blocks were not cut off together with their events; a
copy of the head (see `head_of`) outside the database does.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from juyong.audit.macs import macs_match
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.services.actiontrail.tables import SealMarkRow, SealRow
from juyong.store.errors import Duplicate, Stale
from juyong.store.finding import Finding
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

GRACE_SECONDS = 120
"""Longer than any transaction takes between getting its place and committing."""
BLOCK_EVENTS = 1024
_PAGE = 1024
_MARK = 1


def _newest_event() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return sa.select(sa.func.max(event.c.seq))


def _last_seal_number() -> "sa.Select[Any]":
    seal = table_of(SealRow)
    return sa.select(seal.c.number).order_by(seal.c.number.desc()).limit(1)


def _events_between() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return (
        sa.select(event.c.seq, event.c.mac)
        .where(event.c.seq > sa.bindparam("after_seq"), event.c.seq <= sa.bindparam("last_seq"))
        .order_by(event.c.seq)
        .limit(sa.bindparam("page", type_=sa.Integer()))
    )


@dataclass(frozen=True, slots=True)
class SealHead:
    """The newest block; a copy of it elsewhere shows whether the chain was cut or replaced."""

    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """The result of one call of seal_events."""

    blocks: int
    head: SealHead | None
    more: bool
    """Settled events are left for the next call."""


def seal_events(
    tx: Transaction, key: bytes, now: Instant, *, grace: int = GRACE_SECONDS, most_blocks: int = 4
) -> Sealed:
    """Seal the settled events, and mark the newest event of now for a later call.

    Harmless when several processes do it at once, or when one does it too often.

    Args:
        tx: Commits the blocks.
        key: The audit key.
        now: The present.
        grace: Seconds a marked event must have waited.
        most_blocks: Bound of the work in one transaction, BLOCK_EVENTS events each.
    """
    last = _last_seal(tx)
    mark = tx.get(SealMarkRow, _MARK)
    blocks = 0
    more = False
    try:
        if mark is not None and mark.seen_at <= now - grace:
            while (made := _next_block(tx, last, mark.seq, now, key)) is not None:
                if blocks == most_blocks:
                    more = True
                    break
                tx.insert(made)
                last, blocks = made, blocks + 1
        if not more:
            _move_mark(tx, mark, now, grace)
    except (Duplicate, Stale):
        # Another process sealed the same events a moment ago.
        last = _last_seal(tx)
    return Sealed(blocks, SealHead(last.number, last.mac) if last else None, more)


def head_of(tx: Transaction) -> SealHead | None:
    """Return the newest block, None before the first."""
    last = _last_seal(tx)
    return None if last is None else SealHead(last.number, last.mac)


def settled_up_to(tx: Transaction) -> int:
    """Return the number of the newest sealed event: none is written before it any more."""
    last = _last_seal(tx)
    return last.last_seq if last else 0


def holds(tx: Transaction, head: SealHead) -> bool:
    """Tell whether the chain still contains a block remembered earlier."""
    row = tx.get(SealRow, head.number)
    return row is not None and macs_match(row.mac, head.mac)


def verify_seals(tx: Transaction, key: bytes) -> Iterator[Finding]:
    """Report every block that does not hold.

    Cost: reads every sealed event's MAC once, in pages.
    """
    previous: SealRow | None = None
    while rows := tx.find(
        SealRow,
        order=("number",),
        after=("number", previous.number) if previous else None,
        limit=_PAGE,
    ):
        for row in rows:
            yield from _verify_block(tx, row, previous, key)
            previous = row


def _verify_block(
    tx: Transaction, row: SealRow, previous: SealRow | None, key: bytes
) -> Iterator[Finding]:
    where = f"block {row.number}"
    number = previous.number + 1 if previous else 1
    link = previous.mac if previous else ""
    after = previous.last_seq if previous else 0
    if row.number != number:
        yield Finding("audit-seal-missing", where, f"the block before is not number {number}")
    elif not macs_match(row.previous, link):
        yield Finding("audit-seal-broken", where, "it does not follow the block before")
    if not macs_match(row.mac, _mac(row, key)):
        yield Finding("audit-seal-broken", where, "its own content was changed")
        return
    if row.number != number:
        after = row.first_seq - 1
    found = _digest(tx, after, row.last_seq)
    if found.count != row.count:
        code = "audit-events-missing" if found.count < row.count else "audit-events-added"
        text = f"{row.count} events were sealed up to {row.last_seq}, {found.count} are there"
        yield Finding(code, where, text)
    elif not macs_match(found.digest, row.digest):
        yield Finding("audit-events-moved", where, "its events were replaced or reordered")


@dataclass(frozen=True, slots=True)
class _Digest:
    count: int
    first: int
    last: int
    digest: str


def _digest(tx: Transaction, after: int, last: int, most: int | None = None) -> _Digest:
    """Hash places and MACs of the events behind `after`, in order, to `last` or `most` of them."""
    hasher = hashlib.sha256()
    count, first, at = 0, 0, after
    while True:
        page = _PAGE if most is None else min(_PAGE, most - count)
        rows: list[tuple[Any, ...]] = (
            tx.query(_events_between, after_seq=at, last_seq=last, page=page) if page else []
        )
        if not rows:
            return _Digest(count, first, at, hasher.hexdigest())
        for seq, mac in rows:
            hasher.update(f"{seq}:{mac}\n".encode())
        first = first or rows[0][0]
        at = rows[-1][0]
        count += len(rows)


def _next_block(
    tx: Transaction, last: SealRow | None, up_to: int, now: Instant, key: bytes
) -> SealRow | None:
    found = _digest(tx, last.last_seq if last else 0, up_to, BLOCK_EVENTS)
    if not found.count:
        return None
    row = SealRow(
        number=last.number + 1 if last else 1,
        first_seq=found.first,
        last_seq=found.last,
        count=found.count,
        digest=found.digest,
        previous=last.mac if last else "",
        sealed_at=now,
        mac="",
    )
    return replace(row, mac=_mac(row, key))


def _mac(row: SealRow, key: bytes) -> str:
    parts = ("seal", row.number, row.first_seq, row.last_seq, row.count, row.digest)
    material = "\x1f".join(map(str, (*parts, row.previous, row.sealed_at)))
    return hmac.new(key, material.encode(), hashlib.sha256).hexdigest()


def _last_seal(tx: Transaction) -> SealRow | None:
    rows = tx.query(_last_seal_number)
    return tx.get(SealRow, rows[0][0]) if rows else None


def _move_mark(tx: Transaction, mark: SealMarkRow | None, now: Instant, grace: int) -> None:
    newest = tx.query(_newest_event)[0][0]
    if newest is None:
        return
    if mark is None:
        tx.insert(SealMarkRow(slot=_MARK, seq=newest, seen_at=now))
    elif mark.seen_at <= now - grace and newest > mark.seq:
        tx.update(mark, seq=newest, seen_at=now)
