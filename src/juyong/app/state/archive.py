"""The archive format: gzip of JSON lines, authenticated as a whole.

Line 1 is the header: format, version, schema revision, fingerprint of the root key, and for each
table its name, columns and number of rows. Then a line a row: the table's index in the header and
the column values, bytes in base64 — sealed columns as they are stored, so an archive opens nothing
without the root key. The last line holds the number of rows and an HMAC-SHA256 over all lines
before it, under a key derived from the root key.
"""

import base64
import gzip
import hashlib
import hmac
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa

from juyong.api.command import QUIET, Progress
from juyong.app.state.state import State
from juyong.base.clock import Instant, iso
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.epoch import EpochRow
from juyong.store.intake import IntakeRow
from juyong.store.table import spec_of

FORMAT = "juyong-state"
VERSION = 1
_LONGEST_LINE = 64 * 1024 * 1024
_LEVEL = 6


class BadArchive(Exception):
    """The archive cannot be restored here; nothing was touched."""


class DamagedArchive(BadArchive):
    """The file was cut, changed, or is no archive at all."""


class OtherKey(BadArchive):
    """The archive was made under another root key, so its sealed columns would not open."""


class OtherRevision(BadArchive):
    """The archive was made at another schema revision."""


class TableHead(msgspec.Struct, frozen=True):
    """One table in the header."""

    name: str
    columns: list[str]
    rows: int


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    format: str
    version: int
    revision: str
    created_at: str
    key: str
    tables: list[TableHead]


class _Trailer(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    mac: str


def archived_tables() -> list[sa.Table]:
    """Return the tables an archive holds, by name.

    An epoch is a fact about the caches of running servers, and how far an intake log was merged
    one about a file of this home; neither is about the state.
    """
    left_out = {spec_of(EpochRow).table, spec_of(IntakeRow).table}
    found = sorted(metadata().tables.values(), key=lambda t: t.name)
    return [table for table in found if table not in left_out]


def header_of(state: State, created_at: Instant, counts: Sequence[int]) -> Header:
    """Make the header of a new archive."""
    return Header(
        format=FORMAT,
        version=VERSION,
        revision=schema.head(),
        created_at=iso(created_at),
        key=state.fingerprint,
        tables=[
            TableHead(str(table.name), [str(c.name) for c in table.columns], rows)
            for table, rows in zip(archived_tables(), counts, strict=True)
        ],
    )


class ArchiveWriter:
    """Writes lines and authenticates them as they pass."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._zip = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0)
        self._mac = hmac.new(key, digestmod=hashlib.sha256)
        self._rows = 0

    def header(self, header: Header) -> None:
        """Write the first line."""
        self._line(msgspec.json.encode(header))

    def row(self, table: int, values: Sequence[object]) -> None:
        """Write a row of the table with this index in the header."""
        self._line(msgspec.json.encode([table, *values]))
        self._rows += 1

    def close(self) -> None:
        """Write the trailer and finish the stream."""
        trailer = _Trailer(rows=self._rows, mac=self._mac.hexdigest())
        self._zip.write(msgspec.json.encode(trailer) + b"\n")
        self._zip.close()

    def _line(self, encoded: bytes) -> None:
        line = encoded + b"\n"
        self._mac.update(line)
        self._zip.write(line)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose header fits this state; its rows are proven by reading them to the end."""

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
        mac = hmac.new(self.key, digestmod=hashlib.sha256)
        left = [table.rows for table in self.header.tables]
        with _opened(self.path) as file:
            mac.update(_line(file))
            for _ in range(sum(left)):
                line = _line(file)
                mac.update(line)
                index, values = _row(line, self.header)
                left[index] -= 1
                yield index, values
            trailer = _decode(_line(file), _Trailer)
            if file.read(1):
                raise DamagedArchive("something follows the end of the archive")
        if any(left) or trailer.rows != self.size:
            raise DamagedArchive("the archive does not hold the rows it announces")
        if not hmac.compare_digest(trailer.mac.encode(), mac.hexdigest().encode()):
            raise DamagedArchive("the archive was changed after it was written")


def open_archive(state: State, path: Path, progress: Progress = QUIET) -> Archive:
    """Read an archive's header and prove the whole of it.

    Raises:
        DamagedArchive, OtherKey, OtherRevision: it cannot be restored here.
        FileNotFoundError: there is none.

    Cost: one pass over the file in little memory.
    """
    with _opened(path) as file:
        header = _decode(_line(file), Header)
    if header.format != FORMAT or header.version != VERSION:
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
    return archive


def encoded_row(values: Sequence[object]) -> list[object]:
    """Turn column values into what JSON can hold."""
    return [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in values]


def decoded_row(table: sa.Table, values: Sequence[Any]) -> dict[str, Any]:
    """Turn a row's JSON values back into column values by name."""
    return {
        column.name: base64.b64decode(value)
        if isinstance(column.type, sa.LargeBinary) and value is not None
        else value
        for column, value in zip(table.columns, values, strict=True)
    }


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
