"""Servers that read HTTP/2 themselves: nginx and Node, asked with the frames that the proxy gets."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tests.unit.waf.frames import ACK, DATA, END_STREAM, GOAWAY, HEADERS, RST, SETTINGS, frame
from tests.waf_peers.reading import Read
from tests.waf_peers.servers import Nginx, nginx, node_running, read_of

from juyong.waf.http2.preface import PREFACE

GREETING = PREFACE + frame(SETTINGS, 0, 0)
_QUIET_SECONDS = 1.0


class Server2(Protocol):
    """A server in a process of its own."""

    def read(self, sent: bytes) -> list[Read]:
        """Return the requests that the server read of frames, with one host and one cookie."""


def asked(port: int, sent: bytes) -> dict[int, bytes]:
    """Send frames behind a greeting; return the body that each stream was answered with.

    Streams that are reset are left out. Ends where all streams have ended.
    """
    bodies, whole = dict[int, bytes](), set[int]()
    waits = {stream for kind, _, stream, _ in _frames(sent) if kind == HEADERS}
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(_QUIET_SECONDS)
        connection.sendall(GREETING + frame(SETTINGS, ACK, 0) + sent)
        got = b""
        with suppress(TimeoutError, ConnectionError):
            while waits and (data := connection.recv(65_536)):
                got += data
                for kind, flags, stream, payload in (found := list(_frames(got))):
                    if kind == DATA:
                        bodies[stream] = bodies.get(stream, b"") + payload
                    if kind == GOAWAY:
                        waits.clear()
                    if kind == RST or (kind in (DATA, HEADERS) and flags & END_STREAM):
                        waits.discard(stream)
                        whole |= {stream} if kind != RST else set()
                got = got[sum(9 + len(payload) for *_, payload in found) :]
    return {stream: body for stream, body in bodies.items() if stream in whole}


def _frames(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield kind, flags, stream and payload of each whole frame."""
    at = 0
    while len(data) >= at + 9:
        size = int.from_bytes(data[at : at + 3], "big")
        if len(data) < at + 9 + size:
            return
        yield (*struct.unpack(">BBI", data[at + 3 : at + 9]), data[at + 9 : at + 9 + size])
        at += 9 + size


class Node2:
    """A server of Node."""

    def __init__(self, port: int) -> None:
        self._port = port

    def read(self, sent: bytes) -> list[Read]:
        """Return the requests that Node read."""
        return [_as_one_host(read_of(body)) for body in asked(self._port, sent).values() if body]


def _as_one_host(read: Read) -> Read:
    """Put the authority where HTTP/1 has the host, and crumbs into one cookie."""
    fields = [each for each in read.headers if each[0] not in (b"host", b":authority", b"cookie")]
    told = dict(read.headers[::-1])
    crumbs = [value for name, value in read.headers if name == b"cookie"]
    cookie = [(b"cookie", b"; ".join(crumbs))] if crumbs else []
    host = told.get(b":authority", told.get(b"host", b""))
    read.headers = [
        (b"host", host),
        *(each for each in fields if not each[0].startswith(b":")),
        *cookie,
    ]
    return read


class Nginx2:
    """nginx before a recorder that reads HTTP/1."""

    def __init__(self, server: Nginx) -> None:
        self._server = server

    def read(self, sent: bytes) -> list[Read]:
        """Return the requests that nginx passed on."""
        return self._server.passed_on(lambda: asked(self._server.port, sent))


@contextmanager
def node2() -> Iterator[Node2 | None]:
    """Run a server of Node; None where Node is not installed."""
    with node_running("node_server2.mjs") as port:
        yield None if port is None else Node2(port)


@contextmanager
def nginx2(folder: Path) -> Iterator[Nginx2 | None]:
    """Run nginx; None where nginx is not installed."""
    with nginx(folder, " http2") as server:
        yield None if server is None else Nginx2(server)
