"""Events as leaves: what is hashed of an event, and how events are read for it, in their order."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.engines.ledger import NO_LEAF, EventForm, event_body, event_leaf, event_leaves
from juyong.store.late import sa, table_of, utf8
from juyong.store.transaction import Transaction

PAGE = 1000
BEFORE_ALL = -(1 << 62)
"""Is before the numbers of all events, whatever somebody stored."""


class Recorded(NamedTuple):
    """The columns of an event that make its leaf; texts that only are hashed are in UTF-8.

    at: In seconds since 1970 UTC.
    """

    seq: int
    event_id: str
    at: int
    account_id: bytes
    body: bytes
    evidence: bytes
    mac: bytes

    @property
    def account(self) -> str:
        """The account's id as it can be shown."""
        return self.account_id.decode("utf-8", "backslashreplace")

    @property
    def material(self) -> bytes:
        """The bytes whose SHA-256 is in the leaf; see `_FORM`."""
        return event_body(self, _FORM)

    def leaf(self) -> bytes:
        """Return the leaf's bytes.

        Raises:
            Malformed: the id or the time is none that an event can have.
        """
        return event_leaf(self, _FORM)


Columns = tuple[int, str, int, bytes, bytes, bytes, bytes]
"""The columns of Recorded. PERF: rows that are only hashed are not made into objects of a class,
which the collector of garbage would visit again and again."""


_FORM = EventForm(
    event_id=Recorded._fields.index("event_id"),
    at=Recorded._fields.index("at"),
    unit_ms=1000,
    body=tuple(map(Recorded._fields.index, ("account_id", "event_id", "body", "evidence", "mac"))),
)
"""How an event makes its leaf. None of the parts of the body holds U+001F.

SECURITY: leaves may be published. The rest of an event can be guessed; the MAC cannot, so a digest
confirms no guess.
"""


def leaves_of(events: Sequence[Columns]) -> list[bytes]:
    """Return the leaves' bytes of events, NO_LEAF for an event that can have none."""
    return event_leaves(events, _FORM)


def sound_leaves_of(events: Sequence[Recorded]) -> list[bytes]:
    """Return the leaves' bytes of events.

    Raises:
        Malformed: the id or the time of an event is none that an event can have.
    """
    leaves = leaves_of(events)
    if NO_LEAF in leaves:
        events[leaves.index(NO_LEAF)].leaf()
    return leaves


def leaf_or_none(event: Columns) -> bytes:
    """Return the leaf's bytes of one event, as `leaves_of`."""
    return leaves_of([event])[0]


def rows_after(tx: Transaction, after: int, up_to: int, most: int = PAGE) -> list[Columns]:
    """Return the next events by their numbers, at most so many."""
    return tx.query(_events, after=after, up_to=up_to, most=most)


def events_after(tx: Transaction, after: int, up_to: int, most: int = PAGE) -> list[Recorded]:
    """As `rows_after`, with names."""
    return list(map(Recorded._make, rows_after(tx, after, up_to, most)))


def all_events(tx: Transaction, after: int, up_to: int) -> Iterator[Recorded]:
    """Yield events by their numbers, in the memory of a page of them."""
    while page := events_after(tx, after, up_to):
        yield from page
        after = page[-1].seq


class Placed(NamedTuple):
    """An event's number, and what of it stands in its leaf as it is."""

    seq: int
    event_id: str
    at: int


def all_places(tx: Transaction, after: int, up_to: int) -> Iterator[Placed]:
    """Yield events by their numbers without their bodies, in the memory of a page of them."""
    while page := tx.query(_places, after=after, up_to=up_to, most=PAGE):
        yield from map(Placed._make, page)
        after = page[-1][0]


def event_at(tx: Transaction, after: int, place: int) -> Recorded | None:
    """Return the event at a place, counted from 0, among those behind a number."""
    rows = tx.query(_at, after=after, place=place)
    return Recorded._make(rows[0]) if rows else None


def events_named(tx: Transaction, event_id: str) -> list[Recorded]:
    """Return the events of an id: one, and the copies that owners of resources got."""
    return list(map(Recorded._make, tx.query(_named, event_id=event_id)))


def count_behind(tx: Transaction, after: int) -> tuple[int, Instant | None]:
    """Return how many events are behind a number, and the time of the oldest of them."""
    ((count, oldest),) = tx.query(_behind, after=after)
    return int(count), None if oldest is None else Instant(oldest)


def _columns(names: Sequence[str] = Recorded._fields) -> "list[Any]":
    event = table_of(EventRow)
    texts = ("account_id", "body", "evidence", "mac")
    return [utf8(event.c[name]) if name in texts else event.c[name] for name in names]


def _events() -> "sa.Select[Any]":
    return _in_order(Recorded._fields)


def _places() -> "sa.Select[Any]":
    return _in_order(Placed._fields)


def _in_order(names: Sequence[str]) -> "sa.Select[Any]":
    seq = table_of(EventRow).c.seq
    return (
        sa.select(*_columns(names))
        .where(seq > sa.bindparam("after"), seq <= sa.bindparam("up_to"))
        .order_by(seq)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def _at() -> "sa.Select[Any]":
    seq = table_of(EventRow).c.seq
    return (
        sa.select(*_columns())
        .where(seq > sa.bindparam("after"))
        .order_by(seq)
        .offset(sa.bindparam("place", type_=sa.Integer()))
        .limit(1)
    )


def _named() -> "sa.Select[Any]":
    event = table_of(EventRow)
    named = event.c.event_id == sa.bindparam("event_id")
    return sa.select(*_columns()).where(named).order_by(event.c.seq)


def _behind() -> "sa.Select[Any, Any]":
    event = table_of(EventRow)
    behind = event.c.seq > sa.bindparam("after")
    return sa.select(sa.func.count(), sa.func.min(event.c.at)).where(behind)
