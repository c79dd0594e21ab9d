"""The access log: lines of JSON that all workers append to one file, which is rotated by size."""

import asyncio
import fcntl
import os
from pathlib import Path

from juyong.base.log import log
from juyong.waf.counters import Counters, Figure


class Log:
    """Appends lines; what one turn of the loop brought goes out in one write.

    Several processes append: a write to a file opened for appending is one piece, and a file that
    was rotated by another process is left for the new one within a second.

    Args:
        path: The file; its folder is made where it is missing.
        most_bytes: The size at which the file is rotated.
        kept: How many rotated files stay.
        counters: Where lines that could not be written are counted.
    """

    def __init__(self, path: Path, *, most_bytes: int, kept: int, counters: Counters) -> None:
        self._path, self._most, self._kept = path, most_bytes, kept
        self._counters = counters
        self._lines: list[bytes] = []
        self._descriptor = _opened(path)
        self._told = False
        self._rotation: asyncio.Future[None] | None = None

    def write(self, line: bytes) -> None:
        """Write a line, or several, each with its end, at the end of this turn."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Write what waits."""
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            os.write(self._descriptor, b"".join(lines))
        except OSError as failure:
            self._counters.add(Figure.LOG_LOST, b"".join(lines).count(b"\n"))
            if not self._told:
                self._told = True
                log().error("access log not written", cause=str(failure))

    def tick(self) -> None:
        """Have a file that is too large rotated, and follow a rotation; once a second.

        PERF: dropping the oldest file takes the kernel ten milliseconds for 64 MiB, and another
        process may hold the lock meanwhile, so a thread rotates.
        """
        try:
            mine = os.fstat(self._descriptor)
            if not self._path.exists() or self._path.stat().st_ino != mine.st_ino:
                os.close(self._descriptor)
                self._descriptor = _opened(self._path)
            elif mine.st_size > self._most and (self._rotation is None or self._rotation.done()):
                loop = asyncio.get_running_loop()
                self._rotation = loop.run_in_executor(None, self._rotate, mine.st_ino)
        except OSError as failure:
            log().error("access log not rotated", cause=str(failure))

    def _rotate(self, inode: int) -> None:
        """Move the file aside, unless another process just did."""
        try:
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                if self._path.exists() and self._path.stat().st_ino == inode:
                    self._move()
            finally:
                os.close(folder)
        except OSError as failure:
            log().error("access log not rotated", cause=str(failure))

    def _move(self) -> None:
        for number in range(self._kept, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path.with_name(f"{self._path.name}.{number - 1}")
            source = newer if number > 1 else self._path
            if source.exists():
                source.replace(older)

    def close(self) -> None:
        """Write what waits, and close the file."""
        self.flush()
        os.close(self._descriptor)


def _opened(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
