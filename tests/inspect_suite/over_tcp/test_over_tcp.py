"""The runner of the suite over TCP: how it judges, and a share of the suite through the proxy."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import uvloop
from tests.inspect_suite.over_tcp.judging import Differs, Kind, Override, outcome
from tests.inspect_suite.over_tcp.overrides import OVERRIDES
from tests.inspect_suite.over_tcp.run import outcomes, report, share_of
from tests.inspect_suite.rule_sets import crs4_folder
from tests.inspect_suite.stages import Stage, stages

from juyong.engines.inspect.http import Response

SHARE = 40
CORAZA_LINES = 52
"""Of the override file of Coraza, the engine nearest to ours."""
WHOLE = Response(status=200, version="HTTP/1.1", headers=())


def stage(**expected: Any) -> Stage:
    return Stage(
        name="one", sent=b"", request=None, body=b"", response=WHOLE, answer=b"", **expected
    )


def row(*rules: int, refused: str = "") -> dict[str, Any]:
    detail = [{"id": str(each), "msg": "said", "variable": "ARGS:q"} for each in rules]
    return {"refused": refused, "upstream_status": "200", "matched_rules_detail": detail}


MALFORMED = row(refused="malformed: why")


@pytest.mark.parametrize(
    ("one", "status", "line", "kind"),
    [
        (stage(expected=frozenset({1})), 200, row(1, 2), Kind.PASSED),
        (stage(expected=frozenset({1})), 200, row(2), Kind.FAULT),
        (stage(unexpected=frozenset({1})), 200, row(2), Kind.PASSED),
        (stage(unexpected=frozenset({1})), 200, row(1), Kind.FAULT),
        (stage(pattern="found within ARGS:q:"), 200, row(1), Kind.PASSED),
        (stage(pattern="found within ARGS:r:"), 200, row(1), Kind.FAULT),
        (stage(no_pattern="said"), 200, row(1), Kind.FAULT),
        (stage(status=(400,)), 400, MALFORMED, Kind.PASSED),
        (stage(status=(400,)), 200, row(), Kind.FAULT),
        (stage(status=(200,)), 400, MALFORMED, Kind.FAULT),
        (stage(expected=frozenset({1})), 400, MALFORMED, Kind.REFUSED),
        (stage(unexpected=frozenset({1})), 400, MALFORMED, Kind.FAULT),
        (stage(unexpected=frozenset({1})), 502, row(refused="bad_answer"), Kind.FAULT),
        (stage(unexpected=frozenset({1}), status=(400,)), 400, MALFORMED, Kind.PASSED),
    ],
)
def test_a_stage_is_judged(one: Stage, status: int, line: dict[str, Any], kind: Kind) -> None:
    assert outcome(one, status, [line], {}).kind is kind


def test_an_override_says_exactly_what_differs() -> None:
    one = stage(unexpected=frozenset({1}))
    for differs, line, kind in (
        (Differs.FOUND, row(1), Kind.OVERRIDDEN),
        (Differs.FOUND, row(), Kind.FAULT),
        (Differs.REFUSED, row(1), Kind.FAULT),
        (Differs.REFUSED, MALFORMED, Kind.OVERRIDDEN),
    ):
        assert outcome(one, 400, [line], {"one": Override("because", differs)}).kind is kind


def test_a_stage_without_a_line_of_the_log_is_a_fault() -> None:
    assert outcome(stage(), 200, [], {}).kind is Kind.FAULT


def test_overrides_are_few_and_of_stages_that_there_are() -> None:
    names = {one.name for one in stages(crs4_folder() / "tests")}
    assert OVERRIDES.keys() <= names
    assert len(OVERRIDES) < CORAZA_LINES


def test_a_share_of_the_suite_ends_as_it_says(tmp_path: Path) -> None:
    every = list(stages(crs4_folder() / "tests"))
    chosen = share_of(every, SHARE, "a share")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(outcomes(tmp_path, chosen, level=4, workers=1))
    assert len(found) > len(every) / SHARE / 2
    assert report(found) == 0
    assert Counter(each.kind for each in found)[Kind.PASSED] > 0.95 * len(found)
