"""The Core Rule Set's own regression tests, in process, under the model engine."""

import pytest
from tests.inspect_suite.rule_sets import crs4, crs4_folder
from tests.inspect_suite.running import fault, ids, inspect, inspected
from tests.inspect_suite.stages import Stage, stages
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.http import Response
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Phase

SHARES = 4
LEAST = 0.995
KNOWN = {
    "920620-1": "the test wants a front that joins two Content-Type headers into one",
    "942101-11": "@detectSQLi finds the whole query in a path; libinjection finds none there",
}
"""Stages that fail, each with its cause."""


@pytest.fixture(scope="module")
def engine() -> ModelEngine:
    return ModelEngine(crs4())


@pytest.fixture(scope="module")
def suite() -> list[Stage]:
    return list(stages(crs4_folder() / "tests"))


def test_the_suite_is_there_whole(suite: list[Stage]) -> None:
    judged = [stage for stage in suite if stage.judged]
    assert len(suite) > 4_600
    assert len(judged) > 4_600
    assert len(KNOWN) < (1 - LEAST) * len(judged)
    print(f"{len(judged)} of {len(suite)} stages are judged by ids or texts of the log")


@pytest.mark.parametrize("share", range(SHARES))
def test_stages_end_as_the_suite_says(engine: ModelEngine, suite: list[Stage], share: int) -> None:
    judged = [stage for stage in suite[share::SHARES] if stage.judged]
    faults: dict[str, str] = {}
    for stage in judged:
        report = inspect(engine, stage)
        assert report is None or not report.partial
        if text := fault(stage, report):
            faults[stage.name] = text
    print(f"share {share}: {len(judged) - len(faults)} of {len(judged)} stages pass; {faults}")
    ours = {stage.name for stage in judged}
    assert faults.keys() == KNOWN.keys() & ours


HEADERS = ((b"Host", b"shop.example"), (b"User-Agent", b"a browser"), (b"Accept", b"*/*"))
PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))


def test_an_attack_is_stopped_where_the_rules_are_on() -> None:
    engine = ModelEngine(crs4(level=1, more="SecRuleEngine On"))
    asked = request(b"/?q=<script>alert(1)</script>", headers=HEADERS)
    report = inspected(engine, asked, b"", PAGE, b"")
    assert report.verdict is not None
    assert report.enforced
    assert (report.verdict.rule, report.verdict.status) == (949110, 403)
    assert report.verdict.phase is Phase.REQUEST_BODY
    assert 941110 in ids(report)
    assert dict(report.scores)["xss_score"] >= 5


def test_a_page_passes_where_the_rules_are_on() -> None:
    engine = ModelEngine(crs4(level=1, more="SecRuleEngine On"))
    report = inspected(engine, request(b"/?q=hello", headers=HEADERS), b"", PAGE, b"<p>hello")
    assert report.verdict is None
    assert ids(report) == frozenset()
    assert dict(report.scores)["blocking_inbound_anomaly_score"] == 0
