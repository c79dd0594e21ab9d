"""Foreign hosts that `juyong exec --allow-host` opens for the life of one command.

Each such command leaves a file named for its process in the home; the server reads the folder when
a host is not on its own list, and ignores files whose process is gone.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from juyong.base.private_file import write_private

_FOLDER = "allowed"


@contextmanager
def allowing(home: Path, hosts: Sequence[str]) -> Iterator[None]:
    """Open the proxy for hosts while the block runs."""
    if not hosts:
        yield
        return
    path = home / _FOLDER / str(os.getpid())
    write_private(path, "\n".join(hosts).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def allowed_now(home: Path) -> list[str]:
    """Return the hosts that running commands opened."""
    folder = home / _FOLDER
    if not folder.is_dir():
        return []
    return [
        host
        for path in folder.iterdir()
        if path.name.isdigit() and _alive(int(path.name))
        for host in path.read_text().splitlines()
    ]


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
