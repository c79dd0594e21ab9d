"""The one moment that a connection waits for."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Does something at a moment, unless the moment is moved or forgotten before.

    PERF: at most one timer exists, whatever the connection waits for: when it fires early, because
    the deadline was moved meanwhile, it is set again. A request and its answer touch no timer.

    then: Done at the moment; None while nothing is expected.
    """

    __slots__ = ("_at", "_loop", "_set_to", "_timer", "then")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._at = self._set_to = 0.0
        self.then: Callable[[], None] | None = None

    def expect(self, at: float, then: Callable[[], None]) -> None:
        """Wait for another moment, of the loop's time, in place of the one before."""
        self._at, self.then = at, then
        if self._timer is not None:
            if self._set_to <= at:
                return
            self._timer.cancel()
        self._set(at)

    def end(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        self.then = None

    def _set(self, at: float) -> None:
        self._set_to = at
        self._timer = self._loop.call_at(at, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        then = self.then
        if then is None:
            return
        if self._loop.time() < self._at:
            self._set(self._at)
            return
        self.then = None
        then()
