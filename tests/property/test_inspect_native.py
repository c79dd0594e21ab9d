"""The native core answers as the Python engine does: values, operators, tokens, gates, engines."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import inspect_native as cases
from tests.inspect_gates import gates_and_values, texts
from tests.inspect_patterns import matched_patterns
from tests.inspect_rules import rule_sets, told, traffic

from juyong.engines.inspect.bodies.media import processor_of
from juyong.engines.inspect.fast.engine import FastEngine
from juyong.engines.inspect.fast.plain import PlainGates
from juyong.engines.inspect.gates import Asked, Collections, Value
from juyong.engines.inspect.http import Response
from juyong.engines.inspect.native import NativeGates, native_test, native_transform
from juyong.engines.inspect.operators import OPERATORS, OperatorRefused, make_test
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.transforms import TRANSFORMS
from juyong.engines.inspect.variables import (
    ALL,
    HEAD,
    request_variables,
    response_body_variables,
    response_variables,
)

pytestmark = cases.needs_core
laws = settings(max_examples=150, deadline=None)
randoms = st.randoms(use_true_random=False)


@laws
@given(st.one_of(texts(), st.binary(max_size=30), randoms.map(cases.escaped_text)))
def test_transformations_are_equal(text: bytes):
    for name, transform in TRANSFORMS.items():
        assert native_transform(name, text) == transform(text), name


def same_answers(name: str, argument: bytes, values: list[bytes]) -> bool:
    """Assert that an operator is equal in both; False where both refuse its argument."""
    try:
        test = make_test(name, argument)
    except OperatorRefused:
        with pytest.raises(ValueError, match=r"."):
            native_test(name, argument)
        return False
    native = native_test(name, argument)
    for value in values:
        captures = test(value)
        assert native(value) == captures, (name, argument, value)
        assert native.matches(value) == (captures is not None)
    return True


@laws
@given(randoms)
def test_operators_are_equal(random: Random):
    for name in sorted(set(OPERATORS) - {"rx", "rxglobal"}):
        argument, value = cases.argument_and_value(random, name)
        same_answers(name, argument, [value, b""])


@laws
@given(matched_patterns(), st.data())
def test_patterns_of_rules_are_equal(matched, data: st.DataObject):
    text = data.draw(st.one_of(matched.texts, texts(matched.texts)))
    for name in ("rx", "rxglobal"):
        assert same_answers(name, matched.pattern.encode("latin-1"), [text, text[1:]])


@laws
@given(randoms)
def test_patterns_of_any_form_are_equal(random: Random):
    values = [cases.matched_text(random) for _ in range(10)]
    same_answers("rx", cases.raw_pattern(random), values)


@laws
@given(randoms)
def test_tokenisers_are_equal(random: Random):
    same_answers("detectsqli", b"", [cases.sql_text(random) for _ in range(10)])
    same_answers("detectxss", b"", [cases.html_text(random) for _ in range(10)])


@laws
@given(gates_and_values())
def test_gates_are_equal(drawn):
    gates, values = drawn
    plain, native = PlainGates(gates), NativeGates(gates)
    for phase in (Phase.REQUEST_HEAD, Phase.REQUEST_BODY, Phase.LOGGING, Phase.REQUEST_BODY):
        assert native.inspect(phase, values) == plain.inspect(phase, values)


@laws
@given(rule_sets(), st.lists(traffic(), min_size=1, max_size=3))
def test_engines_are_equal(rules, drawn):
    native = FastEngine(rules, make_gates=NativeGates)
    plain = FastEngine(rules, make_gates=PlainGates)
    for one in drawn:
        assert told(native, one) == told(plain, one)


@laws
@given(randoms, st.sampled_from([b"&", b";", b"+", b" "]))
def test_heads_are_read_alike(random: Random, separator: bytes):
    asked = cases.head(random)
    reader = NativeGates([]).reader(Asked(wanted=ALL, counts={}, separator=separator))
    traffic = reader.read(asked, processor_of(asked.headers))
    made = request_variables(asked, separator=separator)
    left = set(traffic.left())
    assert left <= HEAD
    for name in HEAD - left:
        found = [Value(name, key, value) for key, value in traffic.members(name)]
        assert found == made[name], name


@laws
@given(randoms, st.binary(max_size=20), st.booleans())
def test_responses_are_read_alike(random: Random, body: bytes, cut: bool):
    names = [b"content-type", b"Content-Length", b"X-A", b"SERVER"]
    headers = tuple((random.choice(names), random.randbytes(3)) for _ in range(random.randrange(5)))
    response = Response(status=random.randrange(100, 600), version="HTTP/1.1", headers=headers)
    reader = NativeGates([]).reader(Asked(wanted=ALL, counts={}, separator=b"&"))
    traffic = reader.read(cases.head(random), "")

    def members(made: Collections) -> Collections:
        found = {name: traffic.members(name) for name in made}
        return {name: [Value(name, *pair) for pair in pairs] for name, pairs in found.items()}

    for _ in range(2):
        traffic.add_response_head(response.status, response.version, response.headers)
    head = response_variables(response)
    for name in ("RESPONSE_HEADERS", "RESPONSE_HEADERS_NAMES"):
        head[name] = head[name] * 2
    assert members(head) == head
    traffic.add_response_body(body, cut)
    told = response_body_variables(body, cut=cut)
    assert members(told) == told


@laws
@given(randoms, st.sampled_from([None, b"a", b"x", b"cookie"]))
def test_members_are_counted_alike(random: Random, key: bytes | None):
    asked = cases.head(random)
    table = (False, True, False, True)
    counts = {
        Phase.REQUEST_HEAD: [(name, key, table) for name in ("ARGS", "REQUEST_HEADERS", "FILES")]
    }
    reader = NativeGates([]).reader(Asked(wanted=ALL - {"FILES"}, counts=counts, separator=b"&"))
    _, answers, _ = reader.inspect(reader.read(asked, ""), Phase.REQUEST_HEAD)
    made = request_variables(asked)
    for (name, _, _), answer in zip(counts[Phase.REQUEST_HEAD], answers, strict=True):
        members = [one for one in made.get(name, ()) if key in (None, one.key.lower())]
        assert answer == (table[len(members)] if len(members) < len(table) else 2)
