"""Back pressure of one connection, in both directions."""

import asyncio
from typing import Any

HIGH_WATER_BYTES = 64 * 1024


class Flow:
    """Pauses reading while the application is behind, and writing while the client is.

    SECURITY: a client that takes nothing for write_idle_seconds, of much that waits for it or of
    the last bytes before the end, loses its connection: memory is not held for it forever.
    """

    __slots__ = (
        "_drained",
        "_linger",
        "_linger_seconds",
        "_transport",
        "_unsent",
        "_watch",
        "_write_idle_seconds",
        "lingering",
        "read_paused",
        "write_paused",
    )

    def __init__(self, transport: Any, *, write_idle_seconds: float, linger_seconds: float) -> None:
        self._transport = transport
        self._write_idle_seconds = write_idle_seconds
        self._linger_seconds = linger_seconds
        self._linger: asyncio.TimerHandle | None = None
        self.lingering = False
        self._watch: asyncio.TimerHandle | None = None
        self._unsent = 0
        self._drained: asyncio.Future[None] | None = None
        self.read_paused = False
        self.write_paused = False

    def pause_reading(self) -> None:
        """Take no more from the client."""
        if not self.read_paused:
            self.read_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the client again."""
        if self.read_paused:
            self.read_paused = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """Note that much is on its way to the client."""
        self.write_paused = True
        self._watch_unsent()

    def resume_writing(self) -> None:
        """Note that the client took it."""
        self._release()
        if self._transport.is_closing():
            self._watch_unsent()

    def lost(self) -> None:
        """Note that the client is gone."""
        self._release()
        if self._linger is not None:
            self._linger.cancel()

    def _release(self) -> None:
        self.write_paused = False
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    async def drained(self) -> None:
        """Wait until the client has taken what was written."""
        while self.write_paused:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    def close(self) -> None:
        """End the connection once the client has taken what was written."""
        if not self._transport.is_closing():
            self._transport.close()
            self._watch_unsent()

    def linger(self) -> None:
        """End the connection, but let a client that is still sending finish before.

        A socket that is closed while bytes lie unread in it is reset, and a reset takes with it
        what the client did not read yet: the refusal.
        """
        if self.lingering or self._transport.is_closing():
            return
        self.lingering = True
        self.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._watch_unsent()
        loop = asyncio.get_running_loop()
        self._linger = loop.call_later(self._linger_seconds, self.close)

    def _watch_unsent(self) -> None:
        self._unsent = self._transport.get_write_buffer_size()
        if self._unsent and self._watch is None:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(self._write_idle_seconds, self._look_again)

    def _look_again(self) -> None:
        self._watch = None
        if self._transport.get_write_buffer_size() >= self._unsent:
            self._transport.abort()
        else:
            self._watch_unsent()
