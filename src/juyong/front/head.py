"""The target of a request and the end of its body, as the head tells them."""

from typing import Any
from urllib.parse import unquote

from juyong.front.refusal import Scope
from juyong.gateway.request import asks_xml

Headers = list[tuple[bytes, bytes]]
"""Names in small letters, in the order of arrival."""

_SHAPES_ANSWERS = (b"host", b"accept", b"authorization")
_MOST_KNOWN_BYTES = 1024
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class UnclearFraming(ValueError):
    """A request does not tell where its body ends, or offers another protocol before that end."""


class TooManyHeaders(ValueError):
    """A request has more headers than any client sends."""


def check_framing(headers: Headers, *, upgrade: bool) -> None:
    """Refuse a head that another server on the way could read as a body of another length.

    SECURITY: the parser looks for no body behind an Upgrade, and takes any transfer encoding that
    ends in `chunked`, though no application here could decode the others.

    Raises:
        UnclearFraming: two servers could disagree on where the body ends.
    """
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if codings and (upgrade or codings != [b"chunked"]):
        raise UnclearFraming
    # Some clients that offer HTTP/2 tell with every GET that it has no body.
    if upgrade and any(n == b"content-length" and v != b"0" for n, v in headers):
        raise UnclearFraming


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a target in origin form; a fragment is dropped.

    httptools has a function for it that takes no more than 64 KiB.
    """
    path, _, query = target.partition(b"#")[0].partition(b"?")
    return path, query


def known_of(target: bytes | bytearray, headers: Headers) -> Scope:
    """Build the few facts that a refusal needs from a head, which may have arrived in part."""
    named = [h for h in headers if h[0] in _SHAPES_ANSWERS and len(h[1]) <= _MOST_KNOWN_BYTES]
    query = split_target(bytes(target))[1].decode("latin-1")
    xml = asks_xml(query, {})
    return {"method": "GET", "headers": named, "query_string": b"Format=XML" if xml else b""}


def scope_of(target: bytes, headers: Headers, **known: Any) -> Scope:
    """Build the ASGI scope of a request.

    Args:
        target: In origin form.
        headers: The request's.
        known: What the connection knows: method, http_version, server, client, scheme.

    Raises:
        UnicodeDecodeError: the path is not ASCII.
    """
    raw_path, query = split_target(target)
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "asgi": _ASGI,
        "root_path": "",
        "headers": headers,
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        **known,
    }
