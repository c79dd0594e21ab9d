"""HTTP/1.1 over httptools for one ASGI application: bounded heads, proxy requests recognised."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httptools

from juyong.gateway.front.exchange import STATUS_LINES, Exchange
from juyong.gateway.front.flow import Flow
from juyong.gateway.front.limits import FrontLimits
from juyong.gateway.front.refusal import (
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    HTTPS_NEEDS_CONNECT,
    MALFORMED_TARGET,
    NOT_A_TUNNEL,
    Asgi,
    Refusal,
    Scope,
)
from juyong.gateway.front.rules import Leave, ProxyRules
from juyong.gateway.front.target import AbsoluteForm, MalformedTarget, parse_absolute

Forwarder = Callable[[str], Asgi]
"""Makes the application that fetches one http URL from an allowed host."""

_MALFORMED = b"Invalid HTTP request received."
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class UnclearFraming(ValueError):
    """A request does not tell where its body ends, or offers to speak something else before."""


class TooManyWaiting(RuntimeError):
    """More requests came than the client may send before their answers."""


@dataclass(slots=True, eq=False)
class Served:
    """What the connections of one front have in common.

    date: The line with the Date header, its end included; the front renews it.
    """

    app: Asgi
    date: bytes = b""
    connections: "set[FrontProtocol]" = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


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
        self._largest_chunk = limits.head_bytes
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        # Also what stands behind a request that closes the connection may have begun.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._exchange: Exchange | None = None
        self._waiting: deque[tuple[Exchange, Asgi]] = deque()
        self._no_more = False
        self._head_whole = False
        self._head_deadline: float | None = None
        # Bytes that came since a head began or ended, or since a part of a body.
        self._overhead = 0
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._at_deadline: Callable[[], None] | None = None

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first request's head."""
        self.transport = transport
        self._flow = Flow(transport, write_idle_seconds=self._limits.write_idle_seconds)
        sock = transport.get_extra_info("socket")
        self._server = _address(sock.getsockname()) if sock else None
        self._client = _address(transport.get_extra_info("peername"))
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._served.connections.add(self)
        self._expect(self._loop.time() + self._limits.head_seconds, self._flow.close)

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection, and tell the front."""
        self._served.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._at_deadline = None
        self._abandon()
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
        if len(data) > self._largest_chunk:
            self._receive_in_slices(data)
            return
        self._at_deadline = None
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # An offer that is ignored, or a CONNECT, which is refused. SECURITY: the parser would
            # take what follows for requests, and it may be anything.
            self._no_more = True
        except httptools.HttpParserError as cause:
            self._no_more = True
            if isinstance(cause.__context__, TooManyWaiting):
                self.shutdown()
            else:
                self._refuse_malformed()
            return
        if not self._head_whole or self._exchange is None or self._exchange.more_body:
            self._expect_more()
            return
        self._head_deadline = None
        if self._exchange.answered:
            # The application did not wait for the end of the body.
            self._expect_request()

    def shutdown(self) -> None:
        """Close after the answer under way, or at once if there is none."""
        if self._exchange is None or self._exchange.answered:
            self._flow.close()
        else:
            self._exchange.keep_alive = False

    def _abandon(self) -> None:
        """Tell every application that works for this connection that its client is gone."""
        for exchange in (self._exchange, *(exchange for exchange, _ in self._waiting)):
            if exchange is not None:
                exchange.disconnect()
        self._waiting.clear()

    # --- deadlines ---

    def _receive_in_slices(self, data: bytes) -> None:
        # A head is judged between chunks, so no chunk may be larger than the largest head.
        for start in range(0, len(data), self._largest_chunk):
            if self.transport.is_closing():
                return
            self.data_received(data[start : start + self._largest_chunk])

    def _expect_more(self) -> None:
        if self.transport.is_closing():
            return
        if self._overhead > self._limits.head_bytes:
            # The head, or what stands around the chunks of a body: extensions and trailers.
            self._refuse(HEAD_TOO_LARGE)
        elif self._head_whole:
            self._head_deadline = None
            self._expect(self._loop.time() + self._limits.body_idle_seconds, self._body_stalled)
        else:
            if self._head_deadline is None:
                self._head_deadline = self._loop.time() + self._limits.head_seconds
            self._expect(self._head_deadline, self._head_stalled)

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
        if self._exchange is not None and not self._exchange.answered:
            # An earlier request of the pipeline is still being answered; do not cut it off.
            self._expect(self._loop.time() + self._limits.head_seconds, self._head_stalled)
        else:
            self._refuse(HEAD_TOO_SLOW)

    def _body_stalled(self) -> None:
        if self._flow.read_paused:
            # The application is the slow one: it has not taken what already arrived.
            self._expect(self._loop.time() + self._limits.body_idle_seconds, self._body_stalled)
        else:
            self._flow.close()

    def _refuse(self, refusal: Refusal) -> None:
        self._end_with(refusal.raw())

    def _refuse_malformed(self) -> None:
        length = str(len(_MALFORMED)).encode()
        lines = [
            STATUS_LINES[400],
            self._served.date,
            b"content-type: text/plain; charset=utf-8\r\n",
        ]
        lines += [b"content-length: ", length, b"\r\nconnection: close\r\n\r\n", _MALFORMED]
        self._end_with(b"".join(lines))

    def _end_with(self, answer: bytes) -> None:
        """Write a last answer; no application writes behind it."""
        self._no_more = True
        if self.transport.is_closing():
            return
        self._abandon()
        exchange = self._exchange
        if exchange is None or not (exchange.started and exchange.more_body):
            # Else the request whose body this is has an answer, or a part of one.
            self.transport.write(answer)
        self._flow.close()

    # --- the parser's side ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head_whole = False
        self._head_deadline = None
        self._overhead = 0
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects_continue = False

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none, and comes when the application has the headers."""
        if self._head_whole:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Start the application, or the front's own answer to a request meant for a proxy.

        Raises:
            UnclearFraming: where the body ends is a matter of opinion.
            TooManyWaiting: the pipeline is full.
        """
        upgrade = self._parser.should_upgrade()
        self._check_framing(upgrade=upgrade)
        if len(self._waiting) >= self._limits.waiting_requests:
            raise TooManyWaiting
        app = self._served.app if self._url[:1] == b"/" else self._proxied()
        version = self._parser.get_http_version()
        exchange = Exchange(
            self._scope(version),
            self.transport,
            self._flow,
            date=self._served.date,
            keep_alive=version != "1.0" and self._parser.should_keep_alive() and not upgrade,
            expects_continue=self._expects_continue,
            on_answered=self._answered,
        )
        self._head_whole = True
        self._overhead = 0
        before, self._exchange = self._exchange, exchange
        if before is None or before.answered:
            self._start(exchange, app)
        else:
            self._flow.pause_reading()
            self._waiting.append((exchange, app))

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._overhead = 0
        if self._exchange is not None:
            self._exchange.add_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if self._exchange is not None:
            self._exchange.end_body()

    def _check_framing(self, *, upgrade: bool) -> None:
        """Refuse what another server in the way could take for a body of another length.

        SECURITY: the parser looks for no body behind an Upgrade, and takes any transfer encoding
        that ends in `chunked`, though no application here could decode the others.
        """
        codings = [value.lower() for name, value in self._headers if name == b"transfer-encoding"]
        if codings and (upgrade or codings != [b"chunked"]):
            raise UnclearFraming
        # Some clients that offer HTTP/2 tell with every GET that it has no body.
        if upgrade and any(n == b"content-length" and v != b"0" for n, v in self._headers):
            raise UnclearFraming

    def _scope(self, version: str) -> Scope:
        url = httptools.parse_url(self._url)
        path = url.path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self._server,
            "client": self._client,
            "scheme": self._scheme,
            "root_path": "",
            "headers": self._headers,
            "method": self._parser.get_method().decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
        }

    def _start(self, exchange: Exchange, app: Asgi) -> None:
        tasks = self._served.tasks
        task = self._loop.create_task(exchange.run(app))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _answered(self) -> None:
        """Go on with the next request of the pipeline, or wait for one."""
        if self.transport.is_closing():
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

    def _proxied(self) -> Asgi:
        """Settle who answers a request whose target is not in origin form; rewrites the target."""
        url, self._url = self._url, b"/"
        if self._parser.get_method() == b"CONNECT":
            return NOT_A_TUNNEL
        if url == b"*":
            return self._served.app
        try:
            wanted = parse_absolute(url)
        except MalformedTarget:
            return MALFORMED_TARGET
        self._url = wanted.origin
        return self._answerer(wanted)

    def _answerer(self, wanted: AbsoluteForm) -> Asgi:
        verdict = self._rules.decide(wanted.target, over_loopback=self._over_loopback)
        if isinstance(verdict, Refusal):
            return verdict
        if verdict is Leave.HERE:
            # Host stays as it was sent, since signatures cover it.
            if all(name != b"host" for name, _ in self._headers):
                self._headers.append((b"host", wanted.authority))
            return self._served.app
        if wanted.scheme != "http":
            return HTTPS_NEEDS_CONNECT
        return self._forward(f"http://{wanted.authority.decode()}{wanted.origin.decode('latin-1')}")


def _address(name: Any) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
