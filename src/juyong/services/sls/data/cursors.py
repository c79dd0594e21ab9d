"""GetCursor, GetCursorTime, PullLogs.

Source: SLS API reference (documented): cursors are by the time of arrival. A cursor is the base64
of a number in decimal, which clients count down by one (observed in aliyun-log-python-sdk).
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Annotated

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Header, Text, Wire
from juyong.api.operation import Route, operation
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import begin, end, raws_of, read, since
from juyong.logs.compression import NONE, compress
from juyong.logs.loggroup import list_of, logs_of
from juyong.services.sls.compressed import ALL, chosen
from juyong.services.sls.data.errors import BadCursor
from juyong.services.sls.errors import BadArgument, NoShard
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.data_keys import KeyRefused, keys_to_read
from juyong.services.sls.logstores.logstore import ONE_LOGSTORE
from juyong.services.sls.logstores.shards import ShardId
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.tables import LogstoreRow, ShardRow

_PATH = "/project/{project}/logstores/{logstore}/shards/{shard}"
_ACTION = "log:GetCursorOrData"
_JSON = "application/json"
_LONGEST = 18
"""Digits of a cursor; shards have fewer batches."""
Place = Annotated[str, Text(0, 64), Doc("A cursor of the shard.")]


def written(place: int) -> str:
    """Write a cursor."""
    return base64.b64encode(str(place).encode()).decode()


def place_of(cursor: str) -> int | None:
    """Return the batch that a cursor means; None where the text is no cursor."""
    try:
        digits = base64.b64decode(cursor, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return int(digits) if digits.isdecimal() and len(digits) <= _LONGEST else None


def _place(cursor: str, last: int) -> int:
    """Read a cursor.

    Raises:
        BadCursor: it is none, or lies behind the end.
    """
    place = place_of(cursor)
    if place is None or place > last:
        raise BadCursor
    return place


def _check_shard(ctx: Context, row: LogstoreRow, shard: int) -> None:
    if ctx.tx.get(ShardRow, row.project_name, row.logstore_name, shard) is None:
        raise NoShard(shard=str(shard))


class Cursor(CamelShape, frozen=True, kw_only=True):
    """A cursor."""

    cursor: str


@operation(
    SLS,
    "GetCursor",
    on=ONE_LOGSTORE,
    action=_ACTION,
    audit="data",
    raises=(BadArgument, NoShard),
    route=Route(method="GET", path=_PATH, marks="type=cursor"),
    reads_only=True,
)
def get_cursor(
    ctx: Context,
    row: LogstoreRow,
    *,
    shard: ShardId,
    from_: Annotated[
        str, Wire("from"), Text(1, 20), Doc("`begin`, `end`, or a Unix second of arrival.")
    ],
) -> Cursor:
    """Return the cursor of the first group that arrived at a time or later."""
    _check_shard(ctx, row, shard)
    if from_ == "begin":
        place = begin(ctx.tx, row.store_id, shard)
    elif from_ == "end":
        place = end(ctx.tx, row.store_id, shard)
    elif from_.isascii() and from_.isdigit() and len(from_) <= _LONGEST:
        place = since(ctx.tx, row.store_id, shard, int(from_))
    else:
        raise BadArgument(why="from is begin, end or a unix timestamp")
    return Cursor(cursor=written(place))


class CursorTime(CamelShape, frozen=True, kw_only=True):
    """The time of a cursor."""

    cursor_time: int = msgspec.field(name="cursor_time")


@operation(
    SLS,
    "GetCursorTime",
    on=ONE_LOGSTORE,
    action=_ACTION,
    audit="data",
    raises=(BadCursor, NoShard),
    route=Route(method="GET", path=_PATH, marks="type=cursor_time"),
    reads_only=True,
)
def get_cursor_time(ctx: Context, row: LogstoreRow, *, shard: ShardId, cursor: Place) -> CursorTime:
    """Return when the group of a cursor arrived, in Unix seconds; of the end: now (assumed)."""
    _check_shard(ctx, row, shard)
    place = _place(cursor, end(ctx.tx, row.store_id, shard))
    found = read(ctx.tx, row.store_id, shard, place, count=1)
    return CursorTime(cursor_time=found[0].received_at if found else ctx.now)


@operation(
    SLS,
    "PullLogs",
    on=ONE_LOGSTORE,
    action=_ACTION,
    audit="data",
    raises=(BadCursor, KeyRefused, NoShard),
    unsupported={
        "query": "groups are read as they came",
        "pullMode": "groups are read as they came",
        "processor": "groups are read as they came",
    },
    route=Route(method="GET", path=_PATH, marks="type=log"),
    reads_only=True,
    scans=True,
)
def pull_logs(
    ctx: Context,
    row: LogstoreRow,
    *,
    shard: ShardId,
    cursor: Place,
    count: Annotated[int, Between(1, 1000), Doc("The most groups, 1 to 1000.")] = 100,
    end_cursor: Annotated[str, Wire("end_cursor"), Text(0, 64), Doc("Where to stop before.")] = "",
    accepted: Annotated[str, Header("accept-encoding"), Doc("Compressions of the answer.")] = "",
    form: Annotated[str, Header("accept"), Doc("`application/json`, or protobuf.")] = "",
) -> RawAnswer:
    """Read groups from a cursor on, as they came, with the cursor that comes next.

    An answer has 10 MB of groups at most, or one that is larger.
    """
    _check_shard(ctx, row, shard)
    last = end(ctx.tx, row.store_id, shard)
    place = _place(cursor, last)
    until = _place(end_cursor, 10**_LONGEST) if end_cursor else None
    rows = read(ctx.tx, row.store_id, shard, place, count=count, until=until)
    keys = keys_to_read(ctx, row, rows)
    raws, is_json = raws_of(ctx.platform.segments, rows, keys), _JSON in form
    raw = _listed(raws) if is_json else list_of(raws)
    codec = chosen(accepted, ALL) if rows else NONE
    following = rows[-1].sequence + 1 if rows else place
    told = {
        "x-log-cursor": written(following),
        "x-log-count": str(len(rows)),
        "x-log-bodyrawsize": str(len(raw)),
        "x-log-read-last-cursor": str(max(following - 1, 0)),
    }
    if codec:
        told["x-log-compresstype"] = codec
    return RawAnswer(
        body=compress(codec, raw),
        content_type=_JSON if is_json else "application/x-protobuf",
        headers=told,
        record=msgspec.UNSET,
    )


def _listed(raws: Iterator[bytes]) -> bytes:
    """Write groups as JSON, as one client asks for (observed in alibabacloud_sls20201230)."""
    return msgspec.json.encode({"logGroupList": [_shown(list(logs_of(raw))) for raw in raws]})


def _shown(logs: list[Log]) -> dict[str, object]:
    first = logs[0]
    return {
        "Topic": first.topic,
        "Source": first.source,
        "LogTags": [{"Key": key, "Value": value} for key, value in first.tags],
        "LogItems": [
            {
                "Time": log.time,
                "Contents": [{"Key": key, "Value": value} for key, value in log.contents],
                **({"TimeNs": log.time_ns} if log.time_ns else {}),
            }
            for log in logs
        ],
    }
