"""The front: one port for HTTP, HTTPS and the forward proxy."""

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from juyong.base.clock import http_date, system_clock
from juyong.base.log import log
from juyong.base.peeking import PeerGone
from juyong.front.forward import Upstream
from juyong.front.hosts import AllowList
from juyong.front.limits import FrontLimits
from juyong.front.listener import listen
from juyong.front.opening import Opening
from juyong.front.protocol import FrontProtocol, Served
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
from juyong.gateway.holding import Room
from juyong.gateway.whole import Asgi

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_ACCEPTS_A_TURN = 64
_LINGER_SECONDS = 1.0
_CHECK_SECONDS = 0.01
_FAREWELL_SECONDS = 0.5
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_OUT_OF_FILES_SECONDS = 0.5
_TLS_SHUTDOWN_SECONDS = 10.0
_DISCARD_BYTES = 64 * 1024


class _Door(msgspec.Struct, frozen=True, eq=False):
    """A place where connections arrive. tls_only: Connections in clear are refused."""

    served: Served
    tls_only: bool = False


class Front:
    """Accepts connections, tells what they speak, and serves one ASGI application on them.

    In the scope `scheme` is `https` where TLS ended here, `client` the real peer, the
    Host header as sent. No lifespan events are sent.

    Args:
        app: An ASGI 3 application.
        authority: Vouches for the hosts that clients ask for.
        host: Where to listen; every address of the name.
        port: Speaks all protocols; 0 picks a free one.
        tls_port: Speaks TLS only; None for no such port.
        allow_hosts: Hosts beyond Alibaba Cloud's that the proxy lets through; see AllowList.
        also_allowed: Asked for more of them whenever a host is not on the list.
        proxy_enabled: Whether CONNECT and absolute-form requests are served at all.
        limits: Bounds on heads, silences and numbers.
        proxy_beyond_loopback: Serve the proxy also to connections that did not come in over the
            loopback interface. SECURITY: they then reach every allowed host through this machine.
    """

    def __init__(
        self,
        app: Asgi,
        authority: Authority,
        *,
        host: str = "127.0.0.1",
        port: int = 8480,
        tls_port: int | None = 8443,
        allow_hosts: frozenset[str] = frozenset(),
        also_allowed: Callable[[], Iterable[str]] = tuple,
        proxy_enabled: bool = True,
        limits: FrontLimits = FrontLimits(),  # noqa: B008  # frozen
        proxy_beyond_loopback: bool = False,
    ) -> None:
        self.port = port
        self.tls_port = tls_port
        self._host = host
        self._authority = authority
        self._limits = limits
        self._rules = ProxyRules(
            enabled=proxy_enabled,
            beyond_loopback=proxy_beyond_loopback,
            allow=AllowList.of(allow_hosts),
            also_allowed=also_allowed,
            is_own=self._is_own,
        )
        self._upstream = Upstream(limits)
        self._served = Served(app, Room(limits.held_bytes))
        self._listeners: dict[socket.socket, _Door] = {}
        self._accepting = False
        self._open: set[socket.socket] = set()
        self._tunnels: set[asyncio.Task[None]] = set()
        self._arriving: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Bind and accept; `port` and `tls_port` then hold the real numbers.

        Raises:
            OSError: a port is taken, or the host does not resolve.
        """
        self._tick()
        try:
            plain = await listen(self._host, self.port)
            self._listeners.update(dict.fromkeys(plain, _Door(self._served)))
            self.port = plain[0].getsockname()[1]
            if self.tls_port is not None:
                secure = await listen(self._host, self.tls_port)
                secured = _Door(self._served, tls_only=True)
                self._listeners.update(dict.fromkeys(secure, secured))
                self.tls_port = secure[0].getsockname()[1]
        except OSError:
            await self.stop(0)
            raise
        self._resume_accepting()

    def listen_also(self, listener: socket.socket, app: Asgi | None = None) -> None:
        """Accept on a socket that listens already, such as one of another network's, until `leave`.

        Args:
            listener: The front closes the socket.
            app: Serves these connections; None for the application of all others.
        """
        served = self._served
        if app is not None:
            served = msgspec.structs.replace(served, app=app)
        listener.settimeout(0)
        self._pause_accepting()
        self._listeners[listener] = _Door(served)
        self._resume_accepting()

    def leave(self, listener: socket.socket) -> None:
        """Close a socket of `listen_also`; connections that it gave go on."""
        self._pause_accepting()
        if self._listeners.pop(listener, None) is not None:
            listener.close()
        self._resume_accepting()

    async def stop(self, grace_seconds: float) -> None:
        """Stop accepting, let requests in flight finish, then close what is left.

        Args:
            grace_seconds: How long requests may go on. Idle connections end at once, tunnels when
                the last request has.
        """
        self._pause_accepting()
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for task in self._arriving - self._tunnels:
            task.cancel()
        for connection in list(self._served.connections):
            connection.shutdown()
        await _until(lambda: not self._served.tasks, grace_seconds)
        for task in [*self._tunnels, *self._served.tasks]:
            task.cancel()
        # Answers that are complete may still be on their way, and TLS says goodbye.
        await _until(lambda: not self._served.connections, _FAREWELL_SECONDS)
        for connection in list(self._served.connections):
            connection.transport.abort()
        await _until(lambda: not self._open, _FAREWELL_SECONDS)
        await self._upstream.close()
        if self._ticker is not None:
            self._ticker.cancel()

    def _tick(self) -> None:
        """Renew the Date header, once a second."""
        self._served.date.line = f"date: {http_date(system_clock())}\r\n".encode()
        self._ticker = asyncio.get_running_loop().call_later(1.0, self._tick)

    def _resume_accepting(self) -> None:
        if self._accepting or not self._listeners:
            return
        self._accepting = True
        loop = asyncio.get_running_loop()
        for listener, door in self._listeners.items():
            loop.add_reader(listener, self._accept, listener, door)

    def _pause_accepting(self) -> None:
        if self._accepting:
            self._accepting = False
            loop = asyncio.get_running_loop()
            for listener in self._listeners:
                loop.remove_reader(listener)

    def _accept(self, listener: socket.socket, door: "_Door") -> None:
        for _ in range(_ACCEPTS_A_TURN):
            if len(self._open) >= self._limits.max_connections:
                log().warning("connection limit reached", limit=self._limits.max_connections)
                self._pause_accepting()
                return
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as cause:
                if cause.errno not in _OUT_OF_FILES:
                    raise
                log().warning("out of file descriptors")
                self._pause_accepting()
                loop = asyncio.get_running_loop()
                loop.call_later(_OUT_OF_FILES_SECONDS, self._resume_accepting)
                return
            self._open.add(sock)
            task = asyncio.get_running_loop().create_task(self._arrive(sock, door))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    def _closed(self, sock: socket.socket) -> None:
        """Count a connection out; told twice when a stop interrupts its handshake."""
        self._open.discard(sock)
        if not self._accepting:
            self._resume_accepting()

    async def _arrive(self, sock: socket.socket, door: "_Door") -> None:
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
                self._closed(sock)

    async def _settle(self, sock: socket.socket, door: "_Door") -> bool:
        """Serve a new connection by its opening; tells whether a protocol now owns the socket."""
        found = await self._opening(sock)
        if found is None:
            return False
        if found is Opening.TLS:
            return await self._serve_tls(sock, _default_host(sock), door.served)
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
        self._tunnels.add(task)
        task.add_done_callback(self._tunnels.discard)
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
            forward=self._upstream.fetch,
            on_lost=partial(self._closed, sock),
        )

    def _is_own(self, target: Target) -> bool:
        return target.port in (self.port, self.tls_port) and (
            target.host == self._host.lower() or _is_loopback(target.host)
        )


async def _until(done: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition, or for the time to pass."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    # The sets give no notice when they become empty, so this looks at them.
    while not done() and loop.time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_CHECK_SECONDS)


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


def _is_loopback(host: str) -> bool:
    if host == DEFAULT_HOST:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _over_loopback(sock: socket.socket) -> bool:
    """Tell whether a connection came in over loopback: then its peer is this machine."""
    return _is_loopback(_default_host(sock))


def _default_host(sock: socket.socket) -> str:
    """Return the address that the client connected to, for clients that send no SNI."""
    return str(sock.getsockname()[0])


def _handshake_fault(cause: OSError) -> str:
    return (cause.reason if isinstance(cause, ssl.SSLError) else "") or type(cause).__name__
