"""Requests, bodies and responses to the variables that rules read.

A variable is declared once, with the function that makes its members; a caller names those that
its rules read, and pays for these alone. Values are bytes as sent, decoded where the language says
so: arguments and the path once.

Source: the reference manual of ModSecurity, variables (documented); how targets are split, and
which readings of file names rule sets expect, from the Core Rule Set's tests (observed).
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TypeVar

from juyong.engines.inspect.bodies.form import (
    Pair,
    decode_percent,
    has_bad_percent,
    read_pairs,
)
from juyong.engines.inspect.bodies.media import URLENCODED, processor_of
from juyong.engines.inspect.bodies.parsed import FLAGS, HARMLESS, Parsed
from juyong.engines.inspect.gates import Collections, Value
from juyong.engines.inspect.http import Headers, Request, Response, all_of, header
from juyong.engines.inspect.views import views_of

_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*")


class _Head:
    """The parts of a request's head that several variables share, each made once.

    uri: The target without scheme and host; a target that begins with `//` stays a path.
    filename: The path, decoded once: the target is split before, at the first `?` as sent.
    query: All behind the first `?`, a `#` and the text behind the `#` with it.
    """

    def __init__(self, request: Request, separator: bytes) -> None:
        self.request = request
        target = request.target
        found = _ABSOLUTE.match(target)
        rest = target[found.end() :] if found else target
        self.uri = b"/" + rest if found and not rest.startswith(b"/") else rest
        path, _, self.query = self.uri.partition(b"?")
        self.filename = decode_percent(path)
        self.arguments = read_pairs(self.query, separator)
        self.cookies = _cookies(request.headers)

    @property
    def viewed(self) -> list[Pair]:
        told = [(name, self.header(name)) for name in (b"user-agent", b"referer")]
        return [*self.arguments, *self.cookies, (b"path", self.filename), *told]

    @cached_property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.request.at, UTC)

    @property
    def tls(self) -> list[Pair]:
        told = self.request.tls
        if told is None:
            return []
        return [
            (b"version", told.version.encode()),
            (b"cipher", told.cipher.encode()),
            (b"sni", told.name),
            (b"alpn", b",".join(told.protocols)),
            (b"ja4", told.ja4),
        ]

    def header(self, name: bytes) -> bytes:
        return header(self.request.headers, name) or b""

    @property
    def line(self) -> bytes:
        return b" ".join((self.request.method, self.request.target, self.protocol))

    @property
    def protocol(self) -> bytes:
        return self.request.version.encode()

    @property
    def user(self) -> bytes:
        """The user name of basic authentication; empty where none is sent."""
        scheme, _, token = self.header(b"authorization").partition(b" ")
        if scheme.lower() != b"basic":
            return b""
        try:
            return base64.b64decode(token.strip(), validate=True).partition(b":")[0]
        except binascii.Error:
            return b""

    @property
    def whole(self) -> bytes:
        lines = [self.line, *(name + b": " + value for name, value in self.request.headers)]
        return b"\r\n".join([*lines, b"", b""])


def _cookies(headers: Headers) -> list[Pair]:
    found: list[Pair] = []
    for line in all_of(headers, b"cookie"):
        for piece in line.split(b";"):
            if text := piece.strip(b" \t"):
                name, _, value = text.partition(b"=")
                found.append((name.rstrip(b" \t"), value.lstrip(b" \t")))
    return found


def _text(body: Parsed) -> list[Pair]:
    """Return a body that no processor reads, where its bytes are text, and its other readings."""
    if body.processor or not body.raw:
        return []
    return [*([] if b"\0" in body.raw else [(b"", body.raw)]), *body.guessed]


_Single = Callable[[_Head], bytes]
_Pairs = Callable[[_Head], list[Pair]]
_Made = TypeVar("_Made")
_Named = list[tuple[str, _Made]]
_new = tuple.__new__
"""Makes a Value in half the time of its constructor."""

_SINGLES: dict[str, _Single] = {
    "ARGS_COMBINED_SIZE": lambda head: b"%d" % _size(head.arguments),
    "AUTH_TYPE": lambda head: head.header(b"authorization").partition(b" ")[0],
    "FULL_REQUEST": lambda head: head.whole,
    "FULL_REQUEST_LENGTH": lambda head: b"%d" % len(head.whole),
    "PATH_INFO": lambda head: head.filename,
    "QUERY_STRING": lambda head: head.query,
    "REMOTE_ADDR": lambda head: head.request.client.address.encode(),
    "REMOTE_HOST": lambda head: head.request.client.address.encode(),
    "REMOTE_PORT": lambda head: b"%d" % head.request.client.port,
    "REMOTE_USER": lambda head: head.user,
    "REQBODY_PROCESSOR": lambda head: processor_of(head.request.headers).encode(),
    "REQUEST_BASENAME": lambda head: re.split(rb"[/\\]", head.filename)[-1],
    "REQUEST_FILENAME": lambda head: head.filename,
    "REQUEST_LINE": lambda head: head.line,
    "REQUEST_METHOD": lambda head: head.request.method,
    "REQUEST_PROTOCOL": lambda head: head.protocol,
    "REQUEST_URI": lambda head: head.uri,
    "REQUEST_URI_RAW": lambda head: head.request.target,
    "SERVER_ADDR": lambda head: head.request.server.address.encode(),
    "SERVER_NAME": lambda head: _host(head.header(b"host")),
    "SERVER_PORT": lambda head: b"%d" % head.request.server.port,
    "TIME": lambda head: head.at.strftime("%H:%M:%S").encode(),
    "TIME_DAY": lambda head: b"%d" % head.at.day,
    "TIME_EPOCH": lambda head: b"%d" % head.request.at,
    "TIME_HOUR": lambda head: b"%d" % head.at.hour,
    "TIME_MIN": lambda head: b"%d" % head.at.minute,
    "TIME_MON": lambda head: b"%d" % (head.at.month - 1),
    "TIME_SEC": lambda head: b"%d" % head.at.second,
    "TIME_WDAY": lambda head: b"%d" % (head.at.isoweekday() % 7),
    "TIME_YEAR": lambda head: b"%d" % head.at.year,
    "URLENCODED_ERROR": lambda head: b"%d" % has_bad_percent(head.query),
    "UNIQUE_ID": lambda head: head.request.unique.encode(),
}
_PAIRS: dict[str, _Pairs] = {
    "ARGS": lambda head: head.arguments,
    "ARGS_GET": lambda head: head.arguments,
    "REQUEST_COOKIES": lambda head: head.cookies,
    "REQUEST_HEADERS": lambda head: list(head.request.headers),
    "VIEWS": lambda head: views_of(head.viewed),
    "ARGS_JOINED": lambda head: _joined(head.arguments),
    "TLS": lambda head: head.tls,
}
_NAMES: dict[str, _Pairs] = {
    "ARGS_NAMES": _PAIRS["ARGS"],
    "ARGS_GET_NAMES": _PAIRS["ARGS"],
    "REQUEST_COOKIES_NAMES": _PAIRS["REQUEST_COOKIES"],
    "REQUEST_HEADERS_NAMES": _PAIRS["REQUEST_HEADERS"],
}
_BODY_SINGLES: dict[str, Callable[[Parsed], bytes]] = {
    "FILES_COMBINED_SIZE": lambda body: b"%d" % sum(file.size for file in body.files),
    "INBOUND_DATA_ERROR": lambda body: b"%d" % body.cut,
    "MULTIPART_FILENAME": lambda body: body.files[-1].filename if body.files else b"",
    "MULTIPART_NAME": lambda body: body.files[-1].name if body.files else b"",
    "MULTIPART_STRICT_ERROR": lambda body: b"%d" % bool((body.flags & FLAGS) - HARMLESS),
    "REQBODY_ERROR": lambda body: b"%d" % bool(body.error),
    "REQBODY_ERROR_MSG": lambda body: body.error.encode(),
    "REQBODY_PROCESSOR": lambda body: body.processor.encode(),
    "REQBODY_PROCESSOR_ERROR": lambda body: b"%d" % bool(body.error),
    "REQBODY_PROCESSOR_ERROR_MSG": lambda body: body.error.encode(),
    "REQUEST_BODY": lambda body: body.raw,
    "REQUEST_BODY_LENGTH": lambda body: b"%d" % body.length,
    "XML_DOCTYPE": lambda body: body.doctype,
}
_BODY_PAIRS: dict[str, Callable[[Parsed], list[Pair]]] = {
    "ARGS": lambda body: body.arguments,
    "ARGS_POST": lambda body: body.arguments,
    "ARGS_JOINED": lambda body: _joined(body.arguments),
    "BODY_TEXT": _text,
    "FILES": lambda body: [(file.name, file.filename) for file in body.files],
    "FILES_SIZES": lambda body: [(file.name, b"%d" % file.size) for file in body.files],
    "FILES_TMP_CONTENT": lambda body: [(file.name, file.begins) for file in body.files],
    "MULTIPART_PART_HEADERS": lambda body: body.part_lines,
    "VIEWS": lambda body: views_of([*body.arguments, *_text(body)]),
    "XML": lambda body: body.xml,
}
_BODY_NAMES: dict[str, Callable[[Parsed], list[Pair]]] = {
    "ARGS_NAMES": _BODY_PAIRS["ARGS"],
    "ARGS_POST_NAMES": _BODY_PAIRS["ARGS"],
    "FILES_NAMES": _BODY_PAIRS["FILES"],
}
SUMS: dict[str, Callable[[bytes, Parsed], bytes]] = {
    "ARGS_COMBINED_SIZE": lambda head, body: b"%d" % (int(head) + _size(body.arguments)),
    "FULL_REQUEST": lambda head, body: head + body.raw,
    "FULL_REQUEST_LENGTH": lambda head, body: b"%d" % (int(head) + body.length),
    "URLENCODED_ERROR": lambda head, body: b"%d" % (int(head) or _is_badly_encoded(body)),
}
"""Variables of phase 1 to which a body adds."""
_RESPONSE_SINGLES: dict[str, Callable[[Response], bytes]] = {
    "RESPONSE_CONTENT_LENGTH": lambda told: header(told.headers, b"content-length") or b"",
    "RESPONSE_CONTENT_TYPE": lambda told: header(told.headers, b"content-type") or b"",
    "RESPONSE_PROTOCOL": lambda told: told.version.encode(),
    "RESPONSE_STATUS": lambda told: b"%d" % told.status,
}
_AT_RESPONSE_BODY = frozenset({"OUTBOUND_DATA_ERROR", "RESPONSE_BODY"})
_RESPONSE_HEADERS = frozenset({"RESPONSE_HEADERS", "RESPONSE_HEADERS_NAMES"})

HEAD = frozenset(_SINGLES) | frozenset(_PAIRS) | frozenset(_NAMES)
"""Every variable that the head of a request gives."""

SINGLE = (
    frozenset(_SINGLES) | frozenset(_BODY_SINGLES) | frozenset(_RESPONSE_SINGLES) | FLAGS
) | _AT_RESPONSE_BODY
"""Variables with exactly one member, whose key is empty."""

ALL = (
    (SINGLE | frozenset(_PAIRS) | frozenset(_NAMES) | frozenset(_BODY_PAIRS)) | _RESPONSE_HEADERS
) | frozenset(_BODY_NAMES)
"""Every variable that is made here; rules may name these, and those that an engine keeps."""


@lru_cache(maxsize=64)
def _of_head(wanted: frozenset[str]) -> tuple[_Named[_Single], _Named[_Pairs], _Named[_Pairs]]:
    """Return what makes the wanted variables: single values, members, names of members."""
    return _chosen(_SINGLES, wanted), _chosen(_PAIRS, wanted), _chosen(_NAMES, wanted)


def _chosen(made_by: dict[str, _Made], wanted: frozenset[str]) -> _Named[_Made]:
    return [(name, make) for name, make in made_by.items() if name in wanted]


def request_variables(
    request: Request, *, wanted: frozenset[str] = ALL, separator: bytes = b"&"
) -> Collections:
    """Return the variables of phase 1.

    Args:
        wanted: The variables to make.
        separator: Between arguments, one byte.
    """
    head = _Head(request, separator)
    singles, pairs, names = _of_head(wanted)
    made: Collections = {name: [_new(Value, (name, b"", make(head)))] for name, make in singles}
    for name, members in pairs:
        made[name] = [_new(Value, (name, key, value)) for key, value in members(head)]
    for name, members in names:
        made[name] = [_new(Value, (name, key, key)) for key, _ in members(head)]
    return made


def body_variables(
    body: Parsed, *, known: Collections, wanted: frozenset[str] = ALL
) -> Collections:
    """Return what a body adds in phase 2; `merge` puts both together.

    Args:
        known: The variables of phase 1, for sums over both.
        wanted: The variables to make.
    """
    if says_nothing(body):
        # COST: most requests have no body, and no sum changes then.
        return without_body(body.processor, wanted)
    made = _body_variables(body, wanted)
    for name in SUMS.keys() & known.keys():
        made[name] = [Value(name, b"", SUMS[name](known[name][0].value, body))]
    return made


def says_nothing(body: Parsed) -> bool:
    """Tell whether there is no body, and nothing to say of the processor."""
    return body == Parsed(processor=body.processor)


@lru_cache(maxsize=64)
def without_body(processor: str, wanted: frozenset[str]) -> Collections:
    """Return what a request without a body adds in phase 2; to be read only."""
    return _body_variables(Parsed(processor=processor), wanted)


def _body_variables(body: Parsed, wanted: frozenset[str]) -> Collections:
    made: Collections = {}
    for name in wanted:
        if single := _BODY_SINGLES.get(name):
            made[name] = [Value(name, b"", single(body))]
        elif pairs := _BODY_PAIRS.get(name):
            made[name] = [Value(name, key, value) for key, value in pairs(body)]
        elif names := _BODY_NAMES.get(name):
            made[name] = [Value(name, key, key) for key, _ in names(body)]
        elif name in FLAGS:
            made[name] = [Value(name, b"", b"%d" % (name in body.flags))]
    return made


def response_variables(response: Response, *, wanted: Collection[str] = ALL) -> Collections:
    """Return the variables of phase 3."""
    made: Collections = {}
    for name in wanted:
        if single := _RESPONSE_SINGLES.get(name):
            made[name] = [Value(name, b"", single(response))]
        elif name == "RESPONSE_HEADERS":
            made[name] = [Value(name, key, value) for key, value in response.headers]
        elif name == "RESPONSE_HEADERS_NAMES":
            made[name] = [Value(name, key, key) for key, _ in response.headers]
    return made


def response_body_variables(body: bytes, *, cut: bool = False) -> Collections:
    """Return the variables of phase 4; body: After its content coding, as `decoded` returns it."""
    return {
        "RESPONSE_BODY": [Value("RESPONSE_BODY", b"", body)],
        "RESPONSE_CONTENT_LENGTH": [Value("RESPONSE_CONTENT_LENGTH", b"", b"%d" % len(body))],
        "OUTBOUND_DATA_ERROR": [Value("OUTBOUND_DATA_ERROR", b"", b"%d" % cut)],
    }


def merge(known: Collections, more: Collections) -> Collections:
    """Return both: members of `more` stand behind the known ones, and replace single values."""
    if not known:
        return more
    made = dict(known)
    for name, values in more.items():
        before = None if name in SINGLE else known.get(name)
        if not before:
            made[name] = values
        elif values:
            made[name] = [*before, *values]
    return made


def _host(value: bytes) -> bytes:
    """Return a Host header without its port."""
    if value.startswith(b"["):
        return value[: value.find(b"]") + 1] or value
    return value.partition(b":")[0]


def _size(pairs: list[Pair]) -> int:
    return sum(len(name) + len(value) for name, value in pairs)


def _is_badly_encoded(body: Parsed) -> bool:
    return body.processor == URLENCODED and has_bad_percent(body.raw)


def _joined(pairs: list[Pair]) -> list[Pair]:
    """Return arguments that came more than once as some servers read them: joined by commas."""
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        by_name.setdefault(name, []).append(value)
    return [(name, b",".join(values)) for name, values in by_name.items() if len(values) > 1]
