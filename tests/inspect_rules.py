"""Random rule sets in SecLang, and traffic for them: what two engines are compared on."""

from hypothesis import strategies as st

from juyong.engines.inspect.http import Peer, Request, Response
from juyong.engines.inspect.rules import RuleSet
from juyong.engines.inspect.seclang import load
from juyong.engines.inspect.verdict import Engine, Report

_VARIABLES = [
    "ARGS",
    "ARGS|!ARGS:q",
    "ARGS:q|REQUEST_HEADERS:User-Agent",
    "ARGS_NAMES|ARGS",
    "&ARGS",
    "&ARGS:q",
    "&ARGS:q|&ARGS:r",
    "&TX:a",
    "REQUEST_URI",
    "REQUEST_METHOD",
    "REQUEST_HEADERS:/^user/|REQUEST_URI",
    "TX:a",
    "TX:b",
    "TX:c",
    "TX:/^c/",
    "TX",
    "TX:0",
    "MATCHED_VAR",
    "MATCHED_VARS",
    "REQUEST_BODY",
    "RESPONSE_STATUS",
    "RESPONSE_BODY",
]
_OPERATORS = [
    "@rx foo",
    "@rx ^(f)(o+)",
    "!@rx foo",
    "@pm foo union",
    "@contains %{tx.c}",
    "@within foo bar",
    "@eq 0",
    "@ge 1",
    "@lt 1",
    "!@eq 1",
    "@gt %{tx.b}",
    "@streq 1",
    "@unconditionalMatch",
    "@validateByteRange 32-126",
]
_ACTIONS = [
    "setvar:tx.a=1",
    "setvar:tx.a=0",
    "setvar:tx.b=+1",
    "setvar:tx.b=-1",
    "setvar:tx.b=+%{tx.a}",
    "setvar:!tx.a",
    "setvar:tx.c=%{matched_var}",
    "setvar:tx.c_%{matched_var_name}=1",
    "setvar:tx.c=foo",
    "capture",
    "t:lowercase",
    "t:urlDecodeUni",
    "t:length",
    "multiMatch",
    "severity:2",
    "msg:'got %{matched_var}'",
    "logdata:'%{tx.a} %{tx.b} %{tx.0} %{rule.id}'",
    "ctl:ruleRemoveById=103",
    "ctl:ruleRemoveTargetById=102;ARGS:q",
    "ctl:ruleRemoveById=105-108",
    "nolog",
]
_ENDS = ["pass", "pass", "pass", "pass", "pass", "pass", "block", "deny", "allow", "allow:phase"]
_SWITCHES = ["ctl:ruleEngine=Off", "ctl:ruleEngine=On", "ctl:requestBodyAccess=Off"]
_LABELS = ["ONE", "TWO"]


@st.composite
def _rule(draw: "st.DrawFn", number: int) -> str:
    phase = draw(st.sampled_from([1, 1, 2, 2, 3, 4, 5]))
    actions = draw(st.lists(st.sampled_from(_ACTIONS), max_size=4, unique=True))
    if draw(st.integers(0, 5)) == 0:
        actions.append(f"skipAfter:{draw(st.sampled_from(_LABELS))}")
    if draw(st.integers(0, 15)) == 0:
        actions.append(draw(st.sampled_from(_SWITCHES)))
    head = [f"id:{number}", f"phase:{phase}", draw(st.sampled_from(_ENDS)), *actions]
    kind = draw(st.sampled_from(["action", "rule", "rule", "rule", "chain", "marker"]))
    if kind == "marker":
        return f"SecMarker {draw(st.sampled_from(_LABELS))}"
    if kind == "action":
        kept = [one for one in head if not one.startswith(("t:", "capture", "multiMatch"))]
        return f'SecAction "{",".join(kept)}"'
    test = f'"{draw(st.sampled_from(_VARIABLES))}" "{draw(st.sampled_from(_OPERATORS))}"'
    if kind == "rule":
        return f'SecRule {test} "{",".join(head)}"'
    more = f'"{draw(st.sampled_from(_VARIABLES))}" "{draw(st.sampled_from(_OPERATORS))}"'
    inner = draw(st.lists(st.sampled_from(_ACTIONS[:10]), min_size=1, max_size=2, unique=True))
    return f'SecRule {test} "{",".join([*head, "chain"])}"\nSecRule {more} "{",".join(inner)}"'


@st.composite
def rule_sets(draw: "st.DrawFn") -> RuleSet:
    """Return rule sets of up to ten rules that set, count, skip, chain, remove and refuse."""
    count = draw(st.integers(1, 10))
    mode = draw(st.sampled_from(["On", "On", "DetectionOnly", "DetectionOnly", "Off"]))
    lines = [f"SecRuleEngine {mode}", "SecRequestBodyAccess On", "SecResponseBodyAccess On"]
    lines += [draw(_rule(101 + at)) for at in range(count)]
    return load({"rules.conf": "\n".join(lines).encode()}, ["rules.conf"]).rules


_TESTS = [
    ("TX:a", "@eq 1"),
    ("TX:a", "!@eq 1"),
    ("&TX:a", "@eq 0"),
    ("TX:b", "@lt 1"),
    ("TX:b", "@ge 1"),
    ("TX:b", "@eq %{tx.a}"),
    ("TX:/^c/", "@rx ."),
    ("TX:0", "@rx foo"),
    ("&TX:c_q", "@gt 0"),
    ("ARGS", "@rx ^(f)oo"),
    ("ARGS:q", "@rx foo"),
    ("&ARGS", "@gt 0"),
    ("RESPONSE_STATUS", "@eq 404"),
]
_WRITES = [
    "setvar:tx.a=1",
    "setvar:tx.a=0",
    "setvar:!tx.a",
    "setvar:tx.b=+1",
    "setvar:tx.b=%{tx.a}",
    "setvar:tx.c=1",
    "setvar:tx.c_%{matched_var_name}=1",
    "setvar:tx.%{matched_var}=1",
    "capture",
    "skipAfter:ONE",
    "skipAfter:TWO",
    "ctl:ruleRemoveByTag=tagged",
    "ctl:ruleRemoveById=104-106",
    "ctl:ruleRemoveTargetByTag=tagged;ARGS:q",
    "ctl:ruleEngine=Off",
]


@st.composite
def settings_rules(draw: "st.DrawFn") -> RuleSet:
    """Return rule sets as scoring sets begin: settings, levels that skip, rules that remove."""
    lines = [f"SecRuleEngine {draw(st.sampled_from(['On', 'DetectionOnly']))}"]
    for number in range(101, 101 + draw(st.integers(3, 9))):
        phase = draw(st.sampled_from([1, 1, 1, 1, 2, 2, 5]))
        ends = ["pass"] * 8 + ["deny", "allow", "allow:phase", "allow:request"]
        actions = [f"id:{number}", f"phase:{phase}", draw(st.sampled_from(ends))]
        actions += draw(st.lists(st.sampled_from(_WRITES), min_size=1, max_size=2, unique=True))
        actions += draw(st.sampled_from([[], ["tag:tagged"], ["severity:3"]]))
        variable, test = draw(st.sampled_from(_TESTS))
        if draw(st.integers(0, 3)) == 0:
            lines.append(f'SecAction "{",".join(one for one in actions if one != "capture")}"')
        else:
            lines.append(f'SecRule {variable} "{test}" "{",".join(actions)}"')
        if draw(st.integers(0, 3)) == 0:
            lines.append(f"SecMarker {draw(st.sampled_from(_LABELS))}")
    return load({"rules.conf": "\n".join(lines).encode()}, ["rules.conf"]).rules


_TEXTS = st.sampled_from(["foo", "FOO", "fo%6f", "bar", "", "1", "union", "%c3%a9", "a%0ab"])


@st.composite
def traffic(draw: "st.DrawFn") -> tuple[Request, bytes, Response, bytes]:
    """Return a request with its body, and a response with its own."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(["q", "Q", "r", "foo"]), _TEXTS), max_size=4))
    query = "&".join(f"{name}={value}" for name, value in pairs)
    body = draw(st.sampled_from([b"", b"q=foo&x=bar", b"foo"]))
    headers = [(b"User-Agent", draw(st.sampled_from([b"foo/1", b"curl"])))]
    if body:
        headers.append((b"Content-Type", b"application/x-www-form-urlencoded"))
    request = Request(
        method=b"POST" if body else b"GET",
        target=f"/{draw(_TEXTS)}?{query}".encode(),
        version="HTTP/1.1",
        headers=tuple(headers),
        client=Peer(address="192.0.2.1", port=4000),
        server=Peer(address="192.0.2.2", port=80),
        unique="u-1",
    )
    status = draw(st.sampled_from([200, 404]))
    told = ((b"Content-Type", b"text/plain"),)
    response = Response(status=status, version="HTTP/1.1", headers=told)
    return request, body, response, draw(st.sampled_from([b"", b"foo", b"a union"]))


def told(engine: Engine, drawn: tuple[Request, bytes, Response, bytes]) -> tuple[object, ...]:
    """Return every answer of an inspection, and its report; the calls go on after a verdict."""
    request, body, response, answer = drawn
    one = engine.inspect(request)
    answers: list[object] = [one.request_head(), one.reads_request_body]
    answers += [one.request_body(body), one.response_head(response), one.reads_response_body]
    answers.append(one.response_body(answer))
    report: Report = one.end()
    return (*answers, report)
