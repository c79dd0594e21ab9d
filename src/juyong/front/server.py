"""The front: one port for HTTP, HTTPS and the forward proxy."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable

import msgspec

from juyong.base.clock import http_date, system_clock
from juyong.base.log import log
from juyong.front.dispatch import Dispatcher, Door, is_loopback
from juyong.front.forward import Upstream
from juyong.front.hosts import AllowList
from juyong.front.limits import FrontLimits
from juyong.front.listener import listen
from juyong.front.protocol import Served
from juyong.front.rules import ProxyRules
from juyong.front.target import Target
from juyong.front.vouching import Authority
from juyong.gateway.holding import Room
from juyong.gateway.whole import Asgi

_ACCEPTS_A_TURN = 64
_CHECK_SECONDS = 0.01
_FAREWELL_SECONDS = 0.5
_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_OUT_OF_FILES_SECONDS = 0.5


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
        self._limits = limits
        self._upstream = Upstream(limits)
        self._served = Served(app, Room(limits.held_bytes))
        self._listeners: dict[socket.socket, Door] = {}
        self._accepting = False
        self._open: set[socket.socket] = set()
        self._arriving: set[asyncio.Task[None]] = set()
        rules = ProxyRules(
            enabled=proxy_enabled,
            beyond_loopback=proxy_beyond_loopback,
            allow=AllowList.of(allow_hosts),
            also_allowed=also_allowed,
            is_own=self._is_own,
        )
        self._dispatcher = Dispatcher(
            self._served,
            authority,
            rules,
            limits=limits,
            forward=self._upstream.fetch,
            on_closed=self._closed,
        )
        self._ticker: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Bind and accept; `port` and `tls_port` then hold the real numbers.

        Raises:
            OSError: a port is taken, or the host does not resolve.
        """
        self._tick()
        try:
            plain = await listen(self._host, self.port)
            self._listeners.update(dict.fromkeys(plain, Door(self._served)))
            self.port = plain[0].getsockname()[1]
            if self.tls_port is not None:
                secure = await listen(self._host, self.tls_port)
                secured = Door(self._served, tls_only=True)
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
        self._listeners[listener] = Door(served)
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
        tunnels = self._dispatcher.tunnels
        for task in self._arriving - tunnels:
            task.cancel()
        for connection in list(self._served.connections):
            connection.shutdown()
        await _until(lambda: not self._served.tasks, grace_seconds)
        for task in [*tunnels, *self._served.tasks]:
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

    def _accept(self, listener: socket.socket, door: Door) -> None:
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
            task = asyncio.get_running_loop().create_task(self._dispatcher.arrive(sock, door))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    def _closed(self, sock: socket.socket) -> None:
        """Count a connection out; told twice when a stop interrupts its handshake."""
        self._open.discard(sock)
        if not self._accepting:
            self._resume_accepting()

    def _is_own(self, target: Target) -> bool:
        return target.port in (self.port, self.tls_port) and (
            target.host == self._host.lower() or is_loopback(target.host)
        )


async def _until(done: Callable[[], bool], seconds: float) -> None:
    """Wait for a condition, or for the time to pass."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    # The sets give no notice when they become empty, so this looks at them.
    while not done() and loop.time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_CHECK_SECONDS)
