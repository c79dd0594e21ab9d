"""The rules of our own pack, one by one: none is dead, none sees its near miss."""

import re
from functools import cache

import pytest
from tests.inspect_suite.running import inspected
from tests.waf_pack.cases import CASES
from tests.waf_pack.engines import pack, rules

from juyong.engines.inspect.rules import Rule

SCORED = re.compile(r"level/[123]")


@cache
def strict():
    return pack(level=3, enforced=False)


def rules_of(sample):
    report = inspected(strict(), *sample)
    return {hit.rule for hit in report.hits}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.rule))
def test_rule_sees_its_attack_and_not_its_near_miss(case):
    for sample in case.attacks:
        assert case.rule in rules_of(sample)
    for sample in case.near:
        assert case.rule not in rules_of(sample)


def scored():
    found = [item for item in rules(level=3, enforced=False).items if isinstance(item, Rule)]
    return [rule for rule in found if any(SCORED.fullmatch(tag) for tag in rule.tags)]


def test_every_rule_that_scores_has_cases_in_both_directions():
    assert len(scored()) >= 80
    assert {rule.id for rule in scored()} == {case.rule for case in CASES}
    assert len(CASES) == len({case.rule for case in CASES})
    assert all(case.attacks and case.near for case in CASES)


def test_rules_tell_class_level_and_severity():
    levels = {case.rule: case.level for case in CASES}
    for rule in scored():
        assert 1_110_000 <= rule.id < 1_200_000
        assert sum(tag.startswith("attack/") for tag in rule.tags) == 1
        assert f"level/{levels[rule.id]}" in rule.tags
        assert rule.severity in (2, 3, 4, 5)
        assert rule.msg
