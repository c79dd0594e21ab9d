"""The answers that a client of HTTP/1.1 gets on its connection, one after the other."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, Final

from juyong.waf.exchange import Exchange
from juyong.waf.http1 import writing
from juyong.waf.http1.bodies import Decoder
from juyong.waf.http1.framing import framing_of, length_line
from juyong.waf.http1.reading import AnyRequest, AnyResponse
from juyong.waf.plane import Plane
from juyong.waf.straight import Straight
from juyong.waf.tap import Pace, Tap
from juyong.waf.unsent import Unsent

_MOST_OUT: Final = 65_536
_MOST_DISCARDED: Final = 1_048_576
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answers1(asyncio.Protocol, ABC):
    """The side of a connection that answers, see client.py; for the side that asks, see client1.py.

    exchange: What is under way; None while a request is awaited.
    takes: Whether the client takes bytes as fast as they come.
    closing: Whether the connection ends with the answer under way.
    """

    __slots__ = (
        "_asked",
        "_buffer",
        "_chunked",
        "_deadline",
        "_decoder",
        "_discarded",
        "_lingering",
        "_mute",
        "_out",
        "_out_size",
        "_pace",
        "_plane",
        "_straight",
        "_times",
        "_tunnel",
        "_unsent",
        "closing",
        "exchange",
        "takes",
        "tap",
        "transport",
    )

    transport: Any
    tap: Tap
    _unsent: Unsent
    _straight: Straight | None

    def __init__(self, plane: Plane) -> None:
        self._plane, self._times = plane, plane.site.times
        self.takes = True
        self.exchange: Exchange | Straight | None = None
        # The request under way, what decodes its body, and bytes of later requests.
        self._asked: AnyRequest | None = None
        self._decoder: Decoder | None = None
        self._buffer = b""
        self.closing = self._lingering = self._tunnel = False
        self._chunked = self._mute = False
        self._out: list[bytes] = []
        self._out_size = 0
        # The deadline of what is awaited from the client, other than a body.
        self._deadline = plane.now + self._times.head
        self._pace = Pace(self._times)
        self._discarded = 0

    @abstractmethod
    def _advance(self) -> None:
        """Begin the requests that are there; see client1.py."""

    def carries(self, exchange: Exchange, head: AnyRequest) -> None:
        """Note what is under way, and the head of the request."""
        self.exchange, self._asked = exchange, head

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
        """Throw bytes away; a client that goes on and on waits, so that the answer is seen."""
        self._discarded += len(data)
        if self._discarded > _MOST_DISCARDED:
            self.read(on=False)
