"""Open what a query reads: files of columns out of their blobs, and logs that have no file yet.

Opened files lie in memory where there is such a place, and are kept for the next query while there
is room: SECURITY: their blobs are sealed, and the copy of a disk must tell no log. Files under a
customer's key lie in memory or are not opened, and go when the last query that reads them ends.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from juyong.blobs.disk import Disk
from juyong.blobs.tables import BlobRow
from juyong.engines.logsearch.columns import LogFile, words_path, write_file
from juyong.engines.logsearch.index import parse_index
from juyong.logs.columns import unseal
from juyong.logs.keys import KeyOf, no_key
from juyong.logs.segments import Segments
from juyong.logs.staging import Staging
from juyong.logs.tables import BatchRow, FileRow
from juyong.logs.trimming import Left, trim
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
    file, in order within each shard. index: The index of the store in JSON. left: What is not over
    of the store; None: all. keys: Of those that have data keys.
    """

    files: tuple[tuple[FileRow, BlobRow, BlobRow], ...]
    waiting: tuple[BatchRow, ...]
    index: str
    keys: KeyOf = no_key
    left: Left | None = None


class _Opened:
    __slots__ = ("file", "is_kept", "size", "users")

    def __init__(self, file: LogFile, size: int, *, is_kept: bool) -> None:
        self.file, self.size, self.is_kept, self.users = file, size, is_kept, 0


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
                row, left = file[0], wanted.left
                name: Hashable = row.blob_id
                make = partial(self._unsealed, *file, wanted.keys)
                if left is not None and left.is_partly(row):
                    name, make = (name, left), partial(self._trimmed, left, make)
                held.append(self._take(name, make, is_kept=not row.key_id))
            for piece in pieces_of(wanted.waiting):
                make = partial(self._columned, piece, wanted)
                is_kept = not any(row.key_id for row in piece)
                held.append(self._take(_name_of(piece, wanted.index), make, is_kept=is_kept))
            yield [each.file for each in held]
        finally:
            self._let_go(held)

    def close(self) -> None:
        """Remove all opened files."""
        self._folder.close()

    def _take(self, name: Hashable, make: Callable[[Path], LogFile], *, is_kept: bool) -> _Opened:
        if not is_kept:
            self._folder.require_memory()
        with self._lock:
            found = self._open.get(name)
            if found is not None:
                found.users += 1
                self._open.move_to_end(name)
                return found
            self._number += 1
            path = self._folder.path / f"{self._number}"
        try:
            file = make(path)
        except BaseException:
            _remove(path)
            raise
        if self._is_shared:
            path.chmod(_SHARED)
        size = path.stat().st_size + Path(words_path(str(path))).stat().st_size
        made = _Opened(file, size, is_kept=is_kept)
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
                if each.users == 0 and (kept > self._most or not each.is_kept):
                    del self._open[name]
                    kept -= each.size
                    _remove(Path(each.file.path))

    def _unsealed(
        self, row: FileRow, columns: BlobRow, words: BlobRow, keys: KeyOf, path: Path
    ) -> LogFile:
        places = ((columns, path), (words, Path(words_path(str(path)))))
        unseal(self._disk, row, places, keys)
        return LogFile(
            path=str(path),
            rows=row.logs,
            first_s=row.min_time,
            last_s=row.max_time,
            index=parse_index(row.index),
        )

    def _trimmed(self, left: Left, make: Callable[[Path], LogFile], path: Path) -> LogFile:
        return trim(make(path), left)

    def _columned(self, piece: Sequence[BatchRow], wanted: Wanted, path: Path) -> LogFile:
        logs = logs_in(self._segments, piece, wanted.keys)
        return write_file(logs, parse_index(wanted.index), path)


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
