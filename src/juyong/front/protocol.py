"""HTTP/1.1 over httptools for one application: bounded heads, proxy requests recognised."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import httptools
import msgspec

from juyong.api.request import headers_of
from juyong.front.exchange import Exchange
from juyong.front.flow import Flow
from juyong.front.head import (
    Head,
    Headers,
    TooManyHeaders,
    Wire,
    check_framing,
    known_of,
    split_target,
)
from juyong.front.limits import FrontLimits
from juyong.front.refusal import (
    BODY_TOO_SLOW,
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    HTTPS_NEEDS_CONNECT,
    MALFORMED,
    MALFORMED_TARGET,
    NO_ROOM,
    NOT_A_TUNNEL,
    Refusal,
)
from juyong.front.rules import Leave, ProxyRules
from juyong.front.target import AbsoluteForm, MalformedTarget, parse_absolute
from juyong.gateway.holding import Holding, Room
from juyong.gateway.whole import Asgi

Forwarder = Callable[[str], Asgi]
"""Makes the application that fetches one http URL from an allowed host."""

_SLICE_BYTES = 64 * 1024
"""Heads, and what all requests hold, are judged between slices of this size."""


class NoRoom(RuntimeError):
    """All requests together hold as much as they may."""


class TooManyWaiting(RuntimeError):
    """More requests came than the client may send before their answers."""


class Today(msgspec.Struct):
    """The line with the Date header, its end included; the front renews it."""

    line: bytes = b""


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
    """One connection that speaks HTTP, in clear or inside TLS.

    Requests of a pipeline are answered one after the other, in their order.

    PERF: at most one timer exists, whatever the connection waits for: when it fires early, because
    the deadline was moved meanwhile, it is set again. A request and its answer touch no timer.
    """

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
        self._rules = rules
        self._over_loopback = over_loopback
        self._forward = forward
        self._on_lost = on_lost
        self._slice_bytes = min(limits.head_bytes, _SLICE_BYTES)
        self._loop = asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        # A further request may have begun behind the one that closes the connection.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        # The newest request, and the request being answered; others wait between them.
        self._exchange: Exchange | None = None
        self._running: Exchange | None = None
        self._waiting: deque[tuple[Exchange, Asgi]] = deque()
        self._no_more = False
        self._head_whole = False
        self._head_deadline: float | None = None
        self._url: bytes | bytearray = b""
        self._headers: Headers = []
        # Bytes that came since a head began or ended, or since a part of a body.
        self._overhead = 0
        # Bytes of the request that is arriving, and of what came in one slice with its beginning.
        self._size = 0
        self._slice = 0
        self._holding: Holding | None = None
        # Whether the arriving request stays here until it is answered.
        self._keeps = True
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._at_deadline: Callable[[], None] | None = None

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first request's head."""
        self.transport = transport
        self._flow = Flow(
            transport,
            write_idle_seconds=self._limits.write_idle_seconds,
            linger_seconds=self._limits.linger_seconds,
        )
        sock = transport.get_extra_info("socket")
        self._wire = Wire(
            server=_address(sock.getsockname()) if sock else None,
            client=_address(transport.get_extra_info("peername")),
            scheme="https" if transport.get_extra_info("sslcontext") else "http",
            tls=_tls_of(transport),
        )
        self._served.connections.add(self)
        self._expect(self._loop.time() + self._limits.head_seconds, self._flow.close)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection, and tell the front."""
        self._served.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._at_deadline = None
        self._abandon()
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
        """Feed the parser, and keep a deadline while a head or a body is incomplete."""
        if self._no_more:
            return
        self._slice = len(data)
        if self._slice > self._slice_bytes:
            self._receive_in_slices(data)
            return
        self._at_deadline = None
        self._overhead += self._slice
        self._size += self._slice
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # An offer that is ignored, or a CONNECT, which is refused. SECURITY: the parser would
            # take what follows for requests, and it may be anything.
            self._no_more = True
        except httptools.HttpParserError as cause:
            self._stop_at(cause.__context__)
            return
        if not self._head_whole or self._exchange is None or self._exchange.more_body:
            self._expect_more()
            return
        self._head_deadline = None
        if self._exchange.answered:
            # The application did not wait for the end of the body.
            self._expect_request()

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
        if self._exchange is None or self._exchange.answered:
            self._flow.close()
        else:
            self._exchange.keep_alive = False

    def _abandon(self) -> None:
        """Tell every application that works for this connection that its client is gone."""
        waiting = [exchange for exchange, _ in self._waiting]
        self._waiting.clear()
        for exchange in (self._running, self._exchange, *waiting):
            if exchange is not None:
                exchange.disconnect()

    # --- deadlines ---

    def _receive_in_slices(self, data: bytes) -> None:
        for start in range(0, len(data), self._slice_bytes):
            if self._no_more or self.transport.is_closing():
                return
            self.data_received(data[start : start + self._slice_bytes])

    def _expect_more(self) -> None:
        if self._no_more or self.transport.is_closing():
            return
        if self._overhead > self._limits.head_bytes or (
            len(self._headers) > self._limits.head_lines and not self._head_whole
        ):
            # The head, or what stands around the chunks of a body: extensions and trailers.
            self._refuse(HEAD_TOO_LARGE)
        elif not self._has_room():
            self._refuse(NO_ROOM)
        elif self._head_whole:
            self._head_deadline = None
            self._expect(self._loop.time() + self._limits.body_idle_seconds, self._body_stalled)
        else:
            if self._head_deadline is None:
                self._head_deadline = self._loop.time() + self._limits.head_seconds
            self._expect(self._head_deadline, self._head_stalled)

    def _has_room(self) -> bool:
        """Count the request that is arriving, once it is large; False when it has to make room."""
        if self._size <= self._limits.small_bytes or not self._keeps:
            return True
        exchange = self._exchange if self._head_whole else None
        if exchange is not None and exchange.answered:
            # The rest of its body is thrown away.
            return True
        if exchange is not None and self._holding is None and exchange.streams(self._served.app):
            # The application takes its body as it comes.
            self._keeps = False
            return True
        if self._holding is None:
            self._holding = self._served.room.begin(partial(self._refuse, NO_ROOM))
            if exchange is not None:
                exchange.holding = self._holding
        return self._holding.grow_to(self._size)

    def _expect_request(self) -> None:
        self._expect(self._loop.time() + self._limits.keep_alive_seconds, self._flow.close)

    def _expect(self, deadline: float, then: Callable[[], None]) -> None:
        """Do something at a moment unless bytes arrive, or something else is expected, before."""
        self._deadline, self._at_deadline = deadline, then
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        then = self._at_deadline
        if then is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._time_is_up)
            return
        self._at_deadline = None
        then()

    def _head_stalled(self) -> None:
        if self._flow.read_paused:
            # The pipeline before it is being answered; the client may have sent all.
            self._head_deadline = self._loop.time() + self._limits.head_seconds
            self._expect(self._head_deadline, self._head_stalled)
        else:
            self._refuse(HEAD_TOO_SLOW)

    def _body_stalled(self) -> None:
        if self._flow.read_paused:
            # The application is the slow one: it has not taken what already arrived.
            self._expect(self._loop.time() + self._limits.body_idle_seconds, self._body_stalled)
        else:
            self._refuse(BODY_TOO_SLOW)

    # --- refusals ---

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse the request that is arriving, after those before it, and end the connection."""
        known = known_of(self._url, self._headers, self._wire)
        last = self._exchange
        without_exchange = not self._head_whole or last is None or not last.more_body
        self._stop_reading()
        if self.transport.is_closing() or self._flow.lingering:
            self._abandon()
        elif without_exchange:
            exchange = self._exchange = self._exchange_of(known, keep_alive=False)
            if last is None or last.answered:
                self._start(exchange, refusal)
            else:
                self._waiting.append((exchange, refusal))
        elif last is not None:
            self._refuse_rest(last, refusal, known)

    def _refuse_rest(self, exchange: Exchange, refusal: Refusal, known: Head) -> None:
        """Refuse a request the rest of whose body is not taken."""
        if exchange.answered:
            self._flow.linger()
        elif exchange is not self._running:
            exchange.keep_alive = False
            self._waiting[-1] = (exchange, refusal)
        elif exchange.started:
            exchange.disconnect()
            self._flow.close()
        else:
            exchange.disconnect()
            self._exchange = self._exchange_of(known, keep_alive=False)
            self._start(self._exchange, refusal)

    def _stop_reading(self) -> None:
        """Ignore everything more that the client sends, and hold nothing of it."""
        self._no_more = True
        self._at_deadline = None
        # It may hold most of a head.
        self._parser = None
        self._url, self._headers = b"", []
        if self._holding is not None and not self._head_whole:
            # Behind its head, the request's exchange lets it go.
            self._holding.end()
        self._holding = None

    # --- the parser's side ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head_whole = False
        self._head_deadline = None
        self._overhead = 0
        self._size = self._slice
        self._holding = None
        self._keeps = True
        self._url = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if not self._url:
            self._url = url
            return
        if isinstance(self._url, bytes):
            # Many small parts must not be copied for each other.
            self._url = bytearray(self._url)
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none, and comes when the application has the headers."""
        if not self._head_whole:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the application, or the front's own answer to a request it does not pass on.

        Raises:
            UnclearFraming: two servers could disagree on where the body ends.
            TooManyHeaders: there are more than any client sends.
            TooManyWaiting: the pipeline is full.
        """
        parser, lines = self._parser, self._headers
        upgrade = parser.should_upgrade()
        headers = headers_of(lines)
        check_framing(headers, upgrade=upgrade)
        if len(lines) > self._limits.head_lines:
            raise TooManyHeaders
        if len(self._waiting) >= self._limits.waiting_requests:
            raise TooManyWaiting
        app = self._served.app
        if self._url[:1] != b"/":
            app = self._proxied(headers)
        if self._size > self._limits.small_bytes and not self._has_room():
            app = NO_ROOM
        # The body of a request that is fetched elsewhere, or refused, is passed on or thrown away
        # as it comes.
        self._keeps = app is self._served.app
        version = parser.get_http_version()
        path, query = split_target(bytes(self._url))
        exchange = self._exchange_of(
            Head(
                method=parser.get_method().decode("ascii"),
                path=path,
                query=query,
                headers=headers,
                lines=lines,
                wire=self._wire,
                version=version,
            ),
            keep_alive=version != "1.0" and parser.should_keep_alive() and not upgrade,
            expects_continue=headers.get("expect", "").lower() == "100-continue",
        )
        if self._holding is not None and exchange.streams(app):
            # Some of its body came in one slice with its head.
            self._holding.end()
            self._holding, self._keeps = None, False
        exchange.holding = self._holding
        self._head_whole = True
        self._overhead = 0
        before, self._exchange = self._exchange, exchange
        if before is None or before.answered:
            self._start(exchange, app)
        else:
            self._flow.pause_reading()
            self._waiting.append((exchange, app))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body.

        Raises:
            NoRoom: others hold too much, and this one has been arriving longest.
        """
        self._overhead = 0
        if not self._has_room():
            raise NoRoom
        if self._exchange is not None:
            self._exchange.add_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if self._exchange is not None:
            self._exchange.end_body()

    # --- exchanges ---

    def _exchange_of(
        self, head: Head, *, keep_alive: bool, expects_continue: bool = False
    ) -> Exchange:
        return Exchange(
            head,
            self.transport,
            self._flow,
            date=self._served.date.line,
            keep_alive=keep_alive,
            expects_continue=expects_continue,
            on_answered=self._answered,
        )

    def _start(self, exchange: Exchange, app: Asgi) -> None:
        self._running = exchange
        tasks = self._served.tasks
        task = self._loop.create_task(exchange.run(app))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _answered(self) -> None:
        """Go on with the next request of the pipeline, or wait for one."""
        if self.transport.is_closing():
            return
        if self._flow.lingering:
            self._stop_reading()
            self._abandon()
            return
        if self._waiting:
            self._start(*self._waiting.popleft())
            if not self._waiting:
                self._flow.resume_reading()
            return
        self._flow.resume_reading()
        if self._head_deadline is not None:
            # A head began behind the request of this answer.
            self._expect(self._head_deadline, self._head_stalled)
        else:
            self._expect_request()

    # --- requests for a proxy ---

    def _proxied(self, headers: dict[str, str]) -> Asgi:
        """Choose the application for a target that is not in origin form; rewrites the target."""
        url, self._url = bytes(self._url), b"/"
        if self._parser.get_method() == b"CONNECT":
            return NOT_A_TUNNEL
        if url == b"*":
            return self._served.app
        try:
            wanted = parse_absolute(url)
        except MalformedTarget:
            return MALFORMED_TARGET
        self._url = wanted.origin
        return self._answerer(wanted, headers)

    def _answerer(self, wanted: AbsoluteForm, headers: dict[str, str]) -> Asgi:
        verdict = self._rules.decide(wanted.target, over_loopback=self._over_loopback)
        if isinstance(verdict, Refusal):
            return verdict
        if verdict is Leave.HERE:
            # Host stays as it was sent, since signatures cover it.
            if "host" not in headers:
                self._headers.append((b"host", wanted.authority))
                headers["host"] = wanted.authority.decode("latin-1")
            return self._served.app
        if wanted.scheme != "http":
            return HTTPS_NEEDS_CONNECT
        return self._forward(f"http://{wanted.authority.decode()}{wanted.origin.decode('latin-1')}")


def _tls_of(transport: Any) -> str:
    """Return the version of TLS that a connection speaks; empty in clear."""
    inside = transport.get_extra_info("ssl_object")
    return (inside.version() or "") if inside is not None else ""


def _address(name: Any) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
