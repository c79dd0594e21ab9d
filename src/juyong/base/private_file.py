"""Files that only their owner can read, written whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from juyong.base.ids import random_bytes


def write_private(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file of mode 0600, whole or not at all, and durably; its folder is made if missing.

    Raises:
        FileExistsError: it exists and replace is False.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{random_bytes(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            os.link(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


class TooOpen(Exception):
    """Others than its owner may read a file."""


def read_private(path: Path) -> str:
    """Return the text of a file that only its owner may read.

    Raises:
        TooOpen: others may; nothing was read.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    if path.stat().st_mode & 0o077:
        raise TooOpen(f"`{path}` holds a secret and must have mode 0600")
    return path.read_text(encoding="utf-8")


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, as fsync makes a file's content."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other threads and processes away that ask likewise; a lock ends with its process.

    Raises:
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
