"""The fast engine tells what the model tells, word for word."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inspect_rules import rule_sets, settings_rules, told, traffic

from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.model import ModelEngine

laws = settings(max_examples=200, deadline=None)


@laws
@given(rule_sets(), st.lists(traffic(), min_size=1, max_size=3))
def test_the_fast_engine_tells_what_the_model_tells(rules, drawn):
    model, fast = ModelEngine(rules), FastEngine(rules)
    plain = FastEngine(rules, make_gates=PlainGates)
    for one in drawn:
        expected = told(model, one)
        assert told(fast, one) == expected
        assert told(plain, one) == expected


@settings(max_examples=200, deadline=None)
@given(settings_rules(), traffic())
def test_a_rule_that_is_decided_at_load_is_decided_right(rules, drawn):
    assert told(FastEngine(rules), drawn) == told(ModelEngine(rules), drawn)
