"""uvicorn's HTTP/1.1 protocol with bounds on heads, and with proxy requests recognised.

A request in origin form costs one comparison beyond uvicorn's own work, and a chunk of bytes two.
"""

from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from juyong.gateway.front.limits import FrontLimits
from juyong.gateway.front.refusal import (
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    HTTPS_NEEDS_CONNECT,
    MALFORMED_TARGET,
    NOT_A_TUNNEL,
    Asgi,
    Refusal,
)
from juyong.gateway.front.rules import Leave, ProxyRules
from juyong.gateway.front.target import AbsoluteForm, MalformedTarget, parse_absolute

Forwarder = Callable[[str], Asgi]
"""Makes the application that fetches one http URL from an allowed host."""


class FrontProtocol(HttpToolsProtocol):
    """One connection that speaks HTTP, in clear or inside TLS.

    uvicorn's keep-alive timer slot serves every deadline: uvicorn clears it when bytes arrive, and
    this class arms it anew when they were not enough.
    """

    def __init__(
        self,
        config: Config,
        state: ServerState,
        *,
        limits: FrontLimits,
        rules: ProxyRules,
        over_loopback: bool,
        forward: Forwarder,
        on_lost: Callable[[], None],
    ) -> None:
        super().__init__(config, state, {})
        self._limits = limits
        self._rules = rules
        self._over_loopback = over_loopback
        self._forward = forward
        self._on_lost = on_lost
        self._largest_chunk = limits.head_bytes
        self._head_deadline: float | None = None
        self._head_size = 0

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first request's head."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self._limits.head_seconds, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell the front."""
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and keep a deadline while a head or a body is incomplete."""
        if len(data) > self._largest_chunk:
            self._receive_in_slices(data)
            return
        super().data_received(data)
        if self._head_is_whole() and not self.cycle.more_body:
            self._head_deadline = None
            return
        self._expect_more(len(data))

    def _receive_in_slices(self, data: bytes) -> None:
        # A head is judged between chunks, so no chunk may be larger than the largest head.
        for start in range(0, len(data), self._largest_chunk):
            if self.transport.is_closing():
                return
            self.data_received(data[start : start + self._largest_chunk])

    def _head_is_whole(self) -> bool:
        """Tell whether uvicorn has seen the whole head of the last request that began."""
        scope: Any = self.scope
        return scope is not None and "path" in scope

    def _expect_more(self, size: int) -> None:
        if self.transport.is_closing():
            return
        if self._head_is_whole():
            self._head_deadline = None
            self._arm(self.loop.time() + self._limits.body_idle_seconds, self._body_stalled)
            return
        if self._head_deadline is None:
            self._head_deadline = self.loop.time() + self._limits.head_seconds
            # Later on a connection this chunk may also hold the end of the body before.
            self._head_size = size if self.cycle is None else 0
        else:
            self._head_size += size
        if self._head_size > self._limits.head_bytes:
            self._refuse(HEAD_TOO_LARGE)
        else:
            self._arm(self._head_deadline, self._head_stalled)

    def _arm(self, at: float, then: Callable[[], None]) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_at(at, then)

    def _head_stalled(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # An earlier request of the pipeline is still being answered; do not cut it off.
            self._arm(self.loop.time() + self._limits.head_seconds, self._head_stalled)
        else:
            self._refuse(HEAD_TOO_SLOW)

    def _body_stalled(self) -> None:
        if self.flow.read_paused:
            # The application is the slow one: it has not taken what already arrived.
            self._arm(self.loop.time() + self._limits.body_idle_seconds, self._body_stalled)
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.raw())
            self.transport.close()

    def on_response_complete(self) -> None:
        """Let uvicorn go on, but not forget a head that began behind this response's request."""
        super().on_response_complete()
        if self._head_deadline is not None and not self.transport.is_closing():
            self._arm(self._head_deadline, self._head_stalled)

    def on_headers_complete(self) -> None:
        """Start the application, or the front's own answer to a request meant for a proxy."""
        if self.url[:1] == b"/":
            super().on_headers_complete()
            return
        own = self.app
        self.app = self._proxied()
        try:
            super().on_headers_complete()
        finally:
            self.app = own

    def _proxied(self) -> Any:
        """Settle who answers a request whose target is not in origin form; rewrites the target."""
        url, self.url = self.url, b"/"
        if self.parser.get_method() == b"CONNECT":
            return NOT_A_TUNNEL
        if url == b"*":
            return self.app
        try:
            wanted = parse_absolute(url)
        except MalformedTarget:
            return MALFORMED_TARGET
        self.url = wanted.origin
        return self._answerer(wanted)

    def _answerer(self, wanted: AbsoluteForm) -> Any:
        verdict = self._rules.decide(wanted.target, over_loopback=self._over_loopback)
        if isinstance(verdict, Refusal):
            return verdict
        if verdict is Leave.HERE:
            # Host stays as it was sent, since signatures cover it.
            if all(name != b"host" for name, _ in self.headers):
                self.headers.append((b"host", wanted.authority))
            return self.app
        if wanted.scheme != "http":
            return HTTPS_NEEDS_CONNECT
        return self._forward(f"http://{wanted.authority.decode()}{wanted.origin.decode('latin-1')}")
