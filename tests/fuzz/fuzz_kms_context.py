"""Encryption contexts from outside: read or refused, and read once more the same."""

import json

from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.keys import BadInput

SEEDS: list[bytes] = [
    b"",
    b"{}",
    b'{"tenant":"blue","region":"cn-hangzhou"}',
    b' { "b" : "\\u00e9\\n\\/" , "a" : "\\ud83d\\ude00" } ',
    b'{"a":"b","a":"c"}',
    b'{"a":"1","\\u0061":"2"}',
    b'{"a":1}',
    b'{"a":["b"]}',
    b'{"a":{"b":"c"}}',
    b'{"a":"\\ud800"}',
    b'{"a":NaN,"b":-Infinity}',
    b"[[[[[[[[[[[[[[[[[[[[[[[[",
    b'{"a":' * 40,
    '{"中":"文"}'.encode(),
    b"\xef\xbb\xbf{}",
]


def target(data: bytes) -> None:
    """Read the bytes as a context."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        context = EncryptionContext.parse(text)
    except BadInput:
        return
    assert len(text) <= MAX_CHARS
    assert EncryptionContext.parse(context.canonical.decode()) == context
    assert EncryptionContext.of(dict(context.pairs)) == context
    assert [*context.pairs] == sorted(context.pairs)
    # Whatever a lenient reader makes of it is the same: the text had one reading.
    assert json.loads(text or "{}") == dict(context.pairs)
