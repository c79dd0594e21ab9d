"""Parsers of other servers: the requests that each reads from the bytes of one connection.

A parser that refuses a request ends there; refusing what the WAF passes is no harm.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import h11
import httptools
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

Headers = list[tuple[bytes, bytes]]


@dataclass
class Read:
    """A request that was read whole; names of headers in lower case."""

    method: bytes
    target: bytes
    headers: Headers = field(default_factory=list)
    body: bytes = b""


def by_h11(sent: bytes) -> Iterator[Read]:
    """Read by h11, the parser of uvicorn and of hypercorn."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(sent)
    read = Read(b"", b"")
    try:
        while True:
            match connection.next_event():
                case h11.Request() as event:
                    read = Read(event.method, event.target, list(event.headers))
                case h11.Data() as event:
                    read.body += bytes(event.data)
                case h11.EndOfMessage():
                    yield read
                    connection.send(
                        h11.Response(status_code=200, headers=[("Content-Length", "0")])
                    )
                    connection.send(h11.EndOfMessage())
                    connection.start_next_cycle()
                case _:
                    return
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return


@cache
def _config() -> Config:
    config = Config()
    for name, value in (
        # So that headers and methods are read rather than left out or refused.
        ("header_map", "dangerous"),
        ("permit_unconventional_http_method", True),
        ("http_parser", "python"),
        ("limit_request_line", 0),
        ("limit_request_fields", 1_000),
        ("limit_request_field_size", 0),
    ):
        config.set(name, value)
    return config


def by_gunicorn(sent: bytes) -> Iterator[Read]:
    """Read by gunicorn."""
    try:
        for one in RequestParser(_config(), iter([sent]), ("192.0.2.7", 4711)):
            headers = [
                (name.lower().encode(), value.encode("latin-1")) for name, value in one.headers
            ]
            body = one.body.read()
            told = dict(headers).get(b"content-length")
            if told is not None and len(body) < int(told):
                return
            yield Read(one.method.encode(), one.uri.encode("latin-1"), headers, body)
    except (ParseException, OSError, StopIteration):
        return


class _Taker:
    """Callbacks of llhttp."""

    def __init__(self) -> None:
        self.whole: list[Read] = []
        self.read = Read(b"", b"")
        self.parser: Any = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.read = Read(b"", b"")

    def on_url(self, url: bytes) -> None:
        self.read.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.read.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        self.read.body += body

    def on_message_complete(self) -> None:
        self.read.method = self.parser.get_method()
        self.whole.append(self.read)


def by_llhttp(sent: bytes) -> Iterator[Read]:
    """Read by llhttp, the parser of Node."""
    taker = _Taker()
    with suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):
        taker.parser.feed_data(sent)
    yield from taker.whole


READERS: dict[str, Callable[[bytes], Iterator[Read]]] = {
    "h11": by_h11,
    "gunicorn": by_gunicorn,
    "llhttp": by_llhttp,
}
