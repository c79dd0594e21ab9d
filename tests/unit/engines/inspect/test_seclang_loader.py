"""Directives, files and updates of SecLang: what is carried out, and what is refused and where."""

import pytest
from tests.unit.engines.inspect.rule_texts import loaded, rules

from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model.engine import tightened
from juyong.engines.inspect.operators import REFUSED
from juyong.engines.inspect.rules import Disruption, Marker, Mode, Phase
from juyong.engines.inspect.seclang import BadRules, Bounds, load
from juyong.engines.inspect.seclang.known import (
    IDLE_DIRECTIVES,
    OFF_DIRECTIVES,
    REFUSED_ACTIONS,
    REFUSED_DIRECTIVES,
    REFUSED_VARIABLES,
)

RULE = 'SecRule ARGS "@rx a" "id:1,phase:2,deny"\n'


def refusal(text, **files):
    with pytest.raises(BadRules) as refused:
        loaded(text, **files)
    return str(refused.value)


def test_a_rule_is_read_whole() -> None:
    [rule] = rules(
        '# a comment\n\nSecRule ARGS|!ARGS:token|REQUEST_HEADERS:/^x-/ "!@within a b" \\\n'
        "    \"id:'7',phase:request,block,status:418,t:none,t:urlDecodeUni,t:lowercase,\\\n"
        "    capture,multiMatch,msg:'it\\'s, here',logdata:'%{MATCHED_VAR}',severity:CRITICAL,\\\n"
        "    tag:a,tag:'b/c',setvar:'tx.n=+%{tx.weight}',setvar:!tx.gone,skipAfter:END\"\n"
        "SecMarker END\n"
    )
    assert (rule.id, rule.phase, rule.status) == (7, Phase.REQUEST_BODY, 418)
    assert rule.disruption is Disruption.BLOCK
    assert (rule.msg, rule.logdata) == (b"it's, here", b"%{MATCHED_VAR}")
    assert (rule.severity, rule.tags, rule.skip_after) == (2, ("a", "b/c"), "END")
    [link] = rule.links
    assert str(link.place) == "main.conf:3"
    assert [(one.collection, one.key, one.excluded) for one in link.selectors] == [
        ("ARGS", None, False),
        ("ARGS", b"token", True),
        ("REQUEST_HEADERS", None, False),
    ]
    assert (link.operator.name, link.operator.argument, link.operator.negated) == (
        "within",
        b"a b",
        True,
    )
    assert link.transforms == ("urldecodeuni", "lowercase")
    assert link.capture
    assert link.multi_match
    assert [(one.kind, one.name, one.value) for one in link.setvars] == [
        ("+", b"n", b"%{tx.weight}"),
        ("!", b"gone", b"1"),
    ]


def test_an_operator_without_a_name_is_a_pattern() -> None:
    [plain, negated] = rules('SecRule ARGS "a b" "id:1"\nSecRule ARGS "!^[a-z]+$" "id:2"\n')
    assert plain.links[0].operator.argument == b"a b"
    assert negated.links[0].operator.negated
    assert {one.links[0].operator.name for one in (plain, negated)} == {"rx"}


def test_quotes_keep_backslashes_of_patterns() -> None:
    [rule] = rules('SecRule ARGS "@rx \\"\\\\d\\s\\"" "id:1"\n')
    assert rule.links[0].operator.argument == b'"\\\\d\\s"'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SecRule ARGS", "main.conf:1: SecRule takes variables, an operator and actions"),
        ('\nSecRule ARGS "@rx (" "id:1"', "main.conf:2: operator @rx"),
        ('SecRule ARGS "@rx a" "phase:2"', "has no id"),
        ('SecRule ARGS "@rx a"', "has no id"),
        (RULE + RULE, "main.conf:2: id 1 is taken by the rule at main.conf:1"),
        ('SecRule ARGS "@rx a" "id:0"', "whole number above zero"),
        ('SecRule ARGS "@rx a" "id:x"', "whole number above zero"),
        ('SecRule ARGS "@rx a" "id:1,phase:6"', "no phase: `6`"),
        ('SecRule ARGZ "@rx a" "id:1"', "unknown variable `ARGZ`"),
        ('SecRule REQUEST_URI:a "@rx a" "id:1"', "one value and no keys"),
        ('SecRule ARGS: "@rx a" "id:1"', "key of variable ARGS is empty"),
        ('SecRule ARGS:/(/ "@rx a" "id:1"', "regular expression over names"),
        ('SecRule !ARGS "@rx a" "id:1"', "all variables of the rule are taken out"),
        ('SecRule "ARGS|" "@rx a" "id:1"', "a variable is missing"),
        ('SecRule XML://user "@rx a" "id:1"', "of XML,"),
        ('SecRule ARGS "@nope a" "id:1"', "unknown operator @nope"),
        ('SecRule ARGS "@rx %{ARGS.a}" "id:1"', "a client would choose"),
        ('SecRule ARGS "@within %{nope.a}" "id:1"', "unknown variable in"),
        ('SecRule ARGS "@within %{tx}" "id:1"', "takes a key"),
        ('SecRule ARGS "@within %{request_uri.a}" "id:1"', "takes no key"),
        ('SecRule ARGS "@rx a" "id:1,t:nope"', "unknown transformation t:nope"),
        ('SecRule ARGS "@rx a" "id:1,nope"', "unknown action `nope`"),
        ('SecRule ARGS "@rx a" "id:1,deny:5"', "action deny takes no value"),
        ('SecRule ARGS "@rx a" "id:1,msg"', "action msg takes a value"),
        ('SecRule ARGS "@rx a" "id:1,msg:\'a"', "a quote is not closed"),
        ('SecRule ARGS "@rx a" "id:1,msg:\'a\'b"', "`,` is missing between actions"),
        ('SecRule ARGS "@rx a" "id:1,status:99"', "status is a number"),
        ('SecRule ARGS "@rx a" "id:1,severity:9"', "severity is a number"),
        ('SecRule ARGS "@rx a" "id:1,allow:all"', "allow takes phase or request"),
        ('SecRule ARGS "@rx a" "id:1,setvar:args.a=1"', "setvar cannot write collection ARGS"),
        ('SecRule ARGS "@rx a" "id:1,setvar:a"', "setvar has no form"),
        ('SecRule ARGS "@rx a" "id:1,expirevar:tx.a=1"', "expirevar takes a stored member"),
        ('SecRule ARGS "@rx a" "id:1,initcol:tx=a"', "initcol cannot open collection TX"),
        ('SecRule ARGS "@rx a" "id:1,initcol:ip"', "initcol has no form"),
        ('SecRule ARGS "@rx a" "id:1,ctl:nope=1"', "unknown ctl `nope`"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleEngine=Maybe"', "takes one of"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleEngine"', "takes a value"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveById=a"', "no id and no range"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveById=9-1"', "ends before it begins"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveById=1;ARGS"', "takes no targets"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveTargetById=1"', "a variable is missing"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveTargetById=1;&ARGS"', "not counted"),
        ('SecRule ARGS "@rx a" "id:1,chain"', "main.conf:1: a chain does not end"),
        ('SecRule ARGS "@rx a" "id:1,chain"\nSecMarker A', "main.conf:1: a chain does not end"),
        (
            'SecRule ARGS "@rx a" "id:1,chain"\nSecRule ARGS "@rx b" "deny"',
            "main.conf:2: action deny",
        ),
        ('SecRule ARGS "@rx a" "id:1,skip:x"', "skip takes a number"),
        ('SecRule ARGS "@rx a" "id:1,skip:1,skipAfter:A"', "skip or skipAfter"),
        ("SecNope On", "unknown directive `SecNope`"),
        ("<IfModule a>", "sections are the web server's own"),
        ('SecRule "ARGS', "a quote is not closed"),
        ('SecRule "ARGS"b', "text stands right after a quote"),
        ("# said \\\nSecRule ARGS a", "main.conf:2: the comment before ends with a backslash"),
        ("SecRuleEngine Perhaps", "the value is one of"),
        ("SecRuleEngine On Off", "takes one value, not 2"),
        ("SecRequestBodyLimit many", "a whole number"),
        ("SecArgumentSeparator =", "one character"),
        ("SecCookieFormat 1", "RFC 6265"),
        ("SecResponseBodyMimeType", "takes media types"),
        ("SecResponseBodyMimeTypesClear a", "takes no value"),
        ('SecDefaultAction "phase:2,log"', "says pass, deny, drop, redirect or allow"),
        ('SecDefaultAction "phase:2,block"', "says pass, deny, drop, redirect or allow"),
        ('SecDefaultAction "log,pass"', "names one of the phases"),
        ('SecDefaultAction "phase:1,pass,id:4"', "does not stand in a default action"),
        ('SecDefaultAction "phase:1,pass"\nSecDefaultAction "phase:1,deny"', "earlier directive"),
        (RULE + 'SecRuleUpdateActionById 1 "id:5"', "cannot be changed"),
        (RULE + "SecRuleUpdateTargetById 1 ARGS:a ARGS:b", "a third word"),
        (RULE + "SecRuleUpdateActionById 1", "takes rules and actions"),
        (RULE + "SecRuleRemoveById one", "no id and no range"),
        (RULE + "SecRuleRemoveById", "ids are missing"),
        ("SecRuleRemoveByTag", "a pattern over tags or messages is missing"),
        ('SecRule ARGS "@rx a" "id:1,ctl:ruleRemoveByMsg=;"', "is missing"),
        (RULE + "SecRuleRemoveByTag (", "regular expression over names"),
        ("Include nope.conf", "no file in the folder of the rules is named so"),
        ("Include nope*.conf", "no file in the folder of the rules is named so"),
        ("Include ../up.conf", "leads out of the folder"),
        ("Include /etc/passwd", "leads out of the folder"),
        ("Include main.conf", "Include stands in Include 16 times"),
        ('SecRule ARGS "@pmFromFile nope.data" "id:1"', "no such file"),
        ('SecRule ARGS "@pmFromFile ../../etc/passwd" "id:1"', "leads out of the folder"),
        ('SecRule ARGS "@pmFromFile" "id:1"', "names no file"),
    ],
)
def test_a_fault_is_told_with_file_line_and_reason(text: str, told: str) -> None:
    assert told in refusal(text)
    assert refusal(text).startswith("main.conf:")


@pytest.mark.parametrize("data", [b"SecRule \xff", b"\nSecRule \0"])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(BadRules, match=r"a.conf:\d: the file"):
        load({"a.conf": data}, ["a.conf"])


def test_what_cannot_be_done_is_refused_by_name_with_a_reason() -> None:
    for name, reason in REFUSED_DIRECTIVES.items():
        assert f"{name} is not carried out: {reason}" in refusal(f"{name} a")
    for name, reason in OFF_DIRECTIVES.items():
        assert reason in refusal(f"{name} On")
        assert rules(f"{name} Off") == []
    for name, reason in REFUSED_VARIABLES.items():
        assert reason in refusal(f'SecRule {name} "@rx a" "id:1"')
    for name, reason in REFUSED.items():
        assert reason in refusal(f'SecRule ARGS "@{name} a" "id:1"')
    for name, reason in REFUSED_ACTIONS.items():
        assert reason in refusal(f'SecRule ARGS "@rx a" "id:1,{name}:a"')


def test_directives_without_effect_are_read() -> None:
    assert rules("\n".join(f"{name} a" for name in IDLE_DIRECTIVES)) == []
    [rule] = rules('SecAction "id:1,ver:a,rev:1,maturity:9,accuracy:8,ctl:auditEngine=Off"')
    assert rule.links[0].ctls == ()


def test_settings_are_taken() -> None:
    found = loaded(
        "SecRuleEngine detectiononly\nSecRequestBodyAccess Off\nSecResponseBodyAccess On\n"
        "SecResponseBodyMimeTypesClear\nSecResponseBodyMimeType text/a TEXT/B\n"
        'SecArgumentSeparator ;\nSecComponentSignature "one/1"\nSecComponentSignature two\n'
        "SecRequestBodyLimit 1000\nSecRequestBodyJsonDepthLimit 100000\n"
        "SecRequestBodyLimitAction ProcessPartial\nSecResponseBodyLimitAction Reject\n"
        "SecCollectionTimeout 60\nSecCookieFormat 0\n"
    ).rules
    assert (found.mode, found.reads_request_body, found.reads_response_body) == (
        Mode.DETECTION_ONLY,
        False,
        True,
    )
    assert found.response_types == ("text/a", "text/b")
    assert (found.argument_separator, found.component_signature) == (b";", "one/1 two")
    assert dict(found.limits) == {"body": 1000, "form": 1000, "json_depth": 100_000}
    limits = tightened(Limits(), found)
    assert (limits.form, limits.json_depth) == (1000, Limits().json_depth)
    assert (found.refuses_cut_request, found.refuses_cut_response) == (False, True)
    assert found.collection_seconds == 60


def test_defaults_apply_to_rules_of_their_phase() -> None:
    text = (
        'SecDefaultAction "phase:2,deny,status:406,nolog,t:lowercase"\n'
        'SecRule ARGS "@rx a" "id:1,phase:2"\n'
        'SecRule ARGS "@rx a" "id:2,phase:2,t:none,t:trim,log"\n'
        'SecRule ARGS "@rx a" "id:3,phase:1,pass"\n'
    )
    one, two, three = rules(text)
    assert one.links[0].transforms == ("lowercase",)
    assert two.links[0].transforms == ("trim",)
    assert three.links[0].transforms == ()
    assert [rule.log for rule in (one, two, three)] == [False, True, True]
    assert one.disruption is Disruption.BLOCK
    default = loaded(text).rules.default_of(Phase.REQUEST_BODY)
    assert (default.disruption, default.status) == (Disruption.DENY, 406)


def test_includes_follow_the_folder_of_their_file() -> None:
    files = {
        "main.conf": b"Include sub/*.conf\nIncludeOptional none*.conf\n",
        "sub/a.conf": b'SecRule ARGS "@pmFromFile words.data" "id:1"\nInclude deep/c.conf\n',
        "sub/b.conf": b'SecAction "id:2"\n',
        "sub/deep/c.conf": b'SecAction "id:3"\n',
        "sub/deep/d.conf": b'SecAction "id:4"\n',
        "sub/words.data": b"# words\n\none\n two words \nOne\n",
    }
    found = load(files, ["main.conf"]).rules
    assert [item.id for item in found.items if not isinstance(item, Marker)] == [1, 3, 2]
    assert found.items[0].links[0].operator.phrases == (b"one", b"two words", b"One")
    assert found.digest == load(dict(reversed(files.items())), ["main.conf"]).rules.digest
    files["sub/words.data"] += b"more\n"
    assert found.digest != load(files, ["main.conf"]).rules.digest


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (Bounds(file=10), "too large"),
        (Bounds(total=30), "too large"),
        (Bounds(files=1), "more than 1 files"),
        (Bounds(rules=1), "more than 1 rules"),
        (Bounds(links=1), "more than 1 rules"),
        (Bounds(words=1), "more than 1 words"),
    ],
)
def test_a_rule_set_holds_to_its_bounds(bounds: Bounds, told: str) -> None:
    files = {
        "main.conf": b'SecRule ARGS "@pmFromFile w" "id:1,chain"\nSecRule ARGS "@rx a"\n',
        "w": b"a\nb\n",
    }
    assert load(files, ["main.conf"], bounds=Bounds(file=100, total=200, files=2, rules=2))
    with pytest.raises(BadRules, match=told):
        load(files, ["main.conf"], bounds=bounds)


@pytest.mark.parametrize(
    "text",
    [
        'SecAction "id:1,tag:a,tag:b"\nSecRuleRemoveById 9\n',
        'SecAction "id:1,tag:a,tag:b,ctl:ruleRemoveById=5"\n',
    ],
)
def test_what_removals_pass_over_is_bounded(text: str) -> None:
    files = {"a": text.encode()}
    assert load(files, ["a"], bounds=Bounds(steps=3)).rules.items
    with pytest.raises(BadRules, match="pass over too many rules"):
        load(files, ["a"], bounds=Bounds(steps=2))


@pytest.mark.parametrize(
    "text",
    [
        'SecRule ARGS|REQUEST_URI|FILES "@rx a" "id:1"\n',
        'SecRule ARGS "@rx a" "id:1"\nSecRuleUpdateTargetById 1 REQUEST_URI|!ARGS:a\n',
        'SecRule ARGS "@rx a" "id:1,tag:a,tag:b"\n',
        'SecRule ARGS "@rx a" "id:1,tag:a"\nSecRuleUpdateActionById 1 tag:b\n',
    ],
)
def test_the_parts_of_a_rule_are_bounded(text: str) -> None:
    files = {"a": text.encode()}
    assert load(files, ["a"], bounds=Bounds(parts=3)).rules.items
    with pytest.raises(BadRules, match="more than 2 variables or actions"):
        load(files, ["a"], bounds=Bounds(parts=2))


def test_rules_behind_gates_are_bounded() -> None:
    text = (GATE + ASKS + "SecMarker END").encode()
    assert load({"a": text}, ["a"], bounds=Bounds(doubtful=1)).rules.items
    with pytest.raises(BadRules, match="operator @rbl is not carried out"):
        load({"a": text}, ["a"], bounds=Bounds(doubtful=0))


THREE = (
    'SecRule ARGS "@rx a" "id:10,tag:one,tag:x/1,msg:\'first text\'"\n'
    'SecRule ARGS|!ARGS:q "@rx b" "id:20,tag:two,msg:\'second\',chain"\n'
    'SecRule REQUEST_HEADERS "@rx c"\n'
    'SecRule ARGS "@rx d" "id:30,tag:one,deny"\n'
)


@pytest.mark.parametrize(
    ("directive", "left"),
    [
        ("SecRuleRemoveById 10", [20, 30]),
        ('SecRuleRemoveById 10 "15-20" 99', [30]),
        ("SecRuleRemoveById 1-9", [10, 20, 30]),
        ("SecRuleRemoveByTag ^one$", [20]),
        ("SecRuleRemoveByTag x/", [20, 30]),
        ("SecRuleRemoveByMsg text", [20, 30]),
    ],
)
def test_rules_read_before_are_removed(directive: str, left: list[int]) -> None:
    assert [rule.id for rule in rules(THREE + directive)] == left
    assert [rule.id for rule in rules(directive + "\n" + THREE)] == [10, 20, 30]


def test_a_removal_that_removes_nothing_is_noted() -> None:
    [note] = loaded("SecRuleRemoveById 5").notes
    assert str(note) == "main.conf:1: SecRuleRemoveById names no rule that was read before: `5`"
    assert loaded(THREE + "SecRuleRemoveById 10").notes == ()


def test_targets_are_added_and_taken_out() -> None:
    first, second, _ = rules(THREE + 'SecRuleUpdateTargetByTag "one|two" "REQUEST_URI|!ARGS:id"')
    assert [one.collection for one in first.links[0].selectors] == ["ARGS", "REQUEST_URI", "ARGS"]
    assert first.links[0].selectors[-1].excluded
    assert [one.excluded for one in second.links[1].selectors] == [False, True]
    unchanged = rules(THREE + "SecRuleUpdateTargetByMsg second !ARGS:z")[0]
    assert len(unchanged.links[0].selectors) == 1


def test_actions_are_replaced() -> None:
    text = "SecRuleUpdateActionById 30 \"pass,tag:more,msg:'new',t:lowercase\""
    rule = rules(THREE + text)[2]
    assert rule.disruption is Disruption.PASS
    assert (rule.tags, rule.msg) == (("one", "more"), b"new")
    assert rule.links[0].transforms == ("lowercase",)


def test_a_missing_label_is_noted() -> None:
    text = 'SecAction "id:1,skipAfter:END"\n'
    [note] = loaded(text).notes
    assert "no SecMarker `END` follows" in str(note)
    assert loaded(text + "SecMarker END\n").notes == ()
    assert loaded("SecMarker END\n" + text).notes != ()


def test_skip_is_a_way_to_a_marker() -> None:
    items = loaded(
        'SecAction "id:1,phase:1,skip:2"\nSecAction "id:2,phase:1"\nSecAction "id:3,phase:2"\n'
        'SecAction "id:4,phase:1"\nSecAction "id:5,phase:1"\n'
    ).rules.items
    marker = items[0].skip_after
    assert [getattr(item, "id", None) for item in items] == [1, 2, 3, 4, None, 5]
    assert items[4] == Marker(marker)
    beyond = loaded('SecAction "id:1,skip:9"\nSecAction "id:2"\n').rules.items
    assert isinstance(beyond[-1], Marker)


GATE = 'SecRule &TX:on "@eq 0" "id:1,phase:2,pass,skipAfter:END"\n'
ASKS = 'SecRule REMOTE_ADDR "@rbl list.example" "id:2,phase:2,pass"\n'


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        (GATE + ASKS + "SecMarker END", False),
        (ASKS + "SecMarker END", True),
        (GATE + "SecMarker END\n" + ASKS, True),
        (ASKS + GATE + "SecMarker END", True),
        (GATE + ASKS, True),
        (GATE + "SecMarker IN\n" + ASKS + "SecMarker END", True),
        ('SecAction "id:9,setvar:tx.on=1"\n' + GATE + ASKS + "SecMarker END", True),
        ('SecAction "id:9,setvar:tx.%{args.a}=1"\n' + GATE + ASKS + "SecMarker END", True),
        ('SecAction "id:9,setvar:tx.off=1"\n' + GATE + ASKS + "SecMarker END", False),
        ('SecAction "id:9,ctl:ruleRemoveById=1"\n' + GATE + ASKS + "SecMarker END", True),
        ('SecAction "id:9,ctl:ruleRemoveById=1-2"\n' + GATE + ASKS + "SecMarker END", False),
        (GATE.replace("phase:2", "phase:1") + ASKS + "SecMarker END", True),
        (GATE.replace("@eq 0", "@ge 0") + ASKS + "SecMarker END", True),
        (GATE.replace("&TX:on", "TX:on") + ASKS + "SecMarker END", True),
        (GATE.replace("&TX:on", "&TX:1") + ASKS + "SecMarker END", True),
    ],
)
def test_a_query_to_dns_is_read_only_where_a_gate_always_leads_past(
    text: str, reached: bool
) -> None:
    if reached:
        assert "operator @rbl is not carried out" in refusal(text)
    else:
        assert len(rules(text)) >= 2
