"""The quick ways of encoding and decoding parameters, beside the plain ones of the library."""

from urllib.parse import quote, unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from juyong.gateway.request import Raw
from juyong.gateway.signature.encoding import enc, enc_pairs
from juyong.gateway.wire.parameters import _decode, query_pairs

texts = st.text(
    st.sampled_from("aZ09-_.~ +%&=\n\r\0:/é界😀") | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)
laws = settings(max_examples=500, deadline=None)


@laws
@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_pairs_are_encoded_as_each_text_is(pairs):
    assert enc_pairs(pairs) == "&".join(f"{enc(name)}={enc(value)}" for name, value in pairs)


@laws
@given(texts)
def test_a_text_is_encoded_as_the_rfc_says(text):
    assert enc(text) == quote(text, safe="-_.~")
    assert unquote(enc(text)) == text


@laws
@given(st.lists(st.tuples(texts, texts), max_size=6), st.booleans())
def test_a_query_is_decoded_to_what_was_encoded(pairs, with_plus):
    sent = enc_pairs(pairs)
    raw = Raw(
        method="GET",
        path="/",
        query=sent.replace("%20", "+") if with_plus else sent,
        headers={},
        body=b"",
        peer="",
        secure=False,
    )
    assert query_pairs(raw) == pairs


@laws
@given(st.text("%0123456789ABCDEFabcdefCEF8+ zé\udc80", max_size=24))
def test_any_text_is_decoded_as_the_library_does(text):
    def outcome(decode):
        try:
            return decode(text)
        except UnicodeError as refused:
            return type(refused)

    assert outcome(_decode) == outcome(
        lambda sent: unquote(sent.replace("+", " "), errors="strict")
    )
