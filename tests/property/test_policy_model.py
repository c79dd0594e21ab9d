"""The engine against the slow model, on random policies and requests."""

from itertools import product

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.model import policy as model
from tests.property import policy_cases as made

from juyong.engines.policy import (
    Condition,
    Kind,
    Quantifier,
    authorise,
    conditions_of,
    covers,
    matches,
    trusts,
)
from juyong.engines.policy.conditions import compile_condition
from juyong.engines.policy.wildcard import literal_start, matcher

many = settings(max_examples=1000, deadline=None)

SHORT_TEXTS = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]

glob_text = st.text(alphabet="ab\n", max_size=8)
glob_pattern = st.text(alphabet="ab\n**?", max_size=8)


def test_all_short_wildcards_agree_with_the_model():
    compared = 0
    for length in range(6):
        for pattern in map("".join, product("ab*?", repeat=length)):
            test = matcher(pattern)
            for text in SHORT_TEXTS:
                assert test(text) == model.glob(pattern, text), (pattern, text)
                compared += 1
    assert compared == 1365 * 31


@settings(max_examples=300, deadline=None)
@given(glob_pattern, glob_text)
def test_wildcards_agree_with_the_model(pattern, text):
    assert matches(pattern, text) == model.glob(pattern, text)
    if matches(pattern, text):
        assert text.startswith(literal_start(pattern))


@many
@given(made.cases)
def test_resources_agree_with_the_model(cases):
    for resource in made.RESOURCES:
        pattern = cases.pattern(made.RESOURCES)
        note(f"{pattern} {resource}")
        assert covers(pattern, resource) == model.resource_covers(pattern, resource)


@many
@given(made.cases, st.sampled_from(made.OPERATOR_NAMES), st.booleans())
def test_conditions_agree_with_the_model(cases, written, doubt):
    prefix, _, operator = written.rpartition(":")
    wanted = cases.some(made.OPERATORS[written], least=1)
    condition = Condition(
        quantifier=Quantifier(prefix) if prefix else None,
        operator=operator,
        key="x:y",
        values=tuple(wanted),
    )
    test = compile_condition(condition, doubt=doubt)
    typical = made.TYPICAL[made.NATURAL_KEY.get(operator[:4], "x:Str").lower()]
    for pool in (typical, typical, made.GARBAGE, (*typical, *made.GARBAGE)):
        values = cases.some(pool)
        note(f"{written} {wanted} {values}")
        expected = model.condition_holds(written, wanted, values)
        given = conditions_of({"x:y": values})
        assert test(given) == (doubt if expected == model.UNKNOWN else expected)


@many
@given(made.cases, st.booleans())
def test_decisions_agree_with_the_model(cases, cross_account):
    layers = cases.layers()
    compiled = made.engine_layers(layers)
    note(str(layers))
    for request in cases.requests():
        note(str(request))
        decision = authorise(made.engine_request(request), compiled, cross_account=cross_account)
        assert made.outcome(decision) == model.authorise(
            request, layers, cross_account=cross_account, require_resource=False
        )


@many
@given(made.cases, st.booleans())
def test_decisions_about_what_is_shared_agree_with_the_model(cases, cross_account):
    layers = cases.layers()
    compiled = made.engine_layers(layers)
    note(str(layers))
    for request in [*cases.requests(), *cases.requests(made.STRANGERS)]:
        note(str(request))
        decision = authorise(
            made.engine_request(request), compiled, cross_account=cross_account, shared=True
        )
        assert made.outcome(decision) == model.authorise(
            request, layers, cross_account=cross_account, require_resource=False, shared=True
        )


@many
@given(made.cases)
def test_role_assumptions_agree_with_the_model(cases):
    layers = cases.layers(trust=True)
    compiled = made.engine_layers(layers)
    note(str(layers))
    for request in cases.requests():
        note(str(request))
        decision = authorise(made.engine_request(request), compiled, require_resource=True)
        assert made.outcome(decision) == model.authorise(
            request, layers, cross_account=False, require_resource=True
        )


@many
@given(made.cases, st.sampled_from((Kind.TRUST, Kind.RESOURCE)))
def test_principals_agree_with_the_model(cases, kind):
    written = cases.policies(kind)
    policies = made.engine_set(written)
    note(str(written))
    for request in cases.requests(made.CALLERS):
        note(str(request))
        decision = trusts(made.engine_request(request), policies)
        assert (decision.outcome.value, made.hits(decision)) == model.trusts(request, written)


def test_the_generators_meet_every_outcome_in_every_layer():
    """Without this the comparison could agree on nothing but silence."""
    met = set()
    for seed in range(1500):
        cases = made.Cases(seed, 1 + seed % 3)
        layers = cases.layers()
        for request in cases.requests():
            outcome, layer, _ = model.authorise(
                request, layers, cross_account=bool(seed % 2), require_resource=False
            )
            met.add((outcome, layer))
    assert len(met) == 13  # 5 layers of 3 outcomes, but control and session never allow alone
