"""The quick ways of encoding and decoding parameters, beside the plain ones of the library."""

from urllib.parse import quote, unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.gateway.errors import AmbiguousParameter
from juyong.gateway.signature.encoding import enc, enc_pairs, is_canonical, sorted_pairs
from juyong.gateway.wire.parameters import Sent, _decode, _pairs, read_query, unique

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
    assert _pairs(sent.replace("%20", "+") if with_plus else sent) == pairs


def read(query: str) -> Sent | type[Exception]:
    raw = Raw(method="GET", path="/", query=query, headers={}, body=b"", peer="", secure=False)
    try:
        return read_query(raw)
    except AmbiguousParameter as refused:
        return type(refused)


def read_plainly(query: str) -> dict[str, str] | type[Exception]:
    try:
        return unique(_pairs(query))
    except AmbiguousParameter as refused:
        return type(refused)


names = st.text("aA1-_.~", min_size=1, max_size=4)
ascii_texts = st.text(st.characters(max_codepoint=127), max_size=12)


@laws
@given(st.lists(st.tuples(names, ascii_texts), max_size=8))
def test_canonical_pairs_are_read_and_sorted_as_others_are(pairs):
    sent = enc_pairs(pairs)
    assert is_canonical(sent)
    plainly, found = read_plainly(sent), read(sent)
    if not isinstance(found, Sent):
        assert found is plainly is AmbiguousParameter
        return
    assert found.params == plainly == dict(pairs)
    assert list(found.params) == [name for name, _ in pairs]
    assert found.canonical == sent
    assert sorted_pairs(sent) == enc_pairs(sorted(pairs))
    for name in found.params:
        rest = sorted(pair for pair in pairs if pair[0] != name)
        assert sorted_pairs(sent, without=name) == enc_pairs(rest)


@laws
@given(st.text('%=&+aA2DEd4C03"\\\0\n é/', max_size=24))
def test_any_query_is_read_as_plainly_and_canonical_only_as_signatures_encode_it(query):
    try:
        pairs = _pairs(query)
    except ApiError:
        assert not is_canonical(query)
        return
    found = read(query)
    assert read_plainly(query) == (found.params if isinstance(found, Sent) else found)
    if is_canonical(query):
        assert enc_pairs(pairs) == query


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
