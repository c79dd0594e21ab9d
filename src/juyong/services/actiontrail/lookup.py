"""LookupEvents: the account's events of the last 90 days."""

from typing import Annotated, Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, OneOf
from juyong.api.listing import Next, TokenPage
from juyong.api.operation import Rate, operation
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant, iso
from juyong.services.actiontrail.conditions import (
    BY_TOKEN,
    HISTORY_SECONDS,
    SKEW_SECONDS,
    InvalidCombination,
    InvalidEndTime,
    InvalidStartTime,
    LookupAttribute,
    NextToken,
    Window,
    conditions_of,
    name_of_query,
    window_of,
)
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.search import Position, Search, find_events

_DEFAULT = 20


class EventPage(TokenPage, frozen=True, kw_only=True):
    """A page of events, each in its published form."""

    start_time: str
    end_time: str


@operation(
    ACTIONTRAIL,
    "LookupEvents",
    resource=acs("actiontrail", "*"),
    raises=(InvalidStartTime, InvalidEndTime, InvalidCombination),
    rate=Rate(per_second=10),
    answers="Events",
    reads_only=True,
    scans=True,
)
def lookup_events(
    ctx: Context,
    *,
    next_token: NextToken = "",
    max_results: Annotated[int, Between(0, 50)] = _DEFAULT,
    start_time: str = "",
    end_time: str = "",
    direction: Annotated[str, OneOf(("BACKWARD", "FORWARD"))] = "BACKWARD",
    lookup_attribute: list[LookupAttribute] | None = None,
) -> Listing[dict[str, Any], EventPage]:
    """Search the account's events: those of the region called, and those of global products.

    Args:
        next_token: Where the last page ended; everything else must be as it was then.
        max_results: 1 to 50; 0 stands for the default, 20.
        start_time: UTC, included, not more than 90 days ago; seven days ago by default, so that
            an earlier end_time needs a start_time too.
        end_time: UTC, included; now by default.
        direction: BACKWARD (newest first) or FORWARD.
        lookup_attribute: One or two conditions, exact and case-sensitive.

    Returns:
        A page; with a rare condition it may be short or empty and still have a NextToken.

    Source: ActionTrail API reference, LookupEvents (documented); 0 as MaxResults (documented in
    the older edition only); regional visibility (documented).
    """
    conditions = conditions_of(lookup_attribute or [])
    query = name_of_query(ctx, [start_time, end_time, direction, *sorted(conditions.items())])
    if next_token:
        window, after = _position(query, next_token, ctx.now)
    else:
        window, after = window_of(start_time, end_time, ctx.now), None
    search = Search(
        account_id=ctx.account_id,
        region=ctx.region,
        window=window,
        conditions=conditions,
        forward=direction == "FORWARD",
    )
    events, last = find_events(ctx.tx, search, after, max_results or _DEFAULT)
    token: Next = msgspec.UNSET
    if last is not None:
        times = (int(window.start), int(window.end), int(last.at))
        token = BY_TOKEN.next(query, *times, last.event_id)
    page = EventPage(start_time=iso(window.start), end_time=iso(window.end), next_token=token)
    return Listing(events, page)


def _position(query: str, token: str, now: Instant) -> tuple[Window, Position]:
    """Read a token: it fixes the window, so that paging neither drifts nor ages out."""
    start, end, at, event_id = BY_TOKEN.position(query, token, 0, 0, 0, "")
    # A forged token may hold any times; those of a real one are within the history.
    oldest, latest = now - HISTORY_SECONDS, now + SKEW_SECONDS
    window = Window(Instant(min(max(start, oldest), latest)), Instant(min(end, latest)))
    return window, Position(Instant(at), event_id)
