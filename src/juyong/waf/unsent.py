"""A watch over what waits to be sent to a client."""

from typing import Any

from juyong.waf.plane import Plane


class Unsent:
    """Notes since when a client takes nothing of what waits for the client.

    SECURITY: a client that takes nothing does not hold memory for ever.
    """

    __slots__ = ("_bytes", "_plane", "_transport", "_until")

    def __init__(self, plane: Plane, transport: Any) -> None:
        self._plane, self._transport = plane, transport
        self._bytes = 0
        self._until = 0.0

    def begin(self) -> None:
        """Give the client its time from now on."""
        self._bytes = self._transport.get_write_buffer_size()
        self._until = self._plane.now + self._plane.site.times.write_idle

    def look(self, now: float) -> None:
        """End the connection of a client that has taken nothing for too long."""
        left = self._transport.get_write_buffer_size()
        if left < self._bytes:
            self._bytes = left
            self._until = now + self._plane.site.times.write_idle
        elif now > self._until:
            self._transport.abort()
