"""Work that a thread does while the event loop goes on."""

import asyncio
from collections.abc import Callable
from typing import Any


class ThreadWork:
    """One piece of work on a thread at a time.

    A call that is cancelled leaves its work to end: `settle` waits until no thread uses what the
    call lets go of next.
    """

    def __init__(self) -> None:
        self._running: asyncio.Future[Any] | None = None

    async def begin(self, work: Callable[..., object], *given: object) -> None:
        """Begin a piece of work when the one before has ended; raises what that one raised."""
        await self.end()
        self._running = asyncio.ensure_future(asyncio.to_thread(work, *given))

    async def end(self) -> Any:
        """Wait for the work and return its result."""
        if self._running is None:
            return None
        found = await asyncio.shield(self._running)
        self._running = None
        return found

    async def settle(self) -> None:
        """Wait until the work has ended, whatever came of it."""
        if self._running is not None:
            await asyncio.wait([self._running])
            if not self._running.cancelled():
                self._running.exception()
