"""Searches and histograms by DuckDB, a few files at a time."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import msgspec

from juyong.engines.logsearch.columns import FETCHED, LogFile, log_of, words_path
from juyong.engines.logsearch.conditions import DuckWriter, condition, may_hold
from juyong.engines.logsearch.errors import QueryInvalid
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.port import Bucket, Found, Window
from juyong.engines.logsearch.predicates import Always, Predicate, lower
from juyong.engines.logsearch.query import Node
from juyong.engines.logsearch.word_filter import WordFilter

WRITER = DuckWriter()
MOST_BUCKETS: Final = 10_000
_MOST_FILES: Final = 32


class Part(msgspec.Struct, frozen=True):
    """Files of one index, and the search as that index sees it.

    is_inside: All their logs lie in the window that is asked of.
    """

    index: IndexConfig
    predicate: Predicate
    files: tuple[LogFile, ...]
    is_inside: bool

    @property
    def source(self) -> str:
        """The files as a table of SQL."""
        names = ", ".join(WRITER.text(file.path) for file in self.files)
        return f"read_parquet([{names}], filename=true, file_row_number=true)"

    def where(self, window: Window) -> str:
        """Write the condition of the search within a window."""
        wanted = condition(self.predicate, WRITER)
        if self.is_inside:
            return wanted  # COST: the column of times is not read.
        return f"_time >= {window.start_s} AND _time < {window.end_s} AND {wanted}"


def parts_of(files: Sequence[LogFile], search: Node, window: Window) -> list[Part]:
    """Sort files by index and leave out those that cannot have what is searched."""
    sorted_files: dict[tuple[IndexConfig, bool], list[LogFile]] = {}
    for file in files:
        if file.first_s < window.end_s and file.last_s >= window.start_s:
            is_inside = file.first_s >= window.start_s and file.last_s < window.end_s
            sorted_files.setdefault((file.index, is_inside), []).append(file)
    parts = []
    for (index, is_inside), found in sorted_files.items():
        predicate = _lowered(search, index)
        kept = tuple(file for file in found if _may_hold(file, predicate))
        if kept:
            parts.append(Part(index, predicate, kept, is_inside))
    return parts


def _lowered(search: Node, index: IndexConfig) -> Predicate:
    """Lower a search for an older index; what that index cannot answer, its logs do not have."""
    try:
        return lower(search, index)
    except QueryInvalid:
        return Always(holds=False)


def _may_hold(file: LogFile, predicate: Predicate) -> bool:
    words = WordFilter(words_path(file.path))
    try:
        return may_hold(predicate, words.may_have)
    finally:
        words.close()


def search(
    database: Any,
    files: Sequence[LogFile],
    node: Node,
    window: Window,
    *,
    newest_first: bool,
    offset: int,
    limit: int,
) -> Found:
    """Find logs, from the near end of the time on, until no later file can have a better one.

    Cost: the columns of the conditions in the files up to there; other columns for the logs that
    are answered.
    """
    wanted = offset + limit
    hits: list[tuple[int, int, str, int]] = []
    rows_read, complete = 0, True
    order = "DESC" if newest_first else "ASC"
    for part in _batches(parts_of(files, node, window), newest_first=newest_first):
        if len(hits) >= wanted and _is_behind(part, hits[-1][0], newest_first=newest_first):
            complete = False
            break
        rows_read += sum(file.rows for file in part.files)
        database.execute(
            "SELECT _time, _seq, filename, file_row_number FROM "
            f"{part.source} WHERE {part.where(window)} "
            f"ORDER BY _time {order}, _seq {order} LIMIT {wanted + 1}"
        )
        hits = sorted(hits + database.fetchall(), reverse=newest_first)
        complete &= len(hits) <= wanted
        hits = hits[:wanted]
    return Found(
        logs=tuple(_fetched(database, hits[offset:])), rows_read=rows_read, complete=complete
    )


def _batches(parts: list[Part], *, newest_first: bool) -> Iterator[Part]:
    """Yield files in the order of time: one file, then more and more at once."""
    pairs = [(part, file) for part in parts for file in part.files]
    if newest_first:
        pairs.sort(key=lambda pair: -pair[1].last_s)
    else:
        pairs.sort(key=lambda pair: pair[1].first_s)
    size = 1
    for _, group in groupby(pairs, key=lambda pair: id(pair[0])):
        run = list(group)
        while run:
            batch, run = run[:size], run[size:]
            part = batch[0][0]
            yield msgspec.structs.replace(part, files=tuple(file for _, file in batch))
            size = min(2 * size, _MOST_FILES)


def _is_behind(part: Part, time: int, *, newest_first: bool) -> bool:
    """Tell whether all logs of the files come after a time that is found already."""
    if newest_first:
        return all(file.last_s < time for file in part.files)
    return all(file.first_s > time for file in part.files)


def _fetched(database: Any, hits: list[tuple[int, int, str, int]]) -> Iterator[Log]:
    """Read whole logs for what was found, each file once."""
    rows: dict[tuple[str, int], Log] = {}
    by_file: dict[str, list[int]] = {}
    for _, _, name, row in hits:
        by_file.setdefault(name, []).append(row)
    for name, numbers in by_file.items():
        places = ", ".join(map(str, numbers))
        table = f"read_parquet([{WRITER.text(name)}], file_row_number=true)"
        columns = ", ".join(FETCHED)
        database.execute(
            f"SELECT file_row_number, {columns} FROM {table} WHERE file_row_number IN ({places})"
        )
        rows |= {(name, row[0]): log_of(row[1:]) for row in database.fetchall()}
    return (rows[name, row] for _, _, name, row in hits)


def histogram(
    database: Any, files: Sequence[LogFile], node: Node, window: Window, interval_s: int
) -> tuple[Bucket, ...]:
    """Count the logs of each step.

    Raises:
        QueryInvalid: the interval is not positive, or makes more than MOST_BUCKETS steps.
    """
    if interval_s < 1 or (window.end_s - window.start_s) / interval_s > MOST_BUCKETS:
        raise QueryInvalid(f"the interval must make from 1 to {MOST_BUCKETS} steps")
    counts: dict[int, int] = {}
    for part in parts_of(files, node, window):
        database.execute(
            f"SELECT (_time - {window.start_s}) // {interval_s} AS step, count(*) FROM "
            f"{part.source} WHERE {part.where(window)} GROUP BY step"
        )
        for step, count in database.fetchall():
            counts[step] = counts.get(step, 0) + count
    return tuple(
        Bucket(start, min(start + interval_s, window.end_s), counts.get(step, 0))
        for step, start in enumerate(range(window.start_s, window.end_s, interval_s))
    )
