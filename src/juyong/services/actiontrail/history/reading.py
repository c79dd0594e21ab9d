"""The next events of a delivery-history job."""

from typing import Any, NamedTuple

from juyong.api.context import Platform
from juyong.audit.ledger.stored import log_of
from juyong.audit.macs import event_key, event_mac, macs_match
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.services.actiontrail.delivery.reading import filed, is_leaf
from juyong.services.actiontrail.history.tables import HistoryJobRow
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

AT_ONCE = 900
"""Events of one batch."""
_LATE_SECONDS = 15
"""How long after a job was made an event of before may still come."""
_GIVE_UP_SECONDS = 3600
"""How long a job waits for the event of the call that made the job."""


class Page(NamedTuple):
    """Some events one after the other.

    wanted: Those that the trail delivers, each its time and its text. at, seq: Of the last event.
    damaged: How many are not what was signed. is_last: No more follow.
    """

    wanted: list[tuple[Instant, str]]
    at: Instant
    seq: int
    damaged: int
    is_last: bool


def is_due(tx: Transaction, row: HistoryJobRow, now: Instant) -> bool:
    """Tell whether every event of before a job is where the job reads.

    Raises:
        LedgerError: the ledger is damaged.
    """
    head = log_of(tx)
    if head is None or now <= row.created_at + _LATE_SECONDS:
        return False
    is_known = is_leaf(tx, head, row.account_id, row.request_id)
    return is_known or now > row.created_at + _GIVE_UP_SECONDS


def next_page(tx: Transaction, platform: Platform, row: HistoryJobRow, trail: TrailRow) -> Page:
    """Return what comes next of a job.

    Only leaves of the ledger are read, and what is not what was signed is passed over.

    Raises:
        LedgerError: the ledger is damaged.
    """
    head = log_of(tx)
    rows = tx.query(
        _events,
        account_id=row.account_id,
        since_at=row.since_at,
        until_at=row.until_at,
        after_at=row.at,
        after_seq=row.seq,
        last_seq=head.last_seq if head else 0,
        most=AT_ONCE,
    )
    key, wanted, damaged = event_key(platform), [], 0
    for _, at, event_id, body, evidence, mac in rows:
        if not macs_match(mac, event_mac(key, row.account_id, event_id, body, evidence)):
            damaged += 1
        elif filed(trail, body.encode()) is not None:
            wanted.append((Instant(at), body))
    seq, at = rows[-1][:2] if rows else (row.seq, row.at)
    return Page(wanted, Instant(at), seq, damaged, len(rows) < AT_ONCE)


def _events() -> "sa.Select[Any]":
    event = table_of(EventRow)
    place = sa.tuple_(event.c.at, event.c.seq)
    after = sa.tuple_(
        sa.bindparam("after_at", type_=sa.BigInteger()),
        sa.bindparam("after_seq", type_=sa.BigInteger()),
    )
    names = ("seq", "at", "event_id", "body", "evidence", "mac")
    return (
        sa.select(*(event.c[name] for name in names))
        .where(
            event.c.account_id == sa.bindparam("account_id"),
            event.c.at >= sa.bindparam("since_at"),
            event.c.at < sa.bindparam("until_at"),
            event.c.seq <= sa.bindparam("last_seq"),
            place > after,
        )
        .order_by(event.c.at, event.c.seq)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )
