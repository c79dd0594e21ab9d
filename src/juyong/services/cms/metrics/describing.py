"""Read the data of metrics, and what metrics there are."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, Grouped, OneOf, Raises, Text, Wire
from juyong.api.listing import by_token
from juyong.api.operation import Rate, operation
from juyong.base.clock import Instant
from juyong.services.cms.answers import (
    Told,
    reads_data,
)
from juyong.services.cms.errors import NoMetric
from juyong.services.cms.metrics.catalogue import (
    PERIODS,
    STATISTICS,
    Metric,
    metric_of,
)
from juyong.services.cms.metrics.points import Bucket, buckets, datapoints, series_of, shown_as
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.texts import (
    Reads,
    group_by,
    meets,
    moment,
    named,
    resources,
    to_json,
)

_QUESTION = reads_data(rate=Rate(per_second=50, quota="cms.metric-queries"))
_HOUR = 3600
_LOOK_BACK = {60: 2 * _HOUR, 300: 2 * _HOUR, 900: 2 * _HOUR, 3600: 48 * _HOUR}
"""How far DescribeMetricLast looks back, by period. Source: DescribeMetricLast (documented)."""
_PAGED = by_token(lambda: BadParameter("ParameterInvalid", "The parameter NextToken is invalid."))

Namespace = Annotated[str, Text(1, 128), Doc("Such as `acs_kms`.")]
MetricName = Annotated[str, Text(1, 128), Raises((NoMetric,)), Doc("Such as `RequestCount`.")]
Time = Annotated[str, Reads(moment), Doc("Milliseconds since 1970, or UTC time.")]
Period = Annotated[str, OneOf(tuple(map(str, PERIODS))), Doc("60, 300, 900 or 3600 seconds.")]
GroupBy = Annotated[str, Reads(group_by), Doc('JSON: `{"groupby": ["userId"]}`.')]
Length = Annotated[int, Between(1, 1440), Doc("1 to 1440.")]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters that all questions for data have."""

    namespace: Namespace
    metric_name: MetricName
    period: Period | None = None
    start_time: Annotated[Time, Doc("Excluded.")] | None = None
    end_time: Annotated[Time, Doc("Included; now, if absent.")] | None = None
    dimensions: (
        Annotated[str, Reads(resources), Doc("JSON: one object or an array of up to 100.")] | None
    ) = None
    express: GroupBy | None = None

    def about(self, ctx: Context) -> "Question":
        """Return the question once its metric and period are known.

        Raises:
            NoMetric: there is no such metric.
            BadParameter: the metric is not measured that often.
        """
        metric = metric_of(ctx.tx, ctx.account_id, self.namespace, self.metric_name)
        if metric is None:
            raise NoMetric
        return Question(asked=self, metric=metric, period=metric.period(self.period))


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question for the data of a metric. period: Seconds."""

    asked: Asked
    metric: Metric
    period: int

    def buckets(
        self, ctx: Context, look_back: int, after: Instant | None = None
    ) -> Iterator[Bucket]:
        """Yield the periods that are asked for.

        look_back: Seconds before the end at which the range begins, if no start is given. after:
        Periods that end before this one were answered already.
        """
        asked, metric = self.asked, self.metric
        end = moment(asked.end_time) if asked.end_time else ctx.now
        start = moment(asked.start_time) if asked.start_time else Instant(max(0, end - look_back))
        if start >= end:
            raise BadParameter("ParameterInvalid", "StartTime must be earlier than EndTime.")
        wanted = resources(asked.dimensions) if asked.dimensions else ()
        series = series_of(ctx.tx, ctx.account_id, metric.key)
        chosen = {key: held for key, held in series.items() if meets(wanted, held)}
        shown = shown_as(chosen, group_by(asked.express) if asked.express else ())
        since = start if after is None else max(start, Instant(after - self.period))
        return buckets(
            ctx.tx,
            ctx.account_id,
            metric.key,
            shown,
            start=since,
            end=min(end, ctx.now),
            period=self.period,
            dense=metric.dense,
        )


class Data(Told, frozen=True, kw_only=True):
    """The data points, a JSON array as text."""

    datapoints: str
    period: str


class DataPage(Data, frozen=True, kw_only=True):
    """A page of data points; NextToken is left out of the last page."""

    success: bool = True
    next_token: str | msgspec.UnsetType = msgspec.UNSET


@operation(CMS, "DescribeMetricList", **_QUESTION)
def describe_metric_list(
    ctx: Context,
    *,
    asked: Annotated[Asked, Grouped()],
    next_token: Annotated[str, Doc("Where the last page ended.")] = "",
    length: Length = 1000,
) -> DataPage:
    """Return the data of a metric, a page at a time, the oldest first.

    Without StartTime the range is the hour before EndTime.
    """
    listing = f"cms {asked.namespace} {asked.metric_name}"
    at, name = _PAGED.position(listing, next_token, 0, "")
    question = asked.about(ctx)
    points: list[tuple[dict[str, object], Instant]] = []
    for bucket in question.buckets(ctx, _HOUR, Instant(at) if at else None):
        points += [(p, bucket.end) for p in datapoints(bucket, name if bucket.end == at else "")]
        if len(points) > length:
            break
    shown = [point for point, _ in points[:length]]
    page = DataPage(datapoints=to_json(shown), period=str(question.period))
    if len(points) <= length:
        return page
    token = _PAGED.next(listing, points[length - 1][1], _name_of(shown[-1]))
    return msgspec.structs.replace(page, next_token=token)


def _name_of(point: dict[str, object]) -> str:
    kept = {k: str(v) for k, v in point.items() if k not in ("timestamp", *STATISTICS)}
    return named(kept)


@operation(CMS, "DescribeMetricLast", **_QUESTION)
def describe_metric_last(
    ctx: Context,
    *,
    asked: Annotated[Asked, Grouped()],
    next_token: Annotated[str, Doc("Where the last page ended.")] = "",
    length: Length = 1000,
) -> DataPage:
    """Return the newest point of each resource within two hours; of hours within two days."""
    question = asked.about(ctx)
    newest: dict[str, dict[str, object]] = {}
    for bucket in question.buckets(ctx, _LOOK_BACK[question.period]):
        newest |= {_name_of(point): point for point in datapoints(bucket)}
    listing = f"cms last {asked.namespace} {asked.metric_name}"
    page = _PAGED.part(
        listing, newest.items(), key=lambda item: (item[0],), token=next_token, limit=length
    )
    return DataPage(
        datapoints=to_json([point for _, point in page.items]),
        period=str(question.period),
        next_token=page.page.next_token,
    )


@operation(CMS, "DescribeMetricData", **_QUESTION)
def describe_metric_data(
    ctx: Context, *, asked: Annotated[Asked, Grouped()], length: Length = 1440
) -> Data:
    """Return the data of a metric, without pages: at most so many points, the oldest first."""
    question = asked.about(ctx)
    points: list[dict[str, object]] = []
    for bucket in question.buckets(ctx, _HOUR):
        points += datapoints(bucket)
        if len(points) >= length:
            break
    return Data(datapoints=to_json(points[:length]), period=str(question.period))


@operation(CMS, "DescribeMetricTop", **_QUESTION)
def describe_metric_top(
    ctx: Context,
    *,
    asked: Annotated[Asked, Grouped()],
    orderby: Annotated[str, OneOf(STATISTICS), Doc("The statistic that orders.")],
    order_desc: Annotated[bool, Wire("OrderDesc"), Doc("True: the least first.")] = False,
    length: Length = 10,
) -> Data:
    """Return the points with the greatest value of a statistic, the greatest first.

    Without times the last whole period is asked for. That `OrderDesc=true` turns to ascending order
    is documented so. Each point has its place as `order`, and `_count`, the points in all.
    """
    question = asked.about(ctx)
    periods = question.buckets(ctx, question.period)
    points = [point for bucket in periods for point in datapoints(bucket)]

    def rank(point: dict[str, Any]) -> tuple[float, str]:
        return (point[orderby] if order_desc else -point[orderby], _name_of(point))

    points.sort(key=rank)
    count = len(points)
    shown = [{**point, "order": n, "_count": count} for n, point in enumerate(points[:length], 1)]
    return Data(datapoints=to_json(shown), period=str(question.period))
