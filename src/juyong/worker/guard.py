"""The guard around work: an exception is caught, reported and counted, and the work is put off."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from juyong.base.chance import backoff
from juyong.base.clock import Clock
from juyong.worker.figures import Figures

T = TypeVar("T")
Report = Callable[[str, str], None]
"""Hears of failed work: its name, and the reason."""
LONGEST_PAUSE_SECONDS = 300.0


@dataclass(slots=True)
class _Standing:
    failures: int = 0
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Guard:
    """Runs named work. What failed is left alone for a while, twice as long each time.

    first_pause: Seconds after a first failure.
    """

    clock: Clock
    report: Report
    figures: Figures
    first_pause: float
    _standings: dict[str, _Standing] = field(default_factory=dict)

    def may_run(self, name: str) -> bool:
        """Tell whether work did not fail a moment ago."""
        standing = self._standings.get(name)
        return standing is None or standing.not_before <= self.clock()

    def not_before(self, name: str) -> float:
        """Return when work that failed may run again; 0 if it may at any time."""
        standing = self._standings.get(name)
        return 0.0 if standing is None else standing.not_before

    def run(self, name: str, work: Callable[[], T], *, put_off: bool = True) -> T | None:
        """Run work and return its result, or None when it raised anything at all.

        Args:
            name: Of the work.
            work: Returns a value other than None.
            put_off: Whether a failure puts off all work of that name.
        """
        began = time.monotonic()
        self.figures.count("runs", name)
        try:
            result = work()
        except BaseException as failure:  # noqa: BLE001  # nothing of a job's ends the worker
            self.figures.count("failures", name)
            if put_off:
                self._put_off(name)
            self.tell(name, repr(failure))
            return None
        else:
            self._standings.pop(name, None)
            return result
        finally:
            self.figures.took(name, time.monotonic() - began)

    def tell(self, name: str, cause: str) -> None:
        """Report something; a listener that fails is not heard again about that."""
        try:
            self.report(name, cause)
        except Exception:  # noqa: BLE001  # there is nowhere left to tell
            self.figures.count("failures", "report")

    def _put_off(self, name: str) -> None:
        standing = self._standings.setdefault(name, _Standing())
        standing.failures += 1
        pause = backoff(standing.failures, self.first_pause, LONGEST_PAUSE_SECONDS)
        standing.not_before = self.clock() + pause
