"""The bell of the inventory: a commit that changes resources rings for the one who listens.

SQLite: the listener binds a socket next to the database, and each process that commits sends the
socket an empty datagram. PostgreSQL: the transaction itself notifies; see postgres_hearing.py.
"""

import fcntl
import os
import select
import socket
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from juyong.base.socket_names import short_name


class Hearing(Protocol):
    """Hears commits that change resources, of every process on the database.

    A process that is killed between its commit and the ring rings for nothing: a listener looks
    by itself now and then.
    """

    def wait(self, seconds: float) -> bool:
        """Wait for a ring; True if one or more came since the last wait.

        Raises:
            Unavailable: nothing is heard any more.
        """

    def knock(self) -> None:
        """End the wait, from another thread."""

    def close(self) -> None:
        """Hear no more, and let another one listen."""


class Interest(msgspec.Struct):
    """The types of resources whose changes ring; `kinds` are beginnings of types.

    PERF: a wake costs a call some ten microseconds of its time, so that most calls cause none.
    """

    kinds: tuple[str, ...] = ("",)

    def hears(self, changed: frozenset[str]) -> bool:
        """Tell whether a commit that changed resources of some types rings."""
        return any(each.startswith(self.kinds) for each in changed)


def bell_path(database: Path) -> Path:
    """Return where the socket of a database is: `juyong.db-bell` next to `juyong.db`."""
    return database.with_name(f"{database.name}-bell")


def ring(database: Path) -> None:
    """Wake the listener of a database, if there is one; never waits, and never raises.

    One that has rings to hear already needs no more. The commit is done: nothing that fails here
    may make its callers doubt that.
    """
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.settimeout(0)
        with short_name(bell_path(database)) as name:
            bell.sendto(b"", name)


class FileHearing:
    """Listens at a SQLite database."""

    def __init__(self, path: Path, lock: int) -> None:
        self._path, self._lock = path, lock
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.settimeout(0)
            path.unlink(missing_ok=True)
            with short_name(path) as name:
                self._socket.bind(name)
            path.chmod(0o600)
        except BaseException:
            self._socket.close()
            raise

    def wait(self, seconds: float) -> bool:
        """Wait for a ring."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        rung = False
        if waiting.poll(seconds * 1000):
            with suppress(BlockingIOError):
                while True:
                    self._socket.recv(1)
                    rung = True
        return rung

    def knock(self) -> None:
        """Ring, which ends the wait."""
        with suppress(OSError), short_name(self._path) as name:
            self._socket.sendto(b"", name)

    def close(self) -> None:
        """Hear no more; the lock ends last, so that the next one's socket is not removed."""
        self._path.unlink(missing_ok=True)
        self._socket.close()
        os.close(self._lock)


def hearing_of(database: Path) -> FileHearing | None:
    """Listen at a database; None where another one listens, in this process or another.

    Raises:
        OSError: the folder cannot be used.
    """
    path = bell_path(database)
    lock = os.open(
        path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return FileHearing(path, lock)
    except BlockingIOError:
        os.close(lock)
        return None
    except BaseException:
        os.close(lock)
        raise
