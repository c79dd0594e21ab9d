"""Where the control sockets of a home are."""

import os
import socket
from pathlib import Path

from juyong.app.home import Home
from juyong.base.socket_names import short_name


def own_socket(home: Home) -> Path:
    """Name the socket of this process."""
    return home.control / str(os.getpid())


def sockets_of(home: Home) -> list[Path]:
    """Return the sockets that servers of this home left, of running ones or not."""
    if not home.control.is_dir():
        return []
    return sorted(path for path in home.control.iterdir() if path.name.isdigit())


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
