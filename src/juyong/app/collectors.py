"""The collectors of metrics: the page `/metrics` and telemetry show the same ones.

The page reads the store from the event loop, telemetry from a thread; both give `stored` to the
store, and what the store answers to `all_of`.
"""

from juyong.app.planes.planes import Planes
from juyong.app.review_figures import ReviewFigures
from juyong.base.clock import Instant
from juyong.gateway.metrics import Collector, Metrics
from juyong.services.network.facade import last_review
from juyong.store.queue import depths
from juyong.store.transaction import Transaction
from juyong.worker.figures import Figures, QueueFigures

Stored = tuple[Collector, ...]


def stored(tx: Transaction, now: Instant) -> Stored:
    """Read the collectors whose counts are in the store."""
    return QueueFigures(depths(tx, now), now), ReviewFigures(last_review(tx))


def all_of(
    metrics: Metrics, figures: Figures, planes: Planes, held: Stored = ()
) -> tuple[Collector, ...]:
    """Return every collector.

    Args:
        metrics: Of this process. figures: Of this process. planes: Of this process.
        held: Of the store; none where the store does not answer, since the counts of this process
            are worth having without it.
    """
    return (metrics, figures, planes, *held)
