"""DescribeUserLogCount: how many events an account has of each day.

Source: ActionTrail API reference, DescribeUserLogCount (documented): the form of dates, the 30 days
up to yesterday of a call without dates, and the errors. Assumed: days are those of UTC, a date may
not be given alone, and dates lie within the 90 days of history.
"""

from typing import Annotated, Any

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, Instant, iso, parse_iso
from juyong.services.actiontrail.conditions import (
    HISTORY_SECONDS,
    InvalidCombination,
    InvalidQuery,
)
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.store.late import sa, table_of

_DAYS = 30
Date = Annotated[str, Doc("yyyy-MM-dd, of UTC.")]


class Daily(Shape, frozen=True, kw_only=True):
    """Days and how many events each has, in the same order; a day without events has 0."""

    dates: list[str]
    counts: list[int]


@operation(
    ACTIONTRAIL,
    "DescribeUserLogCount",
    resource=acs("actiontrail", "*"),
    raises=(InvalidQuery, InvalidCombination),
    rate=Rate(per_second=10),
    answers="Data",
    reads_only=True,
    scans=True,
)
def describe_user_log_count(ctx: Context, *, start_date: Date = "", end_date: Date = "") -> Daily:
    """Count the events that are kept of each day from one date to another, both included.

    Without dates these are the 30 days up to yesterday.

    Cost: reads the index of all events of the days.
    """
    today = ctx.now // DAY_SECONDS
    first, last = today - _DAYS, today - 1
    if start_date or end_date:
        first, last = _day("StartDate", start_date), _day("EndDate", end_date)
    if first > last:
        raise InvalidCombination(first="StartDate", second="EndDate")
    if first < (ctx.now - HISTORY_SECONDS) // DAY_SECONDS:
        raise InvalidQuery(name="StartDate")
    if last > today:
        raise InvalidQuery(name="EndDate")
    held = dict(
        ctx.tx.query(
            _counts,
            account_id=ctx.account_id,
            begin=first * DAY_SECONDS,
            end=(last + 1) * DAY_SECONDS,
            day=DAY_SECONDS,
        )
    )
    days = range(first, last + 1)
    return Daily(
        dates=[iso(Instant(day * DAY_SECONDS))[:10] for day in days],
        counts=[int(held.get(day, 0)) for day in days],
    )


def _day(name: str, text: str) -> int:
    """Return the number of a day since 1970.

    Raises:
        InvalidQuery: the text is no date.
    """
    try:
        return parse_iso(f"{text}T00:00:00Z") // DAY_SECONDS
    except ValueError:
        raise InvalidQuery(name=name) from None


def _counts() -> "sa.Select[Any, Any]":
    event = table_of(EventRow)
    number = event.c.at // sa.bindparam("day", type_=sa.BigInteger())
    return (
        sa.select(number.label("number"), sa.func.count())
        .where(
            event.c.account_id == sa.bindparam("account_id"),
            event.c.at >= sa.bindparam("begin"),
            event.c.at < sa.bindparam("end"),
        )
        .group_by(sa.text("number"))
    )
