"""The order of jobs: the job that was started longest ago is next, within the bounds of each."""

from collections import Counter
from collections.abc import Mapping

from juyong.api.job import Job, Periodic

THREADS = 4


class Turns:
    """Decides which job a free thread takes next.

    Of all jobs that have something to do, the one that was started longest ago is next, so that
    none waits for more than one run of each other. Items have all threads but one, and so has work
    by the clock: neither ever waits behind slow runs of the other.

    Args:
        threads: Jobs that run at the same time.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._jobs: dict[str, Job] = {}
        self._hungry: set[str] = set()
        self._looked_since_start: set[str] = set()
        self._running: Counter[str] = Counter()
        self._due: dict[str, float] = {}

    def look(self, jobs: Mapping[str, Job], now: float, *, everything: bool = False) -> None:
        """Let every job that may have something to do have a turn.

        Args:
            jobs: All there are.
            now: The present.
            everything: Also work by the clock whose time has not come.
        """
        for name, job in jobs.items():
            self._jobs.setdefault(name, job)
            if not isinstance(job, Periodic) or everything or self._due.get(name, now) <= now:
                self._hungry.add(name)
                self._looked_since_start.add(name)

    def next(self) -> Job | None:
        """Return the job to start now, which counts as running from here on."""
        busy, most = self._running.total(), max(1, self._threads - 1)
        if busy >= self._threads:
            return None
        items = sum(number for name, number in self._running.items() if not self._by_clock(name))
        for name, job in self._jobs.items():
            if name not in self._hungry:
                continue
            if isinstance(job, Periodic):
                if self._running[name] or busy - items >= most:
                    continue
                self._hungry.discard(name)
            elif self._running[name] >= job.at_once or items >= most:
                continue
            self._running[name] += 1
            self._looked_since_start.discard(name)
            # The order of the dict is the order of the next turns.
            self._jobs[name] = self._jobs.pop(name)
            return job
        return None

    def ended(self, job: Job, *, due: float | None, more: bool) -> None:
        """Note how a run ended.

        Args:
            job: Which.
            due: When there is something to do for it again, if that is known.
            more: Whether there may be more items at once.
        """
        self._running[job.name] -= 1
        if isinstance(job, Periodic):
            # Work that this job left for other jobs begins now, and not at the next look.
            items = {name for name in self._jobs if not self._by_clock(name)}
            self._hungry |= items
            self._looked_since_start |= items
        if more:
            return
        if job.name not in self._looked_since_start:
            self._hungry.discard(job.name)
        self._due.pop(job.name, None)
        if due is not None:
            self._due[job.name] = due

    def next_due(self) -> float | None:
        """Return when a job that is idle has something to do again; None when that is not known."""
        idle = (
            at
            for name, at in self._due.items()
            if name not in self._hungry and not self._running[name]
        )
        return min(idle, default=None)

    def _by_clock(self, name: str) -> bool:
        return isinstance(self._jobs[name], Periodic)
