"""A stream of HTTP/2: the client's side of one exchange, see client.py."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from ngh2 import Connection, ErrorCode, NGH2Error

from juyong.waf import pages
from juyong.waf.ends import Ends
from juyong.waf.exchange import Exchange
from juyong.waf.http1.reading import AnyResponse
from juyong.waf.http2.heads import response_of
from juyong.waf.http2.room import Room
from juyong.waf.http2.sending import Outbox
from juyong.waf.site import Times

MOST_QUEUED: Final = 65_536
"""Bytes of an answer that wait for the client before the backend waits too."""
_CONTINUE = ((b":status", b"100"),)


class Owner(Protocol):
    """The connection of a stream, as far as the stream needs to know."""

    ends: Ends
    session: Connection
    outbox: Outbox
    room: Room

    @property
    def now(self) -> float:
        """The time on the loop's clock, read once a second."""

    @property
    def times(self) -> Times:
        """How long the proxy waits."""

    def flush(self) -> None:
        """Send what waits, as far as the client takes more."""


class Stream:
    """One request of a connection, and its answer.

    exchange: None once the answer is whole or given up. whole: Whether the request is whole.
    """

    __slots__ = (
        "_counted",
        "_ended",
        "_mute",
        "_owed",
        "_owner",
        "_put",
        "_reads",
        "_sent",
        "_stalls",
        "_window_bytes",
        "_window_ends",
        "ends",
        "exchange",
        "id",
        "whole",
    )

    def __init__(self, owner: Owner, number: int, *, mute: bool, whole: bool) -> None:
        self._owner, self.id, self.whole = owner, number, whole
        self.ends = owner.ends
        self.exchange: Exchange | None = None
        self._mute = mute
        self._ended = False
        # Bytes taken whose room in the client's window is not given back yet.
        self._owed = 0
        self._reads = True
        # Bytes that wait, as they were last counted.
        self._counted = 0
        # Bytes of the answer that were given to the session, and sent at the last look.
        self._put = self._sent = 0
        self._stalls = owner.now + owner.times.write_idle
        self._begin_window()

    # --- the request ---

    def received(self, data: bytes, *, end: bool) -> None:
        """Take a part of the body; end: whether the request is whole now."""
        self._window_bytes += len(data)
        self._owed += len(data)
        self.whole = self.whole or end
        exchange = self.exchange
        if exchange is not None:
            if data:
                exchange.body(data)
            if end:
                exchange.end_body()
        if self._reads or self.exchange is None:
            self._give_back()
            return
        self._count(self.queued)
        if not self._owner.room.left and self.exchange is not None:
            self.exchange.refuse(pages.BUSY)

    def gone(self) -> None:
        """Give up: the client, or the session for a fault of the client, has ended the stream."""
        self._ended = True
        self._give_back()
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.client_gone()
        self._count(0)

    def _count(self, queued: int) -> None:
        """Count what waits here; queued: Bytes of the answer that wait for the client."""
        now = self._owed + queued
        if now != self._counted:
            self._owner.room.wait(now - self._counted)
            self._counted = now

    def _give_back(self) -> None:
        owed, self._owed = self._owed, 0
        if owed:
            self._say(self._owner.session.acknowledge_received_data, owed, self.id)

    # --- the answer; see `Client` ---

    def start(self, head: AnyResponse, length: int, *, close: bool) -> None:
        """Send the head of an answer; the end of a connection is no matter of one stream."""
        del close
        whole = self._mute or not length
        fields = response_of(head, length, mute=self._mute)
        self._say(self._owner.session.send_response, self.id, fields, end_stream=whole)
        self._ended = self._ended or whole

    def body(self, data: bytes) -> None:
        """Queue a part of the body; see `takes`."""
        if self._ended or not data:
            return
        self._put += len(data)
        self._say(self._owner.session.send_data, self.id, data)
        queued = self.queued
        self._count(queued)
        if not self._takes(queued):
            self._owner.outbox.behind.add(self)

    def finish(self) -> None:
        """End the answer."""
        if not self._ended:
            self._ended = True
            self._say(self._owner.session.end_stream, self.id)
        self._leave()
        self.flush()

    def answer(self, head: AnyResponse, body: bytes) -> None:
        """Send a whole answer to a request that is whole."""
        self.start(head, len(body), close=False)
        self.body(body)
        self.finish()

    def abort(self) -> None:
        """End without a whole answer: the client sees an error."""
        self._ended = True
        self._say(self._owner.session.reset_stream, self.id, ErrorCode.INTERNAL_ERROR)
        self.whole = True
        self._leave()
        self.flush()

    def go_on(self) -> None:
        """Have the client send its body."""
        self._say(self._owner.session.send_informational_response, self.id, _CONTINUE)
        self.flush()

    def read(self, *, on: bool) -> None:
        """Give room in the client's window back as data comes, or let the client wait."""
        self._reads = on
        if on:
            self._give_back()
            self._begin_window()
            self.flush()

    def flush(self) -> None:
        """Send what was taken."""
        self._owner.flush()

    @property
    def queued(self) -> int:
        """Bytes of the answer that wait for the client."""
        try:
            return self._owner.session.queued_body_size(self.id)
        except NGH2Error:
            return 0

    @property
    def takes(self) -> bool:
        """Whether the client takes bytes as fast as they come."""
        return self._takes(self.queued)

    def _takes(self, queued: int) -> bool:
        return queued < MOST_QUEUED and (not queued or self._owner.room.left)

    def _leave(self) -> None:
        self.exchange = None
        self._reads = True
        self._give_back()
        if not self.whole:
            self._owner.outbox.leaving.add(self)

    def resume(self) -> None:
        """Have the backend go on."""
        if self.exchange is not None:
            self.exchange.client_takes(more=True)

    def stop_request(self) -> None:
        """Tell a client who was answered early to send no more of its request."""
        self._say(self._owner.session.reset_stream, self.id, ErrorCode.NO_ERROR)

    def _say(self, what: Callable[..., Any], *words: Any, **named: Any) -> None:
        """Call the session; a stream or a connection that ended meanwhile takes nothing."""
        try:
            what(*words, **named)
        except NGH2Error:
            self._ended = True

    # --- deadlines ---

    def _begin_window(self) -> None:
        self._window_ends = self._owner.now + self._owner.times.body_idle
        self._window_bytes = 0

    def tick(self, now: float) -> None:
        """End a stream whose client is too slow."""
        exchange, times = self.exchange, self._owner.times
        if exchange is not None:
            exchange.tick(now)
        self._watch_unsent(now)
        if self.exchange is None or self.whole or not self._reads or now <= self._window_ends:
            return
        if self._window_bytes < times.slowest * times.body_idle:
            self.exchange.refuse(pages.TIMEOUT)
        self._begin_window()

    def _watch_unsent(self, now: float) -> None:
        """SECURITY: a client that opens no window does not hold an answer for ever."""
        queued = self.queued
        self._count(queued)
        sent = self._put - queued
        if not queued or sent > self._sent:
            self._sent = sent
            self._stalls = now + self._owner.times.write_idle
        elif now > self._stalls:
            self._say(self._owner.session.reset_stream, self.id, ErrorCode.CANCEL)
            self.gone()
