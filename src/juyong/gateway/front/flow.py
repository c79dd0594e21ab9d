"""Back pressure of one connection, in both directions."""

import asyncio
from typing import Any

HIGH_WATER_BYTES = 64 * 1024


class Flow:
    """Pauses reading while the application is behind, and writing while the client is."""

    __slots__ = ("_drained", "_transport", "read_paused", "write_paused")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
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

    def resume_writing(self) -> None:
        """Note that the client took it, or is gone."""
        self.write_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    async def drained(self) -> None:
        """Wait until the client has taken what was written."""
        while self.write_paused:
            if self._drained is None or self._drained.done():
                self._drained = asyncio.get_running_loop().create_future()
            await self._drained
