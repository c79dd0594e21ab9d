"""The rules of our own pack, one by one: none is dead, none sees its near miss."""

import re
from functools import cache

import pytest
from tests.inspect_suite.running import inspected
from tests.waf_pack.cases import CASES, arg, req
from tests.waf_pack.engines import pack, rules

from juyong.content.waf import ENTRIES, own_pack
from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.rules import Rule
from juyong.engines.inspect.seclang import load

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


def judged(sample, files):
    told = load({**own_pack(), **files}, ENTRIES).rules
    report = inspected(ModelEngine(told), *sample)
    return report.verdict, {hit.rule for hit in report.hits}


def test_a_site_changes_levels_ahead_of_the_pack():
    tagged = arg(b"<b>a</b>")
    assert judged(tagged, {})[0] is None
    site = b'SecAction "id:1,phase:1,pass,nolog,setvar:tx.detection_level=2"'
    verdict, found = judged(tagged, {"01-site.conf": site})
    assert verdict is None
    assert 1170011 in found
    both = b'SecAction "id:1,phase:1,pass,nolog,setvar:tx.detection_level=2,setvar:tx.blocking_level=2"'
    assert judged(arg(b"<img src=x>"), {"01-site.conf": both})[0].status == 403


def test_a_site_takes_targets_out_behind_the_pack():
    attack = arg(b"x' or '1'='1")
    assert 1160001 in judged(attack, {})[1]
    site = b'SecRuleUpdateTargetById 1160001 "!ARGS:q"'
    assert 1160001 not in judged(attack, {"99-site.conf": site})[1]
    assert judged(attack, {"99-site.conf": b'SecRuleRemoveByTag "attack/query"'})[0] is None


def test_an_attack_in_the_head_costs_no_body():
    one = ModelEngine(load(own_pack(), ENTRIES).rules).inspect(
        req(b"/?a=1", method=b"TRACE").request
    )
    assert one.request_head().status == 403


def test_the_pack_cannot_be_changed_in_place():
    with pytest.raises(TypeError):
        own_pack()["00-setup.conf"] = b""
