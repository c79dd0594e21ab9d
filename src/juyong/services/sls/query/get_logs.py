"""GetLogs, of both versions: logs that a search finds, or the rows of SQL over them.

Source: SLS API reference, GetLogs and GetLogsV2 (documented); members and headers that official
SDKs read (observed): every value is a string, and a missing header breaks a client.
"""

import json
import time
from functools import partial
from typing import Annotated, Any

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Between, Doc, Grouped, Header
from juyong.api.operation import Prepare, Route, operation
from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.port import Found, LogEngine, Table
from juyong.services.sls.compressed import compressed
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
from juyong.services.sls.query.shown_logs import shown_log
from juyong.services.sls.tables import LogstoreRow

_MOST_LINES = 100


class Reading(Over, frozen=True, kw_only=True):
    """The parameters of both versions; further ones are taken, and every answer is exact."""

    line: Annotated[
        int, Between(0, _MOST_LINES), Doc("How many logs, 100 at most; not with SQL.")
    ] = _MOST_LINES
    offset: Annotated[
        int, Between(0, 2**31 - 1), Doc("How many are passed over; not with SQL.")
    ] = 0
    reverse: Annotated[bool, Doc("The newest first; not with SQL.")] = False


Given = Annotated[Reading, Grouped()]


class Read(msgspec.Struct, frozen=True):
    """An answer of the engine, how many milliseconds it took, and whether it is `Complete`."""

    answer: Found | Table
    milliseconds: int
    progress: str


def _look(platform: Platform, arguments: Arguments, question: Question) -> Read:
    """Have the engine search, or answer SQL.

    Raises:
        BadQuery: an offset with SQL, which has LIMIT for that; else as `answered`.
    """
    over: Reading = arguments["over"]
    began = time.monotonic()
    found = answered(platform, question, partial(_ask, over, question))
    return Read(found, int((time.monotonic() - began) * 1000), question.progress)


def _ask(
    over: Reading, question: Question, engine: LogEngine, files: list[LogFile]
) -> Found | Table:
    query, window, index = question.query, question.window, question.index
    if query.sql is None:
        return engine.search(
            files,
            query,
            window,
            index,
            newest_first=over.reverse,
            offset=over.offset,
            limit=max(over.line, 1),
        )
    if over.offset:
        raise BadQuery(why="offset is not supported with SQL; use LIMIT offset, count")
    return engine.sql(files, query, window, index, logstore=question.logstore)


PREPARE = Prepare(work=_look, gather=gather, raises=REFUSALS, scans=True)


def _rows(answer: Found | Table, line: int) -> list[dict[str, str]]:
    if isinstance(answer, Table):
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
    return [shown_log(log) for log in answer.logs[:line]]


def _split(text: str) -> tuple[str, str]:
    """Return the search and the SQL of a query as they were asked."""
    search, _, sql = text.partition("|")
    return search.strip(), sql.strip()


def array_of(read: Read, query: str, line: int = _MOST_LINES) -> RawAnswer:
    """Write an answer of the first version: an array, and headers that tell of it."""
    answer, (search, sql) = read.answer, _split(query)
    rows = _rows(answer, line)
    told: dict[str, Any] = {
        "x-log-progress": read.progress,
        "x-log-count": len(rows),
        "x-log-processed-rows": answer.rows_read,
        "x-log-elapsed-millisecond": read.milliseconds,
        "x-log-has-sql": str(isinstance(answer, Table)).lower(),
        "x-log-where-query": _ascii(search),
        "x-log-agg-query": _ascii(sql),
        "x-log-cpu-sec": read.milliseconds / 1000,
        "x-log-cpu-cores": 1,
    }
    if isinstance(answer, Table):
        told["x-log-query-info"] = json.dumps({"keys": answer.names, "limited": answer.limit})
    return RawAnswer(
        headers={name: str(value) for name, value in told.items()},
        body=msgspec.json.encode(rows),
        content_type="application/json",
        record=msgspec.UNSET,
    )


@operation(
    SLS,
    "GetLogs",
    on=ONE_LOGSTORE,
    action="log:GetLogStoreLogs",
    audit="data",
    prepare=PREPARE,
    route=Route(method="GET", path="/project/{project}/logstores/{logstore}", marks="type=log"),
    reads_only=True,
)
def get_logs(
    _ctx: Context,
    _row: LogstoreRow,
    *,
    prepared: Read,
    over: Given,
) -> RawAnswer:
    """Search logs, or ask SQL about them; the answer is an array, and headers tell of it."""
    return array_of(prepared, over.query, over.line)


def _ascii(text: str) -> str:
    return "".join(each for each in text if " " <= each <= "~")


@operation(
    SLS,
    "GetLogsV2",
    on=ONE_LOGSTORE,
    action="log:GetLogStoreLogs",
    audit="data",
    prepare=PREPARE,
    route=Route(method="POST", path="/project/{project}/logstores/{logstore}/logs"),
    reads_only=True,
)
def get_logs_v2(
    _ctx: Context,
    _row: LogstoreRow,
    *,
    prepared: Read,
    over: Given,
    accepted: Annotated[str, Header("accept-encoding"), Doc("Compressions of the answer.")] = "",
) -> RawAnswer:
    """Search logs, or ask SQL about them; the answer has the rows and tells of them."""
    answer, (search, sql) = prepared.answer, _split(over.query)
    rows = _rows(answer, over.line)
    table = answer if isinstance(answer, Table) else None
    meta = {
        "progress": prepared.progress,
        "count": len(rows),
        "hasSQL": table is not None,
        "isAccurate": True,
        "powerSql": False,
        "processedRows": answer.rows_read,
        "processedBytes": 0,
        "elapsedMillisecond": prepared.milliseconds,
        "cpuSec": prepared.milliseconds / 1000,
        "cpuCores": 1,
        "limited": table.limit if table else 0,
        "whereQuery": search,
        "aggQuery": sql,
        "mode": 0,
        "telementryType": "",
        "terms": [],
        "keys": table.names if table else (),
        "columnTypes": table.types if table else (),
    }
    return compressed(msgspec.json.encode({"meta": meta, "data": rows}), accepted)
