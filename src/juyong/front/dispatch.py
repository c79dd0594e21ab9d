"""Each new connection is brought to the protocol that its first bytes announce."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from functools import partial

import msgspec

from juyong.base.log import log
from juyong.base.peeking import PeerGone
from juyong.front.limits import FrontLimits
from juyong.front.opening import Opening
from juyong.front.protocol import FrontProtocol, Served
from juyong.front.proxying import Forwarder
from juyong.front.refusal import (
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    MALFORMED_TARGET,
    NOT_A_TUNNEL,
    TLS_EXPECTED,
    UPSTREAM_UNREACHABLE,
    Refusal,
)
from juyong.front.rules import Leave, ProxyRules
from juyong.front.sniff import HeadTooLarge, has_bytes, opening, take_head
from juyong.front.target import MalformedTarget, Target, parse_connect
from juyong.front.tunnel import dial, relay
from juyong.front.vouching import DEFAULT_HOST, Authority, OutsideAuthority

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_LINGER_SECONDS = 1.0
_TLS_SHUTDOWN_SECONDS = 10.0
_DISCARD_BYTES = 64 * 1024


class Door(msgspec.Struct, frozen=True, eq=False):
    """A place where connections arrive. tls_only: Connections in clear are refused."""

    served: Served
    tls_only: bool = False


class Dispatcher:
    """Serves a new connection as TLS, as HTTP, or as a tunnel, or refuses the connection.

    Args:
        served: Answers what clients send to a host behind CONNECT, at whichever door.
        authority: Vouches for the hosts that clients ask for.
        rules: What the proxy lets through.
        forward: Fetches for the proxy.
        on_closed: Told of each socket that is closed.

    tunnels: The tasks that relay bytes to another host.
    """

    def __init__(
        self,
        served: Served,
        authority: Authority,
        rules: ProxyRules,
        *,
        limits: FrontLimits,
        forward: Forwarder,
        on_closed: Callable[[socket.socket], None],
    ) -> None:
        self._served = served
        self._authority = authority
        self._rules = rules
        self._limits = limits
        self._forward = forward
        self._on_closed = on_closed
        self.tunnels: set[asyncio.Task[None]] = set()

    async def arrive(self, sock: socket.socket, door: Door) -> None:
        """Bring one connection to its protocol, or to its end."""
        handed_over = False
        try:
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            handed_over = await self._settle(sock, door)
        except PeerGone:
            pass
        except TimeoutError:
            log().debug("connection timed out before its first request")
        except OSError as cause:
            log().debug("connection failed", cause=type(cause).__name__)
        finally:
            if not handed_over:
                sock.close()
                self._on_closed(sock)

    async def _settle(self, sock: socket.socket, door: Door) -> bool:
        """Serve a new connection by its opening; tells whether a protocol now owns the socket."""
        found = await self._opening(sock)
        if found is None:
            return False
        if found is Opening.TLS:
            return await self._serve_tls(sock, _local_address(sock), door.served)
        if door.tls_only:
            await _refuse(sock, TLS_EXPECTED)
            return False
        if found is Opening.CONNECT:
            return await self._serve_connect(sock)
        await self._serve_http(sock, door.served)
        return True

    async def _opening(self, sock: socket.socket) -> Opening | None:
        """Wait for a connection's first bytes; a client that stops among them is told so."""
        try:
            async with asyncio.timeout(self._limits.head_seconds):
                return await opening(sock)
        except TimeoutError:
            if not has_bytes(sock):
                raise
        await _refuse(sock, HEAD_TOO_SLOW)
        return None

    async def _serve_connect(self, sock: socket.socket) -> bool:
        host = ""
        try:
            async with asyncio.timeout(self._limits.head_seconds):
                head = await take_head(sock, self._limits.connect_head_bytes)
            target = parse_connect(head)
        except TimeoutError:
            verdict: Leave | Refusal = HEAD_TOO_SLOW
        except HeadTooLarge:
            verdict = HEAD_TOO_LARGE
        except MalformedTarget:
            verdict = MALFORMED_TARGET
        else:
            host = target.host
            verdict = self._rules.decide(target, over_loopback=_over_loopback(sock))
        if isinstance(verdict, Refusal):
            await _refuse(sock, verdict, host=host)
            return False
        if verdict is Leave.THROUGH:
            await self._tunnel(sock, target)
            return False
        return await self._serve_here(sock, target)

    async def _serve_here(self, sock: socket.socket, target: Target) -> bool:
        """Be the host that a CONNECT asked for, in TLS or in clear as the client begins."""
        await asyncio.get_running_loop().sock_sendall(sock, _ESTABLISHED)
        found = await self._opening(sock)
        if found is None:
            return False
        if found is Opening.TLS:
            return await self._serve_tls(sock, target.host, self._served)
        if found is Opening.CONNECT:
            await _refuse(sock, NOT_A_TUNNEL, host=target.host)
            return False
        await self._serve_http(sock, self._served)
        return True

    async def _tunnel(self, sock: socket.socket, target: Target) -> None:
        limits = self._limits
        try:
            upstream = await dial(target.host, target.port, seconds=limits.tunnel_connect_seconds)
        except OSError:
            await _refuse(sock, UPSTREAM_UNREACHABLE, host=target.host)
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self.tunnels.add(task)
        task.add_done_callback(self.tunnels.discard)
        with upstream:
            await asyncio.get_running_loop().sock_sendall(sock, _ESTABLISHED)
            await relay(sock, upstream, idle_seconds=limits.tunnel_idle_seconds)

    async def _serve_tls(self, sock: socket.socket, host: str, served: Served) -> bool:
        try:
            context = self._authority.leaf(host)
        except OutsideAuthority:
            context = self._authority.leaf(DEFAULT_HOST)
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                partial(self._protocol, sock, served),
                sock,
                ssl=context,
                ssl_handshake_timeout=self._limits.handshake_seconds,
                ssl_shutdown_timeout=_TLS_SHUTDOWN_SECONDS,
            )
        except OSError as cause:
            # Most often a client that was not told of the CA: its alert is worth showing.
            log().info("tls handshake failed", host=host, cause=_handshake_fault(cause))
            return False
        return True

    async def _serve_http(self, sock: socket.socket, served: Served) -> None:
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(partial(self._protocol, sock, served), sock)

    def _protocol(self, sock: socket.socket, served: Served) -> FrontProtocol:
        return FrontProtocol(
            served,
            limits=self._limits,
            rules=self._rules,
            over_loopback=_over_loopback(sock),
            forward=self._forward,
            on_lost=partial(self._on_closed, sock),
        )


async def _refuse(sock: socket.socket, refusal: Refusal, *, host: str = "") -> None:
    """Send a refusal and wait a moment for the client to close.

    Closing at once while its bytes are still unread would reset the connection, and the refusal
    could be lost.
    """
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, refusal.raw(host=host))
    sock.shutdown(socket.SHUT_WR)
    async with asyncio.timeout(_LINGER_SECONDS):
        while await loop.sock_recv(sock, _DISCARD_BYTES):
            pass


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or its address."""
    if host == DEFAULT_HOST:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _over_loopback(sock: socket.socket) -> bool:
    """Tell whether a connection came in over loopback: then its peer is this machine."""
    return is_loopback(_local_address(sock))


def _local_address(sock: socket.socket) -> str:
    """Return the address that the client connected to, for clients that send no SNI."""
    return str(sock.getsockname()[0])


def _handshake_fault(cause: OSError) -> str:
    return (cause.reason if isinstance(cause, ssl.SSLError) else "") or type(cause).__name__
