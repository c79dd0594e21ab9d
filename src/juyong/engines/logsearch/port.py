"""The port of the log engine: what it is asked, and what it answers."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.query import Query

USUAL_SECONDS = 55.0
"""Time of one query. Source: SLS user guide, Query limits (documented)."""


class Window(msgspec.Struct, frozen=True):
    """Times from start_s on and before end_s, in seconds since 1970."""

    start_s: int
    end_s: int


ALWAYS = Window(0, 2**63 - 1)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Logs that a search found, in their order.

    rows_read: rows of the files that were looked at. complete: False when there may be more logs
    behind these.
    """

    logs: tuple[Log, ...]
    rows_read: int
    complete: bool = True


class Bucket(msgspec.Struct, frozen=True):
    """How many logs a search finds in [start_s, end_s)."""

    start_s: int
    end_s: int
    count: int


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The result of SQL: every value as the text that SLS answers.

    names: columns in their order. types: their types in the words of Presto. limit: the most rows
    that could come. rows_read: rows of the files that were looked at.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rows_read: int
    limit: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A logstore that SQL reads: its name, its index, its files, and the window to read."""

    name: str
    index: IndexConfig
    files: Sequence[LogFile]
    window: Window


class LogEngine(Protocol):
    """Searches and SQL over files of columns.

    All methods raise QueryInvalid or SqlInvalid for what cannot be asked, TimedOut, TooMuchMemory,
    and EngineFailed when the engine broke down or a file is not readable. Files that lie outside
    the window are not opened. `index` says what may be asked; each file is searched as it was
    indexed.
    """

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
        """Find logs; equal times are in the order of arrival, or against it with newest_first."""

    def histogram(
        self,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
        *,
        interval_s: int,
    ) -> tuple[Bucket, ...]:
        """Count logs in steps of interval_s from the start of the window; the last may be short."""

    def sql(
        self,
        files: Sequence[LogFile],
        query: Query,
        window: Window,
        index: IndexConfig,
        *,
        logstore: str = "",
    ) -> Table:
        """Answer the SQL of a query over the logs that its search finds.

        FROM may name them `log`, or by the name of the logstore.
        """

    def windows(self, sql: str, stores: Sequence[str]) -> dict[str, Window]:
        """Return which of some logstores SQL reads, each with a window that is wide enough."""

    def sql_of_stores(self, sources: Sequence[Source], sql: str) -> Table:
        """Answer SQL whose FROM names logstores."""
