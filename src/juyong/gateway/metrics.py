"""Counters for Prometheus: calls by product, operation and outcome; never by identity or key.

Other parts of the platform add collectors of their own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from juyong.api.answers import Answer
from juyong.api.operation_spec import Operation
from juyong.api.usage import Usage
from juyong.gateway.stages import Routed


class Collector(Protocol):
    """Gives metric families, as prometheus_client asks for them."""

    def collect(self) -> Iterator[Any]:
        """Yield the metric families."""
        ...


def rendered(collectors: Iterable[Collector]) -> bytes:
    """Return the exposition text of collectors."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415

    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)


class Metrics:
    """Counts calls in the registry; rendering imports prometheus_client, counting does not."""

    def __init__(self, usage: Usage | None = None) -> None:
        self.usage = usage or Usage()
        self.reads_redone: Counter[tuple[str, str]] = Counter()
        """Calls that wrote, though their operation is declared to read only: a mistake."""

    def count(self, routed: Routed | None, answer: Answer, seconds: float = 0.0) -> None:
        """Count one answered call, which took so many seconds."""
        # Labels come from declared operations only, so a client cannot invent new ones.
        if routed is None:
            self.usage.count("none", "none", status=answer.status, seconds=seconds)
            return
        operation = routed.operation
        self.usage.count(
            operation.product.code,
            operation.name,
            status=answer.status,
            code=answer.code,
            seconds=seconds,
            account_id=routed.met.account_id,
            at=routed.now,
        )

    def redone(self, operation: Operation) -> None:
        """Count a read that had to be done again as a write."""
        self.reads_redone[operation.product.code, operation.name] += 1

    def collect(self) -> Iterator[Any]:
        """Yield the metric families (the prometheus_client collector protocol)."""
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415

        family = CounterMetricFamily(
            "juyong_calls", "Calls answered.", labels=["product", "operation", "status"]
        )
        totals, seconds = self.usage.all()
        for labels, count in sorted(totals.items()):
            family.add_metric(list(labels), count)
        yield family
        took = CounterMetricFamily(
            "juyong_call_seconds",
            "Seconds that calls took, in all.",
            labels=["product", "operation"],
        )
        for operation, total in sorted(seconds.items()):
            took.add_metric(list(operation), total)
        yield took
        lost = CounterMetricFamily(
            "juyong_minutes_lost",
            "Minutes of calls that were dropped, since the store took none for an hour.",
        )
        lost.add_metric([], self.usage.lost)
        yield lost
        redone = CounterMetricFamily(
            "juyong_reads_redone",
            "Calls done again as writes although they are declared to read only.",
            labels=["product", "operation"],
        )
        for names, count in sorted(self.reads_redone.items()):
            redone.add_metric(list(names), count)
        yield redone
