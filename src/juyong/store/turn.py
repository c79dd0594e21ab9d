"""Whose turn it is to write, among the threads of one process and its event loop."""

import threading
from collections.abc import Callable


class WriteTurn:
    """Held by whoever writes to the database.

    The event loop never waits for a turn: it asks, and is told when one is free. Threads wait, and
    let the loop go first, since many calls wait behind it.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._taken = False
        self._loop_waits: Callable[[], None] | None = None

    def ask(self, tell: Callable[[], None]) -> bool:
        """Take the turn if it is free; otherwise `tell` is called once it is, from any thread."""
        with self._change:
            if self._taken:
                self._loop_waits = tell
                return False
            self._loop_waits = None
            self._taken = True
            return True

    def forgo(self) -> None:
        """Let others go first again: the loop does not wait any more."""
        with self._change:
            self._loop_waits = None
            self._change.notify()

    def wait(self, seconds: float) -> bool:
        """Take the turn, or return False after some time."""
        with self._change:
            if not self._change.wait_for(self._is_free, seconds):
                return False
            self._taken = True
            return True

    def give_back(self) -> None:
        """End the turn."""
        with self._change:
            self._taken = False
            tell = self._loop_waits
            if tell is None:
                self._change.notify()
        if tell is not None:
            try:
                tell()
            except RuntimeError:  # The loop is closed: nobody waits there any more.
                self.forgo()

    def _is_free(self) -> bool:
        return not self._taken and self._loop_waits is None
