"""A client's connection that speaks HTTP/1.1: one request after the other."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from juyong.engines.inspect.http import Peer, Tls
from juyong.waf import pages
from juyong.waf.ends import ends_of
from juyong.waf.exchange import Exchange
from juyong.waf.http1 import writing
from juyong.waf.http1.bodies import Decoder, decoder_of
from juyong.waf.http1.framing import framing_of, length_line
from juyong.waf.http1.heads import Malformed, WrongVersion
from juyong.waf.http1.reading import (
    AnyRequest,
    AnyResponse,
    native_reader,
    read_request,
    whole_request,
)
from juyong.waf.peers import host_of
from juyong.waf.plane import Plane
from juyong.waf.record import record_of_no_request
from juyong.waf.straight import Straight
from juyong.waf.tap import Pace, Tap
from juyong.waf.unsent import Unsent

_MOST_AHEAD: Final = 65_536
"""Bytes of later requests that are taken while one is under way."""
_MOST_OUT: Final = 65_536
_MOST_DISCARDED: Final = 1_048_576
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Client1(asyncio.Protocol):
    """One connection in clear or inside TLS; see client.py.

    A client that closes its side has left, as every common server takes it: its backend is freed.

    Args:
        plane: Shared state.
        peer: The client as the PROXY header told, or None for the other end of the socket.
        sni: The host name that TLS was opened for; empty where there was none.
        secured: How the connection came by TLS; None in clear.
        on_lost: Told when the connection is gone.

    exchange: What is under way; None while a request is awaited.
    takes: Whether the client takes bytes as fast as they come.
    closing: Whether the connection ends with the answer under way.
    """

    __slots__ = (
        "_advancing",
        "_asked",
        "_buffer",
        "_chunked",
        "_deadline",
        "_decoder",
        "_discarded",
        "_lingering",
        "_mute",
        "_named",
        "_on_lost",
        "_out",
        "_out_size",
        "_pace",
        "_plane",
        "_scanned",
        "_secured",
        "_sni",
        "_straight",
        "_times",
        "_tunnel",
        "_unsent",
        "closing",
        "ends",
        "exchange",
        "takes",
        "tap",
        "transport",
    )

    def __init__(
        self,
        plane: Plane,
        *,
        peer: Peer | None = None,
        sni: str = "",
        secured: Tls | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self._plane, self._times = plane, plane.site.times
        self._sni = sni.lower().encode()
        self._secured, self._named, self._on_lost = secured, peer, on_lost
        self.takes = True
        self._buffer = b""
        self._scanned = 0
        self.exchange: Exchange | Straight | None = None
        self._asked: AnyRequest | None = None
        self._decoder: Decoder | None = None
        self._advancing = self.closing = self._lingering = self._tunnel = False
        self._chunked = self._mute = False
        self._out: list[bytes] = []
        self._out_size = 0
        # The deadline of what is awaited from the client, other than a body.
        self._deadline = plane.now + self._times.head
        self._pace = Pace(self._times)
        self._discarded = 0

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Note who is at both ends."""
        plane = self._plane
        self.transport = transport
        self._unsent, self.tap = Unsent(plane, transport), Tap(transport)
        self.ends = ends_of(transport, self._named, self._secured)
        heads = native_reader() if plane.peers.plain else None
        self._straight = None if heads is None else Straight(plane, self, self._sni, heads)
        plane.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection, and what was under way."""
        self._plane.connections.discard(self)
        self.closing = True
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.client_gone()
        self._straight = None
        if self._on_lost is not None:
            self._on_lost()

    def pause_writing(self) -> None:
        """Have the backend wait."""
        self.takes = False
        self._unsent.begin()
        if self.exchange is not None:
            self.exchange.client_takes(more=False)

    def resume_writing(self) -> None:
        """Have the backend go on."""
        self.takes = True
        if self.exchange is not None:
            self.exchange.client_takes(more=True)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a head, of a body, of a later request, or of a tunnel."""
        exchange = self.exchange
        if exchange is None:
            if not self._buffer:
                if self._straight is not None and self._straight.begin(data):
                    return
                if self._lingering:
                    self._discard(data)
                    return
                head = whole_request(data, self._plane.site.limits.head)
                if head is not None:
                    self._begin_bodiless(head)
                    return
            self._buffer = self._buffer + data if self._buffer else data
            self._advance()
        elif self._tunnel:
            exchange.body(data)
        elif self._decoder is not None and not self._decoder.done:
            self._feed(exchange, self._decoder, data)
        else:
            self._buffer += data
            if len(self._buffer) > _MOST_AHEAD:
                self.tap.full = True
                self.tap.turn()
        if self._out:
            self.flush()

    # --- requests ---

    def _advance(self) -> None:
        """Begin the requests that are there, one after the other."""
        if self._advancing:
            return
        self._advancing = True
        while self.exchange is None and not self._lingering and self._buffer:
            if not self._next():
                break
        self._advancing = False

    def _next(self) -> bool:
        """Begin the next request; False while its head is not whole."""
        if self._buffer.startswith(b"\r\n") and self._scanned < 2:  # noqa: PLR2004  # CR LF
            # Some clients end a body with a line end too many, which may come in two pieces.
            self._buffer = self._buffer[2:]
        limit = self._plane.site.limits.head
        end = self._buffer.find(b"\r\n\r\n", max(0, self._scanned - 3))
        if end > limit or (end < 0 and len(self._buffer) > limit):
            self._refuse(pages.HEAD_TOO_LARGE)
            return False
        if end < 0:
            if not self._scanned:
                self._deadline = self._plane.now + self._times.head
            self._scanned = len(self._buffer)
            return False
        block, rest = self._buffer[: end + 2], self._buffer[end + 4 :]
        self._buffer, self._scanned = b"", 0
        try:
            head = read_request(block)
        except WrongVersion:
            self._refuse(pages.VERSION)
            return False
        except Malformed as fault:
            self._refuse(pages.MALFORMED, str(fault))
            return False
        self._begin(head, rest)
        return True

    def _begin_bodiless(self, head: AnyRequest) -> None:
        exchange = Exchange(self._plane, self, head)
        self.carries(exchange, head)
        if self._sni and host_of(head.authority) != self._sni:
            exchange.refuse(pages.MISDIRECTED)
        else:
            exchange.begin()

    def carries(self, exchange: Exchange, head: AnyRequest) -> None:
        """Note what is under way, and the head of the request."""
        self.exchange, self._asked = exchange, head

    def _begin(self, head: AnyRequest, rest: bytes) -> None:
        if not head.length:
            self._buffer = rest
            self._begin_bodiless(head)
            return
        decoder = self._decoder = decoder_of(head.length)
        exchange = Exchange(self._plane, self, head)
        self.carries(exchange, head)
        if self._sni and host_of(head.authority) != self._sni:
            exchange.refuse(pages.MISDIRECTED)
            return
        exchange.begin()
        self._pace.begin(self._plane.now)
        if rest and self.exchange is exchange:
            self._feed(exchange, decoder, rest)

    def _feed(self, exchange: Exchange | Straight, decoder: Decoder, data: bytes) -> None:
        self._pace.add(len(data))
        try:
            payload, rest = decoder.feed(data)
        except Malformed as fault:
            exchange.refuse(pages.MALFORMED, str(fault))
            return
        if payload:
            exchange.body(payload)
        if decoder.done and self.exchange is exchange:
            self._buffer = rest
            exchange.end_body()

    def _refuse(self, page: pages.Page, why: str = "") -> None:
        """Answer bytes that are no request, and close."""
        record = record_of_no_request(self.ends)
        self._buffer = b""
        self._asked = self._decoder = None
        head, body = pages.rendered(page, record.id, b"GET")
        self.start(head, len(body), close=True)
        self.body(body)
        self.finish()
        record.status, record.refused, record.sent = page.status, page.name, len(body)
        record.refused_for = why
        self._plane.finished(record, None)

    # --- the answer; see `Client` ---

    def start(self, head: AnyResponse, length: int, *, close: bool) -> None:
        """Write the head of an answer."""
        self._put(head.to_client(self._framed(head, length, close=close)))
        if self._tunnel and self._buffer and self.exchange is not None:
            # The client spoke before the answer; what it said is of the new protocol.
            early, self._buffer = self._buffer, b""
            self.exchange.body(early)

    def answer(self, head: AnyResponse, body: bytes) -> None:
        """Write a whole answer at once, to a request that is whole."""
        asked = self._asked
        if not body or self._out or self.closing or asked is None or not asked.keeps:
            self._put(head.to_client(self._framed(head, len(body), close=False), body))
            self.finish()
        else:
            # PERF: what the steps above come to. An answer with a body is none to HEAD.
            self.pass_back(head.to_client(length_line(len(body)), body))

    def pass_back(self, data: bytes) -> None:
        """Write a whole answer with a length, and go on with the next request; see `Asker`."""
        if not self.transport.is_closing():
            self.transport.write(data)
        self.exchange = self._decoder = None
        # PERF: what `_await_request` comes to for nearly all.
        self._deadline = self._plane.now + self._times.idle
        if self._buffer or not self.tap.open:
            self._await_request()

    def _framed(self, head: AnyResponse, length: int, *, close: bool) -> bytes:
        """Return the lines that tell where the answer ends, and note how the answer is written."""
        framing = framing_of(self._asked, head, length, close=close or self.closing)
        self._mute, self._chunked, self.closing = framing.mute, framing.chunked, framing.closes
        self._tunnel = self._tunnel or framing.switches
        return framing.lines

    def body(self, data: bytes) -> None:
        """Write a part of an answer."""
        if self._mute:
            return
        self._put(writing.chunk(data) if self._chunked else data)

    def finish(self) -> None:
        """End an answer; go on with the next request, or close."""
        if self._chunked and not self._mute:
            self._put(writing.LAST_CHUNK)
        self.flush()
        whole = self._decoder is None or self._decoder.done
        self.exchange = self._decoder = None
        if self._tunnel or (self.closing and whole and not self._buffer and self._asked):
            self.transport.close()
            self._unsent.begin()
        elif self.closing:
            self._linger()
        else:
            self._await_request()

    def _await_request(self) -> None:
        """Go on with the next request."""
        self._deadline = self._plane.now + self._times.idle
        if not self.tap.open:
            self.tap.free()
        if self._buffer:
            self._advance()

    def abort(self) -> None:
        """End without a whole answer: the client sees that some is missing."""
        self.exchange = None
        self.closing = True
        self._out = []
        self.transport.abort()

    def go_on(self) -> None:
        """Have the client send its body."""
        self.transport.write(_CONTINUE)

    def read(self, *, on: bool) -> None:
        """Read from the client, or let the client wait."""
        self.tap.paused = not on
        self.tap.turn()
        if on:
            self._pace.begin(self._plane.now)

    def flush(self) -> None:
        """Send what was taken."""
        out = self._out
        if not out:
            return
        if not self.transport.is_closing():
            self.transport.write(out[0] if len(out) == 1 else b"".join(out))
        self._out, self._out_size = [], 0

    def _put(self, data: bytes) -> None:
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size > _MOST_OUT:
            self.flush()

    def _linger(self) -> None:
        """Throw away what the client still sends, so that the answer is not lost to a reset."""
        self._lingering = True
        self._straight = None
        self._buffer = b""
        self.tap.free()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self._deadline = self._plane.now + self._times.linger

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > _MOST_DISCARDED:
            self.transport.abort()

    # --- deadlines ---

    def shutdown(self) -> None:
        """Close after the request under way."""
        self.closing = True
        if self.exchange is None:
            self.transport.close()

    def leave(self) -> None:
        """End at once."""
        self.transport.abort()

    def tick(self, now: float) -> None:
        """Close a connection whose client is too slow."""
        exchange = self.exchange
        if not self.takes or self.transport.is_closing():
            self._unsent.look(now)
        if exchange is None:
            if now > self._deadline:
                if self._buffer and not self._lingering:
                    self._refuse(pages.TIMEOUT)
                elif not self.transport.is_closing():
                    self.transport.close()
                    self._unsent.begin()
            return
        exchange.tick(now)
        decoder = self._decoder
        reads = decoder is not None and not decoder.done and not self.tap.paused
        if reads and self.exchange is exchange and self._pace.too_slow(now):
            exchange.refuse(pages.TIMEOUT)
