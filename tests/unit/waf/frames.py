"""Clients of HTTP/2 for tests: one of libnghttp2, and one that writes frames by hand."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import ngh2
from ngh2 import Configuration, Connection, Role

from juyong.waf.http2.preface import PREFACE

DATA, HEADERS, RST, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
PROTOCOL_ERROR, REFUSED, CANCEL, CALM = 1, 7, 8, 11
Fields = list[tuple[bytes, bytes]]
GET: Fields = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"x")]
POST: Fields = [(b":method", b"POST"), *GET[1:]]


@dataclass(frozen=True)
class Frame:
    """A frame as read."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def error(self) -> int:
        """The error code of RST_STREAM or GOAWAY."""
        return int.from_bytes(self.payload[:4] if self.kind == RST else self.payload[4:8], "big")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Write a frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _text(data: bytes) -> bytes:
    size = len(data)
    if size < 127:
        return bytes([size]) + data
    size, written = size - 127, b"\x7f"
    while size >= 128:
        written, size = written + bytes([size % 128 + 128]), size // 128
    return written + bytes([size]) + data


def block(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write fields as literals that no table keeps, whatever they hold."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)


def head(fields: Iterable[tuple[bytes, bytes]], stream: int = 1, *, end: bool = True) -> bytes:
    """Write a HEADERS frame."""
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block(fields))


class Raw:
    """A client that sends what it likes, and reads frames."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self.seen: list[Frame] = []

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def next(self, *kinds: int) -> Frame:
        """Return the next frame of a kind, keeping all in `seen`."""
        while True:
            start = await self._reader.readexactly(9)
            payload = await self._reader.readexactly(int.from_bytes(start[:3], "big"))
            kind, flags, stream = struct.unpack(">BBI", start[3:])
            found = Frame(kind, flags, stream, payload)
            self.seen.append(found)
            if kind in kinds:
                return found

    async def rest(self) -> list[Frame]:
        """Return the frames until the connection ends."""
        before = len(self.seen)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.next()
        return self.seen[before:]


@asynccontextmanager
async def raw(
    port: int, settings: Mapping[int, int] | None = None, *, acknowledges: bool = True
) -> AsyncIterator[Raw]:
    """Connect in clear, and send the preface and settings.

    acknowledges: Whether the server's settings are taken, unread.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    packed = b"".join(struct.pack(">HI", *each) for each in (settings or {}).items())
    writer.write(PREFACE + frame(SETTINGS, 0, 0, packed))
    if acknowledges:
        writer.write(frame(SETTINGS, ACK, 0))
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


@dataclass
class Answer:
    """An answer as it came; error: Of the stream's end, None while it goes on."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    informed: list[int] = field(default_factory=list)
    whole: bool = False
    error: int | None = None


class Asker:
    """A client of libnghttp2 over one connection; greeted: Whether the server's settings came."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        settings: Mapping[int, int] | None = None,
        *,
        automatic: bool = True,
    ) -> None:
        self._reader, self.writer = reader, writer
        self.session = Connection(Role.CLIENT, Configuration(auto_window_update=automatic))
        self.session.initiate_connection(dict(settings or {}))
        self.answers: dict[int, Answer] = {}
        self.going_away: list[ngh2.GoAwayReceived] = []
        self.ended = self.greeted = False

    def ask(self, fields: Fields = GET, body: bytes | None = None, *, end: bool = True) -> int:
        """Send a request; body: None for a request without."""
        number = self.session.send_request(fields, end_stream=body is None and end)
        self.answers[number] = Answer()
        if body:
            self.session.send_data(number, body, end_stream=end)
        elif body is not None and end:
            self.session.end_stream(number)
        self.push()
        return number

    def push(self) -> None:
        """Write what waits."""
        if data := self.session.data_to_send():
            self.writer.write(data)

    async def pump(self) -> bool:
        """Take what comes next; False where the connection has ended."""
        data = b"" if self.ended else await self._reader.read(65_536)
        if not data:
            self.ended = True
            return False
        self.session.receive_data(data)
        for event in self.session.events():
            self._note(event)
        self.push()
        for event in self.session.events():
            self._note(event)
        return True

    def _note(self, event: ngh2.Event) -> None:
        match event:
            case ngh2.GoAwayReceived():
                self.going_away.append(event)
            case ngh2.SettingsReceived():
                self.greeted = True
            case ngh2.ConnectionClosed():
                self.ended = True
            case ngh2.InformationalResponseReceived():
                self.answers[event.stream_id].informed.append(int(dict(event.headers)[b":status"]))
            case ngh2.ResponseReceived():
                answer = self.answers[event.stream_id]
                answer.headers = dict(event.headers)
                answer.status = int(answer.headers[b":status"])
                answer.whole = event.end_stream
            case ngh2.DataReceived():
                self.answers[event.stream_id].body += event.data
                self.answers[event.stream_id].whole = event.end_stream
            case ngh2.StreamClosed():
                self.answers[event.stream_id].error = event.error_code

    async def answer(self, number: int) -> Answer:
        """Return an answer once its stream has closed, or the connection."""
        found = self.answers[number]
        while found.error is None and await self.pump():
            pass
        return found

    async def get(self, path: bytes = b"/", *headers: tuple[bytes, bytes]) -> Answer:
        """Ask for a path, and return the answer."""
        return await self.answer(self.ask([*GET[:2], (b":path", path), GET[3], *headers]))


@asynccontextmanager
async def asker(
    port: int, settings: Mapping[int, int] | None = None, *, name: str = "", **options: Any
) -> AsyncIterator[Asker]:
    """Connect; name: Of TLS, empty in clear."""
    context = None
    if name:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name or None
    )
    if name:
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    made = Asker(reader, writer, settings, **options)
    made.push()
    try:
        yield made
    finally:
        writer.close()
