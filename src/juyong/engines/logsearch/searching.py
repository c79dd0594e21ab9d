"""Searches and histograms, a few files at a time, by whatever engine reads the files."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from juyong.engines.logsearch.columns import LogFile
from juyong.engines.logsearch.errors import QueryInvalid
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.parts import Part, batches, parts_of
from juyong.engines.logsearch.port import Bucket, Found, Window
from juyong.engines.logsearch.query import Node

MOST_BUCKETS: Final = 10_000
FETCHED: Final = "_time, _ns, _topic, _source, _tag_keys, _tag_values, _keys, _values, _seq"
"""The columns of a whole log, in the order that `log_of` takes."""
Hit = tuple[int, int, str, int]
"""A log that was found: its time, its sequence, its file, and its row there."""


class Scanner(Protocol):
    """The questions that a search asks of an engine, each about files of one index."""

    def hits(self, part: Part, window: Window, *, newest_first: bool, most: int) -> list[Hit]:
        """Return the first logs, by time and sequence, that the search finds."""

    def logs(self, hits: Sequence[Hit]) -> Iterable[Log]:
        """Read whole logs, in the order given."""

    def counts(self, part: Part, window: Window, interval_s: int) -> Iterable[tuple[int, int]]:
        """Count logs by the number of their step of the window; empty steps may be absent."""


def search(
    scanner: Scanner,
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
    hits: list[Hit] = []
    rows_read, complete = 0, True
    for part in batches(parts_of(files, node, window), newest_first=newest_first):
        if len(hits) >= wanted and part.is_behind(hits[-1][0], newest_first=newest_first):
            complete = False
            break
        rows_read += sum(file.rows for file in part.files)
        hits += scanner.hits(part, window, newest_first=newest_first, most=wanted + 1)
        hits.sort(reverse=newest_first)
        complete &= len(hits) <= wanted
        hits = hits[:wanted]
    return Found(logs=tuple(scanner.logs(hits[offset:])), rows_read=rows_read, complete=complete)


def log_of(row: Sequence[Any]) -> Log:
    """Make a log of its columns, which are in the order of FETCHED."""
    time, time_ns, topic, source, tag_keys, tag_values, keys, values, sequence = row
    return Log(
        time=time,
        time_ns=time_ns,
        topic=topic,
        source=source,
        tags=tuple(zip(tag_keys, tag_values, strict=True)),
        contents=tuple(zip(keys, values, strict=True)),
        sequence=sequence,
    )


def histogram(
    scanner: Scanner, files: Sequence[LogFile], node: Node, window: Window, interval_s: int
) -> tuple[Bucket, ...]:
    """Count the logs of each step.

    Raises:
        QueryInvalid: the interval is not positive, or makes more than MOST_BUCKETS steps.
    """
    if interval_s < 1 or (window.end_s - window.start_s) / interval_s > MOST_BUCKETS:
        raise QueryInvalid(f"the interval must make from 1 to {MOST_BUCKETS} steps")
    counts: dict[int, int] = {}
    for part in parts_of(files, node, window):
        for step, count in scanner.counts(part, window, interval_s):
            counts[step] = counts.get(step, 0) + count
    return tuple(
        Bucket(start, min(start + interval_s, window.end_s), counts.get(step, 0))
        for step, start in enumerate(range(window.start_s, window.end_s, interval_s))
    )
