"""Read an archive: nothing of it counts before the proof of its part was read."""

import gzip
import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from juyong.api.command import QUIET, Progress
from juyong.app.state.archive_format import (
    FORMAT,
    VERSION,
    WITHOUT_FILES,
    DamagedArchive,
    FilesTrailer,
    Header,
    OtherKey,
    OtherRevision,
    Trailer,
    archived_tables,
)
from juyong.app.state.shelves import LOGS
from juyong.app.state.state import State
from juyong.store import schema

_LONGEST_LINE = 64 * 1024 * 1024
_PART = 1024 * 1024
_BLOB_ID = re.compile(rf"({LOGS})?[0-9a-f]{{32}}")


class ArchivedFile:
    """The file of a blob in an archive, which is read once."""

    def __init__(self, blob_id: str, length: int, read: Callable[[int], bytes]) -> None:
        self.blob_id = blob_id
        self.length = length
        self._left = length
        self._read = read

    def parts(self) -> Iterator[bytes]:
        """Yield what was not read yet.

        Raises:
            DamagedArchive: the archive ends before.
        """
        while self._left:
            part = self._read(min(_PART, self._left))
            if not part:
                raise DamagedArchive("the archive ends too early")
            self._left -= len(part)
            yield part


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose header fits this state; its parts are proven by reading them to the end."""

    path: Path
    header: Header
    key: bytes

    @property
    def size(self) -> int:
        """The number of rows that the header announces."""
        return sum(table.rows for table in self.header.tables)

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield (table index, column values).

        Raises:
            DamagedArchive: at the latest after the last row, when anything is not as written.
        """
        left = [table.rows for table in self.header.tables]
        with _opened(self.path) as file:
            source = _Source(file, self.key)
            source.line()
            for _ in range(sum(left)):
                index, values = _row(source.line(), self.header)
                left[index] -= 1
                yield index, values
            self._prove_rows(source)
            if self.header.version == WITHOUT_FILES:
                source.prove_end()
        if any(left):
            raise DamagedArchive("the archive does not hold the rows it announces")

    def files(self) -> Iterator[ArchivedFile]:
        """Yield the files; each can be read until the next is asked for.

        Raises:
            DamagedArchive: at the latest after the last file, when anything is not as written.
        """
        if self.header.version == WITHOUT_FILES:
            return
        with _opened(self.path) as file:
            source = _Source(file, self.key)
            for _ in range(1 + self.size):
                source.line()
            self._prove_rows(source)
            for _ in range(self.header.files):
                blob_id, length = _decode(source.line(), tuple[str, int])
                if not _BLOB_ID.fullmatch(blob_id) or length < 0:
                    raise DamagedArchive("a file belongs to no blob")
                one = ArchivedFile(blob_id, length, source.read)
                yield one
                for _ in one.parts():
                    pass
            proof = source.mac
            trailer = _decode(source.line(), FilesTrailer)
            source.prove_end()
        if trailer.files != self.header.files or not _same(trailer.mac, proof):
            raise DamagedArchive("the archive was changed after it was written")

    def _prove_rows(self, source: "_Source") -> None:
        proof = source.mac
        trailer = _decode(source.line(), Trailer)
        if trailer.rows != self.size:
            raise DamagedArchive("the archive does not hold the rows it announces")
        if not _same(trailer.mac, proof):
            raise DamagedArchive("the archive was changed after it was written")


class _Source:
    """The stream of an archive, authenticated as it passes."""

    def __init__(self, file: gzip.GzipFile, key: bytes) -> None:
        self._file = file
        self._mac = hmac.new(key, digestmod=hashlib.sha256)

    @property
    def mac(self) -> str:
        return self._mac.hexdigest()

    def line(self) -> bytes:
        line = _line(self._file)
        self._mac.update(line)
        return line

    def read(self, most: int) -> bytes:
        part = self._file.read(most)
        self._mac.update(part)
        return part

    def prove_end(self) -> None:
        if self._file.read(1):
            raise DamagedArchive("something follows the end of the archive")


def _same(written: str, computed: str) -> bool:
    return hmac.compare_digest(written.encode(), computed.encode())


def open_archive(state: State, path: Path, progress: Progress = QUIET) -> Archive:
    """Read an archive's header and prove the whole of it.

    Raises:
        DamagedArchive, OtherKey, OtherRevision: it cannot be restored here.
        FileNotFoundError: there is none.

    Cost: one pass over the file in little memory.
    """
    with _opened(path) as file:
        header = _decode(_line(file), Header)
    if header.format != FORMAT or header.version not in (WITHOUT_FILES, VERSION):
        raise DamagedArchive(f"`{path}` is no archive this version can read")
    if header.key != state.fingerprint:
        raise OtherKey(f"`{path}` was made under another root key")
    known = [(t.name, [c.name for c in t.columns]) for t in archived_tables()]
    if header.revision != schema.head() or known != [(t.name, t.columns) for t in header.tables]:
        raise OtherRevision(
            f"`{path}` was made at schema revision {header.revision}, this is {schema.head()}"
        )
    archive = Archive(path, header, state.archive_key)
    for _ in progress.track("proving the archive", archive.rows(), archive.size):
        pass
    for _ in progress.track("proving the files", archive.files(), header.files):
        pass
    return archive


class _opened:  # noqa: N801  # reads as a function
    """A gzip file whose every way of being broken is DamagedArchive."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "gzip.GzipFile":
        self._file = gzip.open(self._path, "rb")
        return self._file

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self._file.close()
        if isinstance(error, (gzip.BadGzipFile, EOFError, zlib.error)):
            raise DamagedArchive(f"`{self._path}` is damaged or cut") from error


def _line(file: gzip.GzipFile) -> bytes:
    line = file.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise DamagedArchive("the archive ends too early")
    return line


def _decode(line: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise DamagedArchive("a line of the archive cannot be read") from bad


def _row(line: bytes, header: Header) -> tuple[int, list[Any]]:
    index, *values = _decode(line, list[Any]) or [None]
    if not isinstance(index, int) or not 0 <= index < len(header.tables):
        raise DamagedArchive("a row belongs to no table")
    if len(values) != len(header.tables[index].columns):
        raise DamagedArchive("a row does not fit its table")
    return index, values
