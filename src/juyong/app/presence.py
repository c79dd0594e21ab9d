"""The addresses of the running servers of a home, for commands that use a server.

Each server keeps a file named for its process, and a lock on it for as long as it lives. The lock
ends with the process, however it ends, so that a file without a lock is a dead server's; a process
id that is in use again proves nothing.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import asdict

from juyong.app.home import Home
from juyong.base.private_file import alone_in


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One running server."""

    process: int
    host: str
    port: int
    tls_port: int | None


def announce(home: Home, presence: Presence) -> Callable[[], None]:
    """Publish where this process listens, until it ends or calls the function returned."""
    path = home.servers / str(presence.process)
    home.servers.mkdir(mode=0o700, exist_ok=True)
    # Each starting server removes files that have no lock, and another one's has none for a moment.
    with alone_in(home.servers):
        for old in home.servers.iterdir():
            if not _is_locked(old):
                old.unlink()
        descriptor = _write_locked(path, presence)

    def withdraw() -> None:
        path.unlink(missing_ok=True)
        os.close(descriptor)

    return withdraw


def _write_locked(path: Path, presence: Presence) -> int:
    """Write the file so that readers find it whole and locked; returns its descriptor.

    No fsync: after a power cut there is no lock either.
    """
    temporary = path.with_name(f".{path.name}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.write(descriptor, json.dumps(asdict(presence)).encode() + b"\n")
    temporary.replace(path)
    return descriptor


def running_servers(home: Home) -> list[Presence]:
    """Return the servers that live, the last one started first.

    Cost: each file is opened, in the order of their age.
    """
    found: list[tuple[int, Presence]] = []
    for path in home.servers.iterdir() if home.servers.is_dir() else ():
        try:
            with path.open("rb") as file:
                if not path.name.startswith(".") and _locked(file.fileno()):
                    since = os.fstat(file.fileno()).st_mtime_ns
                    found.append((since, Presence(**json.loads(file.read()))))
        except (FileNotFoundError, ValueError, TypeError):
            continue
    return [presence for _, presence in sorted(found, key=lambda each: each[0], reverse=True)]


def running_server(home: Home) -> Presence | None:
    """Return a server that lives: this process's own, else the last one started."""
    living = running_servers(home)
    own = [each for each in living if each.process == os.getpid()]
    return next(iter((*own, *living)), None)


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
