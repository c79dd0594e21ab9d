"""The page /metrics shows jobs and the queue."""

import asyncio
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from tests.commands import juyong

from juyong.app.pages import local_pages
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state import State, check
from juyong.base.clock import Instant
from juyong.store import queue
from juyong.store.errors import Unavailable

NOW = Instant(1_800_000_000)


def samples(body: bytes) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_jobs_and_the_queue_are_counted(tmp_path: Path) -> None:
    running = open_platform(tmp_path / "home", settings=Settings(), clock=lambda: NOW)
    figures = running.figures
    for what in (
        "runs",
        "runs",
        "failures",
        "retries",
        "dead_letters",
        "over_budget",
        "passed_over",
    ):
        figures.count(what, "kms.keys")  # type: ignore[arg-type]
    figures.took("kms.keys", 0.05)
    figures.took("kms.keys", 100.0)
    for key, due in (("a", NOW - 30), ("b", NOW + 30), ("c", NOW - 40)):
        running.store.call(
            lambda tx, k=key, d=due: queue.put(tx, "fc.run", k, now=NOW, due=Instant(d))
        )
    page = running.application._pages["GET", "/metrics"]
    found = samples(asyncio.run(page(None)).body)  # type: ignore[arg-type]
    expected = {
        ("juyong_job_runs_total", "kms.keys"): 2,
        ("juyong_job_failures_total", "kms.keys"): 1,
        ("juyong_job_retries_total", "kms.keys"): 1,
        ("juyong_job_dead_letters_total", "kms.keys"): 1,
        ("juyong_job_over_budget_total", "kms.keys"): 1,
        ("juyong_job_passed_over_total", "kms.keys"): 1,
        ("juyong_job_seconds_bucket", "kms.keys", "0.01"): 0,
        ("juyong_job_seconds_bucket", "kms.keys", "0.1"): 1,
        ("juyong_job_seconds_bucket", "kms.keys", "600.0"): 2,
        ("juyong_job_seconds_bucket", "kms.keys", "+Inf"): 2,
        ("juyong_job_seconds_count", "kms.keys"): 2,
        ("juyong_job_seconds_sum", "kms.keys"): 100.05,
        ("juyong_queue_items", "fc.run", "waiting"): 3,
        ("juyong_queue_items", "fc.run", "dead"): 0,
        ("juyong_queue_oldest_due_seconds", "fc.run"): 40,
        ("juyong_worker_restarts_total",): 0,
    }
    assert {name: found.get(name) for name in expected} == expected
    running.close()


def test_counts_are_shown_while_the_store_is_down(tmp_path: Path) -> None:
    running = open_platform(tmp_path / "home", settings=Settings())

    class Down:
        async def read(self, _work: object, **_how: bool) -> None:
            raise Unavailable("no")

    parts = (running.metrics, running.figures, Down(), running.pipeline)
    pages = local_pages(*parts, hardware=running.hardware, planes=running.planes)  # type: ignore[arg-type]
    body = asyncio.run(pages["GET", "/metrics"](None)).body  # type: ignore[arg-type]
    assert ("juyong_worker_restarts_total",) in samples(body)
    running.close()


def test_a_check_names_what_was_given_up_and_what_no_job_does(tmp_path: Path) -> None:
    running = open_platform(tmp_path / "home", settings=Settings(), clock=lambda: NOW)
    state = State(
        home=running.home, settings=running.settings, keys=running.keys, store=running.store
    )

    def fill(tx: queue.Transaction) -> None:
        queue.put(tx, "fc.run", "I1", now=NOW)
        taken = queue.claim(tx, "fc.run", now=NOW, lease_seconds=9)
        assert taken is not None
        queue.fail(tx, taken, now=NOW, error="KeyError", seconds=None)
        queue.put(tx, "of.tomorrow", "x", now=NOW)

    running.store.call(fill)
    found = [(f.code, f.where, f.severity) for f in check(state, now=NOW)]
    assert found == [
        ("work-given-up", "fc.run I1", "notice"),
        ("work-unknown", "of.tomorrow", "notice"),
    ]
    running.close()
    told = juyong("check", "--home", running.home.path, "--retry")
    assert "notice: work-given-up: fc.run I1: given up after 1 attempts: KeyError" in told.out
    assert "1 items of work are due again" in told.out
    assert told.status == 0
    told = juyong("check", "--home", running.home.path)
    assert "work-given-up" not in told.out
