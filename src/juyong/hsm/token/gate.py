"""The gate of the module: many callers inside, or one that initialises the module anew."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from juyong.hsm.errors import HsmUnavailable


class Gate:
    """Lets calls in until one call needs the module empty.

    serial: Set for a module that cannot lock itself: one call at a time.
    """

    def __init__(self, wait_seconds: float) -> None:
        self.serial = False
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._inside = 0
        self._shut = False

    def __enter__(self) -> None:
        with self._changed:
            if (self._shut or (self.serial and self._inside)) and not self._changed.wait_for(
                lambda: not self._shut and not (self.serial and self._inside), self._wait_seconds
            ):
                raise HsmUnavailable("the module is busy with another call")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            if self._shut or self.serial:
                self._changed.notify_all()

    @contextmanager
    def empty(self) -> Iterator[None]:
        """Wait until all calls have left, and keep others out.

        Raises:
            HsmUnavailable: a call does not leave in time.
        """
        with self._changed:
            self._shut = True
            try:
                if not self._changed.wait_for(lambda: not self._inside, self._wait_seconds):
                    raise HsmUnavailable("a call hangs inside the module")
                yield
            finally:
                self._shut = False
                self._changed.notify_all()
