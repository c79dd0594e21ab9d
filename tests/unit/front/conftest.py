"""A front on loopback with an application that tells what it saw, and raw clients for it."""

import array
import asyncio
import fcntl
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from tests.unit.front.loops import LOOPS

from juyong.front.authority import LocalAuthority
from juyong.front.limits import FrontLimits
from juyong.front.server import Front

_WAIT_SECONDS = 10.0
_SIOCOUTQNSD = 0x894B  # from linux/sockios.h
_TURNS = 20
"""In so many turns of its loop the front does what it can do."""


class Held:
    """Requests that the application keeps until the test lets them go."""

    def __init__(self) -> None:
        self._arrivals = threading.Semaphore(0)
        self._leave = asyncio.Semaphore(0)

    async def keep(self) -> None:
        self._arrivals.release()
        await self._leave.acquire()

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self._arrivals.acquire(timeout=_WAIT_SECONDS), "the request does not arrive"

    def let_go(self, count: int) -> None:
        for _ in range(count):
            self._leave.release()


async def telling_app(held, scope, receive, send):
    """Answer with what arrived; /held waits to be let go, and /unread leaves the body alone."""
    if scope["path"].startswith("/held"):
        await held.keep()
    size, more = 0, not scope["path"].startswith("/unread")
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = json.dumps(
        {
            "method": scope["method"],
            "scheme": scope["scheme"],
            "tls": scope["extensions"].get("tls"),
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "hosts": [value.decode() for name, value in scope["headers"] if name == b"host"],
            "client": list(scope["client"]),
            "body_bytes": size,
        }
    ).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Answer:
    """One HTTP answer, read to the end of its body."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A client's end of one connection, in clear or in TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def _more(self) -> bytes:
        data = self.sock.recv(65536)
        self._buffer += data
        return data

    def head(self) -> tuple[int, str, dict[str, str]]:
        """Read one head."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                raise EOFError(self._buffer)
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        _, status, reason = first.split(" ", 2)
        return int(status), reason, {k.lower(): v for k, v in (x.split(": ", 1) for x in lines)}

    def answer(self) -> Answer:
        """Read one answer that has a content-length or is chunked to the end of the stream."""
        status, reason, headers = self.head()
        if "content-length" not in headers:
            body = b"".join(iter(self._take, b""))
            return Answer(status, reason, headers, body)
        size = int(headers["content-length"])
        while len(self._buffer) < size:
            if not self._more():
                raise EOFError(self._buffer)
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return Answer(status, reason, headers, body)

    def _take(self) -> bytes:
        data, self._buffer = self._buffer or self.sock.recv(65536), b""
        return data

    def rest(self) -> bytes:
        """Read to the end of the stream; a reset ends it as well."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        rest, self._buffer = self._buffer, b""
        return rest

    def get(self, target: str, host: str | None = "ram.aliyuncs.com", extra: str = "") -> Answer:
        line = f"Host: {host}\r\n" if host is not None else ""
        self.send(f"GET {target} HTTP/1.1\r\n{line}{extra}\r\n".encode())
        return self.answer()

    def connect(self, target: str) -> tuple[int, str]:
        self.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        status, reason, _ = self.head() if target else (0, "", {})
        return status, reason

    def secure(self, context: ssl.SSLContext, host: str) -> "Connection":
        return Connection(context.wrap_socket(self.sock, server_hostname=host))

    def close(self) -> None:
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Running:
    """A front in a thread of its own."""

    front: Front
    loop: asyncio.AbstractEventLoop
    authority: LocalAuthority
    held: Held
    opened: list[Connection] = field(default_factory=list)

    def dial(self, port: int | None = None) -> Connection:
        sock = socket.create_connection(("127.0.0.1", port or self.front.port), timeout=10)
        connection = Connection(sock)
        self.opened.append(connection)
        return connection

    def trusting(self) -> ssl.SSLContext:
        """A client that trusts the local CA and nothing else."""
        return ssl.create_default_context(cadata=self.authority.certificate_pem.decode())

    def secure(self, host: str, port: int | None = None) -> Connection:
        connection = self.dial(port).secure(self.trusting(), host)
        self.opened.append(connection)
        return connection

    def call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def begin(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def hold(self, count: int = 1) -> None:
        """Wait until the application has so many more requests for /held."""
        self.held.wait_for(count)

    def let_go(self, count: int = 1) -> None:
        """Let the application answer so many of them."""
        self.loop.call_soon_threadsafe(self.held.let_go, count)

    def skip(self, seconds: float) -> None:
        """Let time pass at once on the front's loop, and the front do what it then does."""

        async def skip() -> None:
            self.loop.skip(seconds)
            await _turns()

        self.call(skip())

    def turns(self) -> None:
        """Let the front do what it can do now."""
        self.call(_turns())

    def taken(self, client: Connection) -> None:
        """Wait until the front has dealt with all that a client has sent, or has hung up."""

        async def taken() -> None:
            async with asyncio.timeout(_WAIT_SECONDS):
                while not (_hung_up(client.sock) or self._has_all(client.sock)):  # noqa: ASYNC110
                    await asyncio.sleep(0)
            await _turns()

        self.call(taken())

    def _has_all(self, sock: socket.socket) -> bool:
        accepted = any(_peer(each) == sock.getsockname() for each in self.front._open)
        return accepted and not _unsent(sock)

    def ends(self) -> bool:
        """Tell whether the front forgets all its connections in time."""

        async def ended() -> bool:
            async with asyncio.timeout(_WAIT_SECONDS):
                while self.front._open:  # noqa: ASYNC110
                    await asyncio.sleep(0)

        try:
            self.call(ended())
        except TimeoutError:
            return False
        return True


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def _hung_up(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    return bool(poll.poll(0))


def _peer(sock: socket.socket) -> Any:
    try:
        return sock.getpeername()
    except OSError:
        return None


def _unsent(sock: socket.socket) -> int:
    """Return how many bytes have not left a socket: the peer reads more slowly than they come."""
    found = array.array("i", [0])
    fcntl.ioctl(sock, _SIOCOUTQNSD, found)
    return found[0]


@contextmanager
def _running(authority: LocalAuthority, factory: Any, **options: Any) -> Iterator[Running]:
    held = Held()
    app = options.pop("app", partial(telling_app, held))
    loop = factory()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    front = Front(app, authority, **{"port": 0, "tls_port": None, **options})
    running = Running(front, loop, authority, held)
    try:
        running.call(front.start())
        yield running
    finally:
        for connection in running.opened:
            connection.close()
        running.call(front.stop(1))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority.open(tmp_path_factory.mktemp("home") / "authority")


@pytest.fixture(params=sorted(LOOPS))
def serve(
    request: pytest.FixtureRequest, authority: LocalAuthority
) -> Iterator[Callable[..., Running]]:
    """Start fronts with the given options, on each kind of event loop."""
    stack = []

    def start(**options: Any) -> Running:
        limits = options.pop("limits", None)
        if limits:
            options["limits"] = FrontLimits(**limits)
        manager = _running(authority, LOOPS[request.param], **options)
        stack.append(manager)
        return manager.__enter__()

    yield start
    for manager in reversed(stack):
        manager.__exit__(None, None, None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
