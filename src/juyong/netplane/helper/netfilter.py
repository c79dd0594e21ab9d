"""Talk to the kernel's packet filter and connection tracking over netlink, without their libraries.

Source: the kernel's nfnetlink.h, nf_tables.h and nfnetlink_conntrack.h (documented).
"""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from juyong.netplane.attributes import aligned, attribute, attributes

_NETFILTER = 12
_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP_OF_TABLES = 270, 1, 7
_REQUEST, _ACKNOWLEDGE, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_SESSION_GET, _SESSION_DELETE = (1 << 8) | 1, (1 << 8) | 2
_SESSION_NEW = 1 << 8
_GENERATION_GET, _GENERATION_NEW = (10 << 8) | 16, (10 << 8) | 15
_ORIGINAL, _IDENTITY, _NESTED = 1, 12, 0x8000
_GENERATION = 1
_HEADER = struct.Struct("=IHHII")
_FAMILY = struct.Struct("=BBH")
_BUFFER = 1 << 20


class Netfilter:
    """A socket to the packet filter of the namespace where the socket was made."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
        self._socket.bind((0, 0))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def generation(self) -> int:
        """Return the number of the filter's rules, which each transaction raises by one.

        Raises:
            OSError: the kernel's refusal.
        """
        for kind, body in self._ask(_GENERATION_GET, _REQUEST | _ACKNOWLEDGE, socket.AF_UNSPEC):
            if kind == _GENERATION_NEW:
                for name, value in attributes(body[_FAMILY.size :]):
                    if name == _GENERATION:
                        return int.from_bytes(value, "big")
        raise OSError(errno.EPROTO, "the kernel told no generation")

    def sessions(self) -> list[bytes]:
        """Return what tells each session: its family, its original tuple and its identity.

        Raises:
            OSError: the kernel's refusal.
        """
        found = []
        for family in (socket.AF_INET, socket.AF_INET6):
            for kind, body in self._ask(_SESSION_GET, _REQUEST | _DUMP, family):
                if kind == _SESSION_NEW:
                    kept = dict(attributes(body[_FAMILY.size :]))
                    original, identity = kept.get(_ORIGINAL), kept.get(_IDENTITY, b"")
                    if original is not None:
                        found.append(bytes((family, len(identity))) + identity + original)
        return found

    def forget(self, session: bytes) -> None:
        """Forget a session; one that has ended meanwhile is no error.

        Raises:
            OSError: the kernel's refusal.
        """
        family, size = session[0], session[1]
        identity, original = session[2 : 2 + size], session[2 + size :]
        body = attribute(_ORIGINAL | _NESTED, original)
        if identity:
            body += attribute(_IDENTITY, identity)
        with suppress(FileNotFoundError):
            self._ask(_SESSION_DELETE, _REQUEST | _ACKNOWLEDGE, family, body)

    def _ask(
        self, kind: int, flags: int, family: int, body: bytes = b""
    ) -> list[tuple[int, bytes]]:
        """Return all that is answered, so that nothing of it is taken for the next answer."""
        found: list[tuple[int, bytes]] = []
        head = _HEADER.pack(_HEADER.size + _FAMILY.size + len(body), kind, flags, 1, 0)
        self._socket.sendto(head + _FAMILY.pack(family, 0, 0) + body, (0, 0))
        while True:
            data = self._socket.recv(_BUFFER)
            for answered, part in messages(data):
                if answered == _DONE:
                    return found
                if answered == _ERROR:
                    (code,) = struct.unpack_from("=i", part)
                    if code:
                        raise OSError(-code, os.strerror(-code), "netfilter")
                    return found
                found.append((answered, part))


class Watch:
    """Hears that rules changed in the namespace in which it was made.

    What changed is not read: a reader that comes late would lose messages, so that the generation
    is asked for, and compared with that of the helper's own last change.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _NETFILTER
        )
        self._socket.bind((0, 0))
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP_OF_TABLES)

    def fileno(self) -> int:
        """Return the descriptor that is readable after a change."""
        return self._socket.fileno()

    def drain(self) -> None:
        """Read what is there to read."""
        while True:
            try:
                self._socket.recv(_BUFFER)
            except BlockingIOError:
                return
            except OSError as lost:
                if lost.errno != errno.ENOBUFS:
                    raise

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of each message of a datagram; what is cut short is left out."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if size < _HEADER.size or at + size > len(data):
            return
        yield kind, data[at + _HEADER.size : at + size]
        at += aligned(size)
