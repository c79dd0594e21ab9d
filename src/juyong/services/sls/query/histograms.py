"""GetHistograms: how many logs a search finds, over time.

Source: SLS API reference, GetHistograms (documented); headers that official SDKs demand
(observed). Assumed: how wide a step is where the caller does not say.
"""

from typing import Annotated

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Between, Doc, Grouped
from juyong.api.operation import Prepare, Route, operation
from juyong.engines.logsearch.port import Bucket
from juyong.services.sls.logstores.logstore import ONE_LOGSTORE
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.query.asking import (
    REFUSALS,
    BadQuery,
    Over,
    Question,
    answered,
    gather,
)
from juyong.services.sls.tables import LogstoreRow

_STEPS, _MOST_STEPS = 60, 2000


class Counting(Over, frozen=True, kw_only=True):
    """The parameters."""

    interval: Annotated[
        int, Between(0, 2**31 - 1), Doc("Seconds of a step; 0 for sixty steps.")
    ] = 0


def _count(
    platform: Platform, arguments: Arguments, question: Question
) -> tuple[tuple[Bucket, ...], str]:
    """Have the engine count; returns the steps, and whether their counts are `Complete`.

    Raises:
        BadQuery: there is SQL, or there would be more than 2,000 steps; else as `answered`.
    """
    window, over = question.window, arguments["over"]
    length = window.end_s - window.start_s
    if question.query.sql is not None:
        raise BadQuery(why="a histogram is of a search, without SQL")
    interval = over.interval or -(-length // _STEPS)
    if -(-length // interval) > _MOST_STEPS:
        raise BadQuery(why=f"interval is too short: more than {_MOST_STEPS} steps")
    found = answered(
        platform,
        question,
        lambda engine, files: engine.histogram(
            files, question.query, window, question.index, interval_s=interval
        ),
    )
    return found, question.progress


@operation(
    SLS,
    "GetHistograms",
    on=ONE_LOGSTORE,
    action="log:GetLogStoreHistogram",
    audit="data",
    prepare=Prepare(work=_count, gather=gather, raises=REFUSALS, scans=True),
    route=Route(
        method="GET", path="/project/{project}/logstores/{logstore}", marks="type=histogram"
    ),
    reads_only=True,
)
def get_histograms(
    _ctx: Context,
    _row: LogstoreRow,
    *,
    prepared: tuple[tuple[Bucket, ...], str],
    over: Annotated[Counting, Grouped()],  # noqa: ARG001  # read by `gather` and `_count`
) -> RawAnswer:
    """Count the logs that a search finds, in steps of equal length from `from` on."""
    steps, progress = prepared
    body = [
        {"from": each.start_s, "to": each.end_s, "count": each.count, "progress": progress}
        for each in steps
    ]
    count = sum(each.count for each in steps)
    return RawAnswer(
        headers={"x-log-progress": progress, "x-log-count": str(count)},
        body=msgspec.json.encode(body),
        content_type="application/json",
        record=msgspec.UNSET,
    )
