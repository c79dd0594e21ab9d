"""Metrics reach a collector of OpenTelemetry in the form that its own library reads."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from prometheus_client.parser import text_string_to_metric_families

from juyong.api.context import FetchRefused
from juyong.app.platform import open_platform
from juyong.app.server import worker_of
from juyong.app.settings import BadSetting, Settings
from juyong.app.telemetry import NotTaken, server_of, telemetry_of
from juyong.base.clock import Instant
from juyong.worker.figures import Figures

NOW = Instant(1_800_000_000)


@contextmanager
def collector(status: int = 200) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Answer on loopback; gives the URL, and what came: path and body."""
    heard: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/json"
            heard.append((self.path, body))
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def attributes(point: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in point.attributes}


def test_a_server_sends_what_its_page_shows(tmp_path: Path) -> None:
    with collector() as (url, heard):
        settings = Settings(otlp_endpoint=f"{url}/otlp/")
        times = map(Instant, count(NOW))
        running = open_platform(tmp_path / "home", settings=settings, clock=lambda: next(times))
        try:
            running.pipeline.metrics.usage.count("Ram", "GetUser", status=200, seconds=0.5)
            running.figures.took("kms.keys", 0.05)
            running.figures.took("kms.keys", 1000.0)
            (errand,) = worker_of(running).errands
            errand.round()
            errand.round()
            page = running.application._pages["GET", "/metrics"]
            body = asyncio.run(page(None)).body  # type: ignore[arg-type]
            shown = list(text_string_to_metric_families(body.decode()))
        finally:
            running.close()
    assert [path for path, _ in heard] == ["/otlp/v1/metrics"] * 2
    first, second = (
        json_format.Parse(body, ExportMetricsServiceRequest()).resource_metrics[0]
        for _, body in heard
    )
    assert attributes(first.resource)["service.name"] == "juyong"
    found = {each.name: each for each in first.scope_metrics[0].metrics}
    calls = found["juyong_calls"].sum
    assert calls.is_monotonic
    assert (
        calls.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    )
    (point,) = calls.data_points
    assert attributes(point) == {"product": "Ram", "operation": "GetUser", "status": "200"}
    assert point.as_double == 1
    (took,) = found["juyong_job_seconds"].histogram.data_points
    assert (attributes(took), took.count, took.sum) == ({"job": "kms.keys"}, 2, 1000.05)
    assert list(took.explicit_bounds) == [0.01, 0.1, 1.0, 10.0, 60.0, 600.0]
    assert list(took.bucket_counts) == [0, 1, 0, 0, 0, 0, 1]
    assert found["juyong_queue_items"].HasField("gauge")
    assert set(found) == {family.name for family in shown}
    (again,) = (
        each.sum.data_points[0]
        for each in second.scope_metrics[0].metrics
        if each.name == "juyong_calls"
    )
    assert again.start_time_unix_nano == point.start_time_unix_nano < point.time_unix_nano
    assert again.time_unix_nano > point.time_unix_nano


def test_a_collector_that_refuses_is_told() -> None:
    with collector(503) as (url, _):
        work = telemetry_of(Settings(otlp_endpoint=url), lambda: [Figures()], lambda: NOW)
        with pytest.raises(NotTaken, match="503"):
            work.round()


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "ftp://x", "http://u:p@x", "http://x/?token=1"])
def test_an_endpoint_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="otlp_endpoint"):
        open_platform(tmp_path / "home", settings=Settings(otlp_endpoint=url))


def test_a_name_leads_to_public_addresses_alone() -> None:
    server = server_of(Settings(otlp_endpoint="http://metadata.internal"))
    server._guard._resolve = lambda _host, _port: ["100.100.100.200"]
    with pytest.raises(FetchRefused):
        server.post("/v1/metrics", b"{}", {}, 10)
