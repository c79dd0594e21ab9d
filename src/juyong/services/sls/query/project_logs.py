"""GetProjectLogs: SQL over the logstores of a project.

Source: SLS API reference, GetProjectLogs (documented): FROM names logstores, WHERE bounds
`__time__`, and a `*|` may stand before the SQL. The permission of each logstore that the text names
is asked for, too (assumed).
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context, Platform
from juyong.api.fields import Doc, Text
from juyong.api.operation import Prepare, Route, operation
from juyong.engines.logsearch import parse_index
from juyong.engines.logsearch.port import ALWAYS, Source, Window
from juyong.logs.opening import Wanted
from juyong.logs.stores import store_of
from juyong.logs.tables import BatchRow, FileRow
from juyong.services.sls.logstores.data_keys import KeyRefused, Opened
from juyong.services.sls.logstores.logstore import logstore_conditions
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import ONE_PROJECT, arn_in, project_policy
from juyong.services.sls.query.asking import (
    BadQuery,
    NoIndex,
    QueryStopped,
    QueryTooLarge,
    engine,
    progress_of,
    wanted_of,
)
from juyong.services.sls.query.get_logs import Read, array_of
from juyong.services.sls.tables import LogstoreRow, ProjectRow

_STAR = re.compile(r"\s*\*\s*\|")
_BETWEEN_NAMES = re.compile(r"[^a-z0-9_-]+")


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A logstore that the text names, and its places; wanted: None where the logstore has no index.

    opened: The data keys of the places. complete: False where some logs that were acknowledged are
    in none of the places.
    """

    name: str
    wanted: Wanted | None
    opened: Opened
    complete: bool


def _named(ctx: Context, arguments: Arguments) -> Iterator[LogstoreRow]:
    """Yield the logstores of the project whose names stand anywhere in the text.

    SECURITY: no other logstore can be read, whatever the SQL comes to mean.
    """
    words = {*_BETWEEN_NAMES.split(arguments["query"].lower())}
    for row in ctx.tx.find(LogstoreRow, project_name=arguments["project"]):
        if row.logstore_name in words:
            yield row


def _each(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return the permission to read each logstore that is named."""
    found = []
    for row in _named(ctx, arguments):
        arn = arn_in(ctx, row.project_name, f"/logstore/{row.logstore_name}")
        found.append(
            Also(
                action="log:GetLogStoreLogs",
                resource=arn,
                conditions=logstore_conditions(ctx, arn),
                policy=project_policy(ctx, arguments),
            )
        )
    return tuple(found)


def _gather(ctx: Context, arguments: Arguments) -> list[Store]:
    ONE_PROJECT.find(ctx, arguments)
    return [_store(ctx, row) for row in _named(ctx, arguments)]


def _store(ctx: Context, row: LogstoreRow) -> Store:
    store = store_of(ctx.tx, row.store_id)
    if store is None or store.index is None:
        return Store(name=row.logstore_name, wanted=None, opened=Opened(ctx.now), complete=True)
    wanted, opened, complete = wanted_of(ctx, row, store, store.index, ALWAYS)
    return Store(name=row.logstore_name, wanted=wanted, opened=opened, complete=complete)


def _ask(platform: Platform, arguments: Arguments, stores: list[Store]) -> Read:
    """Have the engine answer.

    Raises:
        NoIndex: FROM names a logstore that has none.
        BadQuery, QueryStopped, QueryTooLarge: see there.
    """
    began = time.monotonic()
    for each in stores:
        each.opened.committed(platform)
    sql = _STAR.sub("", arguments["query"], count=1)
    with engine(platform) as (asked, opener), ExitStack() as opened:
        windows = asked.windows(sql, [each.name for each in stores])
        sources, complete = [], True
        for each in stores:
            window = windows.get(each.name)
            if window is None:
                continue
            if each.wanted is None:
                raise NoIndex
            files = opened.enter_context(opener.opened(_within(each.wanted, window)))
            index = parse_index(each.wanted.index)
            sources.append(Source(name=each.name, index=index, files=files, window=window))
            complete &= each.complete
        if not sources:
            raise BadQuery(why="FROM must name a logstore of the project")
        answer = asked.sql_of_stores(sources, sql)
    return Read(answer, int((time.monotonic() - began) * 1000), progress_of(complete=complete))


def _within(wanted: Wanted, window: Window) -> Wanted:
    def meets(row: FileRow | BatchRow) -> bool:
        return row.min_time < window.end_s and row.max_time >= window.start_s

    return msgspec.structs.replace(
        wanted,
        files=tuple(each for each in wanted.files if meets(each[0])),
        waiting=tuple(row for row in wanted.waiting if meets(row)),
    )


@operation(
    SLS,
    "GetProjectLogs",
    on=ONE_PROJECT,
    also=_each,
    audit="data",
    prepare=Prepare(
        work=_ask,
        gather=_gather,
        raises=(BadQuery, KeyRefused, NoIndex, QueryStopped, QueryTooLarge),
        scans=True,
    ),
    route=Route(method="GET", path="/project/{project}/logs"),
    reads_only=True,
)
def get_project_logs(
    _ctx: Context,
    _row: ProjectRow,
    *,
    query: Annotated[
        str, Text(1, 65536), Doc("SQL whose FROM names logstores, and whose WHERE a time.")
    ],
    prepared: Read,
) -> RawAnswer:
    """Ask SQL about logstores of a project; the answer is an array, and headers tell of it.

    The more `__time__` is bounded, by whole numbers, the less is read.
    """
    return array_of(prepared, f"|{_STAR.sub('', query, count=1)}")
