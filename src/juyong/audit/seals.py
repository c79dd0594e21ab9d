"""The seals of earlier versions: proven once more, and then followed by the ledger.

Until the ledger, settled events were covered by blocks: a block holds the number of its events, a
digest over their MACs in order, and the MAC of the block before; its own MAC is made under a key
that is not in the database. The first leaf of the first log of such a home says which block was
the newest, and whether all of them held. The blocks are deleted then: the log covers their events.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from juyong.audit.macs import macs_match
from juyong.audit.seal_tables import SealMarkRow, SealRow
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.engines.ledger import Beginning
from juyong.store.finding import Finding
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

ORIGIN = "juyong/seals"
"""Stands for the chain of seals where a first leaf names the log before."""
_PAGE = 1024
_BROKEN = "not all held: "


class SealHead(msgspec.Struct, frozen=True):
    """The newest block that a home remembered."""

    number: int
    mac: str


def closing(tx: Transaction, key: bytes, head: SealHead | None, now: Instant) -> Beginning | None:
    """Return the first leaf of the log that follows the seals; None where there are none.

    Args:
        tx: Reads.
        key: The audit key.
        head: The block that the home remembered as its newest, if any.
        now: The present.

    Cost: reads every sealed event's MAC once, in pages.
    """
    last = _last_seal(tx)
    if last is None and head is None:
        return None
    found = next(verify_seals(tx, key), None)
    if head is not None and not _holds(tx, head):
        found = Finding("", f"block {head.number}", "it was the newest one and is gone")
    count = last.number if last else 0
    held = "all held" if found is None else f"{_BROKEN}{found.where}: {found.what}"
    up_to = f"event {last.last_seq}" if last else "no event"
    return Beginning(
        old_origin=ORIGIN,
        old_checkpoint_hash=hashlib.sha256((last.mac if last else "").encode()).digest(),
        operator="upgrade",
        reason=f"the ledger follows {count} blocks of seals up to {up_to}, {held}",
        time_ms=now * 1000,
    )


def seals_broken(first: Beginning) -> bool:
    """Tell whether a log follows seals of which not all held."""
    return first.old_origin == ORIGIN and _BROKEN in first.reason


def forget_seals(tx: Transaction) -> None:
    """Delete the blocks."""
    tx.change(_forget)
    tx.change(_forget_mark)


def _forget() -> "sa.Delete":
    return sa.delete(table_of(SealRow))


def _forget_mark() -> "sa.Delete":
    return sa.delete(table_of(SealMarkRow))


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


def _holds(tx: Transaction, head: SealHead) -> bool:
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
    if found.events != row.count:
        code = "audit-events-missing" if found.events < row.count else "audit-events-added"
        text = f"{row.count} events were sealed up to {row.last_seq}, {found.events} are there"
        yield Finding(code, where, text)
    elif not macs_match(found.digest, row.digest):
        yield Finding("audit-events-moved", where, "its events were replaced or reordered")


class _Digest(NamedTuple):
    events: int
    digest: str


def _digest(tx: Transaction, after: int, last: int) -> _Digest:
    """Hash places and MACs of the events behind `after`, in order, up to `last`."""
    hasher = hashlib.sha256()
    count = 0
    while rows := tx.query(_events_between, after_seq=after, last_seq=last, page=_PAGE):
        for seq, mac in rows:
            hasher.update(f"{seq}:{mac}\n".encode())
        after = rows[-1][0]
        count += len(rows)
    return _Digest(count, hasher.hexdigest())


def _mac(row: SealRow, key: bytes) -> str:
    parts = ("seal", row.number, row.first_seq, row.last_seq, row.count, row.digest)
    material = "\x1f".join(map(str, (*parts, row.previous, row.sealed_at)))
    return hmac.new(key, material.encode(), hashlib.sha256).hexdigest()


def _last_seal(tx: Transaction) -> SealRow | None:
    rows = tx.query(_last_seal_number)
    return tx.get(SealRow, rows[0][0]) if rows else None
