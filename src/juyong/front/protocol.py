"""One connection that speaks HTTP: its bytes to its reader, its silences and refusals."""

import asyncio
from collections.abc import Callable
from typing import Any

import httptools
import msgspec

from juyong.front.deadline import Deadline
from juyong.front.flow import Flow
from juyong.front.head import TooManyHeaders, Wire
from juyong.front.limits import FrontLimits
from juyong.front.pipeline import Pipeline, Today
from juyong.front.proxying import Forwarder, Proxying
from juyong.front.reader import NoRoom, RequestReader, TooManyWaiting
from juyong.front.refusal import (
    BODY_TOO_SLOW,
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    MALFORMED,
    NO_ROOM,
    Refusal,
)
from juyong.front.rules import ProxyRules
from juyong.front.share import Share
from juyong.gateway.holding import Room
from juyong.gateway.whole import Asgi

_SLICE_BYTES = 64 * 1024
"""Heads, and what all requests hold, are judged between slices of this size."""


class Served(msgspec.Struct, eq=False):
    """The state that the connections of one front share.

    room: Bounds what their requests hold together.
    """

    app: Asgi
    room: Room
    date: Today = msgspec.field(default_factory=Today)
    connections: "set[FrontProtocol]" = msgspec.field(default_factory=set)
    tasks: set[asyncio.Task[None]] = msgspec.field(default_factory=set)


class FrontProtocol(asyncio.Protocol):
    """One connection that speaks HTTP, in clear or inside TLS."""

    __slots__ = (
        "_deadline",
        "_flow",
        "_limits",
        "_loop",
        "_no_more",
        "_on_lost",
        "_pipeline",
        "_proxying",
        "_reader",
        "_served",
        "_slice_bytes",
        "transport",
    )

    def __init__(
        self,
        served: Served,
        *,
        limits: FrontLimits,
        rules: ProxyRules,
        over_loopback: bool,
        forward: Forwarder,
        on_lost: Callable[[], None],
    ) -> None:
        self._served = served
        self._limits = limits
        self._proxying = Proxying(
            app=served.app, rules=rules, over_loopback=over_loopback, forward=forward
        )
        self._on_lost = on_lost
        self._slice_bytes = min(limits.head_bytes, _SLICE_BYTES)
        self._loop = asyncio.get_running_loop()
        self._deadline = Deadline()
        self._no_more = False

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first request's head."""
        served, limits = self._served, self._limits
        self.transport = transport
        self._flow = Flow(
            transport,
            write_idle_seconds=limits.write_idle_seconds,
            linger_seconds=limits.linger_seconds,
        )
        self._pipeline = Pipeline(
            transport,
            self._flow,
            date=served.date,
            tasks=served.tasks,
            on_answered=self._answered,
        )
        self._reader = RequestReader(
            self._pipeline,
            self._proxying,
            Share(
                served.room,
                served.app,
                small_bytes=limits.small_bytes,
                refuse=self._make_room,
            ),
            wire=_wire_of(transport),
            limits=limits,
        )
        served.connections.add(self)
        self._deadline.expect(self._loop.time() + limits.head_seconds, self._flow.close)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection, and tell the front."""
        self._served.connections.discard(self)
        self._deadline.end()
        self._pipeline.abandon()
        self._stop_reading()
        self._flow.lost()
        self._on_lost()

    def pause_writing(self) -> None:
        """Note that the client takes its answers slowly."""
        self._flow.pause_writing()

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        self._flow.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Feed the reader, and keep a deadline while a head or a body is incomplete."""
        if self._no_more:
            return
        if len(data) > self._slice_bytes:
            self._receive_in_slices(data)
            return
        self._deadline.then = None
        reader = self._reader
        try:
            reader.feed(data)
        except httptools.HttpParserUpgrade:
            # An offer that is ignored, or a CONNECT, which is refused. SECURITY: the parser would
            # take what follows for requests, and it may be anything.
            self._no_more = True
        except httptools.HttpParserError as cause:
            self._stop_at(cause.__context__)
            return
        newest = self._pipeline.newest
        if not reader.head_whole or newest is None or newest.more_body:
            self._expect_more()
            return
        reader.head_deadline = None
        if newest.answered:
            # The application did not wait for the end of the body.
            self._expect_request()

    def _receive_in_slices(self, data: bytes) -> None:
        for start in range(0, len(data), self._slice_bytes):
            if self._no_more or self.transport.is_closing():
                return
            self.data_received(data[start : start + self._slice_bytes])

    def _stop_at(self, cause: BaseException | None) -> None:
        """End a connection whose bytes the parser, or a check within it, does not take."""
        match cause:
            case TooManyWaiting():
                self._no_more = True
                self.shutdown()
            case TooManyHeaders():
                self._refuse(HEAD_TOO_LARGE)
            case NoRoom():
                self._refuse(NO_ROOM)
            case _:
                self._refuse(MALFORMED)

    def shutdown(self) -> None:
        """Close after the answer under way, or at once if there is none."""
        newest = self._pipeline.newest
        if newest is None or newest.answered:
            self._flow.close()
        else:
            newest.keep_alive = False

    def _answered(self) -> None:
        """Go on with the next request of the pipeline, or wait for one."""
        if self.transport.is_closing():
            return
        if self._flow.lingering:
            self._stop_reading()
            self._pipeline.abandon()
            return
        if self._pipeline.waiting:
            self._pipeline.go_on()
            return
        self._flow.resume_reading()
        deadline = self._reader.head_deadline
        if deadline is not None:
            # A head began behind the request of this answer.
            self._deadline.expect(deadline, self._head_stalled)
        else:
            self._expect_request()

    # --- silences ---

    def _expect_more(self) -> None:
        if self._no_more or self.transport.is_closing():
            return
        reader = self._reader
        if reader.head_too_large():
            self._refuse(HEAD_TOO_LARGE)
        elif not reader.has_room():
            self._refuse(NO_ROOM)
        elif reader.head_whole:
            reader.head_deadline = None
            self._expect_body()
        else:
            if reader.head_deadline is None:
                reader.head_deadline = self._loop.time() + self._limits.head_seconds
            self._deadline.expect(reader.head_deadline, self._head_stalled)

    def _expect_request(self) -> None:
        at = self._loop.time() + self._limits.keep_alive_seconds
        self._deadline.expect(at, self._flow.close)

    def _expect_body(self) -> None:
        at = self._loop.time() + self._limits.body_idle_seconds
        self._deadline.expect(at, self._body_stalled)

    def _head_stalled(self) -> None:
        if self._flow.read_paused:
            # The pipeline before it is being answered; the client may have sent all.
            at = self._reader.head_deadline = self._loop.time() + self._limits.head_seconds
            self._deadline.expect(at, self._head_stalled)
        else:
            self._refuse(HEAD_TOO_SLOW)

    def _body_stalled(self) -> None:
        if self._flow.read_paused:
            # The application is the slow one: it has not taken what already arrived.
            self._expect_body()
        else:
            self._refuse(BODY_TOO_SLOW)

    # --- refusals ---

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse the request that is arriving, after those before it, and end the connection."""
        known = self._reader.known()
        rest = self._pipeline.newest if self._reader.head_whole else None
        self._stop_reading()
        if self.transport.is_closing() or self._flow.lingering:
            self._pipeline.abandon()
        elif rest is None or not rest.more_body:
            self._pipeline.refuse_next(known, refusal)
        else:
            self._pipeline.refuse_rest(rest, known, refusal)

    def _make_room(self) -> None:
        self._refuse(NO_ROOM)

    def _stop_reading(self) -> None:
        """Ignore everything more that the client sends, and hold nothing of it."""
        self._no_more = True
        self._deadline.then = None
        self._reader.stop()


def _wire_of(transport: Any) -> Wire:
    sock = transport.get_extra_info("socket")
    inside = transport.get_extra_info("ssl_object")
    return Wire(
        server=_address(sock.getsockname()) if sock else None,
        client=_address(transport.get_extra_info("peername")),
        scheme="https" if transport.get_extra_info("sslcontext") else "http",
        tls=(inside.version() or "") if inside is not None else "",
    )


def _address(name: Any) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
