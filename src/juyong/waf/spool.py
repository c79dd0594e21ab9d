"""Bytes that wait for a verdict: a few in memory, many in a file that has no name.

SECURITY: a file without a name is seen by no other user, and ends with the process, also with one
that is killed. What an upload holds is on the disk while it waits.
"""

import errno
import os
import tempfile
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Final

_LEAST_FREE: Final = 256 * 1024 * 1024
"""Bytes that stay free on the disk: a platform may keep its home there."""


class Spool:
    """Keeps bytes in order; `add` and `read` may run on a thread each.

    Args:
        folder: Where the file lies; made where it is missing, and empty for the system's.
        in_memory: Bytes up to which no file is opened.

    size: Bytes added. on_disk: How many of them are in the file, all or none.
    """

    def __init__(self, folder: str, *, in_memory: int) -> None:
        self.size = self.on_disk = 0
        self._folder, self._most = folder, in_memory
        self._parts: list[bytes] = []
        self._file: FileIO | None = None
        self._closed = False
        self._lock = Lock()

    def add(self, data: bytes) -> None:
        """Keep more bytes.

        Raises:
            OSError: the disk takes no more.
        """
        with self._lock:
            if self._closed:
                return
            self.size += len(data)
            self._parts.append(data)
            if self._file is not None or self.size > self._most:
                self._write()

    def read(self, at: int, size: int) -> bytes:
        """Return bytes from a place on, at most so many; none at the end, and after `close`.

        Raises:
            OSError: the disk fails.
        """
        with self._lock:
            if self._file is None:
                return b"".join(self._parts)[at : at + size]
            return os.pread(self._file.fileno(), size, at)

    def take(self) -> bytes:
        """Return all that is in memory, and keep it no longer."""
        with self._lock:
            parts, self._parts = self._parts, []
            return b"".join(parts)

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._closed = True
            self._parts = []
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self) -> None:
        if self._file is None:
            self._file = self._opened()
        disk = os.fstatvfs(self._file.fileno())
        if disk.f_bavail * disk.f_frsize < _LEAST_FREE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left = memoryview(b"".join(self._parts))
        self._parts = []
        while left:
            left = left[self._file.write(left) :]
        self.on_disk = self.size

    def _opened(self) -> FileIO:
        if self._folder:
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=self._folder or None, buffering=0)
