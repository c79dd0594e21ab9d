"""Names of sockets in folders that may lie deep: a socket's name has room for few bytes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 100
"""Bytes of a path that every system takes as a socket's name."""


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Give a socket's path a name that is short enough, however deep its folder is.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
