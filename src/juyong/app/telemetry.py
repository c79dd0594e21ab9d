"""Send what `/metrics` shows to a collector of OpenTelemetry, once a minute.

Source: OTLP 1.x over HTTP, JSON encoding; metrics data model (documented). Counts are sums since
the server started, so a collector that was away misses no call.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from juyong import __version__
from juyong.app.named_server import NamedServer
from juyong.app.settings import Settings
from juyong.base.addresses import networks
from juyong.base.clock import Clock, Instant
from juyong.gateway.metrics import Collector

EVERY_SECONDS = 60.0
_PATH = "/v1/metrics"
_JSON = {"Content-Type": "application/json"}
_MOST_ANSWER_BYTES = 64 * 1024
_CUMULATIVE = 2
_SUCCESS = range(200, 300)


class NotTaken(Exception):
    """The collector did not take the metrics; the text has the status."""


class Telemetry:
    """Sends metrics.

    Args:
        server: The collector; `/v1/metrics` is below its URL.
        collectors: Returns what to send, as it is now.
        service: Named to the collector as `service.name` and `service.version`.
        clock: The present.
    """

    def __init__(
        self,
        server: NamedServer,
        collectors: Callable[[], Iterable[Collector]],
        service: tuple[str, str],
        clock: Clock,
    ) -> None:
        self._server = server
        self._collectors = collectors
        self._service = service
        self._clock = clock
        self._began = clock()

    def round(self) -> None:
        """Send all metrics once.

        Raises:
            FetchRefused, OSError: as NamedServer.post.
            NotTaken: the collector refused, or is busy.
        """
        found = [family for each in self._collectors() for family in each.collect()]
        body = encode(found, self._service, began=self._began, now=self._clock())
        status, _ = self._server.post(_PATH, body, _JSON, _MOST_ANSWER_BYTES)
        if status not in _SUCCESS:
            raise NotTaken(f"the collector answered {status}")


def telemetry_of(
    settings: Settings, collectors: Callable[[], Iterable[Collector]], clock: Clock
) -> Telemetry:
    """Return what sends metrics where the settings say; raises as server_of."""
    return Telemetry(server_of(settings), collectors, ("juyong", __version__), clock)


def server_of(settings: Settings) -> NamedServer:
    """Return the collector of the settings.

    Raises:
        BadSetting: `otlp_endpoint` is no URL of one.
    """
    allowed = networks(settings.outbound_allow)
    return NamedServer(settings.otlp_endpoint, "otlp_endpoint", allowed)


def encode(
    families: Iterable[Any], service: tuple[str, str], *, began: Instant, now: Instant
) -> bytes:
    """Encode metric families of prometheus_client as an ExportMetricsServiceRequest in JSON."""
    times = {"startTimeUnixNano": _nanoseconds(began), "timeUnixNano": _nanoseconds(now)}
    metrics = [_metric(family, times) for family in families]
    named = dict(zip(("service.name", "service.version"), service, strict=True))
    scope = {"scope": {"name": service[0]}, "metrics": metrics}
    resource = {"resource": {"attributes": _attributes(named)}, "scopeMetrics": [scope]}
    return msgspec.json.encode({"resourceMetrics": [resource]})


def _metric(family: Any, times: dict[str, str]) -> dict[str, Any]:
    metric: dict[str, Any] = {"name": family.name, "description": family.documentation}
    if family.type == "histogram":
        points = [{**point, **times} for point in _histograms(family)]
        return metric | {"histogram": {"aggregationTemporality": _CUMULATIVE, "dataPoints": points}}
    points = [
        {"attributes": _attributes(each.labels), "asDouble": float(each.value), **times}
        for each in family.samples
    ]
    if family.type == "counter":
        kind = {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True, "dataPoints": points}
        return metric | {"sum": kind}
    return metric | {"gauge": {"dataPoints": points}}


def _histograms(family: Any) -> Iterator[dict[str, Any]]:
    """Yield a point for each set of labels; buckets come cumulated, and are sent apart."""
    buckets: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for each in family.samples:
        labels = tuple(sorted((k, v) for k, v in each.labels.items() if k != "le"))
        if each.name.endswith("_bucket"):
            buckets.setdefault(labels, []).append((float(each.labels["le"]), each.value))
        elif each.name.endswith("_sum"):
            sums[labels] = each.value
    for labels, found in buckets.items():
        cumulated = [count for _, count in found]
        counts = [b - a for a, b in zip([0.0, *cumulated], cumulated, strict=False)]
        yield {
            "attributes": _attributes(dict(labels)),
            "count": str(int(cumulated[-1])),
            "sum": sums.get(labels, 0.0),
            "bucketCounts": [str(int(count)) for count in counts],
            "explicitBounds": [bound for bound, _ in found[:-1]],
        }


def _nanoseconds(at: Instant) -> str:
    return str(at * 10**9)


def _attributes(labels: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": k, "value": {"stringValue": v}} for k, v in sorted(labels.items())]
