"""JSON with one reading: what is read, and what is refused with its reason."""

import pytest

from juyong.base.strict_json import NotStrictJson, Number, decode


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' [1, -0.5e9, "x", null, true] ', [Number("1"), Number("-0.5e9"), "x", None, True]),
        ("9" * 5000, Number("9" * 5000)),
        ('{"a":{"b":["\\ud83d\\ude00"]}}', {"a": {"b": ["😀"]}}),
        ("[" * 16 + "]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]),
        ('"' + "[" * 50 + '"', "[" * 50),
    ],
)
def test_read(text, value):
    assert decode(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the document is not JSON at character 0"),
        ("{} x", "the document is not JSON at character 3"),
        ('{"a":1,"\\u0061":2}', "the name `a` appears twice in one object"),
        (
            '{"' + "n" * 81 + '":1,"' + "n" * 81 + '":1}',
            f"the name `{'n' * 80}…` appears twice in one object",
        ),
        ("[NaN]", "`NaN` is not JSON"),
        ("[-Infinity]", "`-Infinity` is not JSON"),
        ('{"a":"\\ud800"}', "the document holds a lone surrogate"),
        ('{"\\udfff":1}', "the document holds a lone surrogate"),
        ("[" * 17 + "]" * 17, "the document nests deeper than 16 levels"),
        ('{"a":' * 100_000, "the document nests deeper than 16 levels"),
    ],
)
def test_refused(text, reason):
    with pytest.raises(NotStrictJson) as refused:
        decode(text)
    assert refused.value.reason == str(refused.value) == reason
