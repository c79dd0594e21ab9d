"""The files that a question reads, sorted by the index that they were written with."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

from juyong.engines.logsearch.columns import LogFile, words_path
from juyong.engines.logsearch.conditions import Writer, condition, may_hold
from juyong.engines.logsearch.errors import QueryInvalid
from juyong.engines.logsearch.index import IndexConfig
from juyong.engines.logsearch.port import Window
from juyong.engines.logsearch.predicates import Always, Predicate, lower
from juyong.engines.logsearch.query import Node
from juyong.engines.logsearch.word_filter import WordFilter

_MOST_FILES: Final = 32


class Part(msgspec.Struct, frozen=True):
    """Files of one index, and the search as that index sees it.

    is_inside: All their logs lie in the window that is asked of.
    """

    index: IndexConfig
    predicate: Predicate
    files: tuple[LogFile, ...]
    is_inside: bool

    def where(self, window: Window, writer: Writer) -> str:
        """Write the condition of the search within a window."""
        wanted = condition(self.predicate, writer)
        if self.is_inside:
            return wanted  # COST: the column of times is not read.
        return f"_time >= {window.start_s} AND _time < {window.end_s} AND {wanted}"

    def is_behind(self, time: int, *, newest_first: bool) -> bool:
        """Tell whether all logs of the files come after a time that is found already."""
        if newest_first:
            return all(file.last_s < time for file in self.files)
        return all(file.first_s > time for file in self.files)


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


def batches(parts: Sequence[Part], *, newest_first: bool) -> Iterator[Part]:
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
