"""Where the control sockets of a home are."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from juyong.app.home import Home

_LONGEST = 100
"""Bytes of a path that every system takes as a socket's name."""


def own_socket(home: Home) -> Path:
    """Name the socket of this process."""
    return home.control / str(os.getpid())


def sockets_of(home: Home) -> list[Path]:
    """Return the sockets that servers of this home left, of running ones or not."""
    if not home.control.is_dir():
        return []
    return sorted(path for path in home.control.iterdir() if path.name.isdigit())


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Give a socket's path a name that is short enough, however deep the home is."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listening(path: Path) -> socket.socket:
    """Make a socket that only this user can connect to, in the place of one a crash left.

    Raises:
        OSError: the place cannot be used.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_name(path) as name:
            made.bind(name)
        path.chmod(0o600)
        made.listen(4)
    except OSError:
        made.close()
        raise
    return made
