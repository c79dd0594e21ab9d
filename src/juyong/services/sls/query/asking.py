"""Parameters that all queries take, the places that they read, and the engine that answers.

Source: SLS API reference, GetLogs, GetLogsV2, GetHistograms (documented); the forms that official
SDKs send (observed).
"""

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeVar

import msgspec

from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Between, Doc, Text, Wire
from juyong.blobs.tables import BlobRow
from juyong.engines.logsearch import (
    EngineFailed,
    LogSearchError,
    Query,
    TimedOut,
    TooMuchMemory,
    parse,
    parse_index,
)
from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.duckdb_engine import DuckDBEngine
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.port import LogEngine, Window
from juyong.engines.logsearch.process_engine import Limits
from juyong.engines.logsearch.query import And, Value
from juyong.logs.opening import Opener, Wanted
from juyong.logs.stores import store_of
from juyong.logs.tables import FileRow, StoreRow
from juyong.logs.trimming import Left, is_long, left_of
from juyong.logs.turnover import searched
from juyong.services.sls.logstores.data_keys import KeyRefused, Opened, keys_to_read
from juyong.services.sls.logstores.logstore import the_logstore
from juyong.services.sls.tables import LogstoreRow

T = TypeVar("T")
_MOST_TIME = 2**32
_SEARCHER = "sls.searcher"


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters that all queries take."""

    from_: Annotated[
        int, Wire("from"), Between(0, _MOST_TIME), Doc("Logs from this Unix second on.")
    ]
    to: Annotated[int, Between(0, _MOST_TIME), Doc("Logs before this Unix second.")]
    query: Annotated[str, Text(0, 65536), Doc("A search, and SQL behind `|`; empty for all.")] = ""
    topic: Annotated[str, Text(0, 256), Doc("Only logs of the topic.")] = ""


NoTime = fact(
    "InvalidTimeRange",
    400,
    "request time range is invalid.",
    why="The window is empty: `to` is not behind `from`.",
)
NoIndex = fact(
    "IndexConfigNotExist",
    404,
    "logstore without index config",
    why="The logstore has no index, and is not searched (status assumed).",
)


class BadQuery(ApiError):
    """The query cannot be read, or asks for what the index does not have."""

    code, status, text = "ParameterInvalid", 400, "{why}"


class QueryStopped(ApiError):
    """The engine failed, or a file went while it was read; the text says which."""

    code, status, text = "InternalServerError", 500, "{why}"


class QueryTooLarge(ApiError):
    """The query needs more memory or time than one query has."""

    code, status, text = "ExceedQuota", 400, "{why}"


REFUSALS = (BadQuery, KeyRefused, NoIndex, NoTime, QueryStopped, QueryTooLarge)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A query that was read, and what of the store it is about.

    opened: The data keys that the reading transaction opened. complete: False where some logs that
    were acknowledged are in no place that is read.
    """

    query: Query
    window: Window
    index: IndexConfig
    logstore: str
    wanted: Wanted
    opened: Opened
    complete: bool

    @property
    def progress(self) -> str:
        """Whether an answer is final, in the word of the service."""
        return progress_of(complete=self.complete)


def progress_of(*, complete: bool) -> str:
    """Write whether an answer is final.

    Source: SLS API reference, GetLogs, `progress` (documented): a caller who reads `Incomplete`
    asks again.
    """
    return "Complete" if complete else "Incomplete"


class Searcher:
    """The engine of a platform, and the files that are open for it; both end with the object."""

    def __init__(self, platform: Platform) -> None:
        bounds, server = platform.log_queries, platform.log_server
        limits = Limits(
            processes=bounds.at_once,
            threads=bounds.threads,
            memory_mb=bounds.memory_mb,
            seconds=bounds.seconds,
        )
        self.engine = DuckDBEngine(limits) if server is None else server.engine(limits)
        self.opener = Opener(
            platform.disk, platform.segments, folder=None if server is None else server.folder
        )
        weakref.finalize(self, self.engine.close)


def gather(ctx: Context, arguments: Arguments) -> Question:
    """Read a query, and find what it is about.

    Raises:
        NoTime, BadQuery, NoIndex, KeyRefused: see there.
        NoProject, NoLogstore: as named.
    """
    row = the_logstore(ctx, arguments["project"], arguments["logstore"])
    over: Over = arguments["over"]
    window = Window(over.from_, over.to)
    if window.end_s <= window.start_s:
        raise NoTime
    store = store_of(ctx.tx, row.store_id)
    if store is None or store.index is None:
        raise NoIndex
    wanted, opened, complete = wanted_of(ctx, row, store, store.index, window)
    return Question(
        query=_about_topic(_read(over.query), over.topic),
        window=window,
        index=parse_index(store.index),
        logstore=row.logstore_name,
        wanted=wanted,
        opened=opened,
        complete=complete,
    )


def wanted_of(
    ctx: Context, row: LogstoreRow, store: StoreRow, index: str, window: Window
) -> tuple[Wanted, Opened, bool]:
    """Return the places of a store that a window needs, and whether they hold all of its logs.

    Raises:
        KeyRefused: they are sealed under a key of the KMS, which refuses.
    """
    found = searched(ctx.tx, store, window.start_s, window.end_s)
    opened = keys_to_read(ctx, row, (*found.files, *found.batches))
    wanted = Wanted(
        files=tuple(
            (file, _blob(ctx, file.blob_id), _blob(ctx, file.words_id)) for file in found.files
        ),
        waiting=found.batches,
        index=index,
        keys=opened,
        left=_left(ctx, store, found.files),
    )
    return wanted, opened, found.complete


def _left(ctx: Context, store: StoreRow, files: Sequence[FileRow]) -> Left | None:
    """Return what is not over of a store, if any of some files was merged of older ones."""
    left = left_of(ctx.tx, store, ctx.now) if any(map(is_long, files)) else None
    return left if left is not None and any(map(left.is_partly, files)) else None


def _read(text: str) -> Query:
    try:
        return parse(text)
    except LogSearchError as refusal:
        raise BadQuery(why=str(refusal)) from None


def _about_topic(query: Query, topic: str) -> Query:
    if not topic:
        return query
    named = Value(key="__topic__", text=topic, quoted=True)
    return msgspec.structs.replace(query, search=And((named, query.search)))


def _blob(ctx: Context, blob_id: str) -> BlobRow:
    row = ctx.tx.get(BlobRow, blob_id)
    assert row is not None  # noqa: S101  # the row of a file keeps its blobs
    return row


def answered(
    platform: Platform, question: Question, ask: Callable[[LogEngine, list[LogFile]], T]
) -> T:
    """Have the engine answer over opened files; raises as `engine`."""
    question.opened.committed(platform)
    with engine(platform) as (asked, opener), opener.opened(question.wanted) as files:
        return ask(asked, files)


@contextmanager
def engine(platform: Platform) -> Iterator[tuple[LogEngine, Opener]]:
    """Give the engine and what opens files for it; asking takes as long as the engine.

    Raises:
        BadQuery, QueryTooLarge, QueryStopped: see there; of what is raised inside.
    """
    searcher = _searcher(platform)
    try:
        yield searcher.engine, searcher.opener
    except (TimedOut, TooMuchMemory) as refusal:
        raise QueryTooLarge(why=str(refusal)) from None
    except EngineFailed as failure:
        raise QueryStopped(why=str(failure)) from failure
    except LogSearchError as refusal:
        raise BadQuery(why=str(refusal)) from None
    except FileNotFoundError as gone:
        raise QueryStopped(why="a file of logs went while it was read; ask again") from gone


def _searcher(platform: Platform) -> Searcher:
    held: Searcher | None = platform.memory.get(_SEARCHER)
    if held is None:
        held = platform.memory.setdefault(_SEARCHER, Searcher(platform))
    return held
