"""Make the files of columns of a portion, as blobs."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from juyong.blobs.blob import drop, written
from juyong.blobs.disk import Disk
from juyong.engines.logsearch.columns import MOST_ROWS, words_path, write_file
from juyong.engines.logsearch.index import IndexConfig, parse_index
from juyong.engines.logsearch.log import Log
from juyong.logs.segments import Segments
from juyong.logs.staging import Staging
from juyong.logs.turnover import Made, Portion, logs_in

_PART = 1024 * 1024


def files_of(disk: Disk, segments: Segments, portion: Portion) -> list[Made]:
    """Write the logs of a portion as files of columns, durably; takes seconds.

    Raises:
        Unavailable: a disk is full or away; no file is left.
        DamagedLogs: a batch cannot be read.
        IndexInvalid: the index of the store is none.

    Cost: 30 to 50 µs and about 3 kB of memory a log.
    """
    index = parse_index(portion.store.index or "")
    made: list[Made] = []
    try:
        for logs in _pieces(logs_in(segments, portion.batches)):
            made.append(_file(disk, logs, index))  # noqa: PERF401  # those made count on failure
    except BaseException:
        discard(disk, made)
        raise
    return made


def discard(disk: Disk, files: Iterable[Made]) -> None:
    """Remove files that no row knows."""
    for file in files:
        drop(disk, file.columns.blob_id)
        drop(disk, file.words.blob_id)


def _pieces(logs: Iterator[Log]) -> Iterator[list[Log]]:
    while piece := list(islice(logs, MOST_ROWS)):
        yield piece


def _file(disk: Disk, logs: list[Log], index: IndexConfig) -> Made:
    with closing(Staging()) as folder:
        file = write_file(logs, index, folder.path / "columns")
        columns = written(disk, _parts(Path(file.path)))
        try:
            words = written(disk, _parts(Path(words_path(file.path))))
        except BaseException:
            drop(disk, columns.blob_id)
            raise
    return Made(
        columns=columns,
        words=words,
        logs=file.rows,
        min_time=file.first_s,
        max_time=file.last_s,
    )


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part
