"""Heads that two parsers could read differently are refused."""

import pytest
from tests.waf_heads import request_head, response_head

from juyong.waf.http1 import lines
from juyong.waf.http1.heads import (
    CHUNKED,
    UNTIL_CLOSE,
    Malformed,
    WrongVersion,
    header_lines,
)


def head(*lines: bytes, first: bytes = b"POST /a?b=c HTTP/1.1") -> bytes:
    return b"".join(line + b"\r\n" for line in (first, *lines))


def test_a_plain_request() -> None:
    found = request_head(head(b"Host: x:80", b"Content-Length: 3", b"A:  b \t", b"A:"))
    assert (found.method, found.target, found.path) == (b"POST", b"/a?b=c", b"/a?b=c")
    assert found.headers[2:] == ((b"A", b"b"), (b"A", b""))
    assert (found.length, found.keeps, found.version) == (3, True, "HTTP/1.1")


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Length: 3", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding: chunked", b"Content-Length: 3"],
        [b"Content-Length: 3", b"Content-Length: 3"],
        [b"Content-Length: 3, 3"],
        [b"Content-Length: +3"],
        [b"Content-Length: 0x3"],
        [b"Content-Length: 3 3"],
        [b"Content-Length:"],
        [b"Content-Length: 1111111111111111111"],
        [b"Transfer-Encoding: gzip, chunked"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding: identity"],
        [b"Transfer-Encoding: xchunked"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Transfer-Encoding : chunked"],
        [b"Transfer-Encoding\t: chunked"],
        [b" Transfer-Encoding: chunked"],
        [b"A: b", b" folded"],
        [b"A: b", b"\tfolded"],
        [b"A: b\nTransfer-Encoding: chunked"],
        [b"A: b\rTransfer-Encoding: chunked"],
        [b"A: b\r\rTransfer-Encoding: chunked"],
        [b"A: b\n\rC: d"],
        [b"A: \x00"],
        [b"A: \x0b"],
        [b"A: \x7f"],
        [b"A\x00: b"],
        [b"A b: c"],
        [b"no colon"],
        [b": no name"],
        [b"Content-Type: a/b", b"Content-Type: c/d"],
        [b"Host: y"],
        [b"A: b"] * 256,
    ],
)
def test_unclear_headers(lines: list[bytes]) -> None:
    with pytest.raises(Malformed):
        request_head(head(b"Host: x", *lines))


@pytest.mark.parametrize(
    "first",
    [
        b"GET  / HTTP/1.1",
        b"GET /\tHTTP/1.1",
        b"GET / HTTP/1.1 ",
        b" GET / HTTP/1.1",
        b"GET /a#b HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /a\x00b HTTP/1.1",
        b"GET a HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET /",
        b"CONNECT x:443 HTTP/1.1",
        b"CONNECT http://x/ HTTP/1.1",
        b"GET ftp://x/ HTTP/1.1",
        b"GET http://y/ HTTP/1.1",
        b"GET http:///a HTTP/1.1",
        b"GET / http/1.1",
        b"G(T / HTTP/1.1",
        b"",
    ],
)
def test_bad_first_lines(first: bytes) -> None:
    with pytest.raises(Malformed):
        request_head(head(b"Host: x", first=first))


@pytest.mark.parametrize("version", [b"0.9", b"1.2", b"2.0", b"3.0"])
def test_other_versions(version: bytes) -> None:
    with pytest.raises(WrongVersion):
        request_head(head(b"Host: x", first=b"GET / HTTP/" + version))


@pytest.mark.parametrize(
    "host", [b"", b"a b", b"x:y", b"[::1", b"a/b", b"a,b@c", b"x:123456", b"x%00", b"a%2eb"]
)
def test_bad_hosts(host: bytes) -> None:
    with pytest.raises(Malformed):
        request_head(head(b"Host: " + host))
    with pytest.raises(Malformed):
        request_head(head(b"A: b"))
    assert request_head(head(b"A: b", first=b"GET / HTTP/1.0")).authority == b""


@pytest.mark.parametrize(
    ("first", "path"),
    [
        (b"GET http://x HTTP/1.1", b"/"),
        (b"GET HTTPS://X/a?b HTTP/1.1", b"/a?b"),
        (b"GET http://x?b HTTP/1.1", b"/?b"),
        (b"OPTIONS * HTTP/1.1", b"*"),
        (b"GET //x/y HTTP/1.1", b"//x/y"),
        (b"GET /\xd0\xb6<'\" HTTP/1.1".replace(b" <", b"<"), b"/\xd0\xb6<'\""),
    ],
)
def test_targets_are_written_in_origin_form(first: bytes, path: bytes) -> None:
    assert request_head(head(b"Host: x", first=first)).path == path


@pytest.mark.parametrize(
    "named", [b"Cookie", b"close, COOKIE", b"content-length", b"host", b"x-forwarded-for"]
)
def test_connection_names_no_header_of_the_backend(named: bytes) -> None:
    there = (b"Cookie: a", b"Content-Length: 1", b"X-Forwarded-For: 1.1.1.1", b"Host: x")
    with pytest.raises(Malformed):
        request_head(head(b"Connection: " + named, *there))
    assert not request_head(head(b"Host: x", b"Connection: close, not-there")).keeps


def test_only_a_web_socket_is_an_upgrade() -> None:
    def upgrade(*lines: bytes, first: bytes = b"GET / HTTP/1.1") -> bytes:
        return request_head(head(b"Host: x", *lines, first=first)).upgrade

    asked = (b"Connection: keep-alive, Upgrade", b"Upgrade: WebSocket")
    assert upgrade(*asked) == b"websocket"
    assert upgrade(asked[1]) == b""
    assert upgrade(*asked, b"Content-Length: 3") == b""
    assert upgrade(*asked, first=b"POST / HTTP/1.1") == b""
    assert upgrade(*asked, first=b"GET / HTTP/1.0") == b""
    assert upgrade(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c") == b""


def test_responses() -> None:
    found = response_head(head(b"Content-Length: 3", first=b"HTTP/1.1 200 OK"))
    assert (found.status, found.reason, found.length, found.keeps) == (200, b"OK", 3, True)
    assert response_head(head(first=b"HTTP/1.1 404 ")).length == UNTIL_CLOSE
    found = response_head(head(b"transfer-encoding: Chunked", first=b"HTTP/1.1 200"))
    assert (found.length, found.keeps) == (CHUNKED, True)
    old = response_head(head(b"Content-Length: 0", first=b"HTTP/1.0 200 OK"))
    assert not old.keeps
    kept = (b"Content-Length: 0", b"Connection: keep-alive")
    assert response_head(head(*kept, first=b"HTTP/1.0 200 OK")).keeps


@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 20 OK\r\n",
        b"HTTP/2 200 OK\r\n",
        b"HTTP/1.1 200 OK\nA: b\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
    ],
)
def test_unclear_responses(block: bytes) -> None:
    with pytest.raises(Malformed):
        response_head(block)


def test_a_line_says_the_same_when_it_comes_again() -> None:
    first = request_head(head(b"Host: x", b"A:  b \t", b"Connection: close", b"X_Real-IP: 1"))
    again = request_head(head(b"Host: x", b"A:  b \t", b"Connection: close", b"X_Real-IP: 1"))
    assert first == again
    assert first.lines == b"Host: x\r\nA: b\r\n"
    answer = response_head(head(b"A: b", b"Content-Length: 3", first=b"HTTP/1.1 200 OK"))
    assert answer.lines == b"A: b\r\n"
    for _ in range(2):
        with pytest.raises(Malformed):
            request_head(head(b"Host: x", b"A: b\x00"))


def test_credentials_and_long_lines_are_not_kept() -> None:
    secret = [b"Cookie: sid=kept?", b"AUTHORIZATION: Bearer kept?", b"A: " + b"kept?" * 100]
    request_head(head(b"Host: x", *secret))
    response_head(head(b"Set-Cookie: sid=kept?", first=b"HTTP/1.1 200 OK"))
    assert not [line for line in lines._lines if b"kept?" in line]


def test_what_is_kept_of_lines_has_a_bound() -> None:
    for number in range(2 * lines._MOST):
        header_lines(b"N%d: v\r\n" % number)
        assert len(lines._lines) <= lines._MOST
        assert len(lines._names) <= lines._MOST
    assert header_lines(b"N1: v\r\nN1: v\r\n") == ((b"N1", b"v"), (b"N1", b"v"))


def test_long_malformed_lines_take_no_long_time() -> None:
    for line in (b"A:" + b" " * 65_000 + b"\x00", b"a" * 65_000, b"A:" + b" \t" * 32_000 + b"b\r"):
        with pytest.raises(Malformed):
            header_lines(line + b"\r\n")
