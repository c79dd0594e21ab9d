"""The store of samples: minutes of series, brought together and read back by period.

A point holds the samples of one minute by count, sum, least and greatest, from which every
statistic of every longer period follows. Minutes are named by their end.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.base.ids import AccountId
from juyong.services.cms.tables import PointRow, SeriesRow
from juyong.services.cms.texts import Dimensions, named
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, Select

MINUTE = 60
RETENTION_SECONDS = 31 * DAY_SECONDS
"""Source: CloudMonitor keeps minutes for 31 days (documented)."""
_BATCH = 2000
_LAST = "~"
"""Sorts behind every id of a series."""


class TooManySeries(Exception):
    """The account has as many series of custom metrics as it may have."""


class Stats(msgspec.Struct, frozen=True, array_like=True):
    """Samples brought together."""

    count: float
    total: float
    least: float
    most: float

    def __add__(self, other: "Stats") -> "Stats":
        """Return the samples of both."""
        return Stats(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )

    def statistics(self) -> dict[str, float]:
        """Return every statistic by its name on the wire; whole numbers without a fraction."""
        average = self.total / self.count if self.count else 0.0
        return {
            "Average": _plain(average),
            "Maximum": _plain(self.most),
            "Minimum": _plain(self.least),
            "Sum": _plain(self.total),
            "SampleCount": _plain(self.count),
        }


def zeros(minutes: float) -> Stats:
    """Return minutes in which the platform counted nothing."""
    return Stats(minutes, 0, 0, 0)


_decoder = msgspec.json.Decoder(Stats)


def one(value: float) -> Stats:
    """Return a single sample."""
    return Stats(1, value, value, value)


Way = Callable[[Stats, Stats], Stats]
"""Returns the samples of a minute, from those in the store and those to be stored."""
together: Way = Stats.__add__


def added(held: Stats, more: Stats) -> Stats:
    """Add up a count that several servers or products may bring parts of: one sample."""
    return one(held.total + more.total)


def newest(_held: Stats, more: Stats) -> Stats:
    """Keep a state as it was seen last."""
    return more


class Sample(NamedTuple):
    """Samples of a minute that are to be stored.

    at: The end of the minute. way: How the samples are brought together with what the store holds
    of the minute.
    """

    metric: str
    dimensions: Dimensions
    at: Instant
    stats: Stats
    way: Way = together


class Bucket(NamedTuple):
    """The series of one period, each under the dimensions that it is shown by; `end` ends it."""

    end: Instant
    series: Mapping[str, Stats]


def end_of_minute(at: Instant) -> Instant:
    """Return the end of the minute that an instant belongs to; the end itself belongs to it."""
    return Instant(-(-at // MINUTE) * MINUTE)


def keep(
    tx: Transaction, account_id: AccountId, samples: Iterable[Sample], *, most_custom: int = 0
) -> None:
    """Store samples, adding to what the store holds of their minutes.

    Args:
        tx: Commits the samples.
        account_id: The account of the samples.
        samples: At most two rows are written for each.
        most_custom: How many series of custom metrics the account may have; 0 where the samples
            are the platform's own.

    Raises:
        TooManySeries: one more series than that.
    """
    for sample in samples:
        series_id = _series(tx, account_id, sample, most_custom)
        held = tx.get(PointRow, account_id, sample.metric, sample.at, series_id)
        if held is None:
            tx.insert(
                PointRow(
                    account_id=account_id,
                    metric=sample.metric,
                    at=sample.at,
                    series_id=series_id,
                    stats=_text(sample.stats),
                )
            )
        else:
            tx.update(held, stats=_text(sample.way(_decoder.decode(held.stats), sample.stats)))


def series_of(tx: Transaction, account_id: AccountId, metric: str) -> dict[str, Dimensions]:
    """Return the dimensions of every series of a metric, by the id of the series."""
    rows = tx.find(SeriesRow, account_id=account_id, metric=metric)
    return {row.series_id: msgspec.json.decode(row.dimensions) for row in rows}


def shown_as(series: Mapping[str, Dimensions], group_by: Sequence[str] = ()) -> dict[str, str]:
    """Return under which dimensions each series is shown: its own, or those it is grouped by."""
    if not group_by:
        return {key: named(held) for key, held in series.items()}
    return {
        key: named({name: held[name] for name in group_by if name in held})
        for key, held in series.items()
    }


def buckets(
    tx: Transaction,
    account_id: AccountId,
    metric: str,
    shown: Mapping[str, str],
    *,
    start: Instant,
    end: Instant,
    period: int,
    dense: bool = False,
) -> Iterator[Bucket]:
    """Yield the whole periods that end after `start` and not after `end`, the oldest first.

    Args:
        tx: Is read while the iterator goes on.
        account_id: The account of the samples.
        metric: `<namespace>/<name>`.
        shown: The series that count, each with the dimensions it is shown under; series of the
            same dimensions are added up.
        start: Excluded. end: Included.
        period: Seconds.
        dense: A minute without a sample counts as 0.

    Cost: the points of all series of the metric in the range, a batch at a time.
    """
    first = Instant(start // period * period)
    last = Instant(end // period * period)
    if not shown:
        return
    sizes = Counter(shown.values()) if dense else Counter[str]()
    points = _points(tx, account_id, metric, first, last)
    for close, group in itertools.groupby(
        points, key=lambda p: Instant(-(-p[0] // period) * period)
    ):
        series: dict[str, Stats] = {}
        for _, series_id, stats in group:
            name = shown.get(series_id)
            if name is not None:
                found = _decoder.decode(stats)
                series[name] = series[name] + found if name in series else found
        for name, stats_of in series.items():
            lacked = sizes[name] * period // MINUTE - stats_of.count
            if lacked > 0:
                series[name] = stats_of + zeros(lacked)
        if series:
            yield Bucket(close, series)


def _points(
    tx: Transaction, account_id: AccountId, metric: str, start: Instant, end: Instant
) -> Iterator[tuple[Instant, str, str]]:
    position: tuple[int, str] = (start, _LAST)
    while True:
        found = tx.query(
            _range,
            account=account_id,
            metric=metric,
            start=position[0],
            after=position[1],
            end=end,
            most=_BATCH,
        )
        for at, series_id, stats in found:
            yield Instant(at), series_id, stats
        if len(found) < _BATCH:
            return
        position = (found[-1][0], found[-1][1])


def _range() -> "Select[tuple[int, str, str]]":
    point = table_of(PointRow)
    start: BindParameter[int] = sa.bindparam("start")
    return (
        sa.select(point.c.at, point.c.series_id, point.c.stats)
        .where(
            point.c.account_id == sa.bindparam("account"),
            point.c.metric == sa.bindparam("metric"),
            point.c.at >= start,
            point.c.at <= sa.bindparam("end"),
            sa.or_(point.c.at > start, point.c.series_id > sa.bindparam("after")),
        )
        .order_by(point.c.at, point.c.series_id)
        .limit(sa.bindparam("most"))
    )


def _series(tx: Transaction, account_id: AccountId, sample: Sample, most_custom: int) -> str:
    """Return the id of a series, which is made or noted as seen today."""
    dimensions = named(sample.dimensions)
    series_id = hashlib.sha256(dimensions.encode()).hexdigest()[:32]
    day = sample.at // DAY_SECONDS
    held = tx.get(SeriesRow, account_id, sample.metric, series_id)
    if held is None:
        if most_custom and tx.count(SeriesRow, account_id=account_id, custom=True) >= most_custom:
            raise TooManySeries
        tx.insert(
            SeriesRow(
                account_id=account_id,
                metric=sample.metric,
                series_id=series_id,
                dimensions=dimensions,
                custom=bool(most_custom),
                seen_day=day,
            )
        )
    elif held.seen_day < day:
        tx.update(held, seen_day=day)
    return series_id


def _text(stats: Stats) -> str:
    return msgspec.json.encode(stats).decode()


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else round(value, 6)


def datapoints(bucket: Bucket, after: str = "") -> Iterator[dict[str, object]]:
    """Yield the points of a period as answers show them, by dimensions; only those after some."""
    for name, stats in sorted(bucket.series.items()):
        if name > after:
            yield {
                "timestamp": bucket.end * 1000,
                **msgspec.json.decode(name),
                **stats.statistics(),
            }
