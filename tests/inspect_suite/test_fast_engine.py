"""The fast engine's reports are the model's, on the Core Rule Set's tests and changes to them."""

import pytest
from tests.inspect_suite.equality import PLAIN_SHARE, cases, difference, fast_engines, suite
from tests.inspect_suite.rule_sets import crs4

from juyong.engines.inspect.model import ModelEngine

CASES = 120
"""A small share; `make inspect-equal` runs as many as are asked for."""


@pytest.mark.parametrize("level", [1, 4])
def test_reports_are_the_model_s(level: int) -> None:
    all_stages = suite()
    model, engines = ModelEngine(crs4(level)), fast_engines(level)
    plain = engines.pop("plain")
    for number, stage in enumerate(cases(all_stages, CASES, seed=level)):
        for engine in engines.values():
            assert difference(model, engine, stage) == ""
        if number % PLAIN_SHARE == 0:
            assert difference(model, plain, stage) == ""


def test_most_rules_of_the_first_level_are_decided_at_load() -> None:
    engine = fast_engines(1)["prefilter"]
    phases = engine.plan.phases.values()
    judged = sum(
        len(phase.always) - len(phase.fixed.keys() & set(phase.always)) for phase in phases
    )
    every = sum(len(phase.rules) for phase in phases)
    print(f"{every} rules: {len(engine.plan.gates)} gates, {judged} rules always judged")
    assert judged < 60
