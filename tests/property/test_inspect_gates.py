"""Gates with a prefilter answer as the plain ones, and no transformation surprises their table."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inspect_gates import gates_and_values, texts

from juyong.engines.inspect.fast.gates import FilteredGates
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.plan.clauses import operator_clauses
from juyong.engines.inspect.plan.triggers import triggers_of
from juyong.engines.inspect.rules import Operator, Phase
from juyong.engines.inspect.transforms import TRANSFORMS

laws = settings(max_examples=250, deadline=None)


@laws
@given(gates_and_values())
def test_the_prefilter_loses_no_match_and_adds_none(drawn):
    gates, values = drawn
    plain, filtered = PlainGates(gates), FilteredGates(gates)
    for phase in (Phase.REQUEST_HEAD, Phase.REQUEST_BODY, Phase.REQUEST_HEAD):
        assert filtered.inspect(phase, values) == plain.inspect(phase, values)


_ATTACKS = st.sampled_from(
    [
        b"' or 1=1 -- ",
        b'" and "a"="a',
        b"1 union select 2",
        b"1 /*! or */ 1=1",
        b"<script>",
        b"<img onerror=x>",
        b" onload=x()",
        b"java\0script:alert(1)",
        b"on\0load\0=x()",
        b"1 or 1",
    ]
)


@laws
@given(st.lists(st.one_of(_ATTACKS, texts(), st.sampled_from([b"", b"x"])), max_size=3))
def test_an_injection_satisfies_the_clauses_of_its_detector(parts):
    text = b"".join(parts)
    for name in ("detectsqli", "detectxss"):
        clauses = operator_clauses(Operator(name=name))
        assert clauses
        held = all(any(one in text.lower() for one in clause) for clause in clauses)
        assert held or make_test(name, b"")(text) is None


@laws
@given(st.lists(st.sampled_from(sorted(TRANSFORMS)), min_size=1, max_size=4), texts())
def test_a_value_without_triggers_is_left_as_it_is(names, text):
    triggers = triggers_of(tuple(names))
    if triggers is None or triggers & set(text):
        return
    made = text
    for name in names:
        made = TRANSFORMS[name](made)
    assert made.lower() == text.lower()


@laws
@given(st.sampled_from(sorted(TRANSFORMS)), st.binary(max_size=30))
def test_a_byte_that_matters_is_a_trigger(name, text):
    triggers = triggers_of((name,))
    if triggers is not None:
        text = text.translate(None, bytes(triggers))
        assert TRANSFORMS[name](text).lower() == text.lower()
