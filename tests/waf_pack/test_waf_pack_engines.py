"""Our own pack under both engines: whole sets of rules are equal, on attacks and ordinary requests."""

from functools import cache

from tests.inspect_suite.running import inspected
from tests.waf_pack.benign import Builder
from tests.waf_pack.cases import CASES
from tests.waf_pack.engines import pack, rules

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Response

_PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))
_ORDINARY = 120


@cache
def fast():
    return FastEngine(rules(level=3, enforced=False))


def told(report):
    return [(hit.rule, hit.times) for hit in report.hits], report.scores, report.verdict


def test_engines_agree_on_every_case():
    model, count = pack(level=3, enforced=False), 0
    for case in CASES:
        for sample in (*case.attacks, *case.near):
            assert told(inspected(fast(), *sample)) == told(inspected(model, *sample)), case.rule
            count += 1
    assert count > 2 * 80


def test_engines_agree_on_ordinary_requests():
    model = pack(level=3, enforced=False)
    for _, request, body in Builder(11).requests(_ORDINARY):
        asked = (request, body, _PAGE, b"<html><body>Hello</body></html>")
        assert told(inspected(fast(), *asked)) == told(inspected(model, *asked))
