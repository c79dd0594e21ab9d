"""Frames of HTTP/2 that servers read differently: each passes as it was inspected, or is refused."""

from dataclasses import dataclass

from tests.unit.waf.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    POST,
    WINDOW,
    Fields,
    block,
    frame,
    head,
)

_PADDED, _PRIORITY = 8, 32


@dataclass(frozen=True)
class Frames:
    """Frames of a client behind preface and settings.

    requests: How many of them backends get.
    """

    name: str
    sent: bytes
    requests: int


def _get(path: bytes, *more: tuple[bytes, bytes]) -> Fields:
    return [*GET[:2], (b":path", path), GET[3], *more]


def _asks(name: str, fields: Fields) -> Frames:
    return Frames(name, head(fields), 1)


def _target(name: str, path: bytes) -> Frames:
    return _asks(name, _get(path))


def _posts(name: str, *parts: bytes, more: Fields | None = None) -> Frames:
    last = len(parts) - 1
    data = [frame(DATA, END_STREAM * (at == last), 1, part) for at, part in enumerate(parts)]
    return Frames(name, head([*POST, *(more or [])], end=False) + b"".join(data), 1)


def _refused(name: str, *parts: bytes) -> Frames:
    return Frames(name, b"".join(parts), 0)


def _fields(name: str, fields: Fields) -> Frames:
    return _refused(name, head(fields))


_NEXT = head(_get(b"/next"), 3)
_LENGTH = b"content-length"

PASSED = [
    _asks("a request", GET),
    Frames("two requests", head(_get(b"/a")) + _NEXT, 2),
    Frames(
        "a request in the middle of a body",
        head(POST, end=False) + frame(DATA, 0, 1, b"ab") + _NEXT + frame(DATA, END_STREAM, 1, b"c"),
        2,
    ),
    Frames(
        "bodies that take turns",
        head(POST, end=False)
        + head([POST[0], *_get(b"/b")[1:]], 3, end=False)
        + b"".join(frame(DATA, 0, at, b"%d" % at) for at in (1, 3, 1, 3))
        + frame(DATA, END_STREAM, 3)
        + frame(DATA, END_STREAM, 1),
        2,
    ),
    _posts("a body", b"abc"),
    _posts("a body that looks like a request", b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
    _posts("a body that looks like chunks", b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
    _posts("a body in pieces", b"a", b"b", b"", b"c"),
    _posts("an empty body", b""),
    _posts("a length that is kept", b"ab", b"c", more=[(_LENGTH, b"3")]),
    _posts("a length with zeros", b"abc", more=[(_LENGTH, b"003")]),
    _posts("a length of 0", b"", more=[(_LENGTH, b"0")]),
    # The client gets a fault; the backend has a request without a body, as was inspected.
    _posts("a length of 0 and a body", b"abc", more=[(_LENGTH, b"0")]),
    _posts("a body that streams", b"ab", b"c", more=[(b"content-type", b"image/png")]),
    _posts(
        "a length that streams",
        b"abc",
        more=[(b"content-type", b"video/a"), (_LENGTH, b"3")],
    ),
    _posts("a type unknown", b"\0\r\n", more=[(b"content-type", b"x")]),
    _posts("gzip", b"abc", more=[(b"content-encoding", b"gzip")]),
    _posts("Expect", b"abc", more=[(b"expect", b"100-continue"), (_LENGTH, b"3")]),
    Frames(
        "padding",
        frame(HEADERS, END_HEADERS | _PADDED, 1, b"\x03" + block(POST) + b"\0\0\0")
        + frame(DATA, _PADDED, 1, b"\x02ab\0\0")
        + frame(DATA, _PADDED | END_STREAM, 1, b"\x03c\0\0\0"),
        1,
    ),
    Frames(
        "a priority",
        frame(HEADERS, END_HEADERS | END_STREAM | _PRIORITY, 1, b"\0\0\0\0\x10" + block(GET)),
        1,
    ),
    Frames(
        "a head in pieces",
        frame(HEADERS, END_STREAM, 1, block(GET)[:5])
        + frame(CONTINUATION, 0, 1, block(GET)[5:11])
        + frame(CONTINUATION, END_HEADERS, 1, block(GET)[11:]),
        1,
    ),
    Frames(
        "fields of both tables",
        frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x82\x86\x84\x41\x01x\x40\x01a\x01b")
        + frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x82\x86\x84\xbf\xbe\xbe"),
        2,
    ),
    Frames(
        "a table that shrinks and grows",
        frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x82\x86\x84\x41\x01x\x40\x01a\x01b")
        + frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x20\x3f\xe1\x1f\x82\x86\x84\x01\x01x"),
        2,
    ),
    Frames(
        "the code of Huffman",
        frame(
            HEADERS, END_HEADERS | END_STREAM, 1, b"\x82\x86\x84\x41\x81\xf3\x00\x81\x1f\x81\x8f"
        ),
        1,
    ),
    Frames(
        "trailers",
        head(POST, end=False) + frame(DATA, 0, 1, b"abc") + head([(b"t", b"u")]) + _NEXT,
        2,
    ),
    Frames(
        "a trailer that is a host",
        head(POST, end=False) + frame(DATA, 0, 1, b"abc") + head([(b"host", b"y")]) + _NEXT,
        2,
    ),
    Frames("a window that opens", head(GET) + frame(WINDOW, 0, 0, b"\0\0\1\0"), 1),
    Frames("a frame of a kind unknown", frame(0x42, 0xFF, 0, b"abc") + head(GET), 1),
    _asks("no authority, but a host", [*GET[:3], (b"host", b"x")]),
    _asks("a host beside the authority", [*GET, (b"host", b"x")]),
    _asks("a host in capitals", [*GET, (b"host", b"X")]),
    _asks("a port", [*GET[:3], (b":authority", b"x:80")]),
    _asks("the other scheme", [GET[0], (b":scheme", b"https"), *GET[2:]]),
    _asks("pseudo-headers in another order", GET[::-1]),
    _asks("crumbs", _get(b"/", (b"cookie", b"a=1"), (b"c", b"d"), (b"cookie", b"b=2; c=3"))),
    _asks("an empty crumb", _get(b"/", (b"cookie", b"a=1"), (b"cookie", b""), (b"cookie", b"b"))),
    _asks("crumbs with semicolons", _get(b"/", (b"cookie", b"a=1;"), (b"cookie", b"; b=2"))),
    _asks("equal headers", _get(b"/", (b"a", b"b"), (b"c", b"d"), (b"a", b"e"))),
    _asks("an empty value", _get(b"/", (b"a", b""))),
    _asks("values outside ASCII", _get(b"/", (b"a", b"\xe9\xff\x80"))),
    _asks("a tab in a value", _get(b"/", (b"a", b"b\tc"))),
    _asks("names with underscores", _get(b"/", (b"content_length", b"9"), (b"a_b", b"c"))),
    _asks("a coding with an underscore", _get(b"/", (b"transfer_encoding", b"chunked"))),
    _asks("claims about the client", _get(b"/", (b"x-forwarded-for", b"1"), (b"x_real_ip", b"y"))),
    _asks("TE", _get(b"/", (b"te", b"trailers"), (b"trailer", b"a"))),
    _asks("credentials for a proxy", _get(b"/", (b"proxy-authorization", b"a"))),
    _asks("settings of HTTP/2", _get(b"/", (b"http2-settings", b"AAMAAABk"))),
    _asks("a method of its own", [(b":method", b"PROPFIND"), *GET[1:]]),
    _asks("a method in small letters", [(b":method", b"get"), *GET[1:]]),
    _asks("asterisk", [(b":method", b"OPTIONS"), GET[1], (b":path", b"*"), GET[3]]),
    _asks("HEAD", [(b":method", b"HEAD"), *GET[1:]]),
    _target("a target with two slashes", b"//y/a?b=c"),
    _target("a URL in a path", b"/http://y/a"),
    _target("encoded slashes", b"/a%2fb%2F..%5c%2e%2e/c"),
    _target("an encoded question mark", b"/a%3fb?c"),
    _target("encoded NUL and line ends", b"/a%00b%0d%0ac?d=%00"),
    _target("bad escapes", b"/%zz%?a=%u0027%"),
    _target("dots", b"/a/../../b/./c//d"),
    _target("a backslash", b"/a\\..\\b"),
    _target("bytes outside ASCII", b"/\xe9\xff?q=\xc3\xa9"),
    _target("quotes and brackets", b"/a\"<>[]{}|^`'?b=c"),
    _target("a question mark in a query", b"/a?b?c;d&&e"),
    _target("equal parameters", b"/?a=1&a=2&A=3&a[]=4&=5&a"),
]
"""Each request that a backend reads is one that was inspected."""

REFUSED = [
    _fields("a line end in a value", _get(b"/", (b"a", b"b\r\nc: d"))),
    _fields("a bare LF in a value", _get(b"/", (b"a", b"b\nc: d"))),
    _fields("a bare CR in a value", _get(b"/", (b"a", b"b\rc"))),
    _fields("a NUL in a value", _get(b"/", (b"a", b"b\0c"))),
    _fields("a space before a value", _get(b"/", (b"a", b" b"))),
    _fields("a tab behind a value", _get(b"/", (b"a", b"b\t"))),
    _fields("a request in a value", _get(b"/", (b"a", b"b\r\n\r\nGET /admin HTTP/1.1\r\nHost: x"))),
    _fields("a line end in a name", _get(b"/", (b"a: b\r\nc", b"d"))),
    _fields("a colon in a name", _get(b"/", (b"a:b", b"c"))),
    _fields("a space in a name", _get(b"/", (b"a b", b"c"))),
    _fields("a space behind a name", _get(b"/", (b"transfer-encoding ", b"chunked"))),
    _fields("a name outside ASCII", _get(b"/", (b"a\xe9", b"c"))),
    _fields("a name in capitals", _get(b"/", (b"Cookie", b"a"))),
    _fields("a field without a name", _get(b"/", (b"", b"c"))),
    _fields("a line end in a target", _get(b"/ HTTP/1.1\r\nA: b\r\nC:")),
    _fields("a space in a target", _get(b"/a b")),
    _fields("a version in a target", _get(b"/ HTTP/1.1")),
    _fields("a NUL in a target", _get(b"/a\0b")),
    _fields("a fragment", _get(b"/a#b")),
    _fields("an empty target", _get(b"")),
    _fields("an absolute target", _get(b"http://x/a")),
    _fields("a target of no form", _get(b"a/b")),
    _fields("an asterisk for GET", _get(b"*")),
    _fields("a request in a method", [(b":method", b"GET /admin HTTP/1.1\r\nA:"), *GET[1:]]),
    _fields("a space in a method", [(b":method", b"GET /x"), *GET[1:]]),
    _fields("an empty method", [(b":method", b""), *GET[1:]]),
    _fields("CONNECT", [(b":method", b"CONNECT"), GET[3]]),
    _fields("CONNECT with a path", [(b":method", b"CONNECT"), *GET[1:]]),
    _fields(
        "a web socket",
        [(b":method", b"CONNECT"), (b":protocol", b"websocket"), *GET[1:]],
    ),
    _fields("a scheme unknown", [GET[0], (b":scheme", b"ftp"), *GET[2:]]),
    _fields("a line end in a scheme", [GET[0], (b":scheme", b"http\r\na: b"), *GET[2:]]),
    _fields("no method", GET[1:]),
    _fields("no scheme", [GET[0], *GET[2:]]),
    _fields("no path", [*GET[:2], GET[3]]),
    _fields("no host", GET[:3]),
    _fields("an empty authority", [*GET[:3], (b":authority", b"")]),
    _fields("another host", [*GET, (b"host", b"y")]),
    _fields("two hosts", [*GET, (b"host", b"x"), (b"host", b"x")]),
    _fields("two authorities", [*GET, GET[3]]),
    _fields("two paths", [*GET, GET[2]]),
    _fields("a user in the authority", [*GET[:3], (b":authority", b"u@x")]),
    _fields("a path in the authority", [*GET[:3], (b":authority", b"x/a")]),
    _fields("a line end in the authority", [*GET[:3], (b":authority", b"x\r\nA: b")]),
    _fields("a list of hosts", [*GET[:3], (b":authority", b"x, y")]),
    _fields("a pseudo-header behind a header", [*GET[:3], (b"a", b"b"), GET[3]]),
    _fields("a pseudo-header of answers", [*GET, (b":status", b"200")]),
    _fields("a pseudo-header unknown", [*GET, (b":a", b"b")]),
    _fields("a coding", _get(b"/", (b"transfer-encoding", b"chunked"))),
    _refused(
        "a coding and a body",
        head([*POST, (b"transfer-encoding", b"chunked")], end=False),
        frame(DATA, END_STREAM, 1, b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
    ),
    _fields("Connection", _get(b"/", (b"connection", b"cookie"))),
    _fields("Upgrade", _get(b"/", (b"upgrade", b"h2c"))),
    _fields("Keep-Alive", _get(b"/", (b"keep-alive", b"timeout=5"))),
    _fields("TE with more", _get(b"/", (b"te", b"trailers, chunked"))),
    _fields("a length without a body", [*POST, (_LENGTH, b"5")]),
    *(
        _refused(
            name,
            head([*POST, *((_LENGTH, value) for value in told)], end=False),
            frame(DATA, END_STREAM, 1, b"abc"),
        )
        for name, told in (
            ("a length too short", [b"2"]),
            ("a length too long", [b"4"]),
            ("a signed length", [b"+3"]),
            ("a list of lengths", [b"3, 3"]),
            ("two lengths", [b"3", b"0"]),
            ("two equal lengths", [b"3", b"3"]),
            ("a length with a space", [b"3 "]),
            ("a length beyond 64 bits", [b"18446744073709551619"]),
        )
    ),
    _refused(
        "a trailer that is a length",
        head(POST, end=False),
        frame(DATA, 0, 1, b"abc"),
        head([(_LENGTH, b"9")]),
    ),
    _refused(
        "a pseudo-header in trailers",
        head(POST, end=False),
        frame(DATA, 0, 1, b"abc"),
        head([(b":path", b"/admin")]),
    ),
    _refused(
        "trailers that do not end",
        head(POST, end=False),
        frame(DATA, 0, 1, b"abc"),
        head([(b"a", b"b")], end=False),
    ),
    _refused("a stream of the server's", head(GET, 2)),
    _refused("no stream", head(GET, 0)),
    _refused("a body without a head", frame(DATA, END_STREAM, 1, b"abc")),
    _refused("a head that does not end", frame(HEADERS, END_STREAM, 1, block(GET)), _NEXT),
    _refused(
        "another stream's frame in a head",
        frame(HEADERS, END_STREAM, 1, block(GET)[:5]),
        frame(CONTINUATION, END_HEADERS, 3, block(GET)[5:]),
    ),
    _refused(
        "padding beyond the frame",
        frame(HEADERS, END_HEADERS | END_STREAM | _PADDED, 1, b"\xff" + block(GET)),
    ),
    _refused("an index of no field", frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x82\xff\x7f")),
    _refused("a length of a text beyond its block", frame(HEADERS, 5, 1, b"\x82\x84\x86\x41\x09x")),
    _refused("lines of HTTP/1", b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
]
"""No byte of these reaches a backend."""

NASTY2 = [*REFUSED, *PASSED]
