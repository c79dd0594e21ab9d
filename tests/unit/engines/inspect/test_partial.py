"""Rules decided at load: each trap by hand, told by the model and by the fast engine alike."""

import msgspec
import pytest
from tests.inspect_rules import told
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.http import Response
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.seclang import load

TRAPS = {
    "a skip in doubt passes over a write": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,skipAfter:END"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=1"
        SecMarker END
        SecRule TX:a "@eq 1" "id:3,phase:1,pass,log"
    """,
    "a skip in doubt lands behind a sure skip": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,skipAfter:INNER"
        SecAction "id:2,phase:1,pass,nolog,skipAfter:OUTER"
        SecMarker INNER
        SecAction "id:3,phase:1,pass,log"
        SecMarker OUTER
    """,
    "a sure skip that a removal undoes": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
        SecAction "id:2,phase:1,pass,nolog,skipAfter:END"
        SecAction "id:3,phase:1,pass,log"
        SecMarker END
    """,
    "a sure skip that is removed with all that it skips": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2-3"
        SecAction "id:2,phase:1,pass,nolog,skipAfter:END"
        SecAction "id:3,phase:1,pass,log"
        SecMarker END
    """,
    "a write that a removal undoes": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:3,phase:2,pass,log"
    """,
    "a target of TX that is taken away": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule ARGS:q "@streq foo" "id:2,phase:1,pass,nolog,ctl:ruleRemoveTargetById=3;TX:a"
        SecRule TX:a "@eq 1" "id:3,phase:2,pass,log"
    """,
    "an allow of the phase leaves a write out": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,allow:phase,nolog"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:3,phase:2,pass,log"
    """,
    "an allow of the request leaves a write out": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,allow:request,nolog"
        SecAction "id:2,phase:2,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:3,phase:3,pass,log"
    """,
    "a sure allow of the phase": """
        SecAction "id:1,phase:1,allow:phase,nolog"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:3,phase:2,pass,log"
    """,
    "the logging phase after a verdict": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,deny,log"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:3,phase:5,pass,log"
        SecRule &TX:a "@eq 0" "id:4,phase:5,pass,log"
    """,
    "the logging phase knows what stood first": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule ARGS:q "@streq foo" "id:2,phase:1,deny,log"
        SecRule TX:a "@eq 1" "id:3,phase:5,pass,log"
    """,
    "captures write TX": """
        SecRule ARGS:q "@rx ^(f)oo" "id:1,phase:1,pass,nolog,capture"
        SecRule TX:1 "@streq f" "id:2,phase:1,pass,log"
        SecRule &TX:1 "@eq 0" "id:3,phase:1,pass,log"
    """,
    "a name with a macro may be any name that begins so": """
        SecRule ARGS_NAMES "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.c_%{matched_var}=1"
        SecRule &TX:c_q "@eq 1" "id:2,phase:1,pass,log"
        SecRule TX:/^c_/ "@eq 1" "id:3,phase:1,pass,log"
        SecRule &TX:d "@eq 0" "id:4,phase:1,pass,log"
    """,
    "a whole name from a macro": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.q=0"
        SecRule ARGS_NAMES "@rx ." "id:2,phase:1,pass,nolog,setvar:tx.%{matched_var}=1"
        SecRule TX:q "@eq 1" "id:3,phase:1,pass,log"
    """,
    "a removal of a member in doubt": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecAction "id:2,phase:1,pass,nolog,setvar:!tx.a"
        SecRule &TX:a "@eq 0" "id:3,phase:1,pass,log"
    """,
    "a sum of a member in doubt": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,setvar:tx.a=+1"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=+1"
        SecRule TX:a "@eq 2" "id:3,phase:1,pass,log,msg:'%{tx.a}'"
    """,
    "a member in doubt that becomes known": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecAction "id:2,phase:1,pass,nolog,setvar:tx.a=3"
        SecRule TX:a "@eq 3" "id:3,phase:1,pass,log,severity:2"
        SecRule HIGHEST_SEVERITY "@eq 2" "id:4,phase:2,pass,log"
    """,
    "a chain that fails has run its first link": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:1,pass,nolog,chain,setvar:tx.b=1"
        SecRule TX:a "@eq 2" "t:none"
        SecRule TX:b "@eq 1" "id:3,phase:1,pass,log"
    """,
    "a match of a decided rule is the last match": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:1,pass,log"
        SecAction "id:3,phase:1,pass,log,msg:'%{MATCHED_VAR_NAME} %{MATCHED_VAR}'"
    """,
    "a decided rule that refuses": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:2,deny,status:451,log,msg:'%{rule.id} refuses'"
        SecAction "id:3,phase:2,pass,log"
    """,
    "an engine that is switched off": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule ARGS:q "@streq foo" "id:2,phase:1,pass,log,ctl:ruleEngine=Off"
        SecRule TX:a "@eq 1" "id:3,phase:1,pass,log"
    """,
    "a chain that begins with a setting": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1,setvar:tx.b=2"
        SecRule TX:a "@eq 1" "id:2,phase:2,pass,log,msg:'%{MATCHED_VAR}',chain"
        SecRule ARGS "@gt %{tx.b}" "t:length,setvar:tx.c=+1,chain"
        SecRule MATCHED_VARS "@eq 3" "t:none,setvar:tx.d=%{MATCHED_VAR_NAME}"
        SecRule TX:c "@ge 1" "id:3,phase:2,pass,log,msg:'%{tx.c} %{tx.d}'"
    """,
    "a chain whose second link reads the match of a setting": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:2,pass,log,chain"
        SecRule MATCHED_VAR "@eq 1" "t:none,chain"
        SecRule ARGS "@within %{MATCHED_VAR}foo" "t:none"
    """,
    "a chain whose setting leaves a match behind": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:2,pass,log,chain"
        SecRule ARGS "@streq none" "t:none"
        SecAction "id:3,phase:2,pass,log,msg:'%{MATCHED_VAR_NAME}'"
    """,
    "a chain whose setting writes": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
        SecRule TX:a "@eq 1" "id:2,phase:2,pass,log,setvar:tx.b=+1,chain"
        SecRule ARGS "@streq foo" "t:none"
        SecRule TX:b "@eq 1" "id:3,phase:2,pass,log"
    """,
    "an argument with a macro in doubt": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=foo"
        SecRule ARGS:r "@streq foo" "id:2,phase:1,pass,nolog,setvar:tx.a=bar"
        SecRule ARGS:q "@streq %{tx.a}" "id:3,phase:1,pass,log"
    """,
    "a sum of a level that is known": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.level=1,setvar:tx.one=0"
        SecRule ARGS "@streq foo" "id:2,phase:1,pass,log,setvar:tx.one=+5"
        SecRule TX:level "@ge 1" "id:3,phase:1,pass,log,t:none,setvar:tx.sum=+%{tx.one}"
        SecAction "id:4,phase:2,pass,nolog,setvar:tx.all=%{tx.sum}"
        SecRule TX:sum "@ge 5" "id:5,phase:2,pass,log,msg:'%{tx.sum} %{tx.all}'"
    """,
    "a sum that a removal undoes": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.level=1,setvar:tx.one=3"
        SecRule ARGS:q "@streq foo" "id:2,phase:1,pass,log,ctl:ruleRemoveById=4,setvar:tx.one=+1"
        SecAction "id:3,phase:1,pass,log"
        SecRule TX:level "@ge 1" "id:4,phase:1,pass,log,setvar:tx.sum=+%{tx.one}"
        SecAction "id:5,phase:1,pass,log"
        SecRule TX:sum "@ge 1" "id:6,phase:1,pass,log"
    """,
    "a skip into the middle of sure rules": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,skipAfter:HALF"
        SecAction "id:2,phase:1,pass,log"
        SecMarker HALF
        SecAction "id:3,phase:1,pass,log,skipAfter:END"
        SecRule ARGS:q "@streq foo" "id:4,phase:1,pass,log"
        SecMarker END
        SecAction "id:5,phase:1,pass,log"
    """,
    "a sure skip that is removed alone": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
        SecAction "id:2,phase:1,pass,log,severity:3"
        SecAction "id:3,phase:1,pass,log,skipAfter:END"
        SecRule ARGS:q "@streq foo" "id:4,phase:1,pass,log,ctl:ruleEngine=Off"
        SecAction "id:5,phase:1,pass,log"
        SecMarker END
        SecAction "id:6,phase:1,pass,log,msg:'%{HIGHEST_SEVERITY}'"
    """,
    "a count of a target that is taken away": """
        SecRule ARGS:q "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS:q"
        SecRule &ARGS "@lt 1" "id:2,phase:1,pass,log"
        SecRule &ARGS:Q "@eq 2" "id:3,phase:1,pass,log"
    """,
    "a chain whose later links ask for members and counts": """
        SecRule REQUEST_METHOD "@streq GET" "id:1,phase:1,pass,log,chain"
        SecRule ARGS:Q "!@streq bar" "chain"
        SecRule &ARGS:r "@eq 0" "setvar:tx.a=1"
        SecRule REQUEST_METHOD "@streq GET" "id:2,phase:1,pass,log,setvar:tx.b=+1,chain"
        SecRule &ARGS:r "@gt 0" "t:none"
        SecRule TX:/^B$/ "@eq 1" "id:3,phase:1,pass,log,chain"
        SecRule TX:a "@eq 1"
    """,
    "names of the request held against a list": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.list=/r/ /s/"
        SecRule ARGS_NAMES "@rx ^.(.*)$" "id:2,phase:1,pass,log,capture,t:lowercase,\
            setvar:tx.n_%{tx.0}=/%{tx.0}/,chain"
        SecRule TX:/^n_/ "@within %{tx.list}" "setvar:tx.score=+1"
        SecRule TX:/^n_/ "@rx q" "id:3,phase:1,pass,log,msg:'%{tx.0} %{tx.1} %{tx.n_q} %{tx.score}'"
        SecRule TX:0 "@rx ." "id:4,phase:1,pass,log"
        SecRule TX:1 "@rx ^$" "id:5,phase:1,pass,log"
    """,
    "a list that the request changes": """
        SecAction "id:1,phase:1,pass,nolog,setvar:tx.list=/r/"
        SecRule ARGS:q "@streq foo" "id:2,phase:1,pass,log,setvar:tx.list=/q/"
        SecRule ARGS_NAMES "@rx ^." "id:3,phase:1,pass,log,capture,setvar:tx.n=/%{tx.0}/,chain"
        SecRule TX:n "@within %{tx.list}"
    """,
    "names that an earlier rule may write": """
        SecRule ARGS "@rx foo" "id:1,phase:1,pass,log,setvar:tx.n_%{matched_var}=foo"
        SecRule ARGS_NAMES "@rx q" "id:2,phase:1,pass,log,setvar:tx.n_b=%{matched_var},chain"
        SecRule TX:/^n_/ "@streq foo"
        SecRule ARGS_NAMES "@rx q" "id:3,phase:1,pass,log,setvar:tx.n=%{tx.0},chain"
        SecRule TX:n "@streq foo"
    """,
    "a target of a remembered chain that is taken away": """
        SecRule ARGS:r "@streq foo" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS_NAMES:q"
        SecRule ARGS_NAMES "@rx ." "id:2,phase:1,pass,log,setvar:tx.n=ARGS:%{matched_var},chain"
        SecRule TX:n "@streq ARGS:r" "setvar:tx.m=%{matched_var}"
        SecRule TX:n "@rx ." "id:3,phase:1,pass,log,msg:'%{tx.n} %{tx.m}'"
    """,
    "a stored collection": """
        SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.n=+1"
        SecRule IP:n "@ge 2" "id:2,phase:1,pass,log"
    """,
}
PAGE = Response(status=200, version="HTTP/1.1", headers=((b"Content-Type", b"text/html"),))


@pytest.mark.parametrize("mode", ["On", "DetectionOnly", "Off"])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_catches_no_engine(trap: str, mode: str) -> None:
    text = f"SecRuleEngine {mode}\n{TRAPS[trap]}"
    rules = load({"rules.conf": text.encode()}, ["rules.conf"]).rules
    model, fast = ModelEngine(rules), FastEngine(rules)
    for target in (b"/?q=foo", b"/?q=bar", b"/", b"/?q=foo", b"/?q=foo&q=bar&r=foo", b"/?s=1"):
        drawn = (request(target), b"", PAGE, b"")
        assert told(fast, drawn) == told(model, drawn)


LEVELS = """
    SecRuleEngine On
    SecAction "id:1,phase:1,pass,nolog,setvar:tx.level=%d"
    SecRule TX:level "@lt 1" "id:2,phase:2,pass,nolog,skipAfter:END"
    SecRule ARGS "@rx one" "id:3,phase:2,pass,log"
    SecRule TX:level "@lt 2" "id:4,phase:2,pass,nolog,skipAfter:END"
    SecRule ARGS "@rx two" "id:5,phase:2,pass,log"
    SecMarker END
"""


@pytest.mark.parametrize(("level", "gates"), [(0, 0), (1, 1), (2, 2)])
def test_rules_of_higher_levels_cost_nothing(level: int, gates: int) -> None:
    rules = load({"rules.conf": (LEVELS % level).encode()}, ["rules.conf"]).rules
    engine = FastEngine(rules)
    assert len(engine.plan.gates) == gates
    phase = engine.plan.phases[Phase.REQUEST_BODY]
    assert [at for at in phase.always if at not in phase.fixed] == []


LENGTHS = """
    SecRuleEngine On
    SecAction "id:1,phase:1,pass,nolog,setvar:tx.most=400"
    SecRule &TX:most "@eq 1" "id:2,phase:2,pass,log,chain"
    SecRule ARGS "@gt %{tx.most}" "t:length"
"""


def test_a_limit_from_the_settings_is_a_gate_on_values() -> None:
    rules = load({"rules.conf": LENGTHS.encode()}, ["rules.conf"]).rules
    (gate,) = FastEngine(rules).plan.gates
    assert (gate.operator.argument, gate.transforms) == (b"400", ("length",))


def test_settings_are_one_write_for_a_request() -> None:
    rules = load({"rules.conf": (LEVELS % 1).encode()}, ["rules.conf"]).rules
    engine = FastEngine(rules)
    assert dict(engine.plan.opening.members) == {b"level": b"1"}
    assert [hit.rule for hit in engine.plan.opening.hits] == [1]
    assert engine.plan.phases[Phase.REQUEST_HEAD].always == ()


HELD = """
    SecRuleEngine On
    SecRule ARGS_NAMES "@rx ^.*$" "id:1,phase:1,deny,capture,setvar:tx.n_%{tx.0}=%{tx.0},chain"
    SecRule TX:/^n_/ "@streq bad"
"""


def test_a_remembered_chain_counts_the_members_that_the_chain_writes() -> None:
    rules = load({"rules.conf": HELD.encode()}, ["rules.conf"]).rules
    limits = Limits(transaction_keys=5)
    model, fast = ModelEngine(rules, limits=limits), FastEngine(rules, limits=limits)
    assert list(fast.plan.phases[Phase.REQUEST_HEAD].recalls) == [0]
    for names in ("abcd", "abcde", "abcd", "abcde"):
        target = b"/?" + "&".join(names).encode()
        drawn = (request(target), b"", PAGE, b"")
        assert told(fast, drawn) == told(model, drawn)
    full = (request(b"/?" + b"&".join(b"%d" % at for at in range(9))), b"", PAGE, b"")
    assert told(fast, full) == told(model, full)
    assert told(model, full)[0] is not None


def test_a_rule_set_beyond_the_limit_of_members_is_refused_by_both() -> None:
    text = 'SecRuleEngine On\nSecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1,setvar:tx.b=1"'
    rules = load({"rules.conf": text.encode()}, ["rules.conf"]).rules
    limits = Limits(transaction_keys=1)
    drawn = (request(), b"", PAGE, b"")
    model = told(ModelEngine(rules, limits=limits), drawn)
    assert told(FastEngine(rules, limits=limits), drawn) == model
    assert model[0] is not None


METHODS = """
    SecRuleEngine On
    SecRule REQUEST_PROTOCOL "!@within HTTP/2" "id:1,phase:1,deny,chain"
    SecRule REQUEST_METHOD "@streq POST" "chain"
    SecRule &REQUEST_HEADERS:X-Missing "@eq 0"
"""


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_chain_is_passed_over_where_its_method_is_another(method: bytes) -> None:
    rules = load({"rules.conf": METHODS.encode()}, ["rules.conf"]).rules
    fast = FastEngine(rules)
    asked = msgspec.structs.replace(request(), method=method)
    begun = fast.inspect(asked)
    *guards, counted = [
        *fast.plan.phases[Phase.REQUEST_HEAD].guards[0],
        *fast.plan.phases[Phase.REQUEST_HEAD].counted,
    ]
    assert [guard(begun.state) for guard in guards] == [method == b"POST"]
    assert counted.collection == "REQUEST_HEADERS"
    drawn = (asked, b"", PAGE, b"")
    assert told(fast, drawn) == told(ModelEngine(rules), drawn)


SCORES = """
    SecRuleEngine On
    SecAction "id:1,phase:1,pass,nolog,setvar:tx.score=0"
    SecRule ARGS:add "@rx ." "id:2,phase:1,pass,nolog,setvar:tx.score=+5"
    SecRule ARGS:not "@rx ." "id:3,phase:1,pass,nolog,ctl:ruleRemoveTargetById=5;TX:score"
    SecRule TX:score "@ge 5" "id:4,phase:1,pass,log,msg:'%{matched_var}'"
    SecRule TX:score "!@lt 5" "id:5,phase:1,deny,log,setvar:tx.found=%{matched_var_name}"
"""


@pytest.mark.parametrize("query", [b"", b"add=1", b"add=1&add=2", b"add=1&not=1"])
def test_a_member_of_tx_whose_guard_holds_is_what_the_rule_matches(query: bytes) -> None:
    rules = load({"rules.conf": SCORES.encode()}, ["rules.conf"]).rules
    model, fast = ModelEngine(rules), FastEngine(rules)
    assert set(fast.plan.phases[Phase.REQUEST_HEAD].members.values()) == {b"score"}
    drawn = (request(b"/?" + query), b"", PAGE, b"")
    assert told(fast, drawn) == told(model, drawn)


LATER = """
    SecRuleEngine On
    SecRule REQUEST_METHOD "!@streq %{ARGS.m}" "id:1,phase:1,deny,chain"
    SecRule ARGS:m "@rx ^[a-z]+$" "chain"
    SecRule REQUEST_HEADERS:X "@contains y"
    SecRule ARGS:n "!@rx ^1" "id:2,phase:1,pass,capture,chain"
    SecRule ARGS:o "@rx ^2" "setvar:tx.hit=+1"
    SecRule ARGS:p "@rx ^3" "id:3,phase:1,pass,setvar:tx.hit=+1,chain"
    SecRule ARGS:o "@rx ^2" "setvar:tx.hit=+1"
    SecRule TX:hit "@ge 1" "id:4,phase:1,deny,msg:'%{tx.hit}'"
"""


@pytest.mark.parametrize("x", [b"y", b"z"])
@pytest.mark.parametrize("query", [b"", b"m=get", b"n=2&o=2", b"n=1&o=2", b"n=2", b"p=3", b"o=2"])
def test_chains_are_judged_where_their_later_links_may_match(query: bytes, x: bytes) -> None:
    rules = load({"rules.conf": LATER.encode()}, ["rules.conf"]).rules
    model, fast = ModelEngine(rules), FastEngine(rules)
    phase = fast.plan.phases[Phase.REQUEST_HEAD]
    assert {place: len(gates) for place, gates in phase.needs.items()} == {0: 2, 1: 1}
    assert phase.doors == (0,)
    drawn = (request(b"/?" + query, headers=((b"X", x),)), b"", PAGE, b"")
    assert told(fast, drawn) == told(model, drawn)
