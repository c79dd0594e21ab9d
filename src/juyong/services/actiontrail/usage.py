"""The uses of an AccessKey, read off the account's events.

COST: at most SCANNED of the key's newest events are read a call, through their index. Older uses
are not reported.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from juyong.api.context import Context
from juyong.api.listing import TokenPage
from juyong.api.wrapping import Listing
from juyong.audit.tables import EventRow
from juyong.audit.use_folding import UNPROVEN
from juyong.services.actiontrail.conditions import BY_TOKEN
from juyong.services.actiontrail.search import number_of
from juyong.store.late import sa, table_of

SCANNED = 10_000


def _used() -> "sa.ColumnElement[bool]":
    event = table_of(EventRow)
    return sa.and_(
        event.c.account_id == sa.bindparam("account_id"),
        event.c.access_key_id == sa.bindparam("access_key_id"),
        *(event.c.error_code != code for code in UNPROVEN),
    )


def _newest() -> "sa.Select[Any]":
    event = table_of(EventRow)
    newest_first = (event.c.at.desc(), event.c.seq.desc())
    columns = (event.c.seq, event.c.event_id, event.c.at)
    return sa.select(*columns).where(_used()).order_by(*newest_first).limit(1)


def _recent() -> "sa.Subquery":
    event = table_of(EventRow)
    return (
        sa.select(
            *(event.c.seq, event.c.service_name, event.c.event_name, event.c.source_ip),
            *(event.c.resource_types, event.c.resource_names, event.c.at),
        )
        .where(_used(), event.c.seq <= sa.bindparam("ceiling"))
        .order_by(event.c.at.desc(), event.c.seq.desc())
        .limit(sa.bindparam("scanned", type_=sa.Integer()))
        .subquery("recent")
    )


def _latest(*things: str, of_service: bool = True) -> "Callable[[], sa.Select[Any]]":
    """Return a maker of the statement for the newest event of each distinct thing, newest first."""

    def latest() -> "sa.Select[Any]":
        recent = _recent()
        columns = [recent.c[name] for name in things]
        newest = sa.func.max(recent.c.seq)
        made = sa.select(*columns, newest).group_by(*columns).order_by(newest.desc())
        return made.where(recent.c.service_name == sa.bindparam("service")) if of_service else made

    return latest


class Grouping(NamedTuple):
    """One way to group a key's events.

    joined: The things are parallel `;a;b;` lists, to be taken apart.
    """

    name: str
    statement: "Callable[[], sa.Select[Any]]"
    joined: bool = False


class Use(NamedTuple):
    """A thing the key was used with, and the newest event that shows it."""

    thing: tuple[str, ...]
    seq: int


_BY_SERVICE = _latest("service_name", of_service=False)
BY_EVENT = Grouping("events", _latest("event_name"))
BY_ADDRESS = Grouping("ips", _latest("source_ip"))
BY_RESOURCE = Grouping("resources", _latest("resource_types", "resource_names"), joined=True)


def newest_use(ctx: Context, access_key: str) -> tuple[int, str] | None:
    """Return the seq and the id of the newest event in which the account's key was used."""
    rows = ctx.tx.query(_newest, account_id=ctx.account_id, access_key_id=access_key)
    return (int(rows[0][0]), str(rows[0][1])) if rows else None


def services_used(ctx: Context, access_key: str) -> list[EventRow]:
    """Return the newest use of each product a key was used with, most recently used first."""
    newest = newest_use(ctx, access_key)
    uses = _uses(ctx, _BY_SERVICE, access_key, newest[0]) if newest else []
    return [row for _, row in _with_events(ctx, uses)]


def page_of_uses(
    ctx: Context, grouping: Grouping, access_key: str, service: str, *, token: str, size: int
) -> Listing[tuple[Use, EventRow], TokenPage]:
    """Read one page of a list that its token holds still: newer events do not move its things.

    Raises:
        InvalidQuery: the token is of another query.
    """
    query = f"{grouping.name}/{ctx.account_id}/{access_key}/{service}"
    newest = newest_use(ctx, access_key)
    if newest is None:
        return Listing([], TokenPage())
    (ceiling, event_id), start = newest, 0
    if token:
        # A token names the newest event by its id: its number changes when it is merged.
        event_id, start = BY_TOKEN.position(query, token, "", 0)
        ceiling = number_of(ctx.tx, ctx.account_id, event_id)
    uses = _uses(ctx, grouping.statement, access_key, ceiling, service=service)
    if grouping.joined:
        uses = _each_resource(uses)
    end = start + size
    more = BY_TOKEN.next(query, event_id, end) if end < len(uses) else msgspec.UNSET
    return Listing(_with_events(ctx, uses[start:end]), TokenPage(next_token=more))


def _with_events(ctx: Context, uses: list[Use]) -> list[tuple[Use, EventRow]]:
    """Read the event of each use."""
    rows = ((use, ctx.tx.get(EventRow, use.seq)) for use in uses)
    return [(use, row) for use, row in rows if row is not None]


def _uses(
    ctx: Context,
    statement: "Callable[[], sa.Select[Any]]",
    access_key: str,
    ceiling: int,
    **service: str,
) -> list[Use]:
    rows = ctx.tx.query(
        statement,
        account_id=ctx.account_id,
        access_key_id=access_key,
        ceiling=ceiling,
        scanned=SCANNED,
        **service,
    )
    return [Use(tuple(row[:-1]), row[-1]) for row in rows]


def _each_resource(uses: list[Use]) -> list[Use]:
    """Take the parallel lists apart, keeping the newest use of each resource."""
    found: dict[tuple[str, ...], int] = {}
    for use in uses:
        types, names = (text.strip(";").split(";") for text in use.thing)
        for pair in zip(types, names, strict=False):
            if pair[0]:
                found.setdefault(pair, use.seq)
    return [Use(thing, seq) for thing, seq in found.items()]
