"""Open what a query reads: files of columns out of their blobs, and logs that have no file yet.

Opened files lie in memory where there is such a place, and are kept for the next query while there
is room: SECURITY: their blobs are sealed, and the copy of a disk must tell no log.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from juyong.blobs.content import whole
from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow
from juyong.engines.logsearch.columns import LogFile, words_path, write_file
from juyong.engines.logsearch.index import parse_index
from juyong.logs.segments import Segments
from juyong.logs.staging import Staging
from juyong.logs.tables import BatchRow, FileRow
from juyong.logs.turnover import logs_in

MOST_BYTES = 512 * 1024 * 1024
"""Of opened files that are kept although no query reads them."""
_SHARED = 0o640
"""Of a file that the group of the folder reads."""
_PIECE_LOGS = 4096
"""Logs without a file become one of about so many: a full one is opened once, until it is turned
over."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The places that a query reads.

    files: Each with the blobs of its columns and its words. waiting: The batches without a
    file, in order within each shard. index: The index of the store in JSON.
    """

    files: tuple[tuple[FileRow, BlobRow, BlobRow], ...]
    waiting: tuple[BatchRow, ...]
    index: str


class _Opened:
    __slots__ = ("file", "size", "users")

    def __init__(self, file: LogFile, size: int) -> None:
        self.file, self.size, self.users = file, size, 0


class Opener:
    """Opens files for queries, on their threads; the files go with the object.

    folder: Where another server reads the files; None: only this machine's processes read them.
    """

    def __init__(
        self,
        disk: Disk,
        segments: Segments,
        most_bytes: int = MOST_BYTES,
        folder: Path | None = None,
    ) -> None:
        self._disk, self._segments, self._most = disk, segments, most_bytes
        self._folder = Staging(folder)
        self._is_shared = folder is not None
        self._lock = threading.Lock()
        self._open: OrderedDict[Hashable, _Opened] = OrderedDict()
        self._number = 0

    @contextmanager
    def opened(self, wanted: Wanted) -> Iterator[list[LogFile]]:
        """Open everything, and keep it open inside the block; takes as long as the reading.

        Raises:
            DamagedBlob, DamagedLogs: something is not as it was written.
            FileNotFoundError: a file went meanwhile, since its time was over.
            Unavailable: a disk is away.
        """
        held: list[_Opened] = []
        try:
            for file in wanted.files:
                held.append(self._take(file[0].blob_id, partial(self._unsealed, *file)))  # noqa: PERF401  # what is taken is let go of, whatever comes behind
            for piece in pieces_of(wanted.waiting):
                make = partial(self._columned, piece, wanted.index)
                held.append(self._take(_name_of(piece, wanted.index), make))
            yield [each.file for each in held]
        finally:
            self._let_go(held)

    def close(self) -> None:
        """Remove all opened files."""
        self._folder.close()

    def _take(self, name: Hashable, make: Callable[[Path], LogFile]) -> _Opened:
        with self._lock:
            found = self._open.get(name)
            if found is not None:
                found.users += 1
                self._open.move_to_end(name)
                return found
            self._number += 1
            path = self._folder.path / f"{self._number}"
        file = make(path)
        if self._is_shared:
            path.chmod(_SHARED)
        size = path.stat().st_size + Path(words_path(str(path))).stat().st_size
        made = _Opened(file, size)
        made.users = 1
        with self._lock:
            other = self._open.get(name)
            if other is not None:
                # Another query opened the same meanwhile; this one's copy goes.
                other.users += 1
                _remove(path)
                return other
            self._open[name] = made
        return made

    def _let_go(self, held: Sequence[_Opened]) -> None:
        with self._lock:
            for each in held:
                each.users -= 1
            kept = sum(each.size for each in self._open.values())
            for name, each in list(self._open.items()):
                if kept <= self._most:
                    return
                if each.users == 0:
                    del self._open[name]
                    kept -= each.size
                    _remove(Path(each.file.path))

    def _unsealed(self, row: FileRow, columns: BlobRow, words: BlobRow, path: Path) -> LogFile:
        for blob, at in ((columns, path), (words, Path(words_path(str(path))))):
            with at.open("wb") as file:
                file.writelines(whole(self._disk, blob).blocks())
        return LogFile(
            path=str(path),
            rows=row.logs,
            first_s=row.min_time,
            last_s=row.max_time,
            index=parse_index(row.index),
        )

    def _columned(self, piece: Sequence[BatchRow], index: str, path: Path) -> LogFile:
        return write_file(logs_in(self._segments, piece), parse_index(index), path)


def pieces_of(waiting: Iterable[BatchRow]) -> Iterator[list[BatchRow]]:
    """Cut batches into pieces, each of one shard, at numbers of logs of the shard.

    So a batch is in the same piece whatever comes later, was turned over, or is not asked for.
    """
    with_logs = (row for row in waiting if row.logs)
    for _, rows in groupby(with_logs, key=lambda row: (row.shard, row.before // _PIECE_LOGS)):
        yield list(rows)


def _name_of(piece: Sequence[BatchRow], index: str) -> tuple[Hashable, ...]:
    """Name just these batches: a query of another time may want others of the same piece."""
    return (piece[0].store_id, piece[0].shard, tuple(row.sequence for row in piece), index)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    Path(words_path(str(path))).unlink(missing_ok=True)
