"""The things that the system keeps of one home past the end of all our processes; for root alone.

A folder of /run names the namespaces by mounts, and records the machines' first processes. A name
or a number alone is not trusted: a namespace counts when the home's user namespace owns it, and a
process when it began when it was recorded and stands in a user namespace below the home's.
"""

import fcntl
import os
import re
import signal
import stat
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from juyong.base import linux
from juyong.netplane.helper import bounds
from juyong.netplane.helper.notes import Guest, Home
from juyong.netplane.helper.proofs import (
    GET_OWNER,
    GET_PARENT,
    began,
    boot,
    has_ended,
    is_of,
    kind_of,
)
from juyong.netplane.keeping import LOCK, ROOM, TOKEN

_KINDS = {"user": linux.NEWUSER, "net": linux.NEWNET}
USERS, NET, _MACHINE, _BOUND = "user", "net-", "machine-", "bound-"
_NAME = re.compile(r"user|net-[0-9]{1,9}", re.ASCII)
_GUEST = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_HOME, _NOTE = "home", "note"
_LOCK_SECONDS, _END_SECONDS = 3.0, 5.0
_PAUSE_SECONDS = 0.01


class Unkept(OSError):
    """The system keeps nothing past the end of its processes; the text says why."""


class Busy(Unkept):
    """Another process has the room."""


class Kept:
    """The room of one home.

    Args:
        token: The name of the room, which the home holds.

    Raises:
        Unkept: the room cannot be had.
    """

    def __init__(self, token: str) -> None:
        if not TOKEN.fullmatch(token):
            raise Unkept(22, "no name of a room", token)
        self.path = ROOM / token

    def exists(self) -> bool:
        """Tell whether the home has a room."""
        return self.path.exists()

    def take(self) -> int:
        """Make the room unless there is one, and return a lock that no other process has.

        Raises:
            Busy: another process has the room.
            Unkept: the room is not root's alone.
            OSError: the system refuses the folder.
        """
        for path in (ROOM, self.path):
            path.mkdir(mode=0o700, exist_ok=True)
            seen = path.lstat()
            # SECURITY: another program that writes here would choose the namespaces that the helper
            # enters.
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid or seen.st_mode & 0o077:
                raise Unkept(1, "root alone must have the folder", str(path))
        lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise Busy(16, "another process has the folder", str(self.path)) from None
                time.sleep(_PAUSE_SECONDS)
            else:
                return lock

    # -- what is kept ----------------------------------------------------------------------------

    def begin(self, folder: Path, uids: int) -> None:
        """Note the home whose room this is; nothing is kept yet."""
        seen = folder.stat()
        home = Home(boot=boot(), device=seen.st_dev, number=seen.st_ino, uids=uids)
        self._write(_HOME, msgspec.json.encode(home))

    def home(self, folder: Path) -> Home | None:
        """Return the note of this life of the system, unless it is of another folder."""
        try:
            found = msgspec.json.decode(self._read(_HOME), type=Home)
            seen = folder.stat()
        except (OSError, msgspec.DecodeError):
            return None
        same = (found.boot, found.device, found.number) == (boot(), seen.st_dev, seen.st_ino)
        return found if same else None

    def users(self) -> int | None:
        """Return a descriptor of the user namespace, which owns all that is kept."""
        return self._namespace(USERS, "user")

    def networks(self, users: int) -> dict[int, int]:
        """Return descriptors of the network namespaces by number; others are let go."""
        found = {}
        for name in self._names(NET):
            namespace = self._namespace(name, "net")
            if namespace is None or not is_of(namespace, GET_OWNER, users):
                self.drop(name)
                continue
            found[int(name.removeprefix(NET))] = namespace
        return found

    def guests(self, users: int) -> dict[str, tuple[Guest, int]]:
        """Return the machines whose first process lives, each with a descriptor of the process."""
        found = {}
        for name in self._names(_MACHINE):
            machine = name.removeprefix(_MACHINE)
            known = self._living(name, users)
            if known is None:
                self.forget(machine)
            else:
                found[machine] = known
        return found

    def hold(self, name: str, namespace: int) -> None:
        """Have the system keep a namespace under a name.

        Raises:
            OSError: the system refuses, or the descriptor is no such namespace.
        """
        kind = _KINDS.get(name.partition("-")[0])
        if kind is None or kind_of(namespace) != kind:
            raise Unkept(22, "no namespace of the kind", name)
        self.drop(name)
        place = self.path / name
        place.touch(mode=0o600)
        linux.mount(f"/proc/self/fd/{namespace}", str(place), None, linux.BIND)

    def drop(self, name: str) -> None:
        """Let a namespace go; one that is not kept is no error."""
        place = self.path / name
        with suppress(OSError):
            while True:
                linux.unmount(str(place))
        place.unlink(missing_ok=True)

    def record(self, machine: str, guest: Guest) -> None:
        """Record a machine, ahead of all that runs in the machine.

        Raises:
            OSError: the system refuses, or the machine's name is none for a file.
        """
        self._write(f"{_MACHINE}{_checked(machine)}", msgspec.json.encode(guest))

    def open_bound(self, machine: str) -> int:
        """Return a descriptor of the file that tells a machine's first process its bound.

        Raises:
            OSError: as `record`.
        """
        place = self.path / f"{_BOUND}{_checked(machine)}"
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def forget(self, machine: str) -> None:
        """Forget a machine that has ended."""
        for kind in (_MACHINE, _BOUND):
            (self.path / f"{kind}{machine}").unlink(missing_ok=True)

    def write_note(self, note: bytes) -> None:
        """Keep the state that the plane describes."""
        self._write(_NOTE, note)

    def note(self) -> bytes:
        """Return what the plane said last; empty for nothing."""
        with suppress(OSError):
            return self._read(_NOTE)
        return b""

    def empty(self) -> None:
        """End all machines and let all namespaces go; the caller has the lock.

        Raises:
            OSError: a process does not end, or the system refuses.
        """
        users = self.users()
        if users is not None:
            ending = [process for _, process in self.guests(users).values()]
            for process in ending:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
            for process in ending:
                if not has_ended(process, _END_SECONDS):
                    raise Unkept(16, "a process does not end", "machine")
                os.close(process)
            os.close(users)
        # The user namespace is the last, since it tells which processes are machines.
        for name in (*(each for each in self._names("") if each not in (USERS, LOCK)), USERS):
            self.drop(name)

    def clear(self) -> None:
        """Do as `empty`, and leave the room.

        Raises:
            OSError: a process does not end, or the system refuses.
        """
        self.empty()
        bounds.remove(f"{bounds.BEGIN}{self.path.name}")
        self.drop(LOCK)
        self.path.rmdir()

    # -- inside ----------------------------------------------------------------------------------

    def _names(self, begin: str) -> list[str]:
        with os.scandir(self.path) as entries:
            return sorted(each.name for each in entries if each.name.startswith(begin))

    def _read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def _write(self, name: str, data: bytes) -> None:
        new = self.path / f"new-{name}"
        new.write_bytes(data)
        new.rename(self.path / name)

    def _namespace(self, name: str, kind: str) -> int | None:
        try:
            found = os.open(self.path / name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        with suppress(OSError):
            if kind_of(found) == _KINDS[kind]:
                return found
        # A file that names no namespace, as after a restart of the system.
        os.close(found)
        return None

    def _living(self, name: str, users: int) -> tuple[Guest, int] | None:
        try:
            guest = msgspec.json.decode(self._read(name), type=Guest)
            process = os.pidfd_open(guest.pid)
        except (OSError, msgspec.DecodeError):
            return None
        with suppress(OSError):
            mine = os.open(f"/proc/{guest.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if (
                    not has_ended(process)
                    and began(guest.pid) == guest.began
                    and is_of(mine, GET_PARENT, users)
                ):
                    return guest, process
            finally:
                os.close(mine)
        os.close(process)
        return None


def clear(token: str) -> None:
    """Clear a room in which no process lives; a home without a room is no error.

    Raises:
        OSError: another process has the room, or the system refuses.
    """
    kept = Kept(token)
    if kept.exists():
        lock = kept.take()
        kept.clear()
        os.close(lock)


def _checked(machine: str) -> str:
    if not _GUEST.fullmatch(machine):
        raise Unkept(22, "no name of a machine", "machine")
    return machine


def is_name(name: str) -> bool:
    """Tell whether a namespace may have a name."""
    return bool(_NAME.fullmatch(name))
