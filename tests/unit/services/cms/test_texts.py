"""Texts that callers send, and what is no such text."""

import pytest

from juyong.services.cms import texts
from juyong.services.cms.events.events import has_words


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1700000000000", 1_700_000_000),
        ("1700000000", 1_700_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("20231115T061320.000+0800", 1_700_000_000),
    ],
)
def test_a_moment_has_five_forms(text, instant):
    assert texts.moment(text) == instant


@pytest.mark.parametrize("text", ["", "now", "-1", "2023-11-14", "2023-13-01 00:00:00", "1" * 16])
def test_other_moments_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # several texts
        texts.moment(text)


def test_resources_are_objects_and_all():
    assert texts.resources('{"instanceId":"i"}') == ({"instanceId": "i"},)
    assert texts.resources('[{"a":"1"},{"b":2}]') == ({"a": "1"}, {"b": "2"})
    assert texts.resources('[{"resource":"_ALL"}]') == ({},)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *(
            (texts.resources, t)
            for t in ("", "[]", "1", "[1]", '[{"a":[]}]', '[{"a":""}]', "[" * 9)
        ),
        *((texts.resources, t) for t in ('[{"timestamp":"1"}]', "[{}]", '[{"a":true}]')),
        *((texts.dimensions, t) for t in ("{}", "[]", '{"a b":"1"}', '{"a":"\\u0000"}', "")),
        *((texts.values, t) for t in ("{}", '{"value":"1"}', '{"value":1e999}', '{"value":true}')),
        *((texts.group_by, t) for t in ("{}", '{"groupby":[]}', '{"groupby":["a"],"b":1}')),
        *((texts.labels, t) for t in ("1", "[{}]", '{"name":1,"value":"a"}')),
        *((texts.number, t) for t in ("", "nan", "inf", "1e999", "a")),
    ],
)
def test_what_has_no_reading_is_refused(read, text):
    with pytest.raises(ValueError):  # noqa: PT011  # several texts
        read(text)


def test_words_are_joined_by_and_or_by_or():
    found = [has_words(*each) for each in (("", "x"), ("a and b", "b a"), ("a or b", "b"))]
    assert found == [True] * 3
    assert [has_words("a and b", "a"), has_words("a or b", "c")] == [False] * 2


def test_a_resource_is_met_by_a_part_of_its_dimensions():
    held = {"userId": "1", "apiName": "A"}
    assert texts.meets(({"userId": "1"},), held)
    assert texts.meets((), held)
    assert not texts.meets(({"userId": "2"}, {"b": "1"}), held)
