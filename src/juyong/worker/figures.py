"""Counts of what scheduled work did in this process, for /metrics and /health."""

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from juyong.store.queue import Depth

BOUNDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0)
WitnessState = Literal["off", "starting", "cosigned", "behind", "unknown", "refused"]
"""Of the witness: none is set; not asked yet; the log is cosigned as it was a moment ago; no answer
that counts; it does not know the log; it refuses the log."""
Count = Literal["runs", "failures", "retries", "dead_letters", "over_budget", "passed_over"]
_MEANINGS: dict[Count, str] = {
    "runs": "Runs of jobs and sweeps, and rounds of the ledger.",
    "failures": "Runs that raised.",
    "retries": "Items put back into the queue to be tried again.",
    "dead_letters": "Items given up after their last attempt.",
    "over_budget": "Transactions that wrote more rows than their job may.",
    "passed_over": "Pieces of work that failed while their job went on, and are tried again.",
}


class _Durations(msgspec.Struct):
    counts: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Figures:
    """Counted by threads, read by pages.

    state: What the worker's task is doing. restarts: How often it ended and was started again.
    witness: How it stands with the witness. leaves: Of the log when the witness was asked last.
    cosigned_leaves: How many of them it cosigned.
    """

    def __init__(self) -> None:
        self.state: Literal["starting", "running", "restarting"] = "starting"
        self.restarts = 0
        self.witness: WitnessState = "off"
        self.leaves = self.cosigned_leaves = 0
        self._lock = threading.Lock()
        self._counts: dict[Count, Counter[str]] = {name: Counter() for name in _MEANINGS}
        self._durations: dict[str, _Durations] = defaultdict(_Durations)

    def count(self, what: Count, job: str) -> None:
        """Count one of something for a job."""
        with self._lock:
            self._counts[what][job] += 1

    def counted(self, what: Count, job: str) -> int:
        """Return how many of something were counted for a job."""
        return self._counts[what][job]

    def over_budget(self, job: str, _rows: int) -> None:
        """Count a transaction over budget (see juyong.api.bench)."""
        self.count("over_budget", job)

    def took(self, job: str, seconds: float) -> None:
        """Note how long a run took."""
        with self._lock:
            durations = self._durations[job]
            durations.counts[bisect_left(BOUNDS, seconds)] += 1
            durations.total += seconds

    def collect(self) -> Iterator[Any]:
        """Yield the metric families (the prometheus_client collector protocol)."""
        from prometheus_client.core import (  # noqa: PLC0415  # counting does not need it
            CounterMetricFamily,
            HistogramMetricFamily,
        )

        with self._lock:
            counts = {what: dict(found) for what, found in self._counts.items()}
            durations = {job: (list(d.counts), d.total) for job, d in self._durations.items()}
        for what, meaning in _MEANINGS.items():
            family = CounterMetricFamily(f"juyong_job_{what}", meaning, labels=["job"])
            for job, number in sorted(counts[what].items()):
                family.add_metric([job], number)
            yield family
        seconds = HistogramMetricFamily("juyong_job_seconds", "How long runs took.", labels=["job"])
        for job, (buckets, total) in sorted(durations.items()):
            seconds.add_metric([job], list(_cumulated(buckets)), total)
        yield seconds
        restarts = CounterMetricFamily(
            "juyong_worker_restarts", "How often the worker ended and was started again."
        )
        restarts.add_metric([], self.restarts)
        yield restarts
        if self.witness != "off":
            yield from self._of_witness()

    def _of_witness(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        leaves = GaugeMetricFamily("juyong_log_leaves", "Leaves of the log.")
        leaves.add_metric([], self.leaves)
        yield leaves
        cosigned = GaugeMetricFamily(
            "juyong_witness_cosigned_leaves", "Leaves of the log that the witness cosigned."
        )
        cosigned.add_metric([], self.cosigned_leaves)
        yield cosigned
        refuses = GaugeMetricFamily(
            "juyong_witness_refuses", "1 while the witness refuses the log, which is a fork."
        )
        refuses.add_metric([], self.witness == "refused")
        yield refuses


class QueueFigures:
    """A collector of the queue's counts, as they were a moment ago."""

    def __init__(self, depths: Iterable[Depth], now: int) -> None:
        self._depths, self._now = list(depths), now

    def collect(self) -> Iterator[Any]:
        """Yield the metric families."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        items = GaugeMetricFamily(
            "juyong_queue_items", "Items in the queue.", labels=["job", "state"]
        )
        oldest = GaugeMetricFamily(
            "juyong_queue_oldest_due_seconds",
            "For how long the longest due item has been due.",
            labels=["job"],
        )
        for depth in self._depths:
            items.add_metric([depth.kind, "waiting"], depth.waiting)
            items.add_metric([depth.kind, "dead"], depth.dead)
            age = 0 if depth.oldest_due is None else self._now - depth.oldest_due
            oldest.add_metric([depth.kind], age)
        yield items
        yield oldest


def _cumulated(buckets: list[int]) -> Iterator[tuple[str, int]]:
    total = 0
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += number
        yield bound, total
