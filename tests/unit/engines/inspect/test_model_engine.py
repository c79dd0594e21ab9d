"""The model engine: every construct of the language, as it acts on requests, in both directions."""

import pytest
from tests.unit.engines.inspect.requests import request
from tests.unit.engines.inspect.rule_texts import PAGE, engine, hits, loaded, report

from juyong.engines.inspect.http import Peer, Response
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model import MemoryStore, ModelEngine
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.stored import MOST_MEMBERS

FORM = b"application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("variables", "operator", "target", "matches"),
    [
        ("ARGS", "@streq x", b"/?a=1&b=x", True),
        ("ARGS", "@streq x", b"/?a=1&b=y", False),
        ("ARGS:b", "@streq x", b"/?a=x&B=x", True),
        ("ARGS:b", "@streq x", b"/?a=x", False),
        ("ARGS|!ARGS:b", "@streq x", b"/?a=y&B=x", False),
        ("ARGS|!ARGS:/^b/", "@streq x", b"/?a=y&Bad=x", False),
        ("ARGS|!ARGS:/^b/", "@streq x", b"/?a=y&cab=x", True),
        ("ARGS:/^b|^c/", "@streq x", b"/?C1=x", True),
        ("ARGS:/^b|^c/", "@streq x", b"/?d=x", False),
        ("ARGS:'a b'", "@streq x", b"/?a+b=x", True),
        ("&ARGS", "@eq 2", b"/?a=1&a=2", True),
        ("&ARGS:b", "@eq 0", b"/?a=1", True),
        ("&ARGS:b", "@eq 0", b"/?b=1", False),
        ("&ARGS|!ARGS:a", "@eq 1", b"/?a=1&b=2", True),
        ("ARGS_NAMES", "@streq b", b"/?b=1", True),
        ("ARGS", "!@streq x", b"/?a=x", False),
        ("ARGS", "!@streq x", b"/?a=x&b=y", True),
        ("ARGS", "!@streq x", b"/", False),
        ("REQUEST_URI|ARGS", "@contains evil", b"/evil", True),
        ("TX:none", "@streq x", b"/", False),
    ],
)
def test_variables_choose_the_values(
    variables: str, operator: str, target: bytes, matches: bool
) -> None:
    text = f'SecRule "{variables}" "{operator}" "id:1,phase:2,pass"'
    assert hits(text, target) == ([1] if matches else [])


def test_transformations_run_in_order() -> None:
    text = 'SecRule ARGS "@streq ab" "id:1,t:lowercase,t:removeWhitespace"'
    found = report(text, b"/?q=A+B")
    assert [hit.value for hit in found.hits] == [b"ab"]
    assert found.hits[0].transforms == ("lowercase", "removewhitespace")
    assert hits('SecRule ARGS "@streq ab" "id:1,t:lowercase,t:none"', b"/?q=AB") == []


def test_multimatch_tests_every_step_once() -> None:
    text = (
        'SecRule ARGS "@rx b" "id:1,phase:1,multiMatch,t:lowercase,t:trim,setvar:tx.n=+1"\n'
        'SecRule TX:n "@eq {}" "id:2,phase:1"'
    )
    assert hits(text.format(2), b"/?q=b+") == [1, 2]
    assert hits(text.format(3), b"/?q=b+") == [1]
    assert hits(text.format(1), b"/?q=b") == [1, 2]
    assert report(text.format(2), b"/?q=b+").hits[0].times == 2


def test_a_rule_scores_as_often_as_values_match_and_is_told_once() -> None:
    text = (
        'SecRule ARGS "@rx evil" "id:1,phase:1,pass,setvar:tx.anomaly_score=+5"\n'
        'SecRule TX:anomaly_score "@ge 15" "id:2,phase:1,deny"'
    )
    found = report(text, b"/?a=evil&a=evil&b=evil")
    assert [(hit.rule, hit.times) for hit in found.hits] == [(1, 3), (2, 1)]
    assert found.scores == (("anomaly_score", 15),)
    assert hits(text, b"/?a=evil&a=evil") == [1]


CHAIN = (
    'SecRule ARGS "@rx ^(a)(b)?" "id:1,phase:1,deny,capture,setvar:tx.seen=+1,chain"\n'
    'SecRule TX:1 "@streq a" "chain"\n'
    'SecRule REQUEST_HEADERS:X "@streq %{TX.2}" "setvar:tx.whole=1"\n'
    'SecRule TX:seen "@ge 1" "id:2,phase:1,pass"\n'
    'SecRule TX:whole "@eq 1" "id:3,phase:1,pass"\n'
)


def test_a_chain_holds_only_whole_and_its_first_link_acts_all_the_same() -> None:
    assert report(CHAIN, b"/?q=ab", headers=((b"X", b"b"),)).verdict is not None
    assert hits(CHAIN, b"/?q=ab", headers=((b"X", b"c"),)) == [2]
    assert hits(CHAIN, b"/?q=c", headers=((b"X", b"b"),)) == []
    detection = "SecRuleEngine DetectionOnly\n" + CHAIN
    assert hits(detection, b"/?q=ab", headers=((b"X", b"b"),)) == [1, 2, 3]


def test_captures_stay_until_the_next_capture() -> None:
    text = (
        'SecRule ARGS:a "@rx (.)(.)" "id:1,phase:1,pass,capture"\n'
        'SecRule ARGS:b "@rx (.)" "id:2,phase:1,pass"\n'
        'SecRule TX:2 "@streq y" "id:3,phase:1,pass"\n'
        'SecRule ARGS:b "@rx (.)" "id:4,phase:1,pass,capture"\n'
        'SecRule TX:1 "@streq z" "id:5,phase:1,pass"\n'
        'SecRule &TX:2 "@eq 0" "id:6,phase:1,pass"\n'
    )
    assert hits(text, b"/?a=xy&b=z") == [1, 2, 3, 4, 5, 6]


def test_matched_variables_are_those_of_the_link_before() -> None:
    text = (
        'SecRule ARGS "@rx ^e" "id:1,phase:1,pass,t:lowercase,chain"\n'
        'SecRule MATCHED_VARS "@streq evil" "chain"\n'
        'SecRule MATCHED_VARS_NAMES "@streq MATCHED_VARS:ARGS:b"\n'
        'SecRule MATCHED_VARS "@rx ." "id:2,phase:1,pass"\n'
        'SecRule MATCHED_VAR "@rx ." "id:3,phase:1,pass,msg:\'%{MATCHED_VAR_NAME}\'"\n'
    )
    found = report(text, b"/?a=ever&b=EVIL&c=no")
    assert [hit.rule for hit in found.hits] == [1, 3]


def test_texts_of_a_hit_have_their_macros_filled_in() -> None:
    text = (
        'SecRule ARGS "@rx (v.*)" "id:1,phase:1,pass,capture,severity:CRITICAL,tag:t,'
        "msg:'%{rule.id} in %{request_headers.user-agent}',"
        "logdata:'%{TX.1} of %{MATCHED_VAR_NAME}: %{MATCHED_VAR} %{TX.none}'\""
    )
    [hit] = report(text, b"/?q=evil", headers=((b"User-Agent", b"me"),)).hits
    assert (hit.msg, hit.logdata) == ("1 in me", "vil of ARGS:q: evil ")
    assert (hit.variable, hit.value, hit.severity, hit.tags) == ("ARGS:q", b"evil", 2, ("t",))


def test_long_values_of_a_hit_are_cut() -> None:
    text = 'SecRule ARGS "@rx a" "id:1,logdata:\'%{MATCHED_VAR}\'"'
    [hit] = report(text, b"/?q=" + b"a" * 5_000).hits
    assert (len(hit.value), len(hit.logdata)) == (256, 1_024)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ("setvar:tx.a", b"1"),
        ("setvar:tx.a=x", b"x"),
        ("setvar:tx.a=5,setvar:tx.a=+2", b"7"),
        ("setvar:tx.a=5,setvar:tx.a=-7", b"-2"),
        ("setvar:tx.a=+%{tx.none}", b"0"),
        ("setvar:tx.a=x,setvar:tx.A=+3", b"3"),
        ("setvar:tx.b=4,setvar:'tx.a=%{tx.b}%{tx.b}'", b"44"),
        ("setvar:tx.b=a,setvar:tx.%{tx.b}=9", b"9"),
        ("setvar:tx.a=99999999999999999999,setvar:tx.a=+1", b"9223372036854775807"),
    ],
)
def test_setvar_sets_and_counts(steps: str, left: bytes) -> None:
    text = (
        f'SecAction "id:1,phase:1,pass,nolog,{steps}"\n'
        f'SecRule TX:a "@streq {left.decode()}" "id:2,phase:1,pass"'
    )
    assert hits(text) == [1, 2]


def test_setvar_removes() -> None:
    text = (
        'SecAction "id:1,phase:1,pass,setvar:tx.a=1,setvar:!tx.a"\n'
        'SecRule &TX:a "@eq 0" "id:2,phase:1,pass"'
    )
    assert hits(text) == [1, 2]


def test_names_made_from_a_request_are_bounded() -> None:
    text = 'SecRule ARGS_NAMES "@rx ." "id:1,phase:1,pass,setvar:tx.seen_%{MATCHED_VAR}=1"'
    few = engine(text, limits=Limits(transaction_keys=3))
    assert report(few, b"/?a&b&c").verdict is None
    refused = report(few, b"/?a&b&c&d")
    assert refused.verdict is not None
    assert (refused.verdict.rule, refused.verdict.status, refused.enforced) == (0, 400, True)
    assert "TX has more than 3 members" in refused.partial


SKIPS = (
    'SecRule ARGS:go "@streq {}" "id:1,phase:1,pass,skipAfter:END"\n'
    'SecAction "id:2,phase:1,pass"\nSecAction "id:3,phase:2,pass"\n'
    'SecMarker END\nSecAction "id:4,phase:1,pass"\nSecAction "id:5,phase:2,pass"\n'
)


def test_a_skip_leads_behind_its_marker_in_its_phase() -> None:
    assert hits(SKIPS.format("x"), b"/?go=x") == [1, 4, 3, 5]
    assert hits(SKIPS.format("y"), b"/?go=x") == [2, 4, 3, 5]


def test_a_missing_label_skips_the_rest_of_the_phase() -> None:
    text = SKIPS.format("x").replace("SecMarker END", "SecMarker OTHER")
    assert hits(text, b"/?go=x") == [1, 3, 5]


def test_skip_passes_over_so_many_rules_of_the_phase() -> None:
    text = (
        'SecAction "id:1,phase:1,pass,skip:1"\nSecAction "id:2,phase:2,pass"\n'
        'SecAction "id:3,phase:1,pass"\nSecAction "id:4,phase:1,pass"\n'
    )
    assert hits(text) == [1, 4, 2]


@pytest.mark.parametrize(
    ("action", "status", "location", "drop"),
    [
        ("deny", 403, b"", False),
        ("deny,status:418", 418, b"", False),
        ("deny,status:302", 403, b"", False),
        ("block", 406, b"", False),
        ("block,status:410", 410, b"", False),
        ("tag:a", 406, b"", False),
        ("drop", 403, b"", True),
        ("redirect:https://a.example/", 302, b"https://a.example/", False),
        ("redirect:/x,status:307", 307, b"/x", False),
        ("redirect:/%{ARGS.q},status:200", 302, b"/a%0D%0Ab", False),
    ],
)
def test_effects_become_verdicts(action: str, status: int, location: bytes, drop: bool) -> None:
    default = "deny,status:406" if "block" in action or "tag" in action else "deny"
    text = (
        f'SecDefaultAction "phase:1,{default}"\n'
        f'SecRule ARGS "@rx a" "id:7,phase:1,{action},msg:\'why\'"\n'
        'SecAction "id:8,phase:1,pass"\nSecAction "id:9,phase:5,pass"\n'
    )
    found = report(text, b"/?q=a%0D%0Ab")
    verdict = found.verdict
    assert verdict is not None
    assert (verdict.status, verdict.location, verdict.drop) == (status, location, drop)
    assert (verdict.rule, verdict.phase, verdict.reason) == (7, Phase.REQUEST_HEAD, "why")
    assert [hit.rule for hit in found.hits] == [7, 9]
    assert report(text, b"/?q=b").verdict is None


def test_a_default_may_redirect() -> None:
    text = (
        'SecDefaultAction "phase:1,redirect:/no?id=%{UNIQUE_ID},status:303"\n'
        'SecRule ARGS "@rx a" "id:1,phase:1,block"\n'
    )
    verdict = report(text, b"/?q=a").verdict
    assert verdict is not None
    assert (verdict.status, verdict.location) == (303, b"/no?id=r-1")


def test_a_report_is_made_once() -> None:
    one = engine('SecAction "id:1,phase:5,pass"').inspect(request())
    assert one.request_head() is None
    assert one.end() is one.end()
    assert [hit.rule for hit in one.end().hits] == [1]


def test_a_verdict_stands_for_later_phases() -> None:
    one = engine('SecAction "id:1,phase:1,deny"\nSecAction "id:2,phase:2,pass"').inspect(request())
    first = one.request_head()
    assert first is not None
    assert one.request_body(b"") == first
    assert one.response_head(PAGE) == first
    assert [hit.rule for hit in one.end().hits] == [1]


def test_detection_tells_what_would_have_been_and_lets_pass() -> None:
    text = (
        'SecRuleEngine DetectionOnly\nSecAction "id:1,phase:1,deny,status:401"\n'
        'SecAction "id:2,phase:2,deny"\nSecAction "id:3,phase:4,pass"\n'
    )
    found = report(text)
    assert [hit.rule for hit in found.hits] == [1, 2, 3]
    assert found.verdict is not None
    assert (found.verdict.rule, found.verdict.status, found.enforced) == (1, 401, False)


def test_rules_that_are_off_judge_nothing() -> None:
    assert hits('SecRuleEngine Off\nSecAction "id:1,phase:1,deny"') == []
    text = 'SecAction "id:1,phase:1,pass,ctl:ruleEngine=Off"\nSecAction "id:2,phase:1,deny"\n'
    assert hits(text) == [1]
    text = 'SecAction "id:1,phase:1,pass,ctl:ruleEngine=DetectionOnly"\nSecAction "id:2,deny"\n'
    assert not report(text).enforced
    text = (
        'SecRuleEngine DetectionOnly\nSecAction "id:1,phase:1,pass,ctl:ruleEngine=On"\n'
        'SecAction "id:2,deny"\n'
    )
    assert report(text).enforced


@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("allow", [1, 9]),
        ("allow:phase", [1, 3, 4, 9]),
        ("allow:request", [1, 4, 9]),
        ("pass", [1, 2, 3, 4, 9]),
    ],
)
def test_allow_leaves_phases_out(action: str, left: list[int]) -> None:
    text = f'SecAction "id:1,phase:1,{action}"\n' + "".join(
        f'SecAction "id:{number},phase:{phase},pass"\n'
        for number, phase in ((2, 1), (3, 2), (4, 3), (9, 5))
    )
    assert hits(text) == left


FOUR = (
    'SecRule ARGS "@rx a" "id:10,phase:2,pass,tag:one,msg:\'first\'"\n'
    'SecRule ARGS "@rx a" "id:20,phase:2,pass,tag:two,msg:\'second\'"\n'
)


@pytest.mark.parametrize(
    ("control", "left"),
    [
        ("ruleRemoveById=10", [1, 20]),
        ("ruleRemoveById=15-25", [1, 10]),
        ("ruleRemoveByTag=^t", [1, 10]),
        ("ruleRemoveByMsg=first", [1, 20]),
        ("ruleRemoveTargetById=10;ARGS:q", [1, 20]),
        ("ruleRemoveTargetById=10;ARGS:/^Q/", [1, 20]),
        ("ruleRemoveTargetById=10;ARGS:z", [1, 10, 20]),
        ("ruleRemoveTargetByTag=one;ARGS", [1, 20]),
        ("ruleRemoveTargetByMsg=second;ARGS", [1, 10]),
    ],
)
def test_ctl_takes_rules_and_targets_out(control: str, left: list[int]) -> None:
    before = f'SecAction "id:1,phase:1,pass,ctl:{control}"\n'
    assert hits(before + FOUR, b"/?q=a") == left
    unset = f'SecRule ARGS:none "@rx ." "id:1,phase:1,pass,ctl:{control}"\n'
    assert hits(unset + FOUR, b"/?q=a") == [10, 20]


def test_ctl_reaches_only_rules_that_come_later() -> None:
    assert hits(FOUR + 'SecAction "id:99,phase:2,pass,ctl:ruleRemoveById=10"', b"/?q=a") == [
        10,
        20,
        99,
    ]


def test_bodies_are_read_where_a_rule_asks_for_them() -> None:
    text = 'SecRule ARGS_POST "@streq x" "id:1,phase:2,deny"\n'
    body = {"method": b"POST", "body": b"q=x", "kind": FORM}
    assert hits(text, **body) == [1]
    assert hits("SecRequestBodyAccess Off\n" + text, **body) == []
    off = 'SecAction "id:9,phase:1,pass,ctl:requestBodyAccess=Off"\n'
    assert hits(off + text, **body) == [9]
    on = 'SecAction "id:9,phase:1,pass,ctl:requestBodyAccess=On"\n'
    assert hits("SecRequestBodyAccess Off\n" + on + text, **body) == [9, 1]


def test_ctl_chooses_the_processor_and_the_raw_body() -> None:
    text = 'SecRule ARGS_POST "@streq x" "id:1,phase:2,pass"\n'
    body = {"method": b"POST", "body": b"q=x", "kind": b"text/odd"}
    assert hits(text, **body) == []
    form = 'SecAction "id:9,phase:1,pass,ctl:requestBodyProcessor=URLENCODED"\n'
    assert hits(form + text, **body) == [9, 1]
    raw = 'SecRule REQUEST_BODY "@streq q=x" "id:1,phase:2,pass"\n'
    force = 'SecAction "id:9,phase:1,pass,ctl:forceRequestBodyVariable=On"\n'
    assert hits(raw, **body) == []
    assert hits(force + raw, **body) == [9, 1]


def test_the_engine_itself_refuses_a_body_that_no_parser_reads() -> None:
    body = {"method": b"POST", "body": b'{"a":', "kind": b"application/json"}
    found = report('SecRule ARGS "@rx a" "id:1"', **body)
    assert found.verdict is not None
    assert (found.verdict.rule, found.verdict.status) == (0, 400)
    rule = 'SecRule REQBODY_ERROR "!@eq 0" "id:1,phase:2,deny,status:422"'
    told = report(rule, **body)
    assert told.verdict is not None
    assert (told.verdict.rule, told.verdict.status) == (1, 422)
    detection = report("SecRuleEngine DetectionOnly\n" + rule, **body)
    assert not detection.enforced
    off = report('SecRule REQBODY_ERROR "!@eq 0" "id:1,pass,ctl:ruleEngine=Off"', **body)
    assert off.verdict is None


@pytest.mark.parametrize(("action", "verdict"), [("Reject", (0, 413)), ("ProcessPartial", None)])
def test_a_body_over_its_limit_is_refused_or_told(
    action: str, verdict: tuple[int, int] | None
) -> None:
    rules = f"SecRequestBodyLimitAction {action}\n" + 'SecRule ARGS "@rx b" "id:1,pass"\n'
    one = engine(rules).inspect(request(method=b"POST", kind=FORM))
    assert one.request_head() is None
    found = one.request_body(b"a=b", cut=True)
    assert (found and (found.rule, found.status)) == verdict
    assert [hit.rule for hit in one.end().hits] == ([] if verdict else [1])
    assert bool(one.end().partial) == (verdict is None)


@pytest.mark.parametrize(("action", "verdict"), [("Reject", (0, 413)), ("ProcessPartial", None)])
def test_a_form_that_is_cut_while_it_arrives_is_refused_or_told(
    action: str, verdict: tuple[int, int] | None
) -> None:
    rules = f"SecRequestBodyLimitAction {action}\n" + 'SecRule ARGS "@rx b" "id:1,pass"\n'
    kind = b"multipart/form-data; boundary=x"
    one = engine(rules).inspect(request(method=b"POST", kind=kind))
    assert one.request_head() is None
    reader = one.form_reader()
    assert reader is not None
    reader.add(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x\r\nContent-D')
    reader.parsed.cut = True
    found = one.request_form(reader.end())
    assert (found and (found.rule, found.status)) == verdict
    assert [hit.rule for hit in one.end().hits] == ([] if verdict else [1])
    assert bool(one.end().partial) == (verdict is None)


def test_responses_are_judged_by_their_type() -> None:
    text = (
        "SecResponseBodyAccess On\n"
        'SecRule RESPONSE_STATUS "@eq 200" "id:1,phase:3,pass"\n'
        'SecRule RESPONSE_BODY "@contains secret" "id:2,phase:4,deny"\n'
    )
    assert hits(text, answer=b"a secret") == [1, 2]
    assert hits(text, answer=b"a page") == [1]
    image = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"image/png"),))
    assert hits(text, response=image, answer=b"a secret") == [1]
    assert hits(text.replace("Access On", "Access Off"), answer=b"a secret") == [1]
    off = 'SecAction "id:9,phase:1,pass,ctl:responseBodyAccess=Off"\n'
    assert hits(off + text, answer=b"a secret") == [9, 1]


def test_a_response_over_its_limit_is_told_or_refused() -> None:
    for action, refused in (("ProcessPartial", False), ("Reject", True)):
        text = f"SecResponseBodyAccess On\nSecResponseBodyLimitAction {action}\n"
        one = engine(text + 'SecRule RESPONSE_BODY "@rx a" "id:1,phase:4"').inspect(request())
        assert one.request_head() is None
        assert one.request_body(b"") is None
        assert one.response_head(PAGE) is None
        assert one.reads_response_body
        assert bool(one.response_body(b"b", cut=True)) is refused


def test_a_response_in_an_unknown_coding_is_told() -> None:
    head = (*PAGE.headers, (b"Content-Encoding", b"odd"))
    text = 'SecResponseBodyAccess On\nSecRule RESPONSE_BODY "@rx a" "id:1,phase:4"'
    odd = Response(status=200, version="HTTP/1.1", headers=head)
    assert "content coding" in report(text, response=odd, answer=b"a").partial


COUNTS = (
    'SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"\n'
    'SecRule ARGS "@streq bad" "id:2,phase:1,pass,setvar:ip.count=+1,expirevar:ip.count=10"\n'
    'SecRule IP:count "@ge 2" "id:3,phase:1,deny"\n'
)


def _at(under: ModelEngine, at: float, target: bytes = b"/?q=bad", address: str = "192.0.2.7"):
    from msgspec.structs import replace

    asked = replace(request(target), at=at, client=Peer(address=address, port=1))
    one = under.inspect(asked)
    return one.request_head()


def test_stored_collections_count_over_requests_by_key() -> None:
    under = engine(COUNTS)
    assert _at(under, 0) is None
    assert _at(under, 1, address="192.0.2.8") is None
    assert _at(under, 2) is not None
    assert _at(under, 3, b"/") is not None
    assert _at(under, 3, b"/", "192.0.2.8") is None


def test_stored_members_end_at_their_time() -> None:
    under = engine(COUNTS)
    assert _at(under, 0) is None
    assert _at(under, 9.9) is not None
    assert _at(under, 19.8, b"/") is not None
    assert _at(under, 20, b"/") is None


def test_stored_records_end_when_nothing_changes_them() -> None:
    text = COUNTS.replace(",expirevar:ip.count=10", "") + "SecCollectionTimeout 60\n"
    for later, stopped in ((59, True), (61, False)):
        under = engine(text)
        assert _at(under, 0) is None
        assert _at(under, later, b"/?q=bad") is None or stopped
        assert (_at(under, later, b"/") is not None) is stopped


def test_collections_that_are_not_open_keep_nothing() -> None:
    text = COUNTS.replace("initcol:ip=%{REMOTE_ADDR}", "tag:none")
    under = engine(text)
    assert [_at(under, at) for at in (0, 1, 2, 3)] == [None] * 4


def test_requests_at_the_same_time_have_a_count_each() -> None:
    text = """
        SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.n=+1"
        SecRule IP:n "@gt 2" "id:2,phase:2,deny"
        SecRule ARGS:q "@streq gone" "id:3,phase:1,pass,nolog,setvar:!ip.n"
        SecRule &IP:n "@eq 0" "id:4,phase:2,deny"
    """
    under = engine(text)
    both = [under.inspect(request(b"/?q=x")) for _ in range(3)]
    assert [each.request_head() for each in both] == [None] * 3
    found = [each.request_body(b"") for each in reversed(both)]
    assert [verdict is not None for verdict in found] == [True, False, False]
    late, other = under.inspect(request(b"/?q=gone")), under.inspect(request(b"/?q=x"))
    assert late.request_head() is None
    assert other.request_head() is None
    ended = late.request_body(b"")
    assert ended is not None
    assert ended.rule == 4
    assert other.request_body(b"") is None


def test_stores_are_bounded() -> None:
    store = MemoryStore(most=2)
    for address in (b"a", b"b", b"c"):
        store.change(("IP", address), b"n", "=", b"1", 0)
    assert [list(store.members(("IP", address), 1)) for address in (b"a", b"b", b"c")] == [
        [],
        [(b"n", b"1")],
        [(b"n", b"1")],
    ]
    text = (
        'SecAction "id:1,phase:1,pass,initcol:global=all"\n'
        'SecRule ARGS_NAMES "@rx ." "id:2,phase:1,pass,setvar:global.%{MATCHED_VAR}=1"\n'
    )
    target = b"/?" + b"&".join(b"a%d" % number for number in range(MOST_MEMBERS + 1))
    refused = report(text, target)
    assert refused.verdict is not None
    assert (refused.verdict.rule, refused.verdict.status) == (0, 403)


def test_sessions_and_users_have_collections() -> None:
    text = (
        'SecAction "id:1,phase:1,pass,setsid:%{ARGS.s},setuid:u,setrsc:r,'
        'setvar:session.n=+1,setvar:user.n=+1,setvar:resource.n=+1"\n'
        'SecRule SESSION:n|USER:n|RESOURCE:n "@eq 2" "id:2,phase:1,pass"\n'
        'SecRule SESSIONID "@streq x" "id:3,phase:1,pass"\n'
        'SecRule USERID "@streq u" "id:4,phase:1,pass"\n'
    )
    under = engine(text)
    assert hits(under, b"/?s=x") == [1, 3, 4]
    second = report(under, b"/?s=y")
    assert [(hit.rule, hit.times) for hit in second.hits] == [(1, 1), (2, 2), (4, 1)]


def test_countries_come_from_the_function_given() -> None:
    text = (
        'SecRule REMOTE_ADDR "@geoLookup" "id:1,phase:1,pass,chain"\n'
        'SecRule GEO:COUNTRY_CODE "@within CN DE"\n'
        'SecRule &GEO "@eq 0" "id:2,phase:1,pass"\n'
    )
    assert hits(engine(text, country_of={"192.0.2.7": "DE"}.get)) == [1]
    assert hits(engine(text, country_of={"192.0.2.7": "FR"}.get)) == []
    assert hits(engine(text)) == [2]


def test_variables_of_the_engine() -> None:
    text = (
        'SecRule HIGHEST_SEVERITY "@eq 255" "id:1,phase:1,pass"\n'
        'SecAction "id:2,phase:1,pass,severity:ERROR"\n'
        'SecAction "id:3,phase:1,pass,severity:NOTICE"\n'
        'SecRule HIGHEST_SEVERITY "@eq 3" "id:4,phase:1,pass"\n'
        'SecRule DURATION "@eq 0" "id:5,phase:1,pass"\n'
        'SecRule DURATION "@ge 1500" "id:6,phase:5,pass"\n'
        'SecRule RULE:severity "@eq 4" "id:7,phase:1,pass,severity:WARNING"\n'
        'SecRule UNIQUE_ID "@streq r-1" "id:8,phase:1,pass"\n'
    )
    times = iter([0.0, 0.2, 0.4, 0.6, 1.5])
    at = request().at
    assert hits(engine(text, clock=lambda: at + next(times))) == [1, 2, 3, 4, 5, 7, 8, 6]
    assert hits(text) == [1, 2, 3, 4, 5, 7, 8]


def test_an_operator_of_a_setting_is_judged_or_refuses() -> None:
    text = (
        'SecAction "id:1,phase:1,pass,setvar:tx.p={}"\n'
        'SecRule ARGS "@rx ^%{{tx.p}}$" "id:2,phase:1,pass"\n'
    )
    assert hits(text.format("a+"), b"/?q=aaa") == [1, 2]
    assert hits(text.format("a+"), b"/?q=b") == [1]
    refused = report(text.format("("), b"/?q=b")
    assert refused.verdict is not None
    assert (refused.verdict.rule, refused.verdict.status) == (0, 500)


def test_a_rule_behind_an_open_gate_refuses() -> None:
    text = (
        'SecAction "id:9,phase:1,pass,ctl:ruleRemoveTargetById=1;TX:none"\n'
        'SecRule &TX:on "@eq 0" "id:1,phase:2,pass,skipAfter:END"\n'
        'SecRule REMOTE_ADDR "@rbl list.example" "id:2,phase:2,pass"\nSecMarker END\n'
    )
    with pytest.raises(ValueError, match="@rbl"):
        loaded(text)
    under = engine(text.replace("ctl:ruleRemoveTargetById=1;TX:none", "tag:none"))
    assert hits(under) == [9, 1]
    one = under.inspect(request())
    assert one.request_head() is None
    one.state.tx[b"on"] = b"1"
    verdict = one.request_body(b"")
    assert verdict is not None
    assert (verdict.rule, verdict.status) == (0, 500)


def test_work_is_bounded_and_ends_in_a_refusal() -> None:
    text = 'SecRule ARGS "@rx x" "id:1,phase:2,pass,t:urlDecodeUni,t:lowercase"\n'
    target = b"/?" + b"&".join([b"a=b"] * 500)
    assert report(engine(text), target).verdict is None
    small = engine(text, limits=Limits(work=400))
    refused = report(small, target)
    assert refused.verdict is not None
    assert (refused.verdict.rule, refused.verdict.status) == (0, 413)
    detection = engine("SecRuleEngine DetectionOnly\n" + text, limits=Limits(work=400))
    told = report(detection, target)
    assert (told.enforced, told.partial != "") == (False, True)


def test_a_rule_set_tightens_limits_and_never_widens_them() -> None:
    text = 'SecArgumentsLimit {}\nSecRule ARGS "@rx x" "id:1"\n'
    tight = engine(text.format(2)).limits
    assert (tight.arguments, tight.values) == (2, 2)
    assert engine(text.format(5_000), limits=Limits(arguments=7)).limits.arguments == 7
    wide = engine(text.format(50_000), limits=Limits(values=60_000)).limits
    assert (wide.arguments, wide.values) == (Limits().arguments, 50_000)


def test_nolog_hits_are_kept_and_not_told() -> None:
    found = report('SecAction "id:1,phase:1,pass,nolog"\nSecAction "id:2,phase:1,pass"')
    assert [(hit.rule, hit.logged) for hit in found.hits] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("actions", "quiet"),
    [
        ("pass,nolog,setvar:tx.xss_score=0", True),
        ("pass,nolog,setvar:tx.xss_score=1", False),
        ("pass,log", False),
        ("deny,nolog", False),
    ],
)
def test_a_report_is_quiet_where_there_is_nothing_to_tell(actions: str, quiet: bool) -> None:
    assert report(f'SecAction "id:1,phase:1,{actions}"').quiet is quiet


def test_scores_leave_weights_out() -> None:
    text = (
        'SecAction "id:1,phase:1,pass,setvar:tx.critical_anomaly_score=5,'
        'setvar:tx.xss_score=3,setvar:tx.anomaly_score_pl2=4,setvar:tx.other=1"'
    )
    assert report(text).scores == (("anomaly_score_pl2", 4), ("xss_score", 3))
