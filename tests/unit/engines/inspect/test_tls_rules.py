"""Rules on the TLS of a connection, told alike by every engine."""

import pytest
from tests.inspect_native import needs_core
from tests.inspect_rules import told
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Response, Tls
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.native import NativeGates
from juyong.engines.inspect.seclang import load
from juyong.engines.inspect.verdict import Report

RULES = b"""
SecRuleEngine On
SecRule TLS:ja4 "@pm t13d1516h2_8daaf6152771_d8a2da3f94cd t12i000000_0_0" "id:1,phase:1,pass,log"
SecRule &TLS "@eq 0" "id:2,phase:1,pass,log"
SecRule TLS|!TLS:ja4 "@rx ^a\\." "id:3,phase:1,pass,log,t:lowercase"
SecRule TLS:/^alpn$/ "@contains h2" "id:4,phase:1,deny,logdata:'%{tls.ja4}'"
"""
PAGE = Response(status=200, version="HTTP/1.1", headers=())


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=needs_core)])
@pytest.mark.parametrize(
    ("tls", "hits"),
    [
        (None, [2]),
        (Tls(version="TLSv1.2"), []),
        (Tls(version="TLSv1.3", name=b"A.example", ja4=b"t12i000000_0_0"), [1, 3]),
        (Tls(version="TLSv1.3", protocols=(b"h2", b"a."), ja4=b"t13"), [4]),
    ],
)
def test_engines_tell_the_same(tls: Tls | None, hits: list[int], *, native: bool) -> None:
    rules = load({"a.conf": RULES}, ["a.conf"]).rules
    fast = FastEngine(rules, make_gates=NativeGates) if native else FastEngine(rules)
    drawn = (request(tls=tls), b"", PAGE, b"")
    model = told(ModelEngine(rules), drawn)
    assert told(fast, drawn) == model
    report = model[-1]
    assert isinstance(report, Report)
    assert [hit.rule for hit in report.hits] == hits
    assert [hit.logdata for hit in report.hits if hit.rule == 4] == ["t13"] * hits.count(4)
