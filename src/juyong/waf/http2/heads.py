"""The head of a request from the fields of HTTP/2.

SECURITY: the fields are written as a head of HTTP/1.1 and read by the one strict grammar. A head
counts only if the grammar finds exactly these fields, so no value can smuggle a line to a backend.

Source: RFC 9113, 8.2 and 8.3 (documented).
"""

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Final

import msgspec

from juyong.engines.inspect.http import Headers
from juyong.waf.http1.heads import CHUNKED, Malformed, RequestHead, request_head
from juyong.waf.http1.reading import AnyResponse
from juyong.waf.http1.writing import passed

VERSION: Final = "HTTP/2.0"
_PSEUDO = frozenset((b":method", b":scheme", b":path", b":authority"))
_REQUIRED = (b":method", b":scheme", b":path")
_SCHEMES = (b"http", b"https")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_OF_A_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)
_BODILESS = (204, 304)
_FIELD_BYTES = 32
"""Bytes that each field counts beyond its name and value, by RFC 9113, 6.5.2."""


def size_of(fields: Headers) -> int:
    """Return the size of a list of fields as SETTINGS_MAX_HEADER_LIST_SIZE counts, in bytes."""
    return sum(len(name) + len(value) + _FIELD_BYTES for name, value in fields)


def request_of(fields: Headers, *, whole: bool) -> RequestHead:
    """Read the head of a request.

    Args:
        fields: As decoded, pseudo-headers too, in the order of the wire.
        whole: Whether the stream ends with the head, so that there is no body.

    Raises:
        Malformed: two servers may read the head differently, or RFC 9113 refuses the head.
    """
    pseudo, headers = _parted(fields)
    authority = _authority(pseudo, headers)
    method, path = pseudo[b":method"], pseudo[b":path"]
    if path[:1] != b"/" and not (path == b"*" and method == b"OPTIONS"):
        raise Malformed("`:path` is not in origin form")
    wanted = ((b"host", authority), *_joined(each for each in headers if each[0] != b"host"))
    lines = [b"%b: %b\r\n" % each for each in wanted]
    head = request_head(b"%b %b HTTP/1.1\r\n%b" % (method, path, b"".join(lines)))
    if (head.method, head.path, head.headers) != (method, path, wanted):
        raise Malformed("a field has a character that ends it")
    if whole and head.length:
        raise Malformed("the stream ends before the body that its length tells")
    told = any(name == b"content-length" for name, _ in wanted)
    return msgspec.structs.replace(
        head, version=VERSION, length=head.length if told or whole else CHUNKED
    )


def response_of(head: AnyResponse, length: int, *, mute: bool) -> list[tuple[bytes, bytes]]:
    """Write the head of a response.

    Args:
        head: As the backend sent the head.
        length: The bytes of the body that follows, or CHUNKED or UNTIL_CLOSE.
        mute: Whether the request was HEAD, so that a length is told and no body follows.
    """
    fields = [(b":status", b"%d" % head.status)]
    fields += (each for each in passed(head.headers) if each[0] != b"content-length")
    told = head.length if mute else length
    if told >= 0 and head.status not in _BODILESS:
        fields.append((b"content-length", b"%d" % told))
    return fields


def _parted(fields: Headers) -> tuple[dict[bytes, bytes], Headers]:
    """Tell pseudo-headers from headers, and hold each to its rules."""
    first = tuple(takewhile(lambda each: each[0][:1] == b":", fields))
    pseudo, headers = dict(first), fields[len(first) :]
    if len(pseudo) < len(first) or not pseudo.keys() <= _PSEUDO:
        raise Malformed("a pseudo-header is unknown or repeated")
    if any(each not in pseudo for each in _REQUIRED):
        raise Malformed("a pseudo-header is missing")
    if pseudo[b":scheme"] not in _SCHEMES:
        raise Malformed("the scheme is neither `http` nor `https`")
    for name, value in headers:
        if _NAME.fullmatch(name) is None:
            raise Malformed("the name of a field is malformed, or follows a header")
        if name in _OF_A_CONNECTION or (name == b"te" and value != b"trailers"):
            raise Malformed("a header is of the connection")
    return pseudo, headers


def _authority(pseudo: dict[bytes, bytes], headers: Headers) -> bytes:
    """Return the host that the request is for; a Host header may only say the same."""
    hosts = [value for name, value in headers if name == b"host"]
    named = [pseudo[b":authority"]] if b":authority" in pseudo else []
    found = named + hosts
    if not found or len(hosts) > 1 or len({each.lower() for each in found}) > 1:
        raise Malformed("`:authority` and the Host header are missing, or name two hosts")
    return found[0]


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Join the crumbs of a cookie, which HTTP/1.1 has in one header, where the first stands."""
    found = list(headers)
    crumbs = [value for name, value in found if name == b"cookie"]
    if len(crumbs) < 2:  # noqa: PLR2004
        return tuple(found)
    at = next(at for at, (name, _) in enumerate(found) if name == b"cookie")
    rest = [each for each in found if each[0] != b"cookie"]
    return (*rest[:at], (b"cookie", b"; ".join(crumbs)), *rest[at:])
