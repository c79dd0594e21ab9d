"""HTTP on one connection: arbitrary bytes, in two pieces, to an application that reads or not."""

import asyncio
from typing import Any

from juyong.api.request import Raw
from juyong.front.hosts import AllowList
from juyong.front.limits import FrontLimits
from juyong.front.pipeline import Today
from juyong.front.protocol import FrontProtocol, Served
from juyong.front.rules import ProxyRules
from juyong.gateway.holding import Room
from juyong.gateway.whole import Reply, Whole

SEEDS: list[bytes] = [
    b"GET /?Action=ListUsers HTTP/1.1\r\nHost: ram.aliyuncs.com\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /unread HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HEAD / HTTP/1.0\r\n\r\n",
    b"GET http://ram.aliyuncs.com/a%20b?c HTTP/1.1\r\nHost: y\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /unread HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"\x16\x03\x01",
    b"GET /?Format=xml&a=" + b"b" * 600 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 600\r\n\r\n" + b"c" * 600,
    b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 30 + b"\r\n",
]
_LIMITS = FrontLimits(head_bytes=4096, head_lines=20, small_bytes=64, held_bytes=512)


class Transport:
    """A client's end: keeps what was written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "written after the end"
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else None


class Sizes(Whole):
    """Answers with the size of the body, which it reads unless the path says otherwise."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, not scope["path"].startswith("/unread")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        body = str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def whole(self, raw: Raw) -> Reply:
        body = str(len(raw.body)).encode()
        return Reply(status=200, headers=b"content-length: %d\r\n" % len(body), body=body)


_SIZES = Sizes()


def target(data: bytes) -> None:
    """Serve a connection; nothing escapes, and whatever is written are whole HTTP answers."""
    asyncio.run(_serve(data))


async def _serve(data: bytes) -> None:
    failures: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    lost: list[bool] = []
    # Both doors of the application are tried; nothing in a request tells which of them it meets.
    application = _SIZES.__call__ if len(data) % 2 else _SIZES
    served = Served(application, Room(_LIMITS.held_bytes), date=Today(b"date: today\r\n"))
    rules = ProxyRules(
        enabled=True,
        beyond_loopback=False,
        allow=AllowList.of(()),
        also_allowed=tuple,
        is_own=lambda _: True,
    )
    connection = FrontProtocol(
        served,
        limits=_LIMITS,
        rules=rules,
        over_loopback=True,
        forward=lambda _: application,
        on_lost=lambda: lost.append(True),
    )
    transport = Transport()
    connection.connection_made(transport)
    half = len(data) // 2
    for piece in (data[:half], data[half:]):
        if piece and not transport.closed:
            connection.data_received(piece)
        for _ in range(8):
            await asyncio.sleep(0)
    connection.connection_lost(None)
    await asyncio.gather(*served.tasks)
    assert lost == [True]
    assert not served.connections
    assert served.room.held == 0
    assert not failures, failures
    checked(transport.written)


def checked(written: bytes) -> None:
    """Check that what a connection wrote are whole answers."""
    while written:
        if written.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
            written = written.partition(b"\r\n\r\n")[2]
            continue
        head, found, rest = written.partition(b"\r\n\r\n")
        assert found
        assert head.startswith(b"HTTP/1.1 ")
        names = [line.partition(b": ")[0].lower() for line in head.split(b"\r\n")[1:]]
        assert names.count(b"content-length") == 1
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        # An answer to HEAD tells a length and carries nothing.
        written = rest[length:] if not rest.startswith(b"HTTP/1.1 ") else rest
