"""Random frames of clients of HTTP/2: heads and bodies that are nearly those of a request."""

import random
from collections.abc import Iterator
from itertools import pairwise

from tests.unit.waf.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    POST,
    Fields,
    block,
    frame,
)

_NAMES = (
    *(b"a", b"a_b", b"cookie", b"content-type", b"content-length", b"host", b"te", b"expect"),
    *(b"transfer-encoding", b"x-forwarded-for", b"accept", b"A", b"a b", b":path", b":a"),
)
_VALUES = (
    *(b"", b"b", b"0", b"3", b"03", b"x", b"trailers", b"chunked", b"image/png", b"text/plain"),
    *(
        b"a=1",
        b"a=1; b",
        b"\xe9",
        b"a\tb",
        b" a",
        b"a\r\nb: c",
        b"a\0",
        b"100-continue",
        b"a" * 300,
    ),
)
_PATHS = (
    *(b"/", b"//y", b"/a/../b", b"/%2e%2E/a", b"/a?b=c&d", b"/\xe9", b'/a"b', b"/a\\b", b"/a|b"),
    *(b"*", b"", b"a", b"http://y/", b"/a b", b"/a#b", b"/?\xff", b"/a;b?c?d"),
)
_METHODS = (b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"HEAD", b"PATCH", b"get", b"A B")


def asked(seed: int, most: int = 3) -> Iterator[bytes]:
    """Yield frames of one connection each, without end; the same ones for a seed.

    most: Requests of one connection.
    """
    draw = random.Random(seed)  # noqa: S311  # repeatable samples, no secrets
    while True:
        yield b"".join(_request(draw, 2 * at + 1) for at in range(draw.choice((1, 1, 1, most))))


def _request(draw: random.Random, stream: int) -> bytes:
    body = draw.choice((None, b"", b"abc", b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n"))
    text = block(_fields(draw, with_body=body is not None))
    cuts = sorted(draw.randrange(len(text)) for _ in range(draw.choice((0, 0, 0, 1, 2))))
    pieces = [text[begins:ends] for begins, ends in pairwise((0, *cuts, len(text)))]
    sent = b""
    for at, piece in enumerate(pieces):
        kind, flags = (CONTINUATION, 0) if at else (HEADERS, END_STREAM if body is None else 0)
        sent += frame(kind, flags | (END_HEADERS if at == len(pieces) - 1 else 0), stream, piece)
    return sent if body is None else sent + _data(draw, stream, body)


def _fields(draw: random.Random, *, with_body: bool) -> Fields:
    fields = list(POST if with_body else GET)
    if draw.random() < 0.5:
        fields[2] = (b":path", draw.choice(_PATHS))
    if draw.random() < 0.3:
        fields[0] = (b":method", draw.choice(_METHODS))
    if draw.random() < 0.1:
        fields.pop(draw.randrange(len(fields)))
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        told = (draw.choice(_NAMES), draw.choice(_VALUES))
        fields.insert(len(fields) if draw.random() < 0.95 else 1, told)
    return fields


def _data(draw: random.Random, stream: int, body: bytes) -> bytes:
    cut = draw.randrange(len(body) + 1)
    padding = draw.choice((None, None, 0, 5))
    first = frame(DATA, 0, stream, body[:cut]) if draw.random() < 0.5 else b""
    rest = body[cut if first else 0 :]
    if padding is None:
        return first + frame(DATA, END_STREAM, stream, rest)
    return first + frame(DATA, END_STREAM | 8, stream, bytes([padding]) + rest + bytes(padding))
