"""Folders where logs lie open for a while: in memory where there is such a place.

SECURITY: blobs and segments are sealed; a copy of the disk would tell what was written there in
between. A folder goes with the object, or with its process: those of killed ones are removed by the
next process that makes a folder, and by a job.
"""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from juyong.base.clock import system_clock
from juyong.store.errors import Unavailable

_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made there
_PREFIX = "juyong-logs-"
_SHARED = 0o750
_NEW_SECONDS = 60
"""A folder so young may not have its lock yet."""


class Staging:
    """A folder of mode 0700, held by a lock while the object lives.

    shared: The folder to make it in, for another server to read. SECURITY: the group of that
    folder reads what is in the new one, and no other user.
    """

    def __init__(self, shared: Path | None = None) -> None:
        place = shared or _place()
        remove_abandoned(place)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        if shared is not None:
            group = shared.stat().st_gid
            if self.path.stat().st_gid != group:
                os.chown(self.path, -1, group)
            self.path.chmod(_SHARED)
        lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._end = weakref.finalize(self, _remove, self.path, lock)
        self._in_memory = place == _MEMORY

    def require_memory(self) -> None:
        """Refuse to hold what must not touch a disk.

        Raises:
            Unavailable: there is no folder in memory, and this one is on a disk.
        """
        if not self._in_memory:
            raise Unavailable("logs under a customer's key are opened in memory alone")

    def close(self) -> None:
        """Remove the folder."""
        self._end()


def _remove(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)


def _place() -> Path:
    return _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())


def remove_abandoned(shared: Path | None = None) -> None:
    """Remove the folders of killed processes; shared: Where they are, as Staging has it."""
    for path in (shared or _place()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = path.lstat()
            if found.st_uid != os.getuid() or found.st_mtime > system_clock() - _NEW_SECONDS:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)
