"""The findings of the last review of the networks, for `/metrics`."""

from collections.abc import Iterator
from typing import Any

from juyong.services.network.facade import LastReview


class ReviewFigures:
    """A collector of the rules of no use; it yields nothing before the first review."""

    def __init__(self, review: LastReview | None) -> None:
        self._review = review

    def collect(self) -> Iterator[Any]:
        """Yield the metric families."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        if self._review is None:
            return
        rules = GaugeMetricFamily(
            "juyong_network_unused_rules", "Rules of no use, by the reason.", labels=["why"]
        )
        for why, count in sorted(self._review.unused.items()):
            rules.add_metric([why], count)
        yield rules
        at = GaugeMetricFamily(
            "juyong_network_review_timestamp_seconds", "When the rules were reviewed last."
        )
        at.add_metric([], self._review.at)
        yield at
