"""The rules of no use, for `/metrics`."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from juyong.services.network.usage.tables import ReviewRow, UnusedRow
from juyong.store.transaction import Transaction


class ReviewFigures:
    """A collector of what the last review found; it yields nothing before the first one."""

    def __init__(self, tx: Transaction) -> None:
        self._review = tx.get(ReviewRow, "unused")
        self._counts = Counter(row.why for row in tx.find(UnusedRow)) if self._review else {}

    def collect(self) -> Iterator[Any]:
        """Yield the metric families."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        if self._review is None:
            return
        rules = GaugeMetricFamily(
            "juyong_network_unused_rules", "Rules of no use, by the reason.", labels=["why"]
        )
        for why, count in sorted(self._counts.items()):
            rules.add_metric([why], count)
        yield rules
        at = GaugeMetricFamily(
            "juyong_network_review_timestamp_seconds", "When the rules were reviewed last."
        )
        at.add_metric([], self._review.at)
        yield at
