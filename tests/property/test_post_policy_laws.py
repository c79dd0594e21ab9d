"""Policies of forms: judged as the model judges, and a further condition never admits more."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.model import post_policy as model

from juyong.services.oss.wire.form_errors import PolicyFailed
from juyong.services.oss.wire.post_policy import PostPolicy, parse_policy

texts = st.sampled_from(["", "a", "ab", "b", "A", "ü"])
names = st.sampled_from(["key", "KEY", "$key", "$Key", "x-oss-meta-a", "$absent"])
conditions = st.one_of(
    st.tuples(st.sampled_from(["eq", "starts-with"]), names, texts).map(list),
    st.tuples(st.sampled_from(["in", "not-in"]), names, st.lists(texts, max_size=3)).map(list),
    st.dictionaries(names, texts, min_size=1, max_size=1),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(
        lambda pair: ["content-length-range", *sorted(pair)]
    ),
)
documents = st.fixed_dictionaries(
    {
        "expiration": st.just("2099-01-01T12:00:00Z"),
        "conditions": st.lists(conditions, min_size=1, max_size=4),
    }
)
forms = st.fixed_dictionaries(
    {"key": st.lists(texts, min_size=1, max_size=2).map(tuple)},
    optional={"x-oss-meta-a": texts.map(lambda text: (text,))},
)
sizes = st.integers(0, 6)
Values = Mapping[str, tuple[str, ...]]


def parsed(document: Any) -> PostPolicy:
    return parse_policy(base64.b64encode(json.dumps(document).encode()).decode())


def allows(policy: PostPolicy, values: Values, size: int) -> bool:
    try:
        policy.check(values)
    except PolicyFailed:
        return False
    return policy.least <= size <= policy.most


@given(documents, forms, sizes)
def test_a_policy_is_judged_as_the_model_judges(document: Any, values: Values, size: int):
    assert allows(parsed(document), values, size) == model.allows(document, values, size)


@given(documents, conditions, forms, sizes)
def test_a_further_condition_never_admits_more(
    document: Any, further: Any, values: Values, size: int
):
    narrower = {**document, "conditions": [*document["conditions"], further]}
    assert not allows(parsed(narrower), values, size) or allows(parsed(document), values, size)
