"""LookupInsightEvents, and how many insights there are of each type."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc
from juyong.api.listing import Next, TokenPage
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, Instant, parse_iso
from juyong.services.actiontrail.conditions import (
    BY_TOKEN,
    InvalidEndTime,
    InvalidQuery,
    InvalidStartTime,
    LookupAttribute,
    NextToken,
    Window,
    any_window_of,
    conditions_of,
    name_of_query,
)
from juyong.services.actiontrail.insights.tables import InsightRow
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.store.late import sa, table_of

if TYPE_CHECKING:
    from sqlalchemy import Select

KEPT_SECONDS = 93 * DAY_SECONDS
_DEFAULT = 20
_COLUMNS = {
    "ServiceName": "service_name",
    "EventName": "event_name",
    "SourceIpAddress": "source_ip",
    "InsightType": "insight_type",
    "EventId": "event_id",
    "AccessKeyId": "access_key_id",
    "InsightObject": "insight_object",
}
KEYS = frozenset(_COLUMNS)
_ANY = ""
"""No condition: no column that is asked for is empty."""


@operation(
    ACTIONTRAIL,
    "LookupInsightEvents",
    resource=acs("actiontrail", "*"),
    raises=(InvalidStartTime, InvalidEndTime),
    rate=Rate(per_second=10),
    answers="Events",
    reads_only=True,
    scans=True,
)
def lookup_insight_events(
    ctx: Context,
    *,
    next_token: NextToken = "",
    max_results: Annotated[int, Between(1, 50), Doc("1 to 50.")] = _DEFAULT,
    start_time: str = "",
    end_time: str = "",
    lookup_attribute: list[LookupAttribute] | None = None,
) -> Listing[dict[str, Any], TokenPage]:
    """Search insights, newest first: those of the region called, and those of global products.

    Args:
        next_token: Where the last page ended; everything else must be as it was then.
        max_results: 1 to 50, 20 by default.
        start_time: UTC, included; seven days ago by default. What is older than 93 days is not
            found.
        end_time: UTC, included; now by default.
        lookup_attribute: One or two conditions, exact and case-sensitive; any two.

    Returns:
        A page; an insight whose event expired is passed over.

    Source: ActionTrail API reference, LookupInsightEvents (documented): keys, defaults, and that a
    range is cut to 93 days. Which two conditions stand together is assumed.
    """
    conditions = conditions_of(lookup_attribute or [], KEYS, None)
    query = name_of_query(ctx, [start_time, end_time, *sorted(conditions.items())])
    window = any_window_of(start_time, end_time, ctx.now)
    # A token keeps the end, so that pages do not drift.
    end, at, event_id = BY_TOKEN.position(query, next_token, int(window.end), 1 << 62, "")
    rows = ctx.tx.query(
        _page,
        account_id=ctx.account_id,
        region=ctx.region,
        start_at=max(window.start, ctx.now - KEPT_SECONDS),
        end_at=end,
        after_at=at,
        after_id=event_id,
        row_limit=max_results + 1,
        **{column: conditions.get(key, _ANY) for key, column in _COLUMNS.items()},
    )
    shown = rows[:max_results]
    token: Next = msgspec.UNSET
    if len(rows) > len(shown):
        token = BY_TOKEN.next(query, end, *shown[-1])
    found = [_event(ctx, str(each_id)) for _, each_id in shown]
    return Listing([each for each in found if each is not None], TokenPage(next_token=token))


def _event(ctx: Context, event_id: str) -> dict[str, Any] | None:
    rows = ctx.tx.find(EventRow, account_id=ctx.account_id, event_id=event_id)
    return msgspec.json.decode(rows[0].body) if rows else None


def _page() -> "Select[Any]":
    insight = table_of(InsightRow)
    conditions = [
        sa.or_(sa.bindparam(column) == _ANY, insight.c[column] == sa.bindparam(column))
        for column in _COLUMNS.values()
    ]
    place = sa.tuple_(insight.c.at, insight.c.event_id)
    after = sa.tuple_(
        sa.bindparam("after_at", type_=sa.BigInteger()), sa.bindparam("after_id", type_=sa.Text())
    )
    return (
        sa.select(insight.c.at, insight.c.event_id)
        .where(
            insight.c.account_id == sa.bindparam("account_id"),
            insight.c.at >= sa.bindparam("start_at"),
            insight.c.at <= sa.bindparam("end_at"),
            sa.or_(insight.c.region == "", insight.c.region == sa.bindparam("region")),
            place < after,
            *conditions,
        )
        .order_by(insight.c.at.desc(), insight.c.event_id.desc())
        .limit(sa.bindparam("row_limit", type_=sa.Integer()))
    )


class InsightCount(Shape, frozen=True, kw_only=True):
    """The insights of one type in one region; those of global products are in the home region."""

    insight_type: str
    region_id: str
    count: int


@operation(
    ACTIONTRAIL,
    "GetInsightsEventsCount",
    resource=acs("actiontrail", "*"),
    raises=(InvalidQuery, InvalidStartTime, InvalidEndTime),
    rate=Rate(per_second=10),
    answers="Data",
    reads_only=True,
    scans=True,
)
def get_insights_events_count(
    ctx: Context,
    *,
    date: Annotated[str, Doc("A day, `yyyy-MM-dd`, UTC; then the times do not count.")] = "",
    start_time: Annotated[str, Doc("UTC, included; a day ago by default.")] = "",
    end_time: Annotated[str, Doc("UTC, included; now by default.")] = "",
) -> list[InsightCount]:
    """Count the account's insights of all regions, by type and region."""
    window = _day(date) if date else any_window_of(start_time, end_time, ctx.now, DAY_SECONDS)
    found: dict[tuple[str, str], int] = {}
    rows = ctx.tx.query(
        _counts, account_id=ctx.account_id, start_at=window.start, end_at=window.end
    )
    for insight_type, region, count in rows:
        key = (str(insight_type), str(region) or ctx.platform.region)
        found[key] = found.get(key, 0) + int(count)
    return [
        InsightCount(insight_type=insight_type, region_id=region, count=count)
        for (insight_type, region), count in sorted(found.items())
    ]


def _day(date: str) -> Window:
    try:
        start = parse_iso(f"{date}T00:00:00Z")
    except ValueError as bad:
        raise InvalidQuery(name="Date") from bad
    return Window(start, Instant(start + DAY_SECONDS - 1))


def _counts() -> "Select[Any]":
    insight = table_of(InsightRow)
    columns = (insight.c.insight_type, insight.c.region)
    return (
        sa.select(*columns, sa.func.count())
        .where(
            insight.c.account_id == sa.bindparam("account_id"),
            insight.c.at >= sa.bindparam("start_at"),
            insight.c.at <= sa.bindparam("end_at"),
        )
        .group_by(*columns)
    )
