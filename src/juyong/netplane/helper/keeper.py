"""How the helper's parts have things kept: not at all, or by the outermost process as root.

The process that does what the server says has no power over the system's mounts; the process asks
the outermost process, which has no other work.
"""

import os
import socket

from juyong.netplane.helper import kept
from juyong.netplane.helper.disks import Bound
from juyong.netplane.helper.kept import NET, Kept
from juyong.netplane.helper.notes import Guest

_MOST_NAME = 64
_KEPT = b"k"


class Keeper:
    """Keeps nothing: all ends with the helper."""

    def hold(self, router: int, namespace: int) -> None:
        """Keep the namespace of a router."""

    def drop(self, router: int) -> None:
        """Let the namespace of a router go."""

    def record(self, machine: str, guest: Guest) -> None:
        """Record a machine ahead of all that runs in the machine."""

    def bound(self, machine: str) -> Bound:  # noqa: ARG002  # a room keeps one for each machine
        """Return the bound of a machine's disks, which the machine's processes share."""
        return Bound()

    def forget(self, machine: str) -> None:
        """Forget a machine that has ended."""

    def write_note(self, note: bytes) -> None:
        """Keep the state that the plane describes."""


class Asking(Keeper):
    """Keeps in a room: the outermost process mounts, at the other end of a pair of sockets."""

    def __init__(self, room: Kept, pair: socket.socket) -> None:
        self.room, self._pair = room, pair

    def hold(self, router: int, namespace: int) -> None:
        self.hold_as(f"{NET}{router}", namespace)

    def hold_as(self, name: str, namespace: int) -> None:
        """Keep a namespace under a name.

        Raises:
            OSError: the outermost process is gone, or the system refuses.
        """
        self._ask(name, (namespace,))

    def drop(self, router: int) -> None:
        self._ask(f"{NET}{router}", ())

    def record(self, machine: str, guest: Guest) -> None:
        self.room.record(machine, guest)

    def bound(self, machine: str) -> Bound:
        file = self.room.open_bound(machine)
        try:
            return Bound(file)
        finally:
            os.close(file)

    def forget(self, machine: str) -> None:
        self.room.forget(machine)

    def write_note(self, note: bytes) -> None:
        self.room.write_note(note)

    def _ask(self, name: str, descriptors: tuple[int, ...]) -> None:
        socket.send_fds(self._pair, [name.encode()], list(descriptors))
        said = self._pair.recv(400)
        if said != _KEPT:
            raise kept.Unkept(1, said.decode(errors="replace") or "the first process ended", name)


def answer(room: Kept, pair: socket.socket) -> None:
    """Do one request, as the outermost process."""
    data, descriptors, _, _ = socket.recv_fds(pair, _MOST_NAME, 1, socket.MSG_CMSG_CLOEXEC)
    name = data.decode("ascii", errors="replace")
    said = _KEPT
    try:
        # SECURITY: the name becomes one of a file.
        if not kept.is_name(name):
            raise kept.Unkept(22, "no name of a namespace", "name")
        if descriptors:
            room.hold(name, descriptors[0])
        else:
            room.drop(name)
    except OSError as refused:
        said = f"{refused.strerror}"[:_MOST_NAME].encode()
    finally:
        for each in descriptors:
            os.close(each)
    pair.send(said)
