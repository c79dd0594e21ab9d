"""The operator's way into the plane: a socket in the plane's folder, served by the server.

A command connects, says what to run and where, and hands over the descriptors of its streams. The
socket lies in a folder of mode 0700, and the system is asked who connects.
"""

import os
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.base.socket_names import peer_user, short_name
from juyong.engines.packet import PacketError
from juyong.netplane import messages as m

if TYPE_CHECKING:
    from juyong.netplane.plane import NetworkPlane

PLANE, NAME, DISKS = "dataplane", "door", "disks"
"""The folder of the plane among those of planes; the socket and the folder of plain disks in it."""
_STREAMS = 3
_READ_SECONDS = 10.0


class Inside(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Run a command in a machine; three descriptors come along."""

    machine: str
    argv: tuple[str, ...]


class From(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Run a command in the Internet, with a source address; three descriptors come along."""

    address: str
    argv: tuple[str, ...]


class Forward(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Listen on the host's loopback for a public address, as long as the connection lasts."""

    address: str
    port: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing was done, and why."""

    why: str


class Listens(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The port on 127.0.0.1."""

    port: int


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The command ended; `code` as a shell tells it."""

    code: int


_asked = msgspec.msgpack.Decoder(Inside | From | Forward)
_told = msgspec.msgpack.Decoder(Refused | Listens | Done)


class Door:
    """Serves the socket, a thread a connection; what a connection began ends with the connection.

    Raises:
        OSError: the socket cannot be made.
    """

    def __init__(self, plane: "NetworkPlane", folder: Path) -> None:
        self._plane, self._path = plane, folder / NAME
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_name(self._path) as name:
            self._socket.bind(name)
        self._path.chmod(0o600)
        self._socket.listen()
        threading.Thread(target=self._accept, name="netplane-door", daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        descriptors: list[int] = []
        with peer, suppress(OSError, msgspec.DecodeError):
            if peer_user(peer) not in (os.getuid(), 0):
                return
            peer.settimeout(_READ_SECONDS)
            body, descriptors = m.receive(peer)
            peer.settimeout(None)
            try:
                m.send(peer, self._answer(_asked.decode(body), descriptors, peer))
            except (OSError, ValueError, PacketError) as refused:
                m.send(peer, Refused(why=str(refused)))
        _close(descriptors)

    def _answer(
        self, asked: Inside | From | Forward, descriptors: list[int], peer: socket.socket
    ) -> Done:
        if isinstance(asked, Forward):
            with self._plane.forward(asked.address, asked.port) as forwarding:
                m.send(peer, Listens(port=forwarding.port))
                peer.recv(1)
            return Done(code=0)
        if len(descriptors) != _STREAMS:
            raise ValueError("three streams come with a command")
        if isinstance(asked, Inside):
            return self._ran(asked.machine, asked.argv, descriptors, peer)
        with self._plane.at(asked.address) as machine:
            return self._ran(machine, asked.argv, descriptors, peer)

    def _ran(
        self,
        machine: str,
        argv: tuple[str, ...],
        descriptors: list[int],
        peer: socket.socket,
    ) -> Done:
        """Run a command to its end, or to that of the connection."""
        feed, out, err = descriptors
        job = self._plane.attach(machine, argv, (feed, out, err))
        # The peer sees the end of a stream once the command has the only other end.
        _close(descriptors)
        descriptors.clear()
        ended = threading.Event()
        threading.Thread(target=self._watch, args=(peer, job, ended), daemon=True).start()
        code = self._plane.wait(job)
        ended.set()
        return Done(code=-1 if code is None else code)

    def _watch(self, peer: socket.socket, job: int, ended: threading.Event) -> None:
        """Kill a job whose peer went away."""
        with suppress(OSError):
            peer.recv(1)
            if not ended.is_set():
                self._plane.kill(job)


def _close(descriptors: Sequence[int]) -> None:
    for each in descriptors:
        os.close(each)


# --- the commands' end ---


class NoPlane(OSError):
    """No plane listens in the folder."""


class Refusal(Exception):
    """The plane did not do what it was asked; the text says why."""


def door_of(home: Path) -> Path:
    """Return the folder of the plane of a home."""
    return home / "planes" / PLANE


def carries(home: Path) -> bool:
    """Tell whether a server of a home runs the plane."""
    try:
        Visit(door_of(home)).close()
    except OSError:
        return False
    return True


class Visit:
    """One connection to the door of a folder.

    Raises:
        NoPlane: no server runs the plane there.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with short_name(folder / NAME) as name:
                self._socket.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            self._socket.close()
            raise NoPlane(
                "no server runs the networks of this home; see `dataplane` in juyong check --json"
            ) from None

    def run(self, asked: Inside | From, streams: tuple[int, int, int]) -> None:
        """Begin a command with three descriptors as its streams; `code` waits for its end."""
        m.send(self._socket, asked, streams)

    def code(self) -> int:
        """Wait for the end of the command, and return its status.

        Raises:
            Refusal: the command was not run.
            OSError: the plane ended.
        """
        told = self._read()
        if not isinstance(told, Done):
            raise m.Ended("the door said something else")
        return told.code

    def forward(self, address: str, port: int) -> int:
        """Return the port on 127.0.0.1 that leads to a public address until `close`.

        Raises:
            Refusal: there is none.
            OSError: the plane ended.
        """
        m.send(self._socket, Forward(address=address, port=port))
        told = self._read()
        if not isinstance(told, Listens):
            raise m.Ended("the door said something else")
        return told.port

    def wait(self) -> None:
        """Return when the plane ended."""
        with suppress(OSError):
            self._socket.recv(1)

    def close(self) -> None:
        """End what the visit began."""
        self._socket.close()

    def _read(self) -> Done | Listens:
        body, descriptors = m.receive(self._socket)
        _close(descriptors)
        told: Refused | Listens | Done = _told.decode(body)
        if isinstance(told, Refused):
            raise Refusal(told.why)
        return told
