"""A client's connection that speaks HTTP/1.1: one request after the other."""

import re
from collections.abc import Callable
from typing import Any, Final

from juyong.engines.inspect.http import Peer, Tls
from juyong.waf import pages
from juyong.waf.answers1 import Answers1
from juyong.waf.ends import ends_of
from juyong.waf.exchange import Exchange
from juyong.waf.http1.bodies import Decoder, decoder_of
from juyong.waf.http1.heads import Malformed, WrongVersion
from juyong.waf.http1.reading import (
    AnyRequest,
    native_reader,
    read_request,
    whole_request,
)
from juyong.waf.peers import host_of
from juyong.waf.plane import Plane
from juyong.waf.record import record_of_no_request
from juyong.waf.straight import Straight
from juyong.waf.tap import Tap
from juyong.waf.unsent import Unsent

_MOST_AHEAD: Final = 65_536
"""Bytes of later requests that are taken while one is under way."""
_NO_REQUEST: Final = re.compile(rb"\A[^\r!#$%&'*+.^_`|~0-9A-Za-z-]|(?<!\r)\n")
"""A first byte that no method has, or a line end without its CR."""


class Client1(Answers1):
    """One connection in clear or inside TLS, whose answers are written in answers1.py.

    A client that closes its side has left, as every common server takes it: its backend is freed.

    Args:
        plane: Shared state.
        peer: The client as the PROXY header told, or None for the other end of the socket.
        sni: The host name that TLS was opened for; empty where there was none.
        secured: How the connection came by TLS; None in clear.
        on_lost: Told when the connection is gone.
    """

    __slots__ = ("_advancing", "_named", "_on_lost", "_scanned", "_secured", "_sni", "ends")

    def __init__(
        self,
        plane: Plane,
        *,
        peer: Peer | None = None,
        sni: str = "",
        secured: Tls | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(plane)
        self._sni = sni.lower().encode()
        self._secured, self._named, self._on_lost = secured, peer, on_lost
        self._scanned = 0
        self._advancing = False

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
            if _NO_REQUEST.search(self._buffer, max(0, self._scanned - 1)):
                # A client of TLS would wait, and one that ends its lines otherwise.
                self._refuse(pages.MALFORMED, "what begins so is no request of HTTP/1.1")
                return False
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
