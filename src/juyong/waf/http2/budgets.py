"""How much a client may ask for without doing anything useful, on one connection.

Source: CVE-2023-44487, CVE-2025-8671 and RFC 9113, 10.5 (documented); the numbers are
chosen here (assumed).
"""

from typing import Final

RESETS: Final = (200, 20)
"""Streams that end by a fault or by the client's will: of a browser that leaves a page, about a
hundred at once."""
FRAMES: Final = (1_000, 100)
"""Frames that the proxy must answer, or that carry nothing."""


class Budget:
    """Tokens that come back with time.

    Args:
        burst: Tokens at first, and at most.
        rate: Tokens a second that come back.
        now: On the clock of `take`, in seconds.
    """

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, burst: int, rate: int, now: float) -> None:
        self._burst, self._rate = burst, rate
        self._left = float(burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take a token; False where none is left."""
        if now > self._at:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
