"""Sockets in the file system: names in folders that may lie deep, and who is at the other end."""

import os
import socket
import struct
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


def peer_user(peer: socket.socket) -> int:
    """Return the user id of the process at the other end, as the system knows it.

    Where the system does not tell, the socket's mode and its folder's keep others out alone.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return os.getuid()
    size = struct.calcsize("iII")
    _, user, _ = struct.unpack("iII", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(user)
