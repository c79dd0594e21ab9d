"""The lives of one plane: how long each held, and the pause before the next."""

import time
from dataclasses import dataclass

from juyong.base.chance import backoff

_LOOP = 2
"""Ends in a row from which on a plane is said to fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times of supervision, in seconds.

    look: Between looks at whether a plane is alive and what happened. first, longest: Pauses
    before a plane is started again, twice as long each time. sound: A plane that held a desired
    state for so long ends for a new reason. worth: A plane that held a state for so many times the
    pause ahead of its life does so too: kills now and then cost no long pause, and a plane that
    ends as soon as it began does not live without pauses.
    """

    look: float = 1.0
    first: float = 0.2
    longest: float = 60.0
    sound: float = 60.0
    worth: float = 20.0


PACE = Pace()


class Lives:
    """Counts how often a plane ended in a row, and tells how long to wait before its next life.

    in_a_row: The ends without a sound life between.
    """

    __slots__ = ("_held_since", "_pace", "_pause", "in_a_row")

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._held_since: float | None = None
        """When this life of the plane came to hold a desired state."""
        self._pause = 0.0
        """Seconds of the pause ahead of this life."""
        self.in_a_row = 0

    def begin(self) -> None:
        """Begin a life, which holds no desired state yet."""
        self._held_since = None

    def hold(self) -> None:
        """Note that this life holds a desired state."""
        if self._held_since is None:
            self._held_since = time.monotonic()

    def end(self) -> float:
        """Note that this life ended; returns the seconds to wait before the next."""
        self.in_a_row = 1 if self._is_sound() else self.in_a_row + 1
        self._pause = backoff(self.in_a_row, self._pace.first, self._pace.longest)
        return self._pause

    def is_loop(self) -> bool:
        """Tell whether the plane only ends and starts again."""
        return self.in_a_row >= _LOOP

    def is_well(self) -> bool:
        """Tell whether this life is one that need not be said to fail."""
        return not self.is_loop() or self._is_sound()

    def _is_sound(self) -> bool:
        if self._held_since is None:
            return False
        needed = min(self._pace.sound, self._pace.worth * self._pause)
        return time.monotonic() - self._held_since >= needed
