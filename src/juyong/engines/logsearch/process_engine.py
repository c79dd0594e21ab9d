"""A log engine whose questions are answered in processes of its own."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.errors import EngineFailed, QueryInvalid, SqlInvalid
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.messages import Answer, Ask, SourceOf, packed_files
from juyong.engines.logsearch.port import (
    ALWAYS,
    USUAL_SECONDS,
    Bucket,
    Found,
    Source,
    Table,
    Window,
)
from juyong.engines.logsearch.predicates import check
from juyong.engines.logsearch.processes import Processes
from juyong.engines.logsearch.query import Everything, Query

T = TypeVar("T")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the processes.

    processes: how many queries run at once. threads, memory_mb: of each. seconds: time of a query.
    zone: the time zone of SQL. Source: SLS user guide, current_timezone is that of the region
    (documented).
    """

    processes: int = 2
    threads: int = 2
    memory_mb: int = 1024
    seconds: float = USUAL_SECONDS
    zone: str = "Asia/Shanghai"


class ProcessEngine:
    """Answers searches and SQL; see `port.LogEngine`. Processes start with the first question.

    command: Starts a process that answers `messages.Ask`. first: See `Processes`.
    """

    def __init__(self, limits: Limits, command: Sequence[str], first: object = None) -> None:
        self.limits = limits
        self._processes = Processes(command, limits.processes, Answer, first)

    def close(self) -> None:
        """End the processes."""
        self._processes.close()

    def search(
        self,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
        *,
        newest_first: bool = False,
        offset: int = 0,
        limit: int = 100,
    ) -> Found:
        """Find logs; see `port.LogEngine.search`."""
        if offset < 0 or limit < 1:
            raise QueryInvalid("offset must be at least 0, and limit at least 1")
        asked = self._asked("search", files, query, window, index)
        answer = self._answer(
            msgspec.structs.replace(asked, newest_first=newest_first, offset=offset, limit=limit)
        )
        return _given(answer.found)

    def histogram(
        self,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
        *,
        interval_s: int,
    ) -> tuple[Bucket, ...]:
        """Count logs in steps; see `port.LogEngine.histogram`."""
        asked = self._asked("histogram", files, query, window, index)
        return _given(self._answer(msgspec.structs.replace(asked, interval_s=interval_s)).buckets)

    def sql(
        self,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
        *,
        logstore: str = "",
    ) -> Table:
        """Answer SQL; see `port.LogEngine.sql`."""
        if query.sql is None:
            raise SqlInvalid("the query has no SQL")
        asked = self._asked("sql", files, query, window, index)
        return _given(self._answer(msgspec.structs.replace(asked, logstore=logstore)).table)

    def windows(self, sql: str, stores: Sequence[str]) -> dict[str, Window]:
        """Return which logstores SQL reads; see `port.LogEngine.windows`."""
        asked = self._asked("windows", (), Query(Everything(), sql), ALWAYS, IndexConfig())
        return _given(self._answer(msgspec.structs.replace(asked, names=tuple(stores))).windows)

    def sql_of_stores(self, sources: Sequence[Source], sql: str) -> Table:
        """Answer SQL over logstores; see `port.LogEngine.sql_of_stores`."""
        files = [file for source in sources for file in source.files]
        asked = self._asked("stores", files, Query(Everything(), sql), ALWAYS, IndexConfig())
        listed = tuple(
            SourceOf(source.name, source.index, source.window, len(source.files))
            for source in sources
        )
        return _given(self._answer(msgspec.structs.replace(asked, sources=listed)).table)

    def _asked(
        self,
        kind: str,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
    ) -> Ask:
        check(query, index)
        indexes, packed = packed_files(
            [f for f in files if f.first_s < window.end_s and f.last_s >= window.start_s]
        )
        return Ask(
            kind=kind,
            query=query,
            window=window,
            index=index,
            seconds=self.limits.seconds,
            indexes=indexes,
            files=packed,
        )

    def _answer(self, ask: Ask) -> Answer:
        return self._processes.ask(ask)


def _given(part: T | None) -> T:
    if part is None:
        raise EngineFailed("the process answered another question")
    return part
