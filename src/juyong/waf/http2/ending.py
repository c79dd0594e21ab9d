"""How a connection that speaks HTTP/2 ends: by a fault, by abuse, or once all is served."""

import asyncio
from typing import Any

from ngh2 import Connection, DenialOfServiceError, ErrorCode, NGH2Error

from juyong.waf import pages
from juyong.waf.ends import Ends
from juyong.waf.http2.room import Room
from juyong.waf.http2.sending import Outbox
from juyong.waf.http2.session import calm_down
from juyong.waf.http2.stream import Stream
from juyong.waf.plane import Plane
from juyong.waf.record import Record, record_of_no_request
from juyong.waf.site import Times
from juyong.waf.unsent import Unsent

_MOST_DISCARDED = 1_048_576
_PING = b"juyong\0\0"


class Ending(asyncio.Protocol):
    """The side of a connection that ends; for the side that serves, see connection.py.

    session: Of libnghttp2. outbox: The bytes of the session on their way out.
    """

    session: Connection
    outbox: Outbox
    transport: Any
    ends: Ends
    room: Room
    _unsent: Unsent

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._streams: dict[int, Stream] = {}
        self._last = 0
        self._ended = self._draining = False
        self._discarded = 0
        # Until when a request must come.
        self._deadline = plane.now + plane.site.times.head

    @property
    def now(self) -> float:
        """The time on the loop's clock, read once a second."""
        return self._plane.now

    @property
    def times(self) -> Times:
        """How long the proxy waits."""
        return self._plane.site.times

    def _note(self, page: pages.Page, why: str = "") -> Record:
        """Write the line of the log for what is no request."""
        record = record_of_no_request(self.ends)
        record.status, record.refused, record.refused_for = page.status, page.name, why
        self._plane.finished(record, None)
        return record

    def _leave(self, stream: Stream) -> None:
        stream.gone()
        self.room.leave()

    def _too_much(self, why: str) -> None:
        """End a connection that costs more than it is worth; ENHANCE_YOUR_CALM says so.

        The session may be unusable after a fault, so the frame is written here.
        """
        if self._ended:
            return
        self._note(pages.ABUSE, why)
        if not self.outbox.cut:
            self.transport.write(calm_down(self._last))
        self._end()

    def _broken(self, fault: NGH2Error) -> None:
        if isinstance(fault, DenialOfServiceError):
            self._too_much(str(fault))
        else:
            self.outbox.say_rest()
            self._end()

    def _end(self) -> None:
        """Close after the client took what was written, and a moment after its last bytes."""
        if self._ended:
            return
        self._ended = True
        self._give_up()
        if self.transport.is_closing():
            return
        self._unsent.begin()
        self._deadline = self.now + self.times.linger
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _discard(self, size: int) -> None:
        """Throw away bytes that come after the end, so that no reset overtakes the last frame."""
        self._discarded += size
        if self._discarded > _MOST_DISCARDED:
            self.transport.abort()

    def _give_up(self) -> None:
        streams, self._streams = self._streams, {}
        self.outbox.end()
        for each in streams.values():
            self._leave(each)

    def shutdown(self) -> None:
        """Serve what is under way, and what the client sends before hearing of the end."""
        if self._draining or self._ended:
            return
        self._draining = True
        try:
            self.session.send_shutdown_notice()
            self.session.ping(_PING)
        except NGH2Error:
            self._end()
            return
        self.outbox.send()

    def _say_last(self) -> None:
        """Tell which streams are served; a client sends all later ones elsewhere."""
        if self._draining:
            try:
                self.session.send_goaway(ErrorCode.NO_ERROR)
            except NGH2Error:
                self._end()

    def leave(self) -> None:
        """End at once."""
        self.transport.abort()

    def _farewell(self) -> None:
        """End a connection on which nothing is asked, or a head does not come to its end."""
        try:
            self.session.send_goaway(ErrorCode.NO_ERROR)
        except NGH2Error:
            self._end()
            return
        self.outbox.say_rest()
        self._end()
