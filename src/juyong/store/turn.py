"""The turn to write, which the threads of one process and its event loop take one by one."""

import threading
from collections import deque
from collections.abc import Callable


class WriteTurn:
    """Held by the thread, or the loop, that writes to the database.

    The event loop never waits for a turn: it asks, and is told when one is free. Threads wait in
    the order in which they came. The holder hands a turn on when it ends: a thread to the loop,
    since many calls wait behind it, and the loop to a thread; so neither starves the other.
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._taken = False
        self._loop_waits: Callable[[], None] | None = None
        self._threads: deque[threading.Event] = deque()

    def ask(self, tell: Callable[[], None]) -> bool:
        """Take the turn if it is free; otherwise `tell` is called once it is, from any thread."""
        with self._changing:
            if self._taken:
                self._loop_waits = tell
                return False
            self._loop_waits = None
            self._taken = True
            return True

    def forgo(self) -> None:
        """Let threads go first again: the loop does not wait any more."""
        with self._changing:
            self._loop_waits = None
            if not self._taken:
                self._hand_on()

    def wait(self, seconds: float) -> bool:
        """Take the turn, or return False after some time."""
        with self._changing:
            if not self._taken and self._loop_waits is None:
                self._taken = True
                return True
            mine = threading.Event()
            self._threads.append(mine)
        mine.wait(seconds)
        with self._changing:
            if not mine.is_set():
                self._threads.remove(mine)
            return mine.is_set()

    def give_back(self) -> None:
        """End the turn."""
        with self._changing:
            tell = self._loop_waits
            self._taken = False
            if tell is None:
                self._hand_on()
        if tell is not None:
            try:
                tell()
            except RuntimeError:  # The loop is closed: no call waits there any more.
                self.forgo()

    def _hand_on(self) -> None:
        if self._threads:
            self._taken = True
            self._threads.popleft().set()
