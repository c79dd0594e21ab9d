"""The way to a store: a call is tried again after a pause, and a store that is away has rest."""

import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from juyong.base.chance import backoff
from juyong.blobs.bucket.port import Busy, NoAnswer, Refusal

P = ParamSpec("P")
T = TypeVar("T")
_TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_REST_SECONDS = 3.0
"""How long no call is made after one that had no answer: each would hold a thread until its end."""


class Line:
    """Makes calls to one store; several threads may.

    PERF: a lock would make calls wait for one another; a call too many after a failure is harmless.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._rests_until = 0.0
        self.answered = False
        """Whether the last call had an answer."""

    def ask(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Make a call, up to three times.

        Raises:
            NoAnswer: the store is away; at once where it was a moment ago.
            Busy, Refusal, FileNotFoundError: as it answered in the end.
        """
        if self._clock() < self._rests_until:
            raise NoAnswer("the store of the blobs gave no answer a moment ago")
        for failures in range(1, _TRIES + 1):
            try:
                found = work(*given, **named)
            except (Busy, NoAnswer) as failure:
                if failures == _TRIES:
                    self._note(failure)
                    raise
                self._pause(backoff(failures, _FIRST_PAUSE, _LONGEST_PAUSE))
            except (Refusal, FileNotFoundError):
                self.answered = True
                raise
            else:
                self.answered = True
                return found
        raise AssertionError("the last try returns or raises")

    def _note(self, failure: Exception) -> None:
        if isinstance(failure, NoAnswer):
            self.answered = False
            self._rests_until = self._clock() + _REST_SECONDS
