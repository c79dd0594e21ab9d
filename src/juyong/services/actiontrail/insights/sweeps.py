"""Series that were silent for a whole baseline, and insights that are looked up no more."""

from typing import TYPE_CHECKING

from juyong.base.clock import Instant
from juyong.engines.insight import BASELINE_HOURS, HOUR_SECONDS
from juyong.services.actiontrail.insights.lookup import KEPT_SECONDS
from juyong.services.actiontrail.insights.tables import InsightRow, InsightSeriesRow
from juyong.store.chunks import change_most, delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Delete

_SPARE_HOURS = 24
"""Events are counted a while after they were made, later where the worker stood still."""


def _silent() -> "Delete":
    return delete_some(
        InsightSeriesRow, table_of(InsightSeriesRow).c.newest_hour < sa.bindparam("hour")
    )


def _old() -> "Delete":
    return delete_some(InsightRow, table_of(InsightRow).c.at < sa.bindparam("oldest"))


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return change_most(
        tx,
        (_silent, _old),
        most,
        hour=now // HOUR_SECONDS - BASELINE_HOURS - _SPARE_HOURS,
        oldest=now - KEPT_SECONDS,
    )
