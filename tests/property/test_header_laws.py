"""Headers read all at once, beside headers read one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from juyong.api.request import headers_of

names = st.sampled_from([b"host", b"Host", b"x-a", b"X-B", b"accept"])
values = st.one_of(st.sampled_from([b"", b"a", b"a\nb", b"\xe9,c", b"\r"]), st.binary(max_size=6))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(names, values), max_size=6))
def test_headers_are_named_in_small_letters_and_repeated_ones_joined(pairs):
    expected: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.lower().decode(), value.decode("latin-1")
        expected[key] = f"{expected[key]},{text}" if key in expected else text
    found = headers_of(pairs)
    assert found == expected
    assert list(found) == list(expected)
