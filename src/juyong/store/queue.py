"""The queue of work that outlives the process which asked for it.

An item is put by the transaction that makes the work necessary. A worker claims it under a lease
and a random token; every later transaction for the item proves the token first, so that a worker
which stalled past its lease commits nothing. What a worker does outside the store may be repeated:
the item's id stays the same for all attempts, and is the idempotency key of such effects.

    put -> waiting -> claimed -> finished (the row is gone)
              ^          | failed: due again later
              +----------+ failed too often: dead, kept for a person to see
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import new_token, new_uuid
from juyong.base.secret import Secret
from juyong.store.errors import LostLease
from juyong.store.late import sa, table_of
from juyong.store.table import table
from juyong.store.transaction import Transaction

_TOKEN_BYTES = 16
_MOST_ERROR = 200


@table("store_queue", key=("kind", "key"), index=(("kind", "dead_at", "due_at"),))
class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One item of work.

    kind: Names the job that does it. key: Of the work within its kind. item_id: Idempotency key.
    payload: What the job needs and no other table holds.
    due_at: The earliest time of a claim; while a worker has the item, the end of the lease.
    attempts: Claims so far, without those that were put off uncounted.
    lease: Token of the newest claim, empty while the item waits.
    again: The same key was put while a worker had the item.
    error: Why the newest attempt failed, empty for none. dead_at: When it was given up.
    """

    kind: str
    key: str
    item_id: str
    payload: Secret | None = None
    due_at: Instant
    attempts: int = 0
    lease: str = ""
    again: bool = False
    error: str = ""
    dead_at: Instant | None = None
    created_at: Instant
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An item in the hands of a worker.

    item_id: The same for every attempt at this item: the idempotency key of effects outside.
    attempts: This one included.
    """

    kind: str
    key: str
    item_id: str
    payload: Secret | None
    attempts: int
    lease: str = field(repr=False)


class Depth(NamedTuple):
    """The counts of one kind of items; `oldest_due` is the time of the longest due item."""

    kind: str
    waiting: int
    dead: int
    oldest_due: Instant | None


def _longest_due() -> "sa.Select[tuple[str]]":
    item = table_of(QueueRow)
    return (
        sa.select(item.c.key)
        .where(
            item.c.kind == sa.bindparam("kind"),
            item.c.dead_at.is_(None),
            item.c.due_at <= sa.bindparam("now"),
        )
        .order_by(item.c.due_at)
        .limit(1)
    )


def _next_due() -> "sa.Select[tuple[int | None]]":
    item = table_of(QueueRow)
    return sa.select(sa.func.min(item.c.due_at)).where(
        item.c.kind == sa.bindparam("kind"), item.c.dead_at.is_(None)
    )


def _depths() -> "sa.Select[tuple[str, int, int, int | None]]":
    item = table_of(QueueRow)
    alive = item.c.dead_at.is_(None)
    due = sa.and_(alive, item.c.due_at <= sa.bindparam("now"))
    return (
        sa.select(
            item.c.kind,
            sa.func.sum(sa.case((alive, 1), else_=0)),
            sa.func.sum(sa.case((alive, 0), else_=1)),
            sa.func.min(sa.case((due, item.c.due_at))),
        )
        .group_by(item.c.kind)
        .order_by(item.c.kind)
    )


def _dead() -> "sa.Select[tuple[str, str]]":
    item = table_of(QueueRow)
    return (
        sa.select(item.c.kind, item.c.key)
        .where(item.c.dead_at.is_not(None))
        .order_by(item.c.kind, item.c.key)
    )


# --- asking for work ---


def put(
    tx: Transaction,
    kind: str,
    key: str,
    *,
    now: Instant,
    due: Instant | None = None,
    payload: Secret | None = None,
) -> bool:
    """Ask for a piece of work; asking twice before it is begun is asking once.

    If a worker has the item, the work is done again after that worker is through, since the worker
    may have read the state before this transaction changed it. A dead item becomes due again.

    Args:
        tx: Commits the item together with the reason for it.
        kind: The name of a job.
        key: Of the work within its kind.
        now: The present.
        due: When it is to be done; at once by default.
        payload: Replaces that of an item that waits.

    Returns:
        Whether there was no such item.
    """
    row = QueueRow(
        kind=kind,
        key=key,
        item_id=new_uuid(),
        payload=payload,
        due_at=now if due is None else due,
        created_at=now,
    )
    known = tx.get(QueueRow, kind, key)
    if known is None:
        tx.insert(row)
    elif known.lease:
        tx.update(known, payload=payload, again=True)
    elif known.dead_at is not None:
        tx.update(known, item_id=row.item_id, payload=payload, due_at=row.due_at, **_FRESH)
    else:
        tx.update(known, payload=payload, due_at=min(known.due_at, row.due_at))
    return known is None


def hasten(tx: Transaction, kind: str, key: str, now: Instant) -> None:
    """Make an item due now, a dead one too, unless a worker has it or there is none."""
    known = tx.get(QueueRow, kind, key)
    if known is not None and not known.lease:
        changes = _FRESH if known.dead_at is not None else {}
        tx.update(known, due_at=now, **changes)


def withdraw(tx: Transaction, kind: str, key: str) -> None:
    """Take work back, if it is there; a worker that has it commits nothing more for it."""
    known = tx.get(QueueRow, kind, key)
    if known is not None:
        tx.delete(known)


# --- doing work ---


def claim(tx: Transaction, kind: str, *, now: Instant, lease_seconds: float) -> Claim | None:
    """Take the item of a kind that has been due longest, also from a lease that is over."""
    found = tx.query(_longest_due, kind=kind, now=now)
    row = tx.get(QueueRow, kind, found[0][0]) if found else None
    if row is None:
        return None
    if row.again:
        # Put while a worker had the item and never came back: this claim is for the newer work.
        row = _begin_anew(tx, row, now)
    taken = tx.update(
        row,
        lease=new_token(_TOKEN_BYTES),
        attempts=row.attempts + 1,
        due_at=_later(now, lease_seconds),
    )
    return Claim(
        kind=kind,
        key=row.key,
        item_id=row.item_id,
        payload=row.payload,
        attempts=taken.attempts,
        lease=taken.lease,
    )


def next_due(tx: Transaction, kind: str) -> Instant | None:
    """Return when the next item of a kind can be claimed, None without items."""
    ((at,),) = tx.query(_next_due, kind=kind)
    return None if at is None else Instant(at)


def held(tx: Transaction, claim: Claim, now: Instant) -> QueueRow:
    """Return the row of a claimed item.

    Raises:
        LostLease: the lease is over, or another worker has or had the item since.
    """
    row = tx.get(QueueRow, claim.kind, claim.key)
    if row is None or not hmac.compare_digest(row.lease, claim.lease) or row.due_at <= now:
        raise LostLease(f"{claim.kind} {claim.key}")
    return row


def extend(tx: Transaction, claim: Claim, *, now: Instant, seconds: float) -> None:
    """Extend the lease of an item to so many seconds from now; raises LostLease."""
    row = held(tx, claim, now)
    tx.update(row, due_at=max(row.due_at, _later(now, seconds)))


def finish(tx: Transaction, claim: Claim, now: Instant) -> None:
    """Finish an item: delete it, or make it due if it was put again; raises LostLease."""
    row = held(tx, claim, now)
    if row.again:
        _begin_anew(tx, row, now)
    else:
        tx.delete(row)


def settle(tx: Transaction, claim: Claim, now: Instant) -> bool:
    """End a claim whose job has returned: finish the item unless the job did, or gave it back.

    Returns:
        Whether the job gave the item back, to be tried again.

    Raises:
        LostLease: another worker has the item.
    """
    row = tx.get(QueueRow, claim.kind, claim.key)
    if row is None:
        return False
    if not row.lease:
        return row.item_id == claim.item_id
    finish(tx, claim, now)
    return False


def put_off(
    tx: Transaction, claim: Claim, *, now: Instant, seconds: float, counted: bool = True
) -> None:
    """Give an item back until later; raises LostLease.

    Args:
        tx: Commits this.
        claim: The item.
        now: The present.
        seconds: How long it is left alone.
        counted: Whether this was an attempt.
    """
    row = held(tx, claim, now)
    if row.again:
        _begin_anew(tx, row, now)
        return
    attempts = row.attempts if counted else row.attempts - 1
    tx.update(row, lease="", attempts=attempts, due_at=_later(now, seconds))


def fail(tx: Transaction, claim: Claim, *, now: Instant, error: str, seconds: float | None) -> None:
    """Note a failed attempt; raises LostLease.

    Args:
        tx: Commits this.
        claim: The item.
        now: The present.
        error: Why; it is shown to operators and so names no secret.
        seconds: Until the next attempt; None gives the item up: it is dead and stays to be seen.
    """
    row = held(tx, claim, now)
    if row.again:
        _begin_anew(tx, row, now)
        return
    shown = error[:_MOST_ERROR]
    if seconds is None:
        tx.update(row, lease="", error=shown, dead_at=now, due_at=now)
    else:
        tx.update(row, lease="", error=shown, due_at=_later(now, seconds))


# --- looking at the queue ---


def depths(tx: Transaction, now: Instant) -> list[Depth]:
    """Return what the queue holds, by kind; the cost is one pass over its index."""
    return [
        Depth(kind, int(waiting), int(dead), None if due is None else Instant(due))
        for kind, waiting, dead, due in tx.query(_depths, now=now)
    ]


def dead_items(tx: Transaction) -> Iterator[QueueRow]:
    """Yield the items that were given up."""
    for key in tx.query(_dead):
        row = tx.get(QueueRow, *key)
        if row is not None:
            yield row


_FRESH: dict[str, object] = {"attempts": 0, "error": "", "dead_at": None, "again": False}


def _begin_anew(tx: Transaction, row: QueueRow, now: Instant) -> QueueRow:
    """Turn an item that was put again meanwhile into the next item of the same key."""
    return tx.update(row, item_id=new_uuid(), lease="", due_at=now, **_FRESH)


def _later(now: Instant, seconds: float) -> Instant:
    return Instant(now + max(0, round(seconds)))
