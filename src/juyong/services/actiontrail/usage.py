"""What an AccessKey was used for, read off the account's events.

COST: at most SCANNED of the key's newest events are read a call, through their index. What it did
before those is not reported.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from juyong.api.context import Context
from juyong.base.paging import BadPageToken, page_position, page_token
from juyong.services.actiontrail.errors import InvalidQuery
from juyong.services.actiontrail.tables import EventRow
from juyong.store.table import spec_of

SCANNED = 10_000
_TOKEN_LENGTH = 2

UNPROVEN = (
    "InvalidAccessKeyId.Inactive",
    "InvalidSecurityToken.Expired",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "SignatureDoesNotMatch",
    "SignatureNonceUsed",
)
"""Refusals that prove no possession of the secret: whoever knows an id could cause them.

SECURITY: they are events, but no use of the key.
"""

_event = spec_of(EventRow).table
_used = sa.and_(
    _event.c.account_id == sa.bindparam("account_id"),
    _event.c.access_key_id == sa.bindparam("access_key_id"),
    *(_event.c.error_code != code for code in UNPROVEN),
)
_NEWEST = (
    sa.select(_event.c.seq).where(_used).order_by(_event.c.at.desc(), _event.c.seq.desc()).limit(1)
)
_recent = (
    sa.select(
        *(_event.c.seq, _event.c.service_name, _event.c.event_name, _event.c.source_ip),
        *(_event.c.resource_types, _event.c.resource_names),
    )
    .where(_used, _event.c.seq <= sa.bindparam("ceiling"))
    .order_by(_event.c.at.desc(), _event.c.seq.desc())
    .limit(sa.bindparam("scanned", type_=sa.Integer()))
    .subquery("recent")
)


def _latest(*things: str, of_service: bool = True) -> sa.Select[Any]:
    """The newest event of each distinct thing, newest first."""
    columns = [_recent.c[name] for name in things]
    newest = sa.func.max(_recent.c.seq)
    made = sa.select(*columns, newest).group_by(*columns).order_by(newest.desc())
    return made.where(_recent.c.service_name == sa.bindparam("service")) if of_service else made


@dataclass(frozen=True, slots=True)
class Listing:
    """One way to group a key's events.

    joined: The things are parallel `;a;b;` lists, to be taken apart.
    """

    name: str
    statement: sa.Select[Any]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A thing the key was used with, and the newest event that shows it."""

    thing: tuple[str, ...]
    seq: int


_BY_SERVICE = _latest("service_name", of_service=False)
BY_EVENT = Listing("events", _latest("event_name"))
BY_ADDRESS = Listing("ips", _latest("source_ip"))
BY_RESOURCE = Listing("resources", _latest("resource_types", "resource_names"), joined=True)


def newest_use(ctx: Context, access_key: str) -> int | None:
    """Return the seq of the newest event in which the account's key was used."""
    rows = ctx.tx.query(_NEWEST, account_id=ctx.account_id, access_key_id=access_key)
    return int(rows[0][0]) if rows else None


def services_used(ctx: Context, access_key: str) -> list[Use]:
    """Return the products a key was used with, most recently used first."""
    newest = newest_use(ctx, access_key)
    return [] if newest is None else _uses(ctx, _BY_SERVICE, access_key, newest)


def page_of_uses(
    ctx: Context, listing: Listing, access_key: str, service: str, *, token: str, size: int
) -> tuple[list[Use], str | msgspec.UnsetType]:
    """Read one page of a list that its token holds still: newer events do not move its things.

    Raises:
        InvalidQuery: the token is of another query.
    """
    query = f"{listing.name}/{ctx.account_id}/{access_key}/{service}"
    newest = newest_use(ctx, access_key)
    if newest is None:
        return [], msgspec.UNSET
    ceiling, start = _position(query, token) if token else (newest, 0)
    uses = _uses(ctx, listing.statement, access_key, ceiling, service=service)
    if listing.joined:
        uses = _each_resource(uses)
    end = start + size
    more = end < len(uses)
    return uses[start:end], page_token(query, [ceiling, end]) if more else msgspec.UNSET


def with_events(ctx: Context, uses: list[Use]) -> list[tuple[Use, EventRow]]:
    """Read the event of each use."""
    rows = ((use, ctx.tx.get(EventRow, use.seq)) for use in uses)
    return [(use, row) for use, row in rows if row is not None]


def _uses(
    ctx: Context, statement: sa.Select[Any], access_key: str, ceiling: int, **service: str
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


def _position(query: str, token: str) -> tuple[int, int]:
    try:
        values = page_position(query, token)
    except BadPageToken as bad:
        raise InvalidQuery(name="NextToken") from bad
    numbers = [value for value in values if isinstance(value, int) and value >= 0]
    if len(numbers) != _TOKEN_LENGTH or len(values) != _TOKEN_LENGTH:
        raise InvalidQuery(name="NextToken")
    return numbers[0], numbers[1]
