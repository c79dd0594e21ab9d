"""The door of a site: accepts connections, and brings each to its protocol."""

import asyncio
import errno
import re
import socket
import ssl
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from juyong.base.log import log
from juyong.base.peeking import peek, peek_beyond
from juyong.engines.inspect.http import Peer, Tls
from juyong.waf import client_hello, proxy_header
from juyong.waf.client1 import Client1
from juyong.waf.client_hello import Hello, MalformedHello
from juyong.waf.counters import Figure
from juyong.waf.http1.heads import Malformed
from juyong.waf.http2.preface import PREFACE
from juyong.waf.ja4 import ja4_of
from juyong.waf.plane import Plane
from juyong.waf.tls import Contexts

if TYPE_CHECKING:
    from juyong.waf.http2.connection import Client2

_ACCEPTS_A_TURN = 4
"""Few, so that workers who accept from one socket share the connections."""
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE_SECONDS = 0.5
_TELLS = PREFACE[:4]
"""No request of HTTP/1 that is served begins so."""
_IN_CLEAR = re.compile(rb"[A-Z]{3,10} [!-~]{1,8000} HTTP/1\.")
_MOST_READ = 65_536
_TOLD = b"This port speaks TLS: use https.\n"
_SPEAKS_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%b" % (len(_TOLD), _TOLD)
)
_Kind = type[Client1] | type["Client2"]


def _client2() -> "type[Client2]":
    """Return the reader of HTTP/2, imported where HTTP/2 is spoken."""
    from juyong.waf.http2.connection import Client2  # noqa: PLC0415

    return Client2


class Door:
    """Accepts on one listening socket, which several workers may share.

    Args:
        plane: Shared state.
        listener: Bound and listening.
        contexts: Certificates; None for a site in clear.
    """

    def __init__(self, plane: Plane, listener: socket.socket, contexts: Contexts | None) -> None:
        self._plane, self._listener, self.contexts = plane, listener, contexts
        self._listener.setblocking(False)  # noqa: FBT003
        self._open = 0
        self._accepting = False
        self._arriving: set[asyncio.Task[None]] = set()
        if plane.site.http2 == "clear" or (contexts is not None and plane.site.http2 == "tls"):
            _client2()  # ahead of the first client

    def open(self) -> None:
        """Accept."""
        if not self._accepting:
            self._accepting = True
            asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Accept no more; connections go on."""
        if self._accepting:
            self._accepting = False
            asyncio.get_running_loop().remove_reader(self._listener)

    async def settled(self) -> None:
        """Wait until accepted connections have their protocol; a slow handshake is not awaited."""
        if self._arriving:
            await asyncio.wait(self._arriving, timeout=self._plane.site.times.linger)

    def _accept(self) -> None:
        site = self._plane.site
        for _ in range(_ACCEPTS_A_TURN):
            if self._open >= site.connections:
                self._pause()
                return
            try:
                sock, name = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as failure:
                if failure.errno not in _OUT_OF_FILES:
                    raise
                log().warning("out of file descriptors")
                self._pause()
                return
            self._arrived(sock, str(name[0]))

    def _pause(self) -> None:
        """Leave further connections to other workers and to the kernel's queue for a moment."""
        self.close()
        asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self.open)

    def _arrived(self, sock: socket.socket, address: str) -> None:
        plane = self._plane
        through = plane.peers.sends_header(address) or plane.peers.trusts(address)
        count = plane.of_peer.get(address, 0)
        if count >= plane.site.connections_of_peer and not through:
            sock.close()
            return
        plane.of_peer[address] = count + 1
        self._open += 1
        plane.counters.add(Figure.CONNECTIONS)
        sock.setblocking(False)  # noqa: FBT003
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._settle(sock, address))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    def _left(self, address: str) -> None:
        self._open -= 1
        count = self._plane.of_peer.pop(address, 1) - 1
        if count > 0:
            self._plane.of_peer[address] = count

    async def _settle(self, sock: socket.socket, address: str) -> None:
        """Bring a connection to its protocol."""
        settled = False
        try:
            named = None
            if self._plane.peers.sends_header(address):
                async with asyncio.timeout(self._plane.site.times.head):
                    named = await _named(sock)
            await self._serve(sock, address, named)
            settled = True
        except (TimeoutError, Malformed):
            log().debug("connection without a PROXY header, or silent")
        except MalformedHello as fault:
            self._plane.counters.add(Figure.BAD_HELLOS)
            _answer_in_clear(sock)
            log().debug("connection without a hello of TLS", cause=str(fault))
        except (OSError, ssl.SSLError) as failure:
            log().debug("connection failed", cause=type(failure).__name__)
        finally:
            if not settled:
                sock.close()
                self._left(address)

    async def _serve(self, sock: socket.socket, address: str, named: Peer | None) -> None:
        loop = asyncio.get_running_loop()
        left = partial(self._left, address)
        contexts = self.contexts
        if contexts is None:
            await loop.connect_accepted_socket(partial(Guest, self._plane, left, named), sock)
            return
        async with asyncio.timeout(self._plane.site.times.head):
            hello = await _hello(sock)
        await loop.connect_accepted_socket(
            partial(Guest, self._plane, left, named, hello),
            sock,
            ssl=contexts.first,
            ssl_handshake_timeout=self._plane.site.times.head,
            ssl_shutdown_timeout=self._plane.site.times.linger,
        )


class Guest(asyncio.Protocol):
    """A connection until the client has chosen a protocol: inside TLS, or by its first bytes."""

    def __init__(
        self, plane: Plane, on_lost: Any, named: Peer | None, hello: Hello | None = None
    ) -> None:
        self._plane, self._on_lost, self._named, self._hello = plane, on_lost, named, hello
        self._seen = b""
        self._ends = plane.now + plane.site.times.head
        self._leaving = False

    def connection_made(self, transport: Any) -> None:
        """Choose the protocol, unless the first bytes tell."""
        self._transport = transport
        inside = transport.get_extra_info("ssl_object")
        if inside is not None:
            sni = getattr(inside, "juyong_name", "")
            kind = _client2() if inside.selected_alpn_protocol() == "h2" else Client1
            self._choose(kind, sni, _secured(inside, self._hello))
        elif self._plane.site.http2 == "clear":
            self._plane.connections.add(self)
        else:
            self._choose(Client1)

    def data_received(self, data: bytes) -> None:
        """Read on until the bytes can be no other than one protocol's."""
        self._seen += data
        if len(self._seen) < len(_TELLS) and _TELLS.startswith(self._seen):
            return
        self._plane.connections.discard(self)
        chosen = self._choose(_client2() if self._seen.startswith(_TELLS) else Client1)
        chosen.data_received(self._seen)
        if self._leaving:
            chosen.shutdown()

    def _choose(
        self, kind: "_Kind", sni: str = "", secured: Tls | None = None
    ) -> "Client1 | Client2":
        """Have the transport talk to the protocol from now on."""
        made = kind(self._plane, peer=self._named, sni=sni, secured=secured, on_lost=self._on_lost)
        self._transport.set_protocol(made)
        made.connection_made(self._transport)
        return made

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget a connection that said too little."""
        self._plane.connections.discard(self)
        self._on_lost()

    def tick(self, now: float) -> None:
        """Close a connection that says too little for too long."""
        if now > self._ends or self._leaving:
            self._transport.abort()

    def shutdown(self) -> None:
        """Close at the next look; the first bytes of a request may be on their way."""
        self._leaving = True

    def leave(self) -> None:
        """End at once."""
        self._transport.abort()


def _secured(inside: Any, hello: Hello | None) -> Tls | None:
    """Return how a connection came by TLS, as far as rules and the log tell."""
    if hello is None:
        return None
    return Tls(
        version=inside.version() or "",
        cipher=(inside.cipher() or ("",))[0],
        name=hello.name or b"",
        protocols=hello.protocols,
        ja4=ja4_of(hello).encode(),
    )


async def _named(sock: socket.socket) -> Peer | None:
    """Take the PROXY header, and not a byte more."""
    seen = await peek(sock, proxy_header.MOST_BYTES)
    while (found := proxy_header.read(seen)) is None:
        if len(seen) >= proxy_header.MOST_BYTES:
            raise Malformed("the PROXY header is too long")
        seen = await peek_beyond(sock, len(seen), proxy_header.MOST_BYTES)
    sock.recv(found.size)
    return found.client


def _answer_in_clear(sock: socket.socket) -> None:
    """Tell a client that speaks HTTP without TLS what the port speaks; no other client is told.

    What waits is read, since a close with bytes unread resets the connection and the answer.
    """
    with suppress(OSError):
        if _IN_CLEAR.match(sock.recv(_MOST_READ)):
            sock.send(_SPEAKS_TLS)


async def _hello(sock: socket.socket) -> Hello:
    """Look at the first message of a TLS client, which stays for TLS to read.

    Raises:
        MalformedHello: the bytes begin no hello.
    """
    seen = await peek(sock, client_hello.MOST_BYTES)
    while (found := client_hello.read(seen)) is None:
        seen = await peek_beyond(sock, len(seen), client_hello.MOST_BYTES)
    return found
