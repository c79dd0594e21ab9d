"""Remembered outcomes: what is remembered, what is not, and that no request gets another one's."""

from collections.abc import Callable

import msgspec
import pytest
from tests.inspect_native import needs_core

from juyong.engines.inspect.fast import memory
from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.inspecting import FastInspection
from juyong.engines.inspect.http import Peer, Request, Response
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.native import NativeGates
from juyong.engines.inspect.seclang import load
from juyong.engines.inspect.verdict import Engine, Report

pytestmark = needs_core

ON = "SecRuleEngine On\nSecRequestBodyAccess On\nSecResponseBodyAccess On\n"
ANSWER = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/plain"),))
SCORES = """
SecRule REQUEST_URI "@contains odd" "id:1,phase:1,pass,nolog,setvar:tx.odd=1"
SecRule TX:odd "@eq 1" "id:2,phase:1,pass,log,msg:'odd',setvar:tx.score=+3"
SecRule TX:score "@ge 1" "id:3,phase:5,pass,log,msg:'%{tx.score}'"
"""


def engines(text: str, **more: object) -> tuple[ModelEngine, FastEngine]:
    rules = load({"rules.conf": (ON + text).encode()}, ["rules.conf"]).rules
    return ModelEngine(rules, **more), FastEngine(rules, make_gates=NativeGates, **more)  # type: ignore[arg-type]


def asked(target: bytes = b"/", **parts: object) -> Request:
    request = Request(
        method=b"GET",
        target=target,
        version="HTTP/1.1",
        headers=((b"User-Agent", b"curl"),),
        client=Peer(address="192.0.2.1", port=4000),
        server=Peer(address="192.0.2.2", port=80),
        unique="u",
    )
    return msgspec.structs.replace(request, **parts)


def report(engine: Engine, request: Request, answer: bytes = b"hello") -> Report:
    one = engine.inspect(request)
    for judge in (
        one.request_head,
        lambda: one.request_body(b""),
        lambda: one.response_head(ANSWER),
        lambda: one.response_body(answer),
    ):
        if judge() is not None:
            break
    return one.end()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The phases in which rules ran, as they run."""
    ran: list[int] = []
    usual: Callable[..., object] = FastInspection.rules_of

    def noted(self: FastInspection, phase: int) -> object:
        ran.append(int(phase))
        return usual(self, phase)

    monkeypatch.setattr(FastInspection, "rules_of", noted)
    return ran


def test_a_request_like_others_runs_no_rule(judged: list[int]) -> None:
    model, fast = engines(SCORES)
    expected = report(model, asked(b"/odd"))
    assert [hit.rule for hit in expected.hits] == [1, 2, 3]
    for _ in range(12):
        assert report(fast, asked(b"/odd")) == expected
    del judged[:]
    assert report(fast, asked(b"/odd")) == expected
    assert judged == []


def test_a_hit_without_a_log_quotes_the_request_that_it_is_of(judged: list[int]) -> None:
    model, fast = engines(SCORES)
    for number in range(12):
        request = asked(b"/odd/%d" % number)
        assert report(fast, request) == report(model, request)
    del judged[:]
    found = report(fast, asked(b"/odd/other"))
    assert judged == []
    assert found.hits[0].value == b"/odd/other"


def test_what_matched_tells_one_step_from_another() -> None:
    model, fast = engines(
        'SecRule ARGS "@rx ^a" "id:1,phase:1,pass,setvar:tx.%{matched_var}=1"\n'
        'SecRule TX:/^a/ "@eq 1" "id:2,phase:2,pass,log,msg:\'%{matched_var_name}\'"\n'
    )
    targets = [b"/?q=a", b"/?q=ab", b"/?r=a", b"/?q=a&r=ab", b"/?q=b", b"/"]
    for _ in range(12):
        for target in targets:
            assert report(fast, asked(target)) == report(model, asked(target))


EXTENSIONS = """
SecAction "id:1,phase:1,pass,nolog,setvar:'tx.refused=.sql/ .old/'"
SecRule REQUEST_BASENAME "@rx \\.([^.]+)$" "id:2,phase:1,pass,log,capture,msg:'%{tx.1}',\\
    setvar:'tx.extension=.%{tx.1}/',chain"
SecRule TX:EXTENSION "@within %{tx.refused}" "setvar:tx.score=+5"
SecRule TX:score "@ge 5" "id:3,phase:2,pass,log,msg:'%{tx.extension}'"
"""


def test_a_chain_that_asks_what_was_captured_is_remembered_by_that(judged: list[int]) -> None:
    model, fast = engines(EXTENSIONS)
    for number in range(12):
        for kind in (b"js", b"sql", b"s", b"old" * 100):
            request = asked(b"/a%d.%b" % (number, kind))
            assert report(fast, request) == report(model, request)
    del judged[:]
    assert [hit.rule for hit in report(fast, asked(b"/new.js")).hits] == [1]
    assert [hit.rule for hit in report(fast, asked(b"/new.sql")).hits] == [1, 2, 3]
    assert judged == []
    for target in (b"/sql", b"/a.j", b"/.old", b"/a..js"):
        assert report(fast, asked(target)) == report(model, asked(target))


def test_headers_that_may_come_once_are_counted_for_all_rules_at_once(judged: list[int]) -> None:
    model, fast = engines(
        'SecRule &REQUEST_HEADERS:Host|&REQUEST_HEADERS:Range "@gt 1" "id:1,phase:1,pass,log,'
        "msg:'%{matched_var_name}: %{matched_var}'\"\n"
    )
    host, range_ = (b"Host", b"a"), (b"range", b"b")
    for headers in ((host,), (host, range_), (host, host), (host, range_, range_), (host,) * 30):
        request = asked(headers=headers)
        for _ in range(12):
            assert report(fast, request) == report(model, request)
    del judged[:]
    assert report(fast, asked(headers=(host,))).hits == ()
    assert judged == []


def test_a_body_that_was_cut_is_told_each_time() -> None:
    model, fast = engines("SecRequestBodyLimitAction ProcessPartial\n" + SCORES)
    form = (b"Content-Type", b"application/x-www-form-urlencoded")
    request = asked(b"/odd", method=b"POST", headers=(form,))

    def partly(engine: Engine) -> Report:
        one = engine.inspect(request)
        assert one.request_head() is None
        assert one.request_body(b"q=1&r", cut=True) is None
        assert one.response_head(ANSWER) is None
        return one.end()

    expected = partly(model)
    assert expected.partial
    for _ in range(12):
        assert partly(fast) == expected


@pytest.mark.parametrize(
    "rule",
    [
        'SecRule TIME_EPOCH "@ge 100" "id:1,phase:1,pass,log,setvar:tx.late=1"',
        'SecRule REMOTE_PORT "@ge 5000" "id:1,phase:1,pass,log"',
        'SecRule ARGS:q "@rx ." "id:1,phase:1,pass,log,msg:\'%{unique_id}\'"',
        'SecRule ARGS:q "@rx ." "id:1,phase:1,pass,chain"\nSecRule REQUEST_URI "@contains late" ""',
        "SecAction \"id:1,phase:1,pass,log,msg:'%{request_uri}'\"",
        'SecRule REQUEST_METHOD "@streq HEAD" "id:1,phase:1,pass,log"',
        'SecRule &ARGS "@ge 20" "id:1,phase:1,pass,log"',
    ],
)
def test_a_rule_that_reads_more_is_judged_each_time(rule: str) -> None:
    model, fast = engines(rule + "\n")
    late = asked(b"/late?q=2", unique="v", at=200.0, client=Peer(address="192.0.2.1", port=6000))
    many = asked(b"/?" + b"&".join([b"a=b"] * 30))
    for request in [asked(b"/?q=1")] * 12 + [late, asked(method=b"HEAD"), many] * 12:
        assert report(fast, request) == report(model, request)


def test_stored_collections_count_every_request() -> None:
    model, fast = engines(
        'SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{remote_addr},setvar:ip.count=+1"\n'
        'SecRule IP:count "@gt 5" "id:2,phase:1,pass,log,msg:\'%{ip.count}\'"\n'
    )
    for _ in range(12):
        assert report(fast, asked()) == report(model, asked())


def test_a_refused_request_is_refused_each_time() -> None:
    model, fast = engines('SecRule ARGS "@contains bad" "id:1,phase:2,deny,status:403"\n')
    for _ in range(12):
        found = report(fast, asked(b"/?q=bad"))
        assert found == report(model, asked(b"/?q=bad"))
        assert found.verdict is not None
        assert report(fast, asked(b"/?q=good")).verdict is None


def test_rules_that_are_taken_out_stay_out() -> None:
    model, fast = engines(
        'SecRule REQUEST_URI "@beginsWith /x" "id:1,phase:1,pass,nolog,'
        'ctl:ruleRemoveTargetById=2;ARGS:q,ctl:ruleRemoveById=3"\n'
        'SecRule ARGS "@rx a" "id:2,phase:2,pass,log"\n'
        'SecRule ARGS "@rx a" "id:3,phase:2,pass,log"\n'
    )
    for _ in range(12):
        for target in (b"/x?q=a", b"/y?q=a", b"/x?q=a&r=a"):
            assert report(fast, asked(target)) == report(model, asked(target))


def test_the_budget_is_spent_on_the_way_over_known_steps() -> None:
    text = 'SecRule ARGS "@rx a" "id:1,phase:1,pass,nolog,setvar:tx.a=+1"\n'
    _, fast = engines(text, limits=Limits(work=40))
    for _ in range(12):
        assert report(fast, asked(b"/?q=a")).verdict is None
        found = report(fast, asked(b"/?q=a" + b"b" * 400))
        assert found.verdict is not None
        assert found.verdict.status == 413


def test_a_set_that_reads_the_match_of_an_earlier_rule_remembers_nothing() -> None:
    text = 'SecRule ARGS "@rx a" "id:1,phase:1,pass"\nSecRule MATCHED_VAR "@rx b" "id:2,phase:1"\n'
    assert engines(text)[1].memory is None
    assert engines("SecRuleEngine Off\n")[1].memory is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST_KNOWN", 20)
    monkeypatch.setattr(memory, "_MOST_SEEN", 50)
    model, fast = engines(
        'SecRule ARGS "@rx ^a" "id:1,phase:1,pass,log,setvar:tx.%{matched_var}=1"\n'
    )
    for number in range(60):
        request = asked(b"/?q=a%d" % number)
        for _ in range(5):
            assert report(fast, request) == report(model, request)
    assert fast.memory is not None
    assert fast.memory.count <= 20


def test_a_request_that_comes_once_leaves_nothing() -> None:
    _, fast = engines('SecRule ARGS "@rx ^a" "id:1,phase:1,pass,setvar:tx.%{matched_var}=1"\n')
    for number in range(60):
        report(fast, asked(b"/?q=a%d" % number))
    assert fast.memory is not None
    assert fast.memory.count == 0
