"""Files and directories that only their owner reads."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from juyong.hsm.errors import HsmNotConfigured, HsmUnavailable

_POLL_SECONDS = 0.005


def private_directory(path: Path) -> Path:
    """Make a directory of mode 0700 where it is missing.

    Raises:
        HsmNotConfigured: it is another user's, or others can look into it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise HsmNotConfigured(f"`{path}` must belong to you, with mode 0700")
    return path


@contextmanager
def held(path: Path, wait_seconds: float = 15.0) -> Iterator[None]:
    """Hold a lock file against other processes; a dead one lets go of it.

    Raises:
        HsmUnavailable: another process holds it for too long.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, path, time.monotonic() + wait_seconds)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise HsmUnavailable(f"another process holds `{path}`") from None
            time.sleep(_POLL_SECONDS)
        else:
            return
