"""Our own pack against attacks by class and against ordinary requests; the figures are printed.

Attacks: the regression tests of the Core Rule Set, each at the level of the rule that it is for,
and at every level. Ordinary requests: of `benign.py`, and texts of `held_out.py`,
`other_origin.py` and `fresh_texts.py`.
"""

import re
from collections import Counter, defaultdict

import pytest
from tests.inspect_suite.rule_sets import crs4_folder
from tests.inspect_suite.running import inspected
from tests.inspect_suite.stages import stages
from tests.waf_pack import fresh_texts, other_origin
from tests.waf_pack.benign import SENTENCES, Builder
from tests.waf_pack.engines import pack, rules
from tests.waf_pack.held_out import SOURCES, requests

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Response

_CLASSES = {
    "913": "scanners",
    "921": "protocol attacks",
    "922": "multipart attacks",
    "930": "local files",
    "931": "remote files",
    "932": "commands",
    "933": "php",
    "934": "node, perl, ruby, ssrf",
    "941": "cross-site scripting",
    "942": "sql injection",
    "943": "session fixation",
    "944": "java",
}
_FLOORS = {
    "913": 1.0,
    "921": 0.85,
    "922": 0.9,
    "930": 0.9,
    "931": 0.85,
    "932": 0.84,
    "933": 0.9,
    "934": 0.9,
    "941": 0.88,
    "942": 0.88,
    "943": 0.9,
    "944": 0.98,
}
"""Of the attacks that rules of level 1 are for, the share that level 1 of our pack refuses."""
_FLOOR = 0.9
_STRICT_FLOOR = 0.91
_SAMPLE = 3
_MANY = 200
"""Of a class with more stages, every third is judged; the shares of all differ by two points."""
_PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))
_MOST_WRONG = 0.003
_ORDINARY = 2_000


def levels_of_rules():
    found = {}
    for file in (crs4_folder() / "rules").rglob("*.conf"):
        for rule in re.split(r"\nSecRule ", file.read_text()):
            named, level = re.search(r"id:(\d{6})", rule), re.search(r"paranoia-level/(\d)", rule)
            if named and level:
                found[int(named[1])] = int(level[1])
    return found


def points(report):
    scores = dict(report.scores)
    return [scores.get(f"inbound_anomaly_score_pl{level}", 0) for level in (1, 2, 3)]


def sampled():
    by_class = defaultdict(list)
    for stage in stages(crs4_folder() / "tests"):
        if stage.name[:3] in _CLASSES and stage.expected and stage.request is not None:
            by_class[stage.name[:3]].append(stage)
    for found in by_class.values():
        yield from found[:: _SAMPLE if len(found) > _MANY else 1]


@pytest.mark.timeout(240)
def test_attacks_are_found_by_class():
    engine, levels = pack(level=3, enforced=False), levels_of_rules()
    first, refused, strict = Counter(), Counter(), Counter()
    for stage in sampled():
        one, two, three = points(
            inspected(engine, stage.request, stage.body, stage.response, stage.answer)
        )
        kind = stage.name[:3]
        strict[kind, one + two + three >= 5] += 1
        if max(levels.get(rule, 1) for rule in stage.expected) == 1:
            first[kind] += 1
            refused[kind] += one >= 5
    for kind, name in _CLASSES.items():
        of_three = strict[kind, True] + strict[kind, False]
        print(
            f"{name:24} level 1: {refused[kind]:4} of {first[kind]:4},"
            f" level 3: {strict[kind, True]:4} of {of_three:4}"
        )
    all_found = sum(count for (_, found), count in strict.items() if found)
    print(
        f"{'all':24} level 1: {refused.total()} of {first.total()}, level 3: {all_found} of {strict.total()}"
    )
    assert first.total() > 500
    assert refused.total() >= _FLOOR * first.total()
    assert all_found >= _STRICT_FLOOR * strict.total()
    weak = {kind for kind in _CLASSES if refused[kind] < _FLOORS[kind] * first[kind]}
    assert weak == set()


@pytest.mark.timeout(240)
def test_ordinary_requests_pass():
    engine = pack()
    kinds, wrong = Counter(), defaultdict(set)
    for kind, request, body in Builder(7).requests(_ORDINARY):
        kinds[kind] += 1
        report = inspected(engine, request, body, _PAGE, b"<html><body>Hello</body></html>")
        if report.verdict:
            wrong[kind].add(request.unique)
    refused = sum(map(len, wrong.values()))
    print(f"refused {refused} of {_ORDINARY}:", {kind: len(found) for kind, found in wrong.items()})
    assert len(SENTENCES) >= 10
    assert min(kinds.values()) > 100
    assert refused <= _MOST_WRONG * _ORDINARY


_KEPT = {"docstrings": 0.02, "manuals": 0.02, "licences": 0.01, "changes": 0.02}
_CODE = {"markdown": 0.06, "json": 0.03}
"""Of texts that are on the machine anyway, the share that may be refused. Code that
people paste looks as code that they inject does; so Markdown and JSON of programmers have bounds
of their own."""
_OTHER = {
    "messages": 0.02,
    "foreign manuals": 0.1,
    "go comments": 0.02,
    "readmes": 0.03,
    "calls": 0.01,
    "documents": 0.01,
    "uploads": 0.04,
    "go code": 0.02,
    "python code": 0.07,
}
"""Of texts of another origin. The manuals are those of accounts and passwords, which name files of
the system in each paragraph; the uploads that are refused are scripts."""
_HELD_OUT = 200


def count_refused(kind, made):
    """Return how many of a kind's requests there are, and how many are refused; print why."""
    engine, wrong, count = FastEngine(rules()), Counter(), 0
    for _, request, body in made:
        count += 1
        report = inspected(engine, request, body, _PAGE, b"<html><body>Hello</body></html>")
        if report.verdict:
            wrong.update(hit.rule for hit in report.hits if hit.logdata)
            wrong["all"] += 1
    print(f"refused {wrong['all']} of {count} {kind}:", wrong.most_common(6))
    if count < _HELD_OUT / 2:
        pytest.skip(f"few {kind} are on this machine")
    return count, wrong["all"]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "most"), [*_KEPT.items(), *_CODE.items()])
def test_texts_that_no_rule_was_written_for_pass(kind, most):
    assert {*_KEPT, *_CODE} == SOURCES.keys()
    count, refused = count_refused(kind, requests(kind, _HELD_OUT))
    assert refused <= most * count


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "most"), _OTHER.items())
def test_texts_of_another_origin_pass(kind, most):
    assert _OTHER.keys() == other_origin.SOURCES.keys()
    count, refused = count_refused(kind, other_origin.requests(kind, _HELD_OUT))
    assert refused <= most * count


_FRESH = {
    "manuals of calls": 0.06,
    "documents of packages": 0.03,
    "python packages": 0.03,
    "node packages": 0.07,
    "go modules": 0.03,
    "rust crates": 0.03,
    "changes of modules": 0.03,
    "sql": 0.1,
    "logs": 0.02,
    "read-me files": 0.04,
}
"""Of the third set, much of which is code, the share that may be refused."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "most"), _FRESH.items())
def test_fresh_texts_pass(kind, most):
    assert _FRESH.keys() == fresh_texts.SOURCES.keys()
    count, refused = count_refused(kind, fresh_texts.requests(kind, _HELD_OUT))
    assert refused <= most * count
