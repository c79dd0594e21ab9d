"""Custom metrics: samples that callers bring."""

import re
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Doc, Items, OneOf, Pattern, Wire
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant
from juyong.services.cms.answers import EVERYTHING, Told, reads_data
from juyong.services.cms.errors import NoMetric, TooMany
from juyong.services.cms.metrics.catalogue import custom_namespace
from juyong.services.cms.metrics.points import (
    RETENTION_SECONDS,
    Sample,
    Stats,
    TooManySeries,
    end_of_minute,
    keep,
    one,
)
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.tables import PointRow, SeriesRow
from juyong.services.cms.texts import Reads, dimensions, moment, to_json, values
from juyong.store.late import sa, table_of

_RAW, _AGGREGATED = "0", "1"
_AHEAD_SECONDS = 600
_NEEDED = frozenset(("Sum", "Maximum", "Minimum", "SampleCount"))
_KNOWN = _NEEDED | {"Average", "LastValue", "SumPerMinute"}
_PERCENTILE = re.compile(r"P\d{1,2}(\.\d+)?")

MetricName = Annotated[
    str, Pattern(r"[A-Za-z][A-Za-z0-9_.\-/:]{0,63}"), Doc("1 to 64 characters, a letter first.")
]
GroupId = Annotated[
    str, Pattern(r"\d{1,19}"), Doc("A number that becomes the dimension `groupId`; 0 for none.")
]


class Measured(Shape, frozen=True, kw_only=True):
    """One sample, or a summary of several.

    Values: JSON object. Of Type 0 `{"value": 10.5}`; of Type 1 Sum, Maximum, Minimum and
    SampleCount. Time: The present, if absent.
    """

    metric_name: MetricName
    dimensions: Annotated[str, Reads(dimensions)]
    type: Annotated[str, OneOf((_RAW, _AGGREGATED))]
    values: Annotated[str, Reads(values)]
    group_id: GroupId
    time: Annotated[str, Reads(moment)] | None = None
    period: Annotated[str, OneOf(("60", "300"))] | None = None


def _bad(text: str) -> BadParameter:
    return BadParameter("ParameterInvalid", text)


def _stats(item: Measured) -> Stats:
    """Read the values of a sample.

    Raises:
        BadParameter: says which member is missing or cannot be kept.
    """
    found = values(item.values)
    if item.type == _RAW:
        if set(found) != {"value"}:
            raise _bad("Values of Type 0 holds `value` alone.")
        return one(found["value"])
    if any(_PERCENTILE.fullmatch(name) for name in found):
        raise _bad("Values holds a percentile: percentiles cannot be brought together.")
    if not set(found) >= _NEEDED or not set(found) <= _KNOWN:
        raise _bad("Values of Type 1 holds Sum, Maximum, Minimum and SampleCount.")
    if found["SampleCount"] < 1 or found["Minimum"] > found["Maximum"]:
        raise _bad("Values of Type 1 contradict each other.")
    return Stats(found["SampleCount"], found["Sum"], found["Minimum"], found["Maximum"])


def _at(item: Measured, now: Instant) -> Instant:
    at = moment(item.time) if item.time else now
    if not now - RETENTION_SECONDS < at <= now + _AHEAD_SECONDS:
        raise _bad("Time is more than 31 days ago or more than 10 minutes ahead.")
    return end_of_minute(at)


@operation(
    CMS,
    "PutCustomMetric",
    resource=EVERYTHING,
    audit="data",
    rate=Rate(per_second=200, quota="cms.metric-uploads"),
    raises=(TooMany,),
)
def put_custom_metric(
    ctx: Context,
    *,
    metric_list: Annotated[list[Measured], Items(1, 100), Doc("1 to 100 samples.")],
) -> Told:
    """Store samples of custom metrics; they are durable once the call is answered.

    Samples of one minute are brought together, and are seen when the minute is over. A summary is
    put into the minute at which its period ended. Percentiles are refused.

    Source: PutCustomMetric (documented); that 100 samples are taken, and the bounds of Time, are
    assumed.
    """
    space = custom_namespace(ctx.account_id)
    samples = [
        Sample(
            metric=f"{space}/{item.metric_name}",
            dimensions={**dimensions(item.dimensions), "groupId": item.group_id},
            at=_at(item, ctx.now),
            stats=_stats(item),
        )
        for item in metric_list
    ]
    try:
        keep(ctx.tx, ctx.account_id, samples, most_custom=ctx.quota("cms.series"))
    except TooManySeries:
        raise TooMany from None
    return Told()


class Reported(Told, frozen=True, kw_only=True):
    """The custom metrics of a page; Result is a JSON object as text."""

    result: str


Number = Annotated[str, Pattern(r"[1-9]\d{0,8}"), Doc("From 1.")]


def _known(
    ctx: Context, group_id: str | None, name: str | None, md5: str | None
) -> list[SeriesRow]:
    rows = ctx.tx.find(
        SeriesRow, order=("metric", "series_id"), account_id=ctx.account_id, custom=True
    )
    return [
        row
        for row in rows
        if name in (None, _name(row))
        and md5 in (None, row.series_id)
        and (group_id is None or msgspec.json.decode(row.dimensions).get("groupId") == group_id)
    ]


def _name(row: SeriesRow) -> str:
    return row.metric.partition("/")[2]


@operation(CMS, "DescribeCustomMetricList", **reads_data())
def describe_custom_metric_list(
    ctx: Context,
    *,
    group_id: GroupId | None = None,
    metric_name: MetricName | None = None,
    dimension: Annotated[str, Reads(dimensions), Doc("JSON object; only series with these.")]
    | None = None,
    md5: Annotated[str, Doc("Only this series.")] | None = None,
    page_number: Number = "1",
    page_size: Annotated[str, Pattern(r"[1-9]\d{0,2}"), Doc("1 to 999.")] = "10",
) -> Reported:
    """List the series of custom metrics, by metric.

    Returns:
        `{"total": n, "result": [{"metricName", "groupId", "dimension", "md5"}]}` as text. The
        `md5` names a series, and is no digest by MD5. Source: the form is assumed.
    """
    wanted = dimensions(dimension).items() if dimension else {}.items()
    rows = [
        row
        for row in _known(ctx, group_id, metric_name, md5)
        if wanted <= msgspec.json.decode(row.dimensions).items()
    ]
    first, size = (int(page_number) - 1) * int(page_size), int(page_size)
    shown = []
    for row in rows[first : first + size]:
        held = msgspec.json.decode(row.dimensions)
        group = held.pop("groupId")
        shown.append(
            {"metricName": _name(row), "groupId": group, "dimension": held, "md5": row.series_id}
        )
    return Reported(result=to_json({"total": len(rows), "result": shown}))


def _forget() -> "sa.Delete":
    point = table_of(PointRow)
    return sa.delete(point).where(
        point.c.account_id == sa.bindparam("account"),
        point.c.metric == sa.bindparam("metric"),
        point.c.series_id == sa.bindparam("series"),
    )


@operation(CMS, "DeleteCustomMetric", resource=EVERYTHING, raises=(NoMetric,))
def delete_custom_metric(
    ctx: Context,
    *,
    metric_name: MetricName,
    group_id: GroupId | None = None,
    md5: Annotated[str, Doc("Only the series of this `md5`.")] | None = None,
    uuid: Annotated[str, Wire("UUID"), Doc("The same as Md5.")] | None = None,
) -> Told:
    """Delete series of a custom metric and their points: all, or those of a group, or one."""
    rows = _known(ctx, group_id, metric_name, md5 or uuid)
    if not rows:
        raise NoMetric
    for row in rows:
        where = {"account": ctx.account_id, "metric": row.metric, "series": row.series_id}
        ctx.tx.change(_forget, **where)
        ctx.tx.delete(row)
    return Told()
