"""The room of a home: there the system keeps what outlives the server, as root."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from juyong.base.ids import random_bytes
from juyong.netplane.keeping import LOCK, ROOM, ROOM_FILE, TOKEN

_SECONDS = 30.0
_ENDING_SECONDS, _PAUSE_SECONDS = 1.0, 0.02
PROGRAM = "juyong.netplane.helper.main"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


class Room:
    """The name of the room, which lies in the plane's folder.

    A folder that was copied with its home has a name that says another folder: the copy gets a room
    of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / ROOM_FILE

    def token(self) -> str:
        """Return the name of the room, made at the first need.

        Raises:
            OSError: the folder cannot be read or written.
        """
        known = self._known()
        if known:
            return known
        token = random_bytes(16).hex()
        new = self._file.with_suffix(".new")
        new.write_text(f"{token} {self._identity()}\n", encoding="ascii")
        new.chmod(0o600)
        new.rename(self._file)
        return token

    def is_left(self) -> bool:
        """Tell whether a life of the plane that has ended left something in the system."""
        token = self._known()
        if not token or os.geteuid():
            return False
        try:
            lock = os.open(ROOM / token / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return _is_free(lock)
        finally:
            os.close(lock)

    def clear(self) -> bool:
        """End all that this home left in the system; tells whether there was something.

        Raises:
            OSError: a living plane has the room, or the system refuses.
        """
        token = self._known()
        if not token or os.geteuid() or not (ROOM / token).exists():
            return False
        command = [sys.executable, "-I", "-m", PROGRAM, "clear", token]
        try:
            done = subprocess.run(  # noqa: S603  # our own interpreter and module
                command,
                env=ENVIRONMENT,
                cwd="/",
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OSError("what an earlier server left does not end") from None
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2]
            raise OSError(f"what an earlier server left cannot be removed: {said}")
        return True

    def _known(self) -> str:
        try:
            token, _, identity = self._file.read_text(encoding="ascii").strip().partition(" ")
        except (OSError, UnicodeDecodeError):
            return ""
        return token if TOKEN.fullmatch(token) and identity == self._identity() else ""

    def _identity(self) -> str:
        seen = self.folder.stat()
        return f"{seen.st_dev} {seen.st_ino}"


def _is_free(lock: int) -> bool:
    """Tell whether no helper has a lock; the helper of a killed server ends within moments."""
    deadline = time.monotonic() + _ENDING_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True
