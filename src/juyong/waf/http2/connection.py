"""A client's connection that speaks HTTP/2: many requests at once, each an exchange of its own.

Memory is bounded: by the window of the connection for bodies that come, by the head's limits for
fields, by the number of streams times the queue of one for answers, and frames that must be
answered by a budget.
"""

from collections.abc import Callable
from typing import Any

import ngh2
from ngh2 import ErrorCode, NGH2Error

from juyong.engines.inspect.http import Headers, Peer, Tls
from juyong.waf import pages
from juyong.waf.ends import ends_of
from juyong.waf.exchange import Exchange
from juyong.waf.http1.heads import Malformed
from juyong.waf.http2 import budgets
from juyong.waf.http2.ending import Ending
from juyong.waf.http2.heads import request_of, size_of
from juyong.waf.http2.room import Room
from juyong.waf.http2.sending import Outbox
from juyong.waf.http2.session import session_of
from juyong.waf.http2.stream import Stream
from juyong.waf.peers import host_of
from juyong.waf.plane import Plane
from juyong.waf.unsent import Unsent

_SLICE = 16_384
"""PERF and SECURITY: of what was read, so that few events are there at once."""
_FAULT = "the fields or the length of the request break HTTP/2"
_OWN_FAULTS = (ErrorCode.NO_ERROR, ErrorCode.INTERNAL_ERROR)


class Client2(Ending):
    """One connection in clear or inside TLS; see ending.py for its end.

    Args:
        plane: Shared state.
        peer: The client as the PROXY header told, or None for the other end of the socket.
        sni: The host name that TLS was opened for; empty where there was none.
        secured: How the connection came by TLS; None in clear.
        on_lost: Told when the connection is gone.
    """

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
        self._named, self._on_lost = peer, on_lost
        self._sni, self._secured = sni.lower().encode(), secured
        self.session = session_of(plane.site.limits.head)
        self.outbox = Outbox(self.session, take=self._take, broken=self._broken)
        self._reset_by_client = 0
        self._resets = budgets.Budget(*budgets.RESETS, plane.now)
        self._frames = budgets.Budget(*budgets.FRAMES, plane.now)
        # Until when a head that has begun must be whole.
        self._begun = 0.0

    # --- the transport's side ---

    def connection_made(self, transport: Any) -> None:
        """Note who is at both ends, and send the settings."""
        self.transport = transport
        self.outbox.transport = transport
        self._unsent = Unsent(self._plane, transport)
        self.ends = ends_of(transport, self._named, self._secured)
        self.room = Room(self._plane, self.ends.peer.address)
        self._plane.connections.add(self)
        self.outbox.send()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget the connection, and what was under way."""
        self._plane.connections.discard(self)
        self._ended = True
        self._give_up()
        if self._on_lost is not None:
            self._on_lost()

    def pause_writing(self) -> None:
        """Leave the bytes in the session while the client takes none."""
        self.outbox.takes = False
        self._unsent.begin()

    def resume_writing(self) -> None:
        """Go on."""
        self.outbox.takes = True
        self.outbox.send()

    def data_received(self, data: bytes) -> None:
        """Take frames."""
        self.outbox.busy = True
        for at in range(0, len(data), _SLICE):
            if self._ended:
                self._discard(len(data) - at)
                break
            self._receive(data[at : at + _SLICE])
        self.outbox.busy = False
        self.outbox.send()

    def _receive(self, data: bytes) -> None:
        try:
            self.session.receive_data(data)
            events = self.session.events()
        except NGH2Error as fault:
            self._broken(fault)
            return
        if not events and not self._begun:
            self._begun = self.now + self.times.head
        for event in events:
            self._take(event)

    # --- events ---

    def _take(self, event: ngh2.Event) -> None:
        if self._ended:
            return
        match event:
            case ngh2.RequestReceived():
                self._begun = 0.0
                fields = tuple((name, value) for name, value in event.headers)
                self._request(event.stream_id, fields, whole=event.end_stream)
            case ngh2.DataReceived():
                self._data(event.stream_id, event.data, end=event.end_stream)
            case ngh2.TrailersReceived():
                # As in HTTP/1: read, held to the rules, and dropped.
                self._data(event.stream_id, b"", end=True)
            case ngh2.StreamReset():
                self._reset_by_client = event.stream_id
            case ngh2.StreamClosed():
                self._closed(event.stream_id, event.error_code)
            case ngh2.PingReceived() | ngh2.SettingsReceived():
                self._answered_frame()
            case ngh2.PingAcknowledged():
                self._say_last()
            case ngh2.ConnectionClosed():
                self.outbox.say_rest()
                self._end()

    def _request(self, number: int, fields: Headers, *, whole: bool) -> None:
        self._last = number
        if size_of(fields) > self._plane.site.limits.head:
            self._answer(number, pages.HEAD_TOO_LARGE, whole=whole)
            return
        try:
            head = request_of(fields, whole=whole)
        except Malformed as fault:
            self._note(pages.MALFORMED, str(fault))
            self._reset(number, ErrorCode.PROTOCOL_ERROR)
            return
        if not self.room.enter():
            self._note(pages.BUSY, "too many streams, or bytes that wait in them")
            self._reset(number, ErrorCode.REFUSED_STREAM)
            return
        mute = head.method == b"HEAD"
        stream = self._streams[number] = Stream(self, number, mute=mute, whole=whole)
        exchange = stream.exchange = Exchange(self._plane, stream, head)
        if self._sni and host_of(head.authority) != self._sni:
            exchange.refuse(pages.MISDIRECTED)
        else:
            exchange.begin()

    def _data(self, number: int, data: bytes, *, end: bool) -> None:
        if not data and not end:
            self._answered_frame()
        stream = self._streams.get(number)
        if stream is not None:
            stream.received(data, end=end)
        elif data:
            self.session.acknowledge_received_data(len(data), number)

    def _closed(self, number: int, error: int) -> None:
        """Forget a stream; one that the client ended early, or wrongly, costs of a budget."""
        stream = self._streams.pop(number, None)
        by_client = number == self._reset_by_client
        if error == ErrorCode.PROTOCOL_ERROR and not by_client:
            self._note_fault(number, stream)
        if stream is not None:
            self.outbox.forget(stream)
            self._leave(stream)
        if error == ErrorCode.REFUSED_STREAM and not by_client:
            self._answered_frame()
        elif (by_client or error not in _OWN_FAULTS) and not self._resets.take(self.now):
            self._too_much("too many streams were reset")
        if not self._streams:
            self._deadline = self.now + self.times.idle

    def _note_fault(self, number: int, stream: Stream | None) -> None:
        """Have the log say why the session ended a stream."""
        if stream is not None and stream.exchange is not None:
            record = stream.exchange.record
            record.refused, record.refused_for = pages.MALFORMED.name, _FAULT
        elif number > self._last:
            self._note(pages.MALFORMED, _FAULT)

    def _answered_frame(self) -> None:
        if not self._frames.take(self.now):
            self._too_much("too many frames that ask for nothing")

    def _reset(self, number: int, error: ErrorCode) -> None:
        try:
            self.session.reset_stream(number, error)
        except NGH2Error:
            # The client has reset the stream meanwhile.
            return

    def _answer(self, number: int, page: pages.Page, *, whole: bool) -> None:
        """Answer fields that are no request."""
        if not self.room.enter():
            self._reset(number, ErrorCode.REFUSED_STREAM)
            return
        record = self._note(page)
        head, body = pages.rendered(page, record.id, b"GET")
        stream = self._streams[number] = Stream(self, number, mute=False, whole=whole)
        stream.start(head, len(body), close=False)
        stream.body(body)
        stream.finish()

    def flush(self) -> None:
        """Send what waits once this turn of the loop ends."""
        self.outbox.flush()

    # --- deadlines ---

    def tick(self, now: float) -> None:
        """End streams whose client or backend is too slow, and a connection without any."""
        if not self.outbox.takes or self.transport.is_closing() or self._ended:
            self._unsent.look(now)
        if self._ended:
            if now > self._deadline:
                self.transport.close()
            return
        self.outbox.busy = True
        for stream in tuple(self._streams.values()):
            stream.tick(now)
        self.outbox.busy = False
        self._say_last()
        late = now > self._deadline or (self._begun and now > self._begun)
        if late and not self._streams:
            self._farewell()
        self.outbox.send()
