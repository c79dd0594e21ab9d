"""Files that tell of processes which live: each has a lock for as long as its process does.

The lock ends with the process, however the process ends, so that a file without a lock is of a dead
process; a process id that is in use again proves nothing.
"""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from juyong.base.private_file import alone_in


def announce(folder: Path, name: str, content: bytes) -> Callable[[], None]:
    """Publish a file until this process ends or calls the function returned.

    Files of dead processes in the folder are removed.
    """
    path = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Each starting process removes files that have no lock, and a new one has none for a moment.
    with alone_in(folder):
        for old in folder.iterdir():
            if not _is_locked(old):
                old.unlink()
        descriptor = _write_locked(path, content)

    def withdraw() -> None:
        path.unlink(missing_ok=True)
        os.close(descriptor)

    return withdraw


def _write_locked(path: Path, content: bytes) -> int:
    """Write the file so that readers find it whole and locked; returns its descriptor.

    No fsync: after a power cut there is no lock either.
    """
    temporary = path.with_name(f".{path.name}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, content)
    temporary.replace(path)
    return descriptor


def living(folder: Path) -> list[bytes]:
    """Return the contents of files of processes that live, the last one written first.

    Cost: each file is opened, in the order of their age.
    """
    found: list[tuple[int, bytes]] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            with path.open("rb") as file:
                if not path.name.startswith(".") and _locked(file.fileno()):
                    found.append((os.fstat(file.fileno()).st_mtime_ns, file.read()))
        except FileNotFoundError:
            continue
    return [content for _, content in sorted(found, key=lambda each: each[0], reverse=True)]


def _is_locked(path: Path) -> bool:
    with path.open("rb") as file:
        return _locked(file.fileno())


def _locked(descriptor: int) -> bool:
    """Tell whether another open file holds the lock; two askers do not disturb each other."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
