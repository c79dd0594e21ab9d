"""Requests that servers read differently: each passes as it was inspected, or is refused."""

from dataclasses import dataclass

_NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
_SMUGGLED = b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(frozen=True)
class Nasty:
    """Bytes of a client.

    requests: How many the backend gets; 0 where the proxy refuses the first.
    """

    name: str
    sent: bytes
    requests: int


def _get(target: bytes, *lines: bytes) -> bytes:
    return _asked(b"GET " + target + b" HTTP/1.1", b"Host: x", *lines)


def _post(*lines: bytes, body: bytes = b"") -> bytes:
    return _asked(b"POST /form HTTP/1.1", b"Host: x", *lines) + body


def _asked(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


_LENGTH, _CHUNKS = b"Content-Length: %d", b"Transfer-Encoding: chunked"
_JSON, _FORM = b"Content-Type: application/json", b"Content-Type: multipart/form-data; boundary=b"
_TWO_CHUNKS = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

REFUSED = [
    Nasty("a length and chunks", _post(_LENGTH % 4, _CHUNKS, body=_TWO_CHUNKS), 0),
    Nasty("chunks and a length", _post(_CHUNKS, _LENGTH % 4, body=_TWO_CHUNKS), 0),
    Nasty("two lengths", _post(_LENGTH % 3, _LENGTH % 0, body=b"abc" + _SMUGGLED), 0),
    Nasty("two equal lengths", _post(_LENGTH % 3, _LENGTH % 3, body=b"abc"), 0),
    Nasty("a list of lengths", _post(b"Content-Length: 3, 3", body=b"abc"), 0),
    Nasty("a signed length", _post(b"Content-Length: +3", body=b"abc"), 0),
    Nasty("a length with an underscore", _post(b"Content-Length: 1_0", body=b"abc" * 4), 0),
    Nasty("a coding that is not last", _post(b"Transfer-Encoding: chunked, gzip"), 0),
    Nasty("a coding in white space", _post(b"Transfer-Encoding:\x0bchunked", body=_TWO_CHUNKS), 0),
    Nasty("two codings", _post(_CHUNKS, b"Transfer-Encoding: identity", body=_TWO_CHUNKS), 0),
    Nasty("identity", _post(b"Transfer-Encoding: identity", _LENGTH % 3, body=b"abc"), 0),
    Nasty("chunks in HTTP/1.0", _asked(b"POST / HTTP/1.0", _CHUNKS) + _TWO_CHUNKS, 0),
    Nasty("a folded header", _get(b"/", b"A: b", b" c"), 0),
    Nasty("a folded coding", _post(b"Transfer-Encoding:", b" chunked", body=_TWO_CHUNKS), 0),
    Nasty("a bare LF", b"GET / HTTP/1.1\nHost: x\n\n" + _SMUGGLED, 0),
    Nasty("a bare LF in the head", b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 0),
    Nasty("a bare CR in a value", b"GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 0),
    Nasty("a NUL in a value", _get(b"/", b"A: b\0c"), 0),
    Nasty("a space before a colon", _get(b"/", b"A : b"), 0),
    Nasty("a space before the colon of a length", _post(b"Content-Length : 3", body=b"abc"), 0),
    Nasty("a space before a name", b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 0),
    Nasty("a space in a name", _get(b"/", b"A b: c"), 0),
    Nasty("a header without a name", _get(b"/", b": c"), 0),
    Nasty("a line without a colon", _get(b"/", b"abc"), 0),
    Nasty("a name outside ASCII", _get(b"/", b"A\xe9: c"), 0),
    Nasty("a space in a target", _get(b"/a b"), 0),
    Nasty("two spaces before a target", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    Nasty("a tab before a target", b"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    Nasty("a fragment", _get(b"/a#b"), 0),
    Nasty("no host", _asked(b"GET / HTTP/1.1"), 0),
    Nasty("two hosts", _get(b"/", b"Host: y"), 0),
    Nasty("another host in the target", _get(b"http://y/a"), 0),
    Nasty("a user in the target", _get(b"http://u@x/a"), 0),
    Nasty("another scheme", _get(b"ftp://x/a"), 0),
    Nasty("a target of no form", _get(b"a/b"), 0),
    Nasty("an authority", _asked(b"CONNECT x:80 HTTP/1.1", b"Host: x:80"), 0),
    Nasty("HTTP/0.9", b"GET /\r\n\r\n", 0),
    Nasty("HTTP/2 by name", _asked(b"GET / HTTP/2.0", b"Host: x"), 0),
    Nasty("HTTP/1.1 in small letters", _asked(b"GET / http/1.1", b"Host: x"), 0),
    Nasty("two content types", _post(_JSON, _FORM, _LENGTH % 2, body=b"{}"), 0),
    Nasty("a header taken by Connection", _get(b"/", b"Connection: cookie", b"Cookie: a"), 0),
    Nasty("a chunk with a bare LF", _post(_CHUNKS, body=b"3\nabc\n0\n\n"), 0),
    Nasty("a chunk longer than its size", _post(_CHUNKS, body=b"2\r\nabc\r\n0\r\n\r\n"), 0),
    Nasty("a size with 0x", _post(_CHUNKS, body=b"0x3\r\nabc\r\n0\r\n\r\n"), 0),
    Nasty("a size with a sign", _post(_CHUNKS, body=b"+3\r\nabc\r\n0\r\n\r\n"), 0),
    Nasty(
        "a size beyond 64 bits", _post(_CHUNKS, body=b"10000000000000003\r\nabc\r\n0\r\n\r\n"), 0
    ),
    Nasty("a size with a space before", _post(_CHUNKS, body=b" 3\r\nabc\r\n0\r\n\r\n"), 0),
    Nasty("an extension with a bare CR", _post(_CHUNKS, body=b"3;a\rb\r\nabc\r\n0\r\n\r\n"), 0),
    Nasty("a folded trailer", _post(_CHUNKS, body=b"0\r\nA: b\r\n c\r\n\r\n"), 0),
]
"""The proxy answers 4xx or 5xx, and no byte reaches a backend."""

PASSED = [
    Nasty("a pipeline", _get(b"/a") + _NEXT, 2),
    Nasty("a body that looks like a request", _post(_LENGTH % 37, body=_SMUGGLED.ljust(37)), 1),
    Nasty("no body, then bytes of a request", _post() + _NEXT, 2),
    Nasty("a length of 0", _post(_LENGTH % 0) + _NEXT, 2),
    Nasty("zeros before a length", _post(b"Content-Length: 003", body=b"abc") + _NEXT, 2),
    Nasty("a body of GET", _get(b"/", _LENGTH % 3) + b"abc" + _NEXT, 2),
    Nasty("a body of DELETE", b"DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", 1),
    Nasty("chunks", _post(_CHUNKS, body=_TWO_CHUNKS) + _NEXT, 2),
    Nasty("chunks in capitals", _post(b"TRANSFER-ENCODING: ChUnKeD", body=_TWO_CHUNKS) + _NEXT, 2),
    Nasty("extensions", _post(_CHUNKS, body=b'3;a="b;c"\r\nabc\r\n0;d\r\n\r\n') + _NEXT, 2),
    Nasty(
        "trailers", _post(_CHUNKS, body=b"3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n") + _NEXT, 2
    ),
    Nasty("a trailer that is a host", _post(_CHUNKS, body=b"0\r\nHost: y\r\n\r\n") + _NEXT, 2),
    Nasty("chunks that stream", _post(_CHUNKS, b"Content-Type: image/png", body=_TWO_CHUNKS), 1),
    Nasty("a length that streams", _post(_LENGTH % 3, b"Content-Type: video/a", body=b"abc"), 1),
    Nasty("an empty line before", b"\r\n" + _get(b"/a"), 1),
    Nasty("an absolute target", _get(b"http://x/a?b=c"), 1),
    Nasty("an absolute target without a path", _get(b"http://x?b=c"), 1),
    Nasty("an absolute target in capitals", _get(b"HTTPS://X/a"), 1),
    Nasty("a target with two slashes", _get(b"//y/a?b=c"), 1),
    Nasty("a URL in a path", _get(b"/http://y/a"), 1),
    Nasty("encoded slashes", _get(b"/a%2fb%2F..%5c%2e%2e/c"), 1),
    Nasty("an encoded question mark", _get(b"/a%3fb?c"), 1),
    Nasty("encoded NUL and line ends", _get(b"/a%00b%0d%0ac?d=%00"), 1),
    Nasty("bad escapes", _get(b"/%zz%?a=%u0027%"), 1),
    Nasty("dots", _get(b"/a/../../b/./c//d"), 1),
    Nasty("a backslash", _get(b"/a\\..\\b"), 1),
    Nasty("bytes outside ASCII", _get(b"/\xe9\xff?q=\xc3\xa9"), 1),
    Nasty("quotes and brackets", _get(b"/a\"<>[]{}|^`'?b=c"), 1),
    Nasty("a question mark in a query", _get(b"/a?b?c;d&&e"), 1),
    Nasty("equal parameters", _get(b"/?a=1&a=2&A=3&a[]=4&=5&a"), 1),
    Nasty("asterisk", _asked(b"OPTIONS * HTTP/1.1", b"Host: x"), 1),
    Nasty("a method of its own", _asked(b"PROPFIND / HTTP/1.1", b"Host: x"), 1),
    Nasty("HTTP/1.0", _asked(b"GET / HTTP/1.0"), 1),
    Nasty("equal headers", _get(b"/", b"Cookie: a=1", b"A: b", b"Cookie: a=2", b"a: c"), 1),
    Nasty("an empty value", _get(b"/", b"A:", b"B: \t "), 1),
    Nasty("white space around a value", _get(b"/", b"A:\t b  c \t"), 1),
    Nasty("values outside ASCII", _get(b"/", b"A: \xe9\xff\x80"), 1),
    Nasty("a name with an underscore", _get(b"/", b"Content_Length: 9", b"A_B: c"), 1),
    Nasty("claims about the client", _get(b"/", b"X-Forwarded-For: 1.1.1.1", b"X_Real_IP: y"), 1),
    Nasty("a coding with an underscore", _get(b"/", b"Transfer_Encoding: chunked") + _NEXT, 2),
    Nasty("TE and Trailer", _get(b"/", b"TE: trailers, chunked", b"Trailer: A"), 1),
    Nasty("Expect", _post(b"Expect: 100-continue", _LENGTH % 3, body=b"abc"), 1),
    Nasty(
        "Upgrade to HTTP/2", _get(b"/", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"), 1
    ),
    Nasty("a body behind Upgrade", _post(b"Upgrade: websocket", _LENGTH % 1, body=b"a") + _NEXT, 2),
    Nasty("the end of a connection", _get(b"/", b"Connection: close") + _SMUGGLED, 1),
    Nasty("a keyword and the end", _get(b"/", b"Connection: keep-alive, close") + _SMUGGLED, 1),
    Nasty("a body of a type unknown", _post(b"Content-Type: x", _LENGTH % 3, body=b"\0\r\n"), 1),
    Nasty("a charset", _post(_JSON + b"; charset=utf-7", _LENGTH % 2, body=b"{}"), 1),
    Nasty("gzip", _post(b"Content-Encoding: gzip", _LENGTH % 3, body=b"abc"), 1),
]
"""Each request that a backend reads is one that was inspected."""

NASTY = [*REFUSED, *PASSED]
