"""Frames that a client sends: nothing raises, memory is bounded, backends get HTTP/1 alone."""

import asyncio
from typing import Any

from tests.unit.waf.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    PING,
    POST,
    RST,
    SETTINGS,
    WINDOW,
    block,
    frame,
    head,
)
from tests.unit.waf.proxied import OK, MarkerEngine

from juyong.waf.backends.guard import origin_of
from juyong.waf.backends.link import Link
from juyong.waf.http1.bodies import decoder_of
from juyong.waf.http1.heads import request_head
from juyong.waf.http2.connection import Client2
from juyong.waf.http2.preface import PREFACE
from juyong.waf.http2.session import MOST_STREAMS, STREAM_WINDOW
from juyong.waf.http2.session import WINDOW as CONNECTION_WINDOW
from juyong.waf.plane import Plane
from juyong.waf.site import Site

_BINARY = (b"content-type", b"application/octet-stream")
_GREETING = PREFACE + frame(SETTINGS, 0, 0)
_HELD = 200_000

SEEDS: list[bytes] = [
    b"\0" + head(GET),
    b"\1" + head([*GET, (b"cookie", b"a=b"), (b"cookie", b"c=d"), (b"te", b"trailers")]) + head(GET, 3),
    b"\1" + head(POST, 1, end=False) + frame(DATA, END_STREAM, 1, b"abc"),
    b"\2" + head([*POST, _BINARY], 1, end=False) + frame(DATA, 0, 1, b"abc") + frame(DATA, 1, 1),
    b"\2" + head([*POST, _BINARY, (b"content-length", b"3")], 1, end=False) + frame(DATA, 9, 1, b"\1abc\0"),
    b"\3" + head([*POST, _BINARY], 1, end=False) + frame(DATA, 0, 1, b"abc") + head([(b"t", b"u")], 1),
    b"\0" + head([*GET, (b"a", b"b\r\nc: d")]) + head([*GET, (b"host", b"y")], 3),
    b"\0" + frame(HEADERS, END_STREAM, 1, block(GET)[:9]) + frame(CONTINUATION, END_HEADERS, 1, block(GET)[9:]),
    b"\0" + head(GET) + frame(RST, 0, 1, b"\0\0\0\x08") + frame(PING, 0, 0, b"01234567"),
    b"\4" + frame(SETTINGS, 0, 0, b"\0\x04\0\0\0\0") + head(GET) + frame(WINDOW, 0, 1, b"\0\0\0\1"),
    b"\0" + frame(HEADERS, 5, 1, b"\x82\x84\x86\x41\x01x"),
    b"\5" + head([(b":method", b"HEAD"), *GET[1:]]) + head([*POST, (b"expect", b"100-continue")], 3, end=False),
]  # fmt: skip


class _Wire:
    """A transport that keeps what is written; full: Whether the other end takes nothing now."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closing = False

    def write(self, data: bytes) -> None:
        if not self.closing:
            self.written += data

    def close(self) -> None:
        self.closing = True

    abort = write_eof = close

    def is_closing(self) -> bool:
        return self.closing

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name.endswith("name") else None

    def pause_reading(self) -> None:
        """A wire is read by hand."""

    resume_reading = pause_reading


class _Backend:
    """A server that takes all requests; each over a wire of its own."""

    def __init__(self) -> None:
        self.origin = origin_of("http://127.0.0.1:1")
        self.host = b"127.0.0.1:1"
        self.links: list[Link] = []

    def pick(self, *_: object) -> "_Backend":
        return self

    def take(self, *, surely_open: bool = False) -> Link:  # noqa: ARG002  # as of the pool
        here: Any = self
        link = Link(here)
        link.connection_made(_Wire())
        self.links.append(link)
        return link

    def idle(self, _: Link) -> None:
        """A wire is never taken again."""

    lost = idle


class _Plane(Plane):
    """The plane of a worker whose judging takes no thread."""

    def __init__(self) -> None:
        super().__init__(Site(backends=("http://127.0.0.1:1",), held_bytes=_HELD), None)
        self.backends: Any = _Backend()

    def on_thread(self, work: Any, then: Any) -> None:
        then(work())


async def _made() -> _Plane:
    return _Plane()


_LOOP = asyncio.new_event_loop()
_PLANE = _LOOP.run_until_complete(_made())


def target(data: bytes) -> None:
    """Send frames in pieces; the first byte chooses rules, sizes of pieces, and when answers come."""
    _LOOP.run_until_complete(_sent(data))


async def _sent(data: bytes) -> None:
    choice, data = data[0] if data else 0, data[1:]
    plane = _PLANE
    plane.engine = (None, MarkerEngine(), MarkerEngine(reads=False))[choice % 3]
    links = plane.backends.links = []
    client, wire = Client2(plane), _Wire()
    client.connection_made(wire)
    client.data_received(_GREETING)
    size = (len(data) + 1, 1_000, 7)[choice // 3 % 3]
    for at in range(0, len(data), size):
        client.data_received(data[at : at + size])
        _bounded(client, plane)
        if choice & 64:
            client.pause_writing()
        if choice & 128:
            _answer(links)
            await asyncio.sleep(0)
            client.resume_writing()
    _answer(links)
    await asyncio.sleep(0)
    _bounded(client, plane)
    for step in range(1, 4):
        client.tick(plane.now + 1_000.0 * step)
    client.connection_lost(None)
    assert not plane.held
    assert not plane.streams.size
    assert not plane.waiting.size
    assert not plane.connections
    assert not client._streams
    for each in links:
        _well_formed(bytes(each.transport.written), whole=each.sent)
    assert len(wire.written) < 4_096 + len(links) * 1_024 + 32 * len(data)


def _answer(links: list[Link]) -> None:
    for each in list(links):
        if each.exchange is not None and each.transport.written:
            each.data_received(OK)


def _bounded(client: Client2, plane: Plane) -> None:
    streams = client._streams.values()
    assert len(streams) <= MOST_STREAMS
    assert sum(each._owed for each in streams) <= CONNECTION_WINDOW
    assert all(each._owed <= STREAM_WINDOW for each in streams)
    assert plane.held <= _HELD + CONNECTION_WINDOW


def _well_formed(written: bytes, *, whole: bool) -> None:
    """Hold what a backend got against the grammar of HTTP/1; whole: Whether the request ended."""
    if not written:
        return
    end = written.index(b"\r\n\r\n")
    found = request_head(written[: end + 2])
    assert found.version == "HTTP/1.1"
    assert len([1 for name, _ in found.headers if name.lower() == b"host"]) == 1
    decoder = decoder_of(found.length)
    rest = decoder.feed(written[end + 4 :])[1] if found.length else written[end + 4 :]
    assert rest == b""
    if whole:
        assert decoder.done
