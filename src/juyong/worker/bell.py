"""The bell by which a call asks for a round of the worker before its time."""

import asyncio
from contextlib import suppress

_MOMENT_SECONDS = 0.3
_LEAST_SECONDS = 3.0


class Bell:
    """Rung by calls, from any thread, while their transactions are still open; heard by one worker.

    A ring that comes before its commit is found by a later round: nothing depends on a ring.
    """

    def __init__(
        self, moment_seconds: float = _MOMENT_SECONDS, least_seconds: float = _LEAST_SECONDS
    ) -> None:
        """Make a bell.

        Args:
            moment_seconds: From a ring to its round, in which the transaction commits.
            least_seconds: Between rounds that were rung for, since callers decide how often.
        """
        self._moment, self._least = moment_seconds, least_seconds
        self._rung = False
        self._next_at = 0.0
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def ring(self) -> None:
        """Ask for a round; many rings are one."""
        self._rung = True
        waiting = self._waiting
        if waiting is not None:
            loop, heard = waiting
            with suppress(RuntimeError):  # The loop is closed: no worker listens any more.
                loop.call_soon_threadsafe(heard.set)

    async def wait(self, seconds: float) -> None:
        """Return after some seconds, or a moment after a ring."""
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        self._waiting = (loop, heard)
        if not self._rung:
            with suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), seconds)
        if self._rung:
            await asyncio.sleep(max(self._moment, self._next_at - loop.time()))
            self._rung = False
            self._next_at = loop.time() + self._least
