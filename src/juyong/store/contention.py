"""Second tries: a unit of work that conflicted with another is run again, alone.

A unit runs side by side with others first. Once it conflicted it runs while no other unit does,
and so is done at the second try. Seldom it takes some more: PostgreSQL lets go of a transaction's
locks a moment before it counts the transaction as committed. For two seconds after a conflict
every unit of the process runs alone from its first try: writers that met mostly meet again, and
what is taken back is wasted.
"""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from juyong.base.chance import backoff
from juyong.store.errors import Unavailable

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds after which a unit of work is given up."""
_CAREFUL = 2.0
"""Seconds after a conflict in which units run alone from their start."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.25
"""Seconds before a unit that conflicted although it ran alone is run again."""


class Again(Exception):
    """The database took back what a unit of work did; nothing of it is left."""


class Attempt(Protocol[T_co]):
    """One try of a unit of work."""

    def __call__(self, *, alone: bool, seconds: float) -> T_co:
        """Run the unit and commit it.

        Args:
            alone: Wait until no other unit runs, and keep others from starting.
            seconds: How long to wait for that, or for a unit that runs alone.

        Raises:
            Again: it conflicted.
        """
        ...


class Contention:
    """Runs units of work until each is done; all threads of a process share one."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._pause = clock, pause
        self._careful_until = clock()

    def until_done(self, attempt: Attempt[T]) -> T:
        """Try a unit of work until it is committed.

        Raises:
            Unavailable: it conflicted for 10 seconds; nothing was done.
        """
        now = self._clock()
        end = now + PATIENCE
        alone = now < self._careful_until
        failed_alone = 0
        while True:
            try:
                return attempt(alone=alone, seconds=end - now)
            except Again as conflict:
                cause = conflict
            if alone:
                # A transaction that does not pass the gate, or has just passed: only time helps.
                failed_alone += 1
                self._pause(backoff(failed_alone, _FIRST_PAUSE, _LONGEST_PAUSE))
            now = self._clock()
            if now >= end:
                raise Unavailable("the transaction kept conflicting with others") from cause
            self._careful_until = now + _CAREFUL
            alone = True
