"""The frames of a session on their way out, as far as the client takes more."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

import ngh2
from ngh2 import NGH2Error

_MOST_OUT: Final = 65_536


class Waiting(Protocol):
    """A stream that waits until the client took what there is."""

    @property
    def takes(self) -> bool:
        """Whether the client takes bytes as fast as they come."""

    @property
    def queued(self) -> int:
        """Bytes of the answer that wait for the client."""

    def resume(self) -> None:
        """Have the backend go on."""

    def stop_request(self) -> None:
        """Tell a client who was answered early to send no more of its request."""


class Outbox:
    """Sends the bytes that a session makes.

    Args:
        session: Of libnghttp2.
        take: Takes an event that sending brought.
        broken: Told of a fault of the session.

    transport: Set once there is one. takes: Whether the client takes more.
    busy: Whether the session is about to make more bytes, so that the sender waits.
    over: Whether nothing more is sent. cut: Whether the last bytes end inside a frame.
    behind: Streams whose backend waits for the client.
    leaving: Streams that are answered before their request was whole.
    """

    def __init__(
        self,
        session: ngh2.Connection,
        *,
        take: Callable[[ngh2.Event], None],
        broken: Callable[[NGH2Error], None],
    ) -> None:
        self._session, self._take, self._broken = session, take, broken
        self.transport: Any = None
        self.takes = True
        self.busy = self.over = self.cut = self._due = False
        self.behind: set[Waiting] = set()
        self.leaving: set[Waiting] = set()

    def flush(self) -> None:
        """Send what waits once this turn of the loop ends.

        PERF: answers that come in one turn, for many streams, go out in one write.
        """
        if not (self.busy or self._due or self.over):
            self._due = True
            asyncio.get_running_loop().call_soon(self.send)

    def send(self) -> None:
        """Send what waits, as far as the client takes more; then go on where streams wait."""
        self._due = False
        if self.busy or self.over:
            return
        self.busy = True
        try:
            self._send()
        except NGH2Error as fault:
            self._broken(fault)
        self.busy = False

    def _send(self) -> None:
        session = self._session
        while self.takes and session.want_write and not self.transport.is_closing():
            data = self._pull()
            for event in session.events():
                self._take(event)
            waits = self.behind or self.leaving
            if self.over or not ((waits and self._go_on()) or data):
                return

    def _pull(self) -> bytes:
        data = self._session.data_to_send(_MOST_OUT)
        self.cut = len(data) >= _MOST_OUT
        if data:
            self.transport.write(data)
        return data

    def _go_on(self) -> bool:
        """Have backends go on whose clients took what there was; True where more may be sent."""
        for stream in [each for each in self.behind if each.takes]:
            self.behind.discard(stream)
            stream.resume()
        answered = [each for each in self.leaving if not each.queued]
        for stream in answered:
            self.leaving.discard(stream)
            stream.stop_request()
        return bool(answered)

    def forget(self, stream: Waiting) -> None:
        """Wait for a stream no more."""
        self.behind.discard(stream)
        self.leaving.discard(stream)

    def say_rest(self) -> None:
        """Send the last bytes of the session."""
        try:
            self._pull()
        except NGH2Error:
            # The session is unusable and has nothing to say.
            return

    def end(self) -> None:
        """Send nothing more."""
        self.over = True
        self.behind.clear()
        self.leaving.clear()
