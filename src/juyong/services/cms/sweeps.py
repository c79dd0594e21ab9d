"""Points, events and entries of the history whose time is over, and series without points."""

from typing import TYPE_CHECKING

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.services.cms.events.storing import EVENTS_KEPT_SECONDS
from juyong.services.cms.metrics.points import RETENTION_SECONDS
from juyong.services.cms.rules.history import KEPT_SECONDS
from juyong.services.cms.tables import AlertLogRow, CmsEventRow, PointRow, SeriesRow
from juyong.store.chunks import change_most, delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Delete


def _points() -> "Delete":
    return delete_some(PointRow, table_of(PointRow).c.at <= sa.bindparam("points"))


def _series() -> "Delete":
    return delete_some(SeriesRow, table_of(SeriesRow).c.seen_day < sa.bindparam("day"))


def _history() -> "Delete":
    return delete_some(AlertLogRow, table_of(AlertLogRow).c.at <= sa.bindparam("history"))


def _events() -> "Delete":
    return delete_some(CmsEventRow, table_of(CmsEventRow).c.at <= sa.bindparam("events"))


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge at most so many lapsed rows; returns how many."""
    return change_most(
        tx,
        (_points, _series, _history, _events),
        most,
        points=now - RETENTION_SECONDS,
        day=(now - RETENTION_SECONDS) // DAY_SECONDS,
        history=now - KEPT_SECONDS,
        events=now - EVENTS_KEPT_SECONDS,
    )
