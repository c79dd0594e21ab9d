"""Search an account's events by time, in bounded steps.

COST: one step reads at most SCANNED index entries and the bodies of one page, so a rare condition
over a long history takes several calls, each with a token, instead of one that holds up the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from juyong.audit.recorder import INSIGHT
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.conditions import InvalidQuery, Window
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

SCANNED = 10_000
_COLUMNS = {
    "ServiceName": "service_name",
    "EventName": "event_name",
    "User": "user_name",
    "EventRW": "event_rw",
    "SourceIpAddress": "source_ip",
    "EventType": "event_type",
    "RoleName": "role_name",
    "PrincipalId": "principal_id",
}
_LISTS = {"ResourceType": "resource_types", "ResourceName": "resource_names"}
_NOT_SCANNED = frozenset({"body", "mac", "evidence", "account_id", "error_code"})
_INDEXED = {"EventId": "event_id", "EventAccessKeyId": "access_key_id"}
"""Conditions that an index answers, so that they narrow the scan."""


class Position(NamedTuple):
    """One event's place in time, by its id.

    Its serial number orders the events of one second, but a read's event gets another when it is
    merged (see store.intake); so a position that outlives a transaction must not name the number.
    """

    at: Instant
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The query of a search.

    region: Events of other regions are left out, those of global products never.
    """

    account_id: AccountId
    region: str
    window: Window
    conditions: Mapping[str, str]
    forward: bool


class _Shape(NamedTuple):
    keys: frozenset[str]
    forward: bool
    continued: bool


def find_events(
    tx: Transaction, search: Search, after: Position | None, limit: int
) -> tuple[list[dict[str, Any]], Position | None]:
    """Return a search's next events, at most `limit`, and where the next step starts if any does.

    There may be no event and more to come.

    Raises:
        InvalidQuery: there is no such position.
    """
    shape = _Shape(frozenset(search.conditions), search.forward, after is not None)
    params: dict[str, object] = {
        "account_id": search.account_id,
        "start_at": search.window.start,
        "end_at": search.window.end,
    }
    if after is not None:
        after_seq = number_of(tx, search.account_id, after.event_id)
        params |= {"after_at": after.at, "after_seq": after_seq}
    narrow = {f"is_{_INDEXED[k]}": v for k, v in search.conditions.items() if k in _INDEXED}
    rows = tx.query(
        _page(shape),
        **params,
        **narrow,
        **_values(search.conditions),
        region=search.region,
        scanned=SCANNED,
        row_limit=limit + 1,
    )
    if len(rows) > limit:
        rows = rows[:limit]
        last: Position | None = Position(rows[-1][1], rows[-1][2])
    else:
        edge = tx.query(_edge(shape), **params, **narrow, scanned=SCANNED - 1)
        last = Position(edge[0][0], edge[0][1]) if edge else None
    # One by one, since a join with the events that are not merged yet would read all of them.
    found = (tx.get(EventRow, row[0]) for row in rows)
    return [msgspec.json.decode(row.body) for row in found if row is not None], last


def number_of(tx: Transaction, account_id: AccountId, event_id: str) -> int:
    """Return the serial number of an event that a token names.

    Raises:
        InvalidQuery: the account has no such event any more.
    """
    rows = tx.query(_by_id, account_id=account_id, event_id=event_id)
    if not rows:
        raise InvalidQuery(name="NextToken")
    return int(rows[0][0])


def _by_id() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return sa.select(event.c.seq).where(
        event.c.account_id == sa.bindparam("account_id"),
        event.c.event_id == sa.bindparam("event_id"),
    )


def _values(conditions: Mapping[str, str]) -> dict[str, str]:
    values = {f"is_{_COLUMNS[k]}": v for k, v in conditions.items() if k in _COLUMNS}
    values |= {f"has_{_LISTS[k]}": f";{v};" for k, v in conditions.items() if k in _LISTS}
    return values


@lru_cache(maxsize=256)
def _page(shape: _Shape) -> "sa.Select[Any]":
    """The events of one step; made once a shape, since SQL is kept by identity."""
    event = table_of(EventRow)
    recent = (
        _ordered(_scan(shape, *event.c), event.c, forward=shape.forward)
        .limit(sa.bindparam("scanned", type_=sa.Integer()))
        .subquery("recent")
    )
    found = sa.select(recent.c.seq, recent.c.at, recent.c.event_id).where(
        sa.or_(recent.c.region == "", recent.c.region == sa.bindparam("region")),
        recent.c.event_type != INSIGHT,
        *_matches(shape.keys, recent.c),
    )
    return _ordered(found, recent.c, forward=shape.forward).limit(
        sa.bindparam("row_limit", type_=sa.Integer())
    )


@lru_cache(maxsize=256)
def _edge(shape: _Shape) -> "sa.Select[Any]":
    """The last place one step scans, if there are that many."""
    event = table_of(EventRow)
    # PERF: the columns of the order are selected, so that SQLite merges the events of both files.
    scanned = _scan(shape, event.c.at, event.c.event_id, event.c.seq)
    return (
        _ordered(scanned, event.c, forward=shape.forward)
        .limit(1)
        .offset(sa.bindparam("scanned", type_=sa.Integer()))
    )


def _scan(shape: _Shape, *columns: "sa.Column[Any]") -> "sa.Select[Any]":
    """Select in one account and window, narrowed by conditions with an index, after a position."""
    event = table_of(EventRow)
    kept = [c for c in columns if c.name not in _NOT_SCANNED]
    made = sa.select(*kept).where(
        event.c.account_id == sa.bindparam("account_id"),
        event.c.at >= sa.bindparam("start_at"),
        event.c.at <= sa.bindparam("end_at"),
    )
    for key, column in _INDEXED.items():
        if key in shape.keys:
            made = made.where(event.c[column] == sa.bindparam(f"is_{column}"))
    if not shape.continued:
        return made
    place = sa.tuple_(event.c.at, event.c.seq)
    after = sa.tuple_(
        sa.bindparam("after_at", type_=sa.BigInteger()),
        sa.bindparam("after_seq", type_=sa.BigInteger()),
    )
    return made.where(place > after if shape.forward else place < after)


def _matches(keys: frozenset[str], columns: Any) -> "list[sa.ColumnElement[bool]]":
    made: list[sa.ColumnElement[bool]] = [
        columns[_COLUMNS[key]] == sa.bindparam(f"is_{_COLUMNS[key]}")
        for key in sorted(keys)
        if key in _COLUMNS
    ]
    for key in sorted(keys):
        if key in _LISTS:
            column = columns[_LISTS[key]]
            # LIKE ignores case on SQLite; what replacing a member changes, contains it.
            asked = sa.bindparam(f"has_{_LISTS[key]}", type_=sa.Text())
            made.append(sa.func.replace(column, asked, "") != column)
    if "SensitiveAction" in keys:
        made.append(columns.sensitive.is_(sa.true()))
    return made


def _ordered(made: "sa.Select[Any]", columns: Any, *, forward: bool) -> "sa.Select[Any]":
    if forward:
        return made.order_by(columns.at, columns.seq)
    return made.order_by(columns.at.desc(), columns.seq.desc())
