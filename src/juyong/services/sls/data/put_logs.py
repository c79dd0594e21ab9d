"""PutLogs and PutWebtracking.

Source: SLS API reference (documented); the paths `/logstores/<logstore>` and `/shards/route`, which
the format makes one with `/shards/lb` (observed in the official Go and Python SDKs).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Doc, Header, RawBody, Text, Wire
from juyong.api.operation import Prepare, Route, operation
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived
from juyong.logs.loggroup import group_of
from juyong.services.sls.data import errors
from juyong.services.sls.data.taking import (
    KEEPING,
    OF_LOGS,
    REFUSALS,
    Sent,
    Taking,
    put,
    taken,
    taking,
)
from juyong.services.sls.errors import NotYours
from juyong.services.sls.fields import LogstoreName, ProjectName
from juyong.services.sls.logstores.data_keys import KeyRefused
from juyong.services.sls.logstores.logstore import LOGSTORE, ONE_LOGSTORE, the_logstore
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import find_project
from juyong.services.sls.tables import LogstoreRow

Compression = Annotated[
    str, Header("x-log-compresstype"), Doc("`lz4`, `zstd`, `deflate`, `gzip`, or absent.")
]
RawSize = Annotated[
    str | None, Header("x-log-bodyrawsize"), Doc("The bytes of the group before compression.")
]


def _gathered(ctx: Context, arguments: Arguments) -> Taking:
    return taking(ctx, the_logstore(ctx, arguments["project"], arguments["logstore"]))


def _taken(platform: Platform, arguments: Arguments, by: Taking) -> Arrived:
    sent = Sent(body=arguments["body"], codec=arguments["compression"], size=arguments["raw_size"])
    return taken(platform, sent, by)


@operation(
    SLS,
    "PutLogs",
    on=ONE_LOGSTORE,
    action="log:PostLogStoreLogs",
    audit="data",
    prepare=Prepare(gather=_gathered, work=_taken, raises=(*REFUSALS, KeyRefused)),
    unsupported={"processor": "logs are kept as they come"},
    raises=(*KEEPING, NotYours),
    route=Route(method="POST", path="/project/{project}/logstores/{logstore}/shards/lb"),
)
def put_logs(
    ctx: Context,
    row: LogstoreRow,
    *,
    body: Annotated[bytes, RawBody(), Doc("A LogGroup, perhaps compressed.")] = b"",  # noqa: ARG001  # taken before, as what follows
    compression: Compression = "",  # noqa: ARG001
    raw_size: RawSize = None,  # noqa: ARG001
    key: Annotated[str, Text(0, 64), Doc("Chooses the shard: 32 digits in hex.")] = "",
    prepared: Arrived,
) -> None:
    """Add a group of logs to a logstore: once answered, nothing loses or doubles the group.

    All logs of a group are taken or none. A group is in one shard, and has its place there.
    """
    if row.writer:
        raise NotYours(name=row.logstore_name, writer=row.writer)
    put(ctx, row, prepared, key)


Texts = dict[str, Any]
Topic = Annotated[str, Wire("__topic__"), Doc("The topic of the logs.")]
Source = Annotated[str, Wire("__source__"), Doc("The source of the logs.")]
Tags = Annotated[Texts, Wire("__tags__"), Doc("Tags of the logs.")]
Logs = Annotated[list[Texts], Wire("__logs__"), Doc("The logs: keys and values.")]


def _tracked(ctx: Context, arguments: Arguments) -> tuple[Taking, int]:
    row = _tracking(ctx, arguments["project"], arguments["logstore"])
    return taking(ctx, row), ctx.now


def _tracking(ctx: Context, project: str, logstore: str) -> LogstoreRow:
    """Return a logstore that takes logs without a signature."""
    row = ctx.tx.get(LogstoreRow, project, logstore) if find_project(ctx, project) else None
    if row is None or not row.web_tracking or row.writer:
        raise errors.NotTracked
    return row


def _taken_from_page(
    platform: Platform, arguments: Arguments, found: tuple[Taking, int]
) -> Arrived:
    by, now = found
    texts = {key: _text(value) for key, value in (arguments.get("tags") or {}).items()}
    logs = [
        Log(
            time=now,
            topic=arguments["topic"],
            source=arguments["source"],
            tags=tuple(texts.items()),
            contents=tuple((key, _text(value)) for key, value in each.items()),
        )
        for each in arguments["logs"]
    ]
    return taken(platform, Sent(body=group_of(logs)), by)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@operation(
    SLS,
    "PutWebtracking",
    entry=Entry.ANONYMOUS,
    audit="data",
    prepare=Prepare(
        gather=_tracked,
        work=_taken_from_page,
        raises=(*OF_LOGS, KeyRefused, errors.NotTracked),
    ),
    raises=(errors.ShardIsFull,),
    route=Route(method="POST", path="/project/{project}/logstores/{logstore}/track"),
)
def put_webtracking(
    ctx: Context,
    *,
    project: ProjectName,
    logstore: LogstoreName,
    topic: Topic = "",  # noqa: ARG001  # taken before, as what follows
    source: Source = "",  # noqa: ARG001
    tags: Tags | None = None,  # noqa: ARG001
    logs: Logs,  # noqa: ARG001
    prepared: Arrived,
) -> None:
    """Add logs without a signature to a logstore that allows that; their time is now."""
    row = _tracking(ctx, project, logstore)
    ctx.journal.refer(LOGSTORE.kind, row.place, row.account_id)
    put(ctx, row, prepared)
