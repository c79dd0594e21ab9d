"""A body ends where its framing says, however its bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.waf.http1.bodies import Chunked, Endless, Sized, decoder_of, length_of
from juyong.waf.http1.heads import CHUNKED, UNTIL_CLOSE, Malformed
from juyong.waf.http1.writing import LAST_CHUNK, chunk


def fed(decoder: Chunked | Sized, data: bytes, size: int) -> tuple[bytes, bytes]:
    """Feed pieces of a size; return the body and what is behind."""
    body = b""
    for at in range(0, len(data), size):
        part, rest = decoder.feed(data[at : at + size])
        body += part
        if decoder.done:
            return body, rest + data[at + size :]
    return body, b""


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.integers(1, 30))
def test_chunks_are_read_back(parts: list[bytes], size: int) -> None:
    data = b"".join(map(chunk, parts)) + LAST_CHUNK + b"GET /"
    assert fed(Chunked(), data, size) == (b"".join(parts), b"GET /")


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_extensions_and_trailers_are_dropped(size: int) -> None:
    data = b'3 ;a="b"\r\nabc\r\n0;c\r\nX-Forwarded-For: 1.1.1.1\r\n\r\nrest'
    assert fed(Chunked(), data, size) == (b"abc", b"rest")


@pytest.mark.parametrize(
    "data",
    [
        b"3\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nab\r\n0\r\n\r\n",
        b"\r\n",
        b"-3\r\nabc\r\n",
        b"0x3\r\nabc\r\n",
        b" 3\r\nabc\r\n",
        b"3 \r\nabc\r\n",
        b"3_0\r\n",
        b"1234567890123\r\n",
        b"3;\x00\r\nabc\r\n",
        b"3;a\rb\r\nabc\r\n",
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nA: b\r\n c\r\n\r\n",
        b"0\r\n\n",
        b"0\r\n" + b"a: b\r\n" * 5_000 + b"\r\n",
        (b"1;" + b"x" * 4000 + b"\r\na\r\n") * 5,
        b"1;" + b"x" * 5000,
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_malformed_chunks(data: bytes, size: int) -> None:
    with pytest.raises(Malformed):
        fed(Chunked(), data + b"x" * 10, size)


def test_sized_and_endless() -> None:
    assert fed(Sized(5), b"helloGET", 3) == (b"hello", b"GET")
    assert Sized(0).done
    assert Endless().feed(b"a") == (b"a", b"")
    assert isinstance(decoder_of(CHUNKED), Chunked)
    assert isinstance(decoder_of(UNTIL_CLOSE), Endless)


def test_some_responses_have_no_body() -> None:
    assert length_of(b"HEAD", 200, 5) == length_of(b"GET", 304, 5) == 0
    assert length_of(b"GET", 204, UNTIL_CLOSE) == 0
    assert length_of(b"GET", 200, CHUNKED) == CHUNKED
