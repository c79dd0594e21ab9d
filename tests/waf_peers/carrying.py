"""The proxy's two ends without sockets: bytes of a client in, and what backends get."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.verdict import Report, Verdict
from juyong.waf.backends.link import Link
from juyong.waf.client1 import Client1
from juyong.waf.exchange import Exchange
from juyong.waf.http2.connection import Client2
from juyong.waf.plane import Plane
from juyong.waf.site import Site

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Front = type[Client1] | type[Client2]
"""The reader of one version of HTTP."""
_LINKS = 8
"""Connections to the backend that are at hand; a connection that ends takes no further request."""


@dataclass
class Inspected:
    """A request as the rules were asked about it; body: As judged, empty where the body streams."""

    request: Request
    body: bytes = b""
    reads_request_body: bool = True
    reads_response_body: bool = False

    def request_head(self) -> Verdict | None:
        return None

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        assert not cut
        self.body = body
        return None

    def form_reader(self) -> None:
        """Have forms with files held whole too, so that their bytes are known."""

    def request_form(self, _form: Parsed) -> Verdict | None:
        return None

    def response_head(self, _response: Response) -> Verdict | None:
        return None

    def response_body(self, _body: bytes, *, cut: bool = False) -> Verdict | None:
        assert not cut
        return None

    def end(self) -> Report:
        return Report(hits=())

    def told(self) -> Report | None:
        """Return the report."""
        return self.end()


class _Recorder:
    """An engine that blocks nothing."""

    def __init__(self) -> None:
        self.inspected: list[Inspected] = []

    def inspect(self, request: Request) -> Inspected:
        self.inspected.append(Inspected(request))
        return self.inspected[-1]

    def place_of(self, unique: str) -> int:
        """Return the place of the request that has an id."""
        return next(at for at, one in enumerate(self.inspected) if one.request.unique == unique)


class _End:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = write_eof = pause_reading

    def can_write_eof(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        ends = {"peername": ("192.0.2.7", 4711), "sockname": ("192.0.2.1", 80)}
        return ends.get(name, default)


class _Backend(_End):
    """The backend's end of a connection.

    began: For each request that was begun here, its place among those inspected.
    """

    def __init__(self, recorder: _Recorder, link: Link) -> None:
        super().__init__()
        self.began: list[int] = []
        self._recorder, self.link = recorder, link
        self._exchange: object = None
        link.connection_made(self)

    def write(self, data: bytes) -> None:
        exchange = self.link.exchange
        if exchange is not self._exchange and isinstance(exchange, Exchange):
            self._exchange = exchange
            self.began.append(self._recorder.place_of(exchange.record.id))
        super().write(data)

    def answer(self) -> bool:
        """Answer a request that is whole; tell whether there was one."""
        if self.link.exchange is None or not self.link.sent:
            return False
        self.link.data_received(_ANSWER)
        return True


@dataclass
class Carried:
    """The fate of what a client sent.

    sent: For each connection to a backend, its bytes and which requests were begun there.
    answers: The bytes that the client got.
    """

    inspected: list[Inspected]
    sent: list[tuple[bytes, list[int]]] = field(default_factory=list)
    answers: bytes = b""

    @property
    def reached(self) -> bool:
        """Whether a byte reached a backend."""
        return any(data for data, _ in self.sent)


def carried(pieces: Iterable[bytes], front: Front = Client1) -> Carried:
    """Carry what a client sends, in pieces of up to 16 KiB in sum, over one connection."""
    return _loop().run_until_complete(_carried(pieces, front))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


async def _carried(pieces: Iterable[bytes], front: Front) -> Carried:
    plane = Plane(Site(backends=("http://127.0.0.1:9",)), recorder := _Recorder())
    pool, ends = plane.backends.all[0], []
    for _ in range(_LINKS):
        ends.append(_Backend(recorder, Link(pool)))
        pool.idle(ends[-1].link)
    client, end = front(plane), _End()
    client.connection_made(end)
    for piece in pieces:
        if end.closing:
            break
        client.data_received(piece)
        while any(each.answer() for each in ends):
            pass
    client.connection_lost(None)
    await plane.stop(0)
    sent = [(each.written, each.began) for each in ends if each.began]
    return Carried(recorder.inspected, sent, end.written)
