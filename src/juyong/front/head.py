"""The target of a request and the end of its body, as the head tells them."""

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from juyong.api.request import TLS_NUMBERS, Raw, asks_xml, headers_of
from juyong.gateway.whole import Scope

Headers = list[tuple[bytes, bytes]]
"""As they came, in the order of arrival."""

_SHAPES_ANSWERS = (b"host", b"accept", b"authorization")
_MOST_KNOWN_BYTES = 1024
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class UnclearFraming(ValueError):
    """A request does not tell where its body ends, or offers another protocol before that end."""


class TooManyHeaders(ValueError):
    """A request has more headers than any client sends."""


def check_framing(headers: Mapping[str, str], *, upgrade: bool) -> None:
    """Refuse a head that another server on the way could read as a body of another length.

    SECURITY: the parser looks for no body behind an Upgrade, and takes any transfer encoding that
    ends in `chunked`, though no application here could decode the others.

    Raises:
        UnclearFraming: two servers could disagree on where the body ends.
    """
    coding = headers.get("transfer-encoding")
    if coding is not None and (upgrade or coding.lower() != "chunked"):
        raise UnclearFraming
    # Some clients that offer HTTP/2 tell with every GET that it has no body.
    if upgrade and headers.get("content-length", "0") != "0":
        raise UnclearFraming


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """The ends of a connection, and whether it speaks `http` or `https`.

    tls: The version of TLS, such as `TLSv1.3`; empty in clear.
    """

    server: tuple[str, int] | None = None
    client: tuple[str, int] | None = None
    scheme: str = "http"
    tls: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A request without its body.

    path: ASCII, still percent-encoded. query: likewise, without the question mark; each character
    is a byte. headers: By name, as Raw has them. lines: The same, as they came.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    lines: Headers
    wire: Wire
    version: str = "1.1"

    def scope(self) -> Scope:
        """Build the ASGI scope of the request."""
        path, wire = self.path, self.wire
        return {
            "type": "http",
            "asgi": _ASGI,
            "root_path": "",
            "method": self.method,
            "http_version": self.version,
            "headers": [(name.lower(), value) for name, value in self.lines],
            "path": unquote(path) if "%" in path else path,
            "raw_path": path.encode(),
            "query_string": self.query.encode("latin-1"),
            "server": wire.server,
            "client": wire.client,
            "scheme": wire.scheme,
            "extensions": _extensions(wire.tls),
        }

    def with_body(self, body: bytes) -> Raw:
        """Build the whole request."""
        wire = self.wire
        return Raw(
            method=self.method,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=body,
            peer=wire.client[0] if wire.client else "",
            secure=wire.scheme == "https",
            port=wire.server[1] if wire.server else 0,
            tls=wire.tls,
        )


def _extensions(tls: str) -> Scope:
    """Tell the version of TLS as ASGI has it: by its number."""
    return {"tls": {"tls_version": TLS_NUMBERS.get(tls)}} if tls else {}


def split_target(target: bytes) -> tuple[str, str]:
    """Return path and query of a target in origin form; a fragment is dropped.

    httptools has a function for it that takes no more than 64 KiB.

    Raises:
        UnicodeDecodeError: the path is not ASCII.
    """
    path, _, query = target.partition(b"#")[0].partition(b"?")
    return path.decode("ascii"), query.decode("latin-1")


def known_of(target: bytes | bytearray, headers: Headers, wire: Wire) -> Head:
    """Build the few facts that a refusal needs from a head, which may have arrived in part."""
    named = [
        (name, value)
        for name, value in headers
        if name.lower() in _SHAPES_ANSWERS and len(value) <= _MOST_KNOWN_BYTES
    ]
    query = bytes(target).partition(b"#")[0].partition(b"?")[2].decode("latin-1")
    query = "Format=XML" if asks_xml(query, {}) else ""
    return Head(
        method="GET", path="/", query=query, headers=headers_of(named), lines=named, wire=wire
    )
