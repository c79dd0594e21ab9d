"""An engine that remembers outcomes tells what the model tells, however often traffic comes."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.inspect_native import needs_core
from tests.inspect_rules import rule_sets, settings_rules, told, traffic

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.native import NativeGates

pytestmark = needs_core
TIMES = 12
"""More than a request with five phases takes until all of its steps are known."""


@settings(max_examples=300, deadline=None)
@given(st.one_of(rule_sets(), settings_rules()), st.lists(traffic(), min_size=1, max_size=3))
def test_what_comes_again_is_told_as_the_model_tells_it(rules, drawn):
    model, engine = ModelEngine(rules), FastEngine(rules, make_gates=NativeGates)
    assume(engine.memory is not None)
    expected = [told(model, one) for one in drawn]
    for _ in range(TIMES):
        assert [told(engine, one) for one in drawn] == expected


@settings(max_examples=50, deadline=None)
@given(rule_sets(), traffic())
def test_what_is_quiet_is_not_told(rules, drawn):
    engine = FastEngine(rules, make_gates=NativeGates)
    request, body, response, answer = drawn
    for _ in range(TIMES):
        one = engine.inspect(request)
        one.request_head()
        one.request_body(body)
        one.response_head(response)
        one.response_body(answer)
        found = one.told()
        report = one.end()
        assert found == (None if report.quiet else report)
