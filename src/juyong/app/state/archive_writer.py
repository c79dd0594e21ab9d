"""Write an archive, part by part, and prove each part as it passes."""

import gzip
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import IO

import msgspec

from juyong.app.state.archive_format import FilesTrailer, Header, Trailer

_LEVEL = 6
_STORED = 0


class ArchiveWriter:
    """Writes rows, then files, and authenticates them as they pass."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file = file
        self._zip = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0)
        self._mac = hmac.new(key, digestmod=hashlib.sha256)
        self._rows = 0
        self._files = 0

    def header(self, header: Header) -> None:
        """Write the first line."""
        self._line(msgspec.json.encode(header))

    def row(self, table: int, values: Sequence[object]) -> None:
        """Write a row of the table with this index in the header."""
        self._line(msgspec.json.encode([table, *values]))
        self._rows += 1

    def end_rows(self) -> None:
        """Prove the rows; what follows is stored as it is."""
        self._line(msgspec.json.encode(Trailer(rows=self._rows, mac=self._mac.hexdigest())))
        self._zip.close()
        self._zip = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=_STORED, mtime=0)

    def file(self, blob_id: str, length: int, parts: Iterable[bytes]) -> None:
        """Write the file of a blob."""
        self._line(msgspec.json.encode([blob_id, length]))
        for part in parts:
            self._mac.update(part)
            self._zip.write(part)
        self._files += 1

    def close(self) -> None:
        """Prove the files and finish the stream."""
        self._line(msgspec.json.encode(FilesTrailer(files=self._files, mac=self._mac.hexdigest())))
        self._zip.close()

    def _line(self, encoded: bytes) -> None:
        line = encoded + b"\n"
        self._mac.update(line)
        self._zip.write(line)
