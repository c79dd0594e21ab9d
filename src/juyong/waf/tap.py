"""Whether bytes are read from a client, and whether enough of them come."""

from typing import Any

from juyong.waf.site import Times


class Tap:
    """Reads from a transport, unless one of two reasons holds the client up.

    paused: The backend or a verdict is behind. full: Later requests were sent ahead.
    """

    __slots__ = ("_transport", "full", "open", "paused")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.paused = self.full = False
        self.open = True

    def free(self) -> None:
        """Read, whatever held the client up."""
        self.paused = self.full = False
        self.turn()

    def turn(self) -> None:
        """Do as the reasons say."""
        wanted = not (self.paused or self.full)
        if wanted == self.open or self._transport.is_closing():
            return
        self.open = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()


class Pace:
    """Measures the bytes of a body in one window of time after the other; times in seconds."""

    __slots__ = ("_bytes", "_ends", "_times")

    def __init__(self, times: Times) -> None:
        self._times = times
        self._ends = 0.0
        self._bytes = 0

    def begin(self, now: float) -> None:
        """Begin a window; now: On the loop's clock."""
        self._ends = now + self._times.body_idle
        self._bytes = 0

    def add(self, size: int) -> None:
        """Count bytes."""
        self._bytes += size

    def too_slow(self, now: float) -> bool:
        """Tell whether a window that is over had too few bytes; then the next one begins."""
        if now <= self._ends:
            return False
        slow = self._bytes < self._times.slowest * self._times.body_idle
        self.begin(now)
        return slow
