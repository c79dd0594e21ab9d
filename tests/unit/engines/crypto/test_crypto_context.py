"""The encryption context: what is read, what is refused, and the bytes it becomes."""

import pytest

from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.keys import BadInput

READ = [
    ("", (), "{}"),
    ("{}", (), "{}"),
    (" {\n} ", (), "{}"),
    ('{"a":"b"}', (("a", "b"),), '{"a":"b"}'),
    ('{ "b" : "2" , "a" : "1" }', (("a", "1"), ("b", "2")), '{"a":"1","b":"2"}'),
    ('{"":""}', (("", ""),), '{"":""}'),
    ('{"a":"\\u0041\\/\\n"}', (("a", "A/\n"),), '{"a":"A/\\n"}'),
    ('{"\\u4e2d":"\\ud83d\\ude00"}', (("中", "😀"),), '{"中":"😀"}'),
    (
        '{"b":"","B":"","\u00e9":"","e\\u0301":""}',
        (("B", ""), ("b", ""), ("e\u0301", ""), ("\u00e9", "")),
        '{"B":"","b":"","e\u0301":"","\u00e9":""}',
    ),
]
REFUSED = [
    *("[]", "null", '"text"', "1", "true", "x", "{", '{"a":"b"} x', '{"a":"b",}', "{'a':'b'}"),
    *('{"a":1}', '{"a":null}', '{"a":true}', '{"a":[]}', '{"a":{}}', '{"a":["b"]}', '{"a":NaN}'),
    *('{"a":"b","a":"b"}', '{"a":"1","\\u0061":"2"}', '{"a":"\\ud800"}', '{"\\udc00":""}'),
    *('{"a":"' + "\n" + '"}', "[" * 8000, '{"a":' * 1000, "9" * 8000, '{"a":1e99999}', "\ufeff{}"),
]


@pytest.mark.parametrize(("text", "pairs", "canonical"), READ)
def test_read(text, pairs, canonical):
    context = EncryptionContext.parse(text)
    assert context.canonical == canonical.encode()
    assert context.pairs == pairs
    assert EncryptionContext.of(dict(pairs)) == context


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    with pytest.raises(BadInput):
        EncryptionContext.parse(text)


def test_absent_is_empty():
    assert EncryptionContext() == EncryptionContext.parse("") == EncryptionContext.parse("{}")
    assert EncryptionContext() == EncryptionContext.of({})


def test_order_makes_no_difference_and_content_does():
    first = EncryptionContext.parse('{"a":"1","b":"2"}')
    assert first == EncryptionContext.parse('{"b":"2","a":"1"}')
    for other in ('{"a":"1"}', '{"a":"1","b":"3"}', '{"a":"2","b":"1"}', '{"A":"1","b":"2"}'):
        assert first != EncryptionContext.parse(other)
        assert first.canonical != EncryptionContext.parse(other).canonical


def test_length_has_a_limit():
    fits = '{"a":"' + "é" * (MAX_CHARS - 8) + '"}'
    assert len(fits) == MAX_CHARS
    assert EncryptionContext.parse(fits) == EncryptionContext.of({"a": "é" * (MAX_CHARS - 8)})
    for call in (
        lambda: EncryptionContext.parse(fits + " "),
        lambda: EncryptionContext.of({"a": "é" * (MAX_CHARS - 7)}),
    ):
        with pytest.raises(BadInput, match="8192"):
            call()


def test_surrogates_of_ours_are_refused():
    with pytest.raises(BadInput):
        EncryptionContext.of({"a": "\ud800"})
