"""One connection to a backend: carries requests one after the other."""

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final, Protocol

from juyong.waf.http1.bodies import Decoder, Endless, decoder_of, length_of
from juyong.waf.http1.heads import UNTIL_CLOSE, Malformed
from juyong.waf.http1.reading import AnyResponse, read_response, whole_response
from juyong.waf.plain_line import upstream_member

if TYPE_CHECKING:
    from juyong.waf.backends.pool import Backend

MOST_HEAD: Final = 131_072
"""Bytes of the head of an answer, without its end."""
_MOST_INFORMATION = 8
_SWITCHING = 101
_PIECE: Final = 65_536
_MOST_LATE: Final = 1_048_576


class Answered(Protocol):
    """A taker of the answer to a request."""

    def answer_head(self, head: AnyResponse, length: int) -> None:
        """Take the head; length: of the body, in bytes, CHUNKED or UNTIL_CLOSE."""

    def answer_body(self, data: bytes) -> None:
        """Take a part of the body, or of what comes after an upgrade."""

    def answer_end(self) -> None:
        """Note that the answer is whole; the link may already carry another request."""

    def answer(self, head: AnyResponse, body: bytes) -> None:
        """Take an answer that came in one piece; the link may already carry another request."""

    def answer_failed(self, reason: str, *, malformed: bool) -> None:
        """Note that the answer will not be whole; not called after its end."""

    def backend_takes(self, *, more: bool) -> None:
        """Note whether the backend takes bytes as fast as they are written."""

    def turn_ends(self) -> None:
        """Write out what the bytes of this turn brought."""


class Unfolding(Protocol):
    """A request that goes straight through; see straight.py."""

    def answer(self, data: bytes) -> bool:
        """Take a whole answer; False where the data are none, and the request was unfolded."""

    def unfold(self) -> Answered:
        """Become an exchange, which is under way on the link."""


class Link(asyncio.Protocol):
    """A connection to a backend.

    SECURITY: bytes that come while no request is under way answer none; such a connection ends,
    since the next request would get them.

    used: Whether the connection carried a request before; its backend may be closing the link.
    heard: Whether a byte of the answer came. sent: Whether the request was written to its end.
    straight: The request under way that goes straight through; `exchange` is then None.
    backend: The server that the link leads to. told: What a line of the log says of the server.
    """

    __slots__ = (
        "_begun",
        "_buffer",
        "_decoder",
        "_information",
        "_keeps",
        "_method",
        "_mute",
        "_tunnel",
        "backend",
        "exchange",
        "heard",
        "idle_since",
        "reads",
        "sent",
        "straight",
        "told",
        "transport",
        "used",
    )

    def __init__(self, backend: "Backend") -> None:
        self.backend = backend
        self.told = upstream_member(backend.origin)
        self.transport: Any = None
        self.exchange: Answered | None = None
        self.straight: Unfolding | None = None
        self.used = self.heard = self.sent = False
        self.reads = True
        self.idle_since = 0.0
        self._method = b""
        self._mute = self._begun = False
        self._buffer = b""
        self._decoder: Decoder | None = None
        self._keeps = True
        self._tunnel = False
        self._information = 0

    # --- the exchange's side ---

    def begin(self, exchange: Answered, method: bytes) -> None:
        """Carry the request of an exchange, which writes the request and says when all is sent."""
        self.exchange, self._method = exchange, method
        self._mute = method == b"HEAD"
        self.heard = self.sent = self._begun = False
        self._decoder, self._information = None, 0

    def read(self, *, on: bool) -> None:
        """Read from the backend, or let the backend wait."""
        if self.reads != on and not self.transport.is_closing():
            self.reads = on
            if on:
                self.transport.resume_reading()
            else:
                self.transport.pause_reading()

    def leave(self) -> None:
        """End the connection, whatever is under way."""
        self.exchange = self.straight = None
        self.transport.abort()

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def _unfolded(self) -> Answered | None:
        """Return the exchange under way, which a request becomes that goes straight no longer."""
        return self.exchange if self.straight is None else self.straight.unfold()

    def pause_writing(self) -> None:
        """Tell the exchange to wait."""
        exchange = self._unfolded()
        if exchange is not None:
            exchange.backend_takes(more=False)

    def resume_writing(self) -> None:
        """Tell the exchange to go on."""
        exchange = self._unfolded()
        if exchange is not None:
            exchange.backend_takes(more=True)

    def data_received(self, data: bytes) -> None:
        """Read the answer."""
        if self.straight is not None and self.straight.answer(data):
            return
        exchange = self.exchange
        if exchange is None:
            self.transport.abort()
            return
        self.heard = True
        if not self._begun:
            found = whole_response(data, MOST_HEAD, mute=self._mute)
            if found is not None:
                head, body = found
                self._keeps = head.keeps
                self._free(b"")
                exchange.answer(head, body)
                return
            self._begun = True
        try:
            self._receive(exchange, data)
        except Malformed as fault:
            self._fail(str(fault), malformed=True)
            self.transport.abort()
        exchange.turn_ends()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the exchange, if an answer is under way; one without a length is whole now."""
        if error is not None:
            self._read_late()
        exchange = self._unfolded()
        if exchange is not None:
            if error is None and (self._tunnel or isinstance(self._decoder, Endless)):
                self.exchange = None
                exchange.answer_end()
            else:
                self._fail("the backend closed the connection", malformed=False)
            exchange.turn_ends()
        self.backend.lost(self)

    def _read_late(self) -> None:
        """Read what the kernel still holds of an answer.

        A server that refuses a body half way answers and closes; then a write of the proxy
        fails, and the loop ends the connection before it reads the answer.
        """
        if self._unfolded() is None or self.transport.get_extra_info("ssl_object") is not None:
            return
        socket = self.transport.get_extra_info("socket")
        left = _MOST_LATE
        while socket is not None and left > 0 and self.exchange is not None and self.reads:
            try:
                data = os.read(socket.fileno(), _PIECE)
            except OSError:
                return
            if not data:
                return
            left -= len(data)
            self.data_received(data)

    def _fail(self, reason: str, *, malformed: bool) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.answer_failed(reason, malformed=malformed)

    def _receive(self, exchange: Answered, data: bytes) -> None:
        if self._tunnel:
            exchange.answer_body(data)
            return
        if self._decoder is None:
            if self._buffer:
                data, self._buffer = self._buffer + data, b""
            data = self._head(exchange, data)
        if self._decoder is None or self.exchange is None:
            return
        body, rest = self._decoder.feed(data)
        if body:
            exchange.answer_body(body)
        if self._decoder.done and self.exchange is not None:
            self._end(exchange, rest)

    def _head(self, exchange: Answered, data: bytes) -> bytes:
        """Take heads until that of the answer, and return what is behind its end."""
        while True:
            end = data.find(b"\r\n\r\n")
            if end > MOST_HEAD or (end < 0 and len(data) > MOST_HEAD):
                raise Malformed("the head of the answer is too large")
            if end < 0:
                self._buffer = data
                return b""
            head = read_response(data[: end + 2])
            data = data[end + 4 :]
            if head.status >= 200 or head.status == _SWITCHING:  # noqa: PLR2004
                break
            self._information += 1
            if self._information > _MOST_INFORMATION:
                raise Malformed("the backend informs without an end")
        if head.status == _SWITCHING:
            self._tunnel = True
            exchange.answer_head(head, 0)
            if data and self.exchange is not None:
                exchange.answer_body(data)
            return b""
        length = length_of(self._method, head.status, head.length)
        self._keeps = head.keeps and length != UNTIL_CLOSE
        self._decoder = decoder_of(length)
        exchange.answer_head(head, length)
        return data

    def _end(self, exchange: Answered, rest: bytes) -> None:
        """End the answer."""
        self._free(rest)
        exchange.answer_end()

    def _free(self, rest: bytes) -> None:
        """Give the link back, unless another request could be misled."""
        self.exchange = None
        if rest or not self._keeps or not self.sent:
            self.transport.abort()
        else:
            self.rest()

    def rest(self) -> None:
        """Give the link back, whose request and answer are whole and leave the connection open."""
        self.straight = None
        if self.transport.is_closing():
            self.transport.abort()
            return
        self.used = True
        if not self.reads:
            self.read(on=True)
        self.backend.idle(self)
