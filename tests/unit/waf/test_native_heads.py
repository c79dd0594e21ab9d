"""The core reads usual heads as Python does, and leaves all others to Python."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inspect_native import needs_core
from tests.waf_heads import native_request, native_response, request_head, response_head

from juyong.base.native_core import NativeCore
from juyong.waf.http1 import reading
from juyong.waf.http1.heads import Malformed, RequestHead
from juyong.waf.http1.reading import read_request, read_response, whole_request, whole_response
from juyong.waf.http1.writing import NOT_TO_BACKEND, NOT_TO_CLIENT

_FIRST = [
    *(b"GET / HTTP/1.1", b"POST /a?b=c HTTP/1.1", b"GET //x HTTP/1.1", b"G-T /\xff<\"'> HTTP/1.1"),
    *(b"GET / HTTP/1.0", b"OPTIONS * HTTP/1.1", b"GET http://x/ HTTP/1.1", b"GET /# HTTP/1.1"),
    *(b"GET / HTTP/1.1 ", b" GET / HTTP/1.1", b"GET  / HTTP/1.1", b"", b"GET /\x7f HTTP/1.1"),
    *(b"GET / HTTP/2.0", b"GET / http/1.1", b"/ HTTP/1.1", b"GET HTTP/1.1"),
]
_STATUS = [
    *(
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 404",
        b"HTTP/1.1 500 ",
        b"HTTP/1.1 204 \xff\t",
        b"HTTP/1.1 99",
    ),
    *(b"HTTP/1.0 200 OK", b"HTTP/1.1 101 x", b"HTTP/1.1 200OK", b"HTTP/1.1  200", b"HTTP/1.1 2000"),
]
_NAMES = [
    *(b"Host", b"hOST", b"Connection", b"Content-Length", b"content_length", b"Content-Type"),
    *(b"Transfer-Encoding", b"Expect", b"Upgrade", b"X-Forwarded-For", b"X_forwarded-FOR", b"A"),
    *(b"Cookie", b"Proxy", b"_", b"A b", b"A ", b"", b"\x00", b"Keep-Alive", b"TE", b"X-Real_IP"),
]
_VALUES = [
    *(
        b"x",
        b" x:80 ",
        b"[::1]",
        b"x:y",
        b"",
        b" \t ",
        b"close",
        b"Keep-Alive",
        b"close, te",
        b"te",
    ),
    *(b"chunked", b"Chunked", b"gzip, chunked", b"3", b"0", b"+3", b"0x3", b"3, 3", b"1" * 18),
    *(
        b"1" * 19,
        b"100-Continue",
        b"websocket",
        b"a\x00",
        b"a\nb",
        b"a\rb",
        b"\xff",
        b"a\x7f",
        b"%",
    ),
]
_LINE = st.builds(
    lambda name, colon, value, end: name + colon + value + end,
    st.sampled_from(_NAMES) | st.binary(max_size=4),
    st.sampled_from([b":", b": ", b":\t", b"", b" :"]),
    st.sampled_from(_VALUES) | st.binary(max_size=6),
    st.sampled_from([b"\r\n"] * 20 + [b"\n", b"\r", b"\r\r\n", b"\r\n "]),
)
_LINES = st.lists(_LINE | st.just(b"Host: x\r\n"), max_size=5).map(b"".join)


@given(st.sampled_from(_FIRST), st.booleans(), _LINES)
def test_requests_are_read_alike(first: bytes, host: bool, lines: bytes) -> None:
    with suppress(Malformed):
        request_head(first + b"\r\n" + (b"Host: x\r\n" if host else b"") + lines)


@given(st.sampled_from(_STATUS), _LINES)
def test_responses_are_read_alike(first: bytes, lines: bytes) -> None:
    with suppress(Malformed):
        response_head(first + b"\r\n" + lines)


@given(st.binary(max_size=40), st.sampled_from([b"GET / HTTP/1.1\r\nHost: x\r\n", b""]))
def test_arbitrary_bytes_are_read_alike(data: bytes, before: bytes) -> None:
    for end in (b"", b"\r\n"):
        with suppress(Malformed):
            request_head(before + data + end)
        with suppress(Malformed):
            response_head(before + data + end)


@pytest.mark.parametrize("name", sorted(NOT_TO_BACKEND | NOT_TO_CLIENT))
def test_headers_that_are_not_passed_on_are_the_same(name: bytes) -> None:
    for spelt in (name, name.upper(), name.replace(b"-", b"_"), name + b"s"):
        with suppress(Malformed):
            request_head(b"GET / HTTP/1.1\r\nHost: x\r\n%b: close\r\n" % spelt)
        with suppress(Malformed):
            response_head(b"HTTP/1.1 200 OK\r\n%b: close\r\n" % spelt)


@needs_core
def test_usual_heads_are_read_by_the_core() -> None:
    for lines in (
        b"",
        b"Connection: keep-alive\r\nContent-Length: 3\r\nA:  b\t\r\n",
        b"Cookie: a\r\n",
    ):
        assert native_request(b"POST /a?b HTTP/1.1\r\nHost: x:80\r\n" + lines) is not None
        assert native_response(b"HTTP/1.1 200 OK\r\n" + lines) is not None
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    assert native_response(chunked) is not None
    head = read_request(b"GET / HTTP/1.1\r\nHost: x\r\n")
    assert not isinstance(head, RequestHead)
    assert head == read_request(b"GET / HTTP/1.1\r\nHost: x\r\n")
    assert head != read_request(b"GET / HTTP/1.1\r\nHost: y\r\n")


@needs_core
def test_the_core_takes_as_many_headers_as_python() -> None:
    lines = b"A: b\r\n" * 255
    assert native_request(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines) is not None
    assert native_request(b"GET / HTTP/1.1\r\nHost: x\r\n" + lines + b"A: b\r\n") is None


@needs_core
def test_the_core_refuses_lists_that_it_cannot_use() -> None:
    made = type(reading._NATIVE)
    for framing, absent in ([b"x-frames"], []), ([], [b"a" * 33]):
        with pytest.raises(ValueError, match=r"unknown way|too long"):
            made(framing, absent, [], [], 256)


def test_without_the_core_python_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_NATIVE", None)
    assert isinstance(read_request(b"GET / HTTP/1.1\r\nHost: x\r\n"), RequestHead)
    assert read_response(b"HTTP/1.1 200 OK\r\n").status == 200
    monkeypatch.setattr(reading, "CORE", NativeCore("juyong_waf_core", "0.0.9"))
    assert reading.native_heads() is None


@needs_core
@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", None),
        (b"HTTP/1.1 200 OK\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: b\n\r\n\r\nabc", None),
    ],
)
def test_a_whole_response_is_all_of_the_data(data: bytes, body: bytes | None) -> None:
    found = whole_response(data, len(data), mute=False)
    assert (found and found[1]) == body
    assert whole_response(data, 10, mute=False) is None
    block, _, rest = data.partition(b"\r\n\r\n")
    if body is not None:
        assert found is not None
        assert found[0].to_client(b"", body) == response_head(block + b"\r\n").to_client(b"", body)
    if not rest and body is not None:
        assert whole_response(data, len(data), mute=True) is not None


@needs_core
def test_a_whole_request_has_no_body_and_nothing_behind() -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    found = whole_request(head + b"\r\n", len(head) - 2)
    assert found is not None
    assert found.to_backend(b"", b"", b"h") == head + b"\r\n"
    assert whole_request(head + b"\r\n", len(head) - 3) is None
    for data in (
        *(head, head + b"\r\nG", head + b"\r\n" + head + b"\r\n", b"\r\n" + head + b"\r\n"),
        *(head + b"Content-Length: 1\r\n\r\n", head + b"Transfer-Encoding: chunked\r\n\r\n"),
        *(head + b"\r", head + b"\n", head[:-2] + b"\n\r\n", b"", b"\r\n"),
    ):
        assert whole_request(data, 1_000) is None


@needs_core
def test_what_goes_straight_through_is_a_get_that_is_whole() -> None:
    reader = reading.native_reader()
    assert reader is not None
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    found = reader.straight_request(head + b"\r\n", len(head) - 2, b"A: b\r\n")
    assert found is not None
    assert found[1] == head + b"A: b\r\n\r\n"
    assert reader.straight_request(head + b"\r\n", len(head) - 3, b"") is None
    for data in (
        *(head, head + b"\r\nG", head + b"Content-Length: 1\r\n\r\n"),
        *(head + b"Connection: close\r\n\r\n", head.replace(b"GET", b"HEAD") + b"\r\n"),
        *(head.replace(b"GET", b"POST") + b"\r\n", head.replace(b"1.1", b"1.0") + b"\r\n"),
    ):
        assert reader.straight_request(data, 1_000, b"") is None


@needs_core
def test_an_answer_goes_straight_back_with_a_length() -> None:
    reader = reading.native_reader()
    assert reader is not None
    asked = reader.straight_request(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 100, b"")
    assert asked is not None
    told = (100, "1f", 1_999_999, 3_000_000, False, "", "", "")
    answer = b"HTTP/1.1 200 OK\r\nA:b\r\nContent-Length: 2\r\n\r\nok"
    found = asked[0].straight_answer(answer, *told)
    assert found is not None
    back, line, status, size = found
    assert back == b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\nok"
    assert (status, size) == (200, 2)
    assert line is not None
    # Whole milliseconds count: from the first to the third.
    assert b'"request_time_msec":2' in line
    for data in (
        *(answer + b"k", answer[:-1], b"HTTP/1.1 204 No Content\r\n\r\n"),
        *(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nok"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nA: %b\r\nContent-Length: 2\r\n\r\nok" % (b"a" * 100),
    ):
        assert asked[0].straight_answer(data, *told) is None
