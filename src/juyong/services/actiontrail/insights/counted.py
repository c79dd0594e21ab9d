"""The events that are counted: the next of all accounts that are watched, and those of a time."""

from typing import Any, NamedTuple

import msgspec

from juyong.audit.recorder import INSIGHT
from juyong.audit.tables import EventRow
from juyong.audit.use_folding import UNPROVEN
from juyong.base.ids import AccountId
from juyong.engines.insight import Insight, Seen, objects_of
from juyong.services.actiontrail.insights.tables import InsightSwitchRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_NOT_COUNTED = (INSIGHT, "AliyunServiceEvent")
"""Types of events that the platform makes by itself."""
_LONGEST = 256
"""SECURITY: callers choose names of operations and may send long ones."""
MOST_READ = 2000
"""Events that are read to tell who made the calls of an insight, of its hour and of the past."""


class Next(NamedTuple):
    """One event that is counted. region: Empty for global products."""

    seq: int
    account_id: AccountId
    region: str
    seen: Seen


class Counted(NamedTuple):
    """The parts of an event that the attributions of an insight name, and the event as counted."""

    user_agent: str
    principal_id: str
    name: str
    error: str
    seen: Seen


class Period(NamedTuple):
    """The newest events of a time, at most MOST_READ. seconds: From the oldest to the end."""

    events: list[Counted]
    seconds: int

    def about(self, insight: Insight) -> list[Counted]:
        """Return the events of an insight's object."""
        wanted = objects_of(insight.event)[insight.kind]
        return [each for each in self.events if objects_of(each.seen).get(insight.kind) == wanted]


class _Body(msgspec.Struct, rename="camel"):
    user_agent: str = ""


_decoder = msgspec.json.Decoder(_Body)


def next_events(tx: Transaction, *, after: int, up_to: int, since: int, most: int) -> list[Next]:
    """Return the next events of accounts that have something switched on, by their numbers.

    Args:
        tx: Reads.
        after: The number of the newest event that is counted.
        up_to: The number of the newest event behind which none can appear any more.
        since: Events of before this second are passed over.
        most: How many at most.
    """
    rows = tx.query(_next, after=after, up_to=up_to, since=since, most=most)
    return [Next(row[0], AccountId(row[1]), row[2], _seen(row[3:])) for row in rows]


def counted_between(tx: Transaction, account_id: AccountId, begin: int, end: int) -> Period:
    """Return the newest events of an account from a second on and before another.

    Cost: at most MOST_READ bodies, through the index by time.
    """
    rows = tx.query(_between, account_id=account_id, begin=begin, end=end, most=MOST_READ)
    found = []
    for principal_id, body, *columns in rows:
        seen = _seen(columns)
        agent = _decoder.decode(body).user_agent
        found.append(Counted(agent, principal_id, seen.name, seen.error, seen))
    is_cut = len(found) == MOST_READ
    return Period(found, end - (found[-1].seen.at if is_cut else begin))


def _seen(columns: Any) -> Seen:
    event_id, at, service, name, error, address, key = columns
    return Seen(
        event_id=event_id,
        at=at,
        service=service[:_LONGEST],
        name=name[:_LONGEST],
        error=error[:_LONGEST],
        address=address[:_LONGEST],
        # SECURITY: who knows the id alone of a key can be refused in its name.
        key="" if error in UNPROVEN else key,
    )


def _columns() -> "list[sa.Column[Any]]":
    event = table_of(EventRow)
    names = ("event_id", "at", "service_name", "event_name", "error_code", "source_ip")
    return [*(event.c[name] for name in names), event.c.access_key_id]


def _next() -> "sa.Select[Any]":
    event, switch = table_of(EventRow), table_of(InsightSwitchRow)
    return (
        sa.select(event.c.seq, event.c.account_id, event.c.region, *_columns())
        .where(
            event.c.seq > sa.bindparam("after"),
            event.c.seq <= sa.bindparam("up_to"),
            event.c.at >= sa.bindparam("since"),
            event.c.account_id.in_(sa.select(switch.c.account_id)),
            *(event.c.event_type != kind for kind in _NOT_COUNTED),
        )
        .order_by(event.c.seq)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )


def _between() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return (
        sa.select(event.c.principal_id, event.c.body, *_columns())
        .where(
            event.c.account_id == sa.bindparam("account_id"),
            event.c.at >= sa.bindparam("begin"),
            event.c.at < sa.bindparam("end"),
            *(event.c.event_type != kind for kind in _NOT_COUNTED),
        )
        .order_by(event.c.at.desc(), event.c.seq.desc())
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )
