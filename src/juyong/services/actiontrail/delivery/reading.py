"""The next events of a target: which leaves of the ledger come next, and which of them are its."""

from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from juyong.audit.ledger.following import MOST, Followed, leaves_after
from juyong.audit.ledger.leaves import Recorded
from juyong.audit.ledger.stored import log_of
from juyong.audit.ledger.tables import LogRow
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.trails.settings import ALL
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow
from juyong.store.transaction import Transaction

_AGAIN_SECONDS = 60
"""How far back events are delivered once more when another log followed, as after a restore."""
_LATE_SECONDS = 15
"""How long after the end of a delivery an event of before may still become a leaf."""
_GIVE_UP_SECONDS = 3600
"""How long after its end a delivery waits for the event that ended it."""


class Wanted(NamedTuple):
    """An event of a target: the index of its leaf, the region of its file, its time, its body.

    is_insight: Its file is one of insights.
    """

    place: int
    region: str
    at: Instant
    body: bytes
    is_insight: bool = False


class Batch(NamedTuple):
    """The next leaves of a target.

    row: The delivery, as of the log's present origin. head: Of the log. leaves: All that come next.
    wanted: Those of them that go to the target. seq: Of the newest event that was passed.
    is_full: More leaves follow. is_end: The delivery ends behind these leaves.
    """

    row: DeliveryRow
    head: LogRow
    leaves: list[Followed]
    wanted: list[Wanted]
    seq: int
    is_full: bool
    is_end: bool

    @property
    def end(self) -> int:
        """The index of the leaf behind these."""
        return self.row.position + len(self.leaves)


class _Details(msgspec.Struct, rename="camel"):
    insight_type: str = ""


class _Seen(msgspec.Struct, rename="camel"):
    insight_details: _Details | None = None
    event_rw: str = msgspec.field(name="eventRW", default="Write")
    acs_region: str = ""
    is_global: bool = False


_decoder = msgspec.json.Decoder(_Seen)


def next_batch(tx: Transaction, row: DeliveryRow, now: Instant) -> Batch | None:
    """Return what comes next of a delivery; None while there is no log.

    Raises:
        LedgerError: the ledger is damaged.
    """
    head = log_of(tx)
    if head is None:
        return None
    row = of_log(row, head)
    page = leaves_after(tx, head, row.position, row.seq)
    is_full = row.position + len(page.leaves) < head.size
    return Batch(
        row=row,
        head=head,
        leaves=page.leaves,
        wanted=[
            found
            for each in page.leaves
            if each.event is not None and (found := wanted(row, each.place, each.event)) is not None
        ],
        seq=page.seq,
        is_full=is_full or len(page.leaves) >= MOST,
        is_end=not is_full and _is_over(tx, row, head, now),
    )


def of_log(row: DeliveryRow, head: LogRow) -> DeliveryRow:
    """Return a delivery as of the present log.

    What a log has that is the first one, or followed another one, is read from its beginning.
    """
    if row.origin == head.origin:
        return row
    since = max(row.since_at, row.event_at - _AGAIN_SECONDS)
    return replace(row, origin=head.origin, position=0, seq=0, since_at=Instant(since))


def wanted(row: DeliveryRow, place: int, event: Recorded) -> Wanted | None:
    """Return an event if it goes to the target.

    Events of global products go to every target, in the file of the trail's home region. Insights
    go where the trail asks for their type.
    """
    at = Instant(event.at)
    is_late = row.until_at is not None and at > row.until_at
    if event.account != row.account_id or at < row.since_at or is_late:
        return None
    found = filed(row, event.body)
    return None if found is None else Wanted(place, found.region, at, event.body, found.is_insight)


class Filed(NamedTuple):
    """The file that an event goes to: of its region, and of events or of insights."""

    region: str
    is_insight: bool


def filed(row: DeliveryRow | TrailRow, body: bytes) -> Filed | None:
    """Return the file that an event goes to; None if the trail does not deliver it."""
    seen = _decoder.decode(body)
    insight = seen.insight_details
    if insight is not None and insight.insight_type not in row.insights.split(","):
        return None
    if insight is None and row.event_rw not in (ALL, seen.event_rw):
        return None
    region = row.region if seen.is_global else seen.acs_region
    if not seen.is_global and row.trail_region != ALL and region not in row.trail_region.split(","):
        return None
    return Filed(region, insight is not None)


def _is_over(tx: Transaction, row: DeliveryRow, head: LogRow, now: Instant) -> bool:
    """Tell whether every event of before the end of a delivery is a leaf."""
    if row.until_at is None or now <= row.until_at + _LATE_SECONDS:
        return False
    ended = is_leaf(tx, head, row.account_id, row.until_event)
    return ended or now > row.until_at + _GIVE_UP_SECONDS


def is_leaf(tx: Transaction, head: LogRow, account_id: AccountId, event_id: str) -> bool:
    """Tell whether an event of an account is a leaf."""
    found = tx.find(EventRow, account_id=account_id, event_id=event_id)
    return any(each.seq <= head.last_seq for each in found)


def delivered_up_to(tx: Transaction, given_up: Instant | None = None) -> int:
    """Return the number of the newest event that all targets have, or do not want.

    Args:
        tx: Reads.
        given_up: Targets that fail since this second or longer hold back nothing; None: all do.
    """
    head, rows = log_of(tx), tx.find(DeliveryRow, done=False)
    held = [row for row in rows if given_up is None or not has_failed_since(row, given_up)]
    if head is None or not held:
        return 1 << 62
    return min(row.seq if row.origin == head.origin else 0 for row in held)


def has_failed_since(row: DeliveryRow, since: Instant) -> bool:
    """Tell whether each attempt to write a target failed since a second or longer."""
    return row.failed_at is not None and row.failed_at <= since
