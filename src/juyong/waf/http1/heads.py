"""Heads of requests and responses, read strictly.

PERF: the lines of headers are read by lines.py, which keeps them with what each becomes.

Source: RFC 9112 and RFC 9110 (documented). Stricter than both where peers differ.
"""

import re
from typing import Final

import msgspec

from juyong.engines.inspect.http import Headers
from juyong.waf.http1 import writing
from juyong.waf.http1.lines import Line, lines_of
from juyong.waf.http1.lines import Malformed as Malformed  # noqa: PLC0414  # told from here

MOST_HEADERS: Final = 256
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(
    rb"(" + _TOKEN + rb") ([\x21\x22\x24-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])\r\n"
)
"""SECURITY: no raw `#` in a target, since servers differ on what follows the sign."""
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
"""SECURITY: nothing is percent-encoded in a host, since servers differ on whether they decode."""
_ABSOLUTE = re.compile(rb"https?://([^/?]*)(.*)", re.IGNORECASE | re.DOTALL)
_ONE = frozenset((b"content-length", b"content-type", b"host", b"transfer-encoding"))
"""Headers that a message has once: of two, servers differ on which counts."""
_MAY_BE_NOMINATED = frozenset(
    (
        *(
            b"close",
            b"keep-alive",
            b"upgrade",
            b"te",
            b"trailer",
            b"trailers",
            b"transfer-encoding",
        ),
        *(b"http2-settings", b"proxy-connection", b"proxy-authorization", b"proxy-authenticate"),
    )
)
_NO_TOKENS: Final[frozenset[bytes]] = frozenset()
CHUNKED: Final = -1
UNTIL_CLOSE: Final = -2


class WrongVersion(Malformed):
    """A version of HTTP that has no head of this form."""


class RequestHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a request.

    target: As sent. path: The target as the backend gets the text: in origin form, or `*`.
    authority: The Host header; empty only in HTTP/1.0.
    length: The bytes of the body; 0 without a body; or CHUNKED.
    keeps: Whether the client wants the connection kept. upgrade: `websocket`, or empty.
    lines: The headers for a backend; None where the lines are still to be written.
    """

    method: bytes
    target: bytes
    path: bytes
    version: str
    headers: Headers
    authority: bytes
    length: int = 0
    keeps: bool = True
    upgrade: bytes = b""
    expects_continue: bool = False
    lines: bytes | None = None

    def to_backend(self, about_client: bytes, framing: bytes, host: bytes) -> bytes:
        """Write the head as a backend gets the head; see `writing.request`.

        host: The Host header where the request came without.
        """
        return writing.request(
            self.method,
            self.path,
            self.headers,
            framing=framing,
            about_client=about_client,
            host=b"" if self.authority else host,
            lines=self.lines,
        )


class ResponseHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a response.

    length: The length of the body in the head: bytes, CHUNKED or UNTIL_CLOSE. The request and the
        status may still say that there is no body; see `bodies.length_of`.
    lines: The headers for a client; None where the lines are still to be written.
    """

    status: int
    reason: bytes
    version: str
    headers: Headers
    length: int
    keeps: bool
    upgrade: bytes = b""
    lines: bytes | None = None

    def to_client(self, framing: bytes, body: bytes = b"") -> bytes:
        """Write the head as a client gets the head, with framed bytes of the body behind."""
        return writing.response(
            self.status,
            self.headers,
            framing=framing,
            reason=self.reason,
            lines=self.lines,
            body=body,
        )


def request_head(block: bytes) -> RequestHead:
    """Read the head of a request.

    Args:
        block: The lines with their ends, without the empty line behind them.

    Raises:
        Malformed: two parsers may read the head differently.
    """
    line = _REQUEST_LINE.match(block)
    if line is None:
        raise Malformed("the request line is malformed")
    method, target, major, minor = line.groups()
    if major != b"1" or minor not in (b"0", b"1"):
        raise WrongVersion("the version of HTTP is not 1.0 or 1.1")
    lines = _lines(block[line.end() :])
    headers = tuple([each[0] for each in lines])
    told = _told(lines)
    modern = minor == b"1"
    authority = told.get(b"host", b"")
    if (modern or b"host" in told) and _HOST.fullmatch(authority) is None:
        raise Malformed("the Host header is missing or malformed")
    length = _request_length(told, modern=modern)
    tokens = _tokens(told, headers) if b"connection" in told else _NO_TOKENS
    upgrade = told[b"upgrade"].lower() if b"upgrade" in tokens and b"upgrade" in told else b""
    upgrades = upgrade == b"websocket" and method == b"GET" and not length and modern
    return RequestHead(
        method=method,
        target=target,
        path=target if target[:1] == b"/" else _path(method, target, authority),
        version="HTTP/1.1" if modern else "HTTP/1.0",
        headers=headers,
        authority=authority,
        length=length,
        keeps=modern and b"close" not in tokens,
        upgrade=b"websocket" if upgrades else b"",
        expects_continue=modern and told.get(b"expect", b"").lower() == b"100-continue",
        lines=b"".join([each[2] for each in lines]),
    )


def response_head(block: bytes) -> ResponseHead:
    """Read the head of a response.

    Args:
        block: The lines with their ends, without the empty line behind them.

    Raises:
        Malformed: two parsers may read the head differently.
    """
    line = _STATUS_LINE.match(block)
    if line is None:
        raise Malformed("the status line is malformed")
    minor, status, reason = line.groups()
    lines = _lines(block[line.end() :])
    told = _told(lines)
    tokens = _tokens(told, ()) if b"connection" in told else _NO_TOKENS
    modern = minor == b"1"
    return ResponseHead(
        status=int(status),
        reason=reason or b"",
        version="HTTP/1.1" if modern else "HTTP/1.0",
        headers=tuple([each[0] for each in lines]),
        length=_response_length(told),
        keeps=b"close" not in tokens and (modern or b"keep-alive" in tokens),
        upgrade=told.get(b"upgrade", b"").lower(),
        lines=b"".join([each[3] for each in lines]),
    )


def header_lines(block: bytes) -> Headers:
    """Read lines of headers alone, such as a trailer.

    Raises:
        Malformed: a line is no header.
    """
    return tuple(each[0] for each in _lines(block))


def _lines(block: bytes) -> list[Line]:
    """Read the headers of a message.

    Raises:
        Malformed: a line is no header, or there are too many.
    """
    found = lines_of(block)
    if len(found) > MOST_HEADERS:
        raise Malformed("there are too many headers")
    return found


def _told(lines: list[Line]) -> dict[bytes, bytes]:
    """Return the headers that frame a message, by names in lower case."""
    told: dict[bytes, bytes] = {}
    for (_, value), key, _, _ in lines:
        if key:
            if key in told:
                if key in _ONE:
                    raise Malformed("a header that frames the message is repeated")
                told[key] += b"," + value
            else:
                told[key] = value
    return told


def _request_length(told: dict[bytes, bytes], *, modern: bool) -> int:
    coding, length = told.get(b"transfer-encoding"), told.get(b"content-length")
    if coding is not None:
        if length is not None:
            raise Malformed("the body has a length and a transfer coding")
        if coding.lower() != b"chunked" or not modern:
            raise Malformed("the transfer coding is not `chunked`")
        return CHUNKED
    return 0 if length is None else _number(length)


def _response_length(told: dict[bytes, bytes]) -> int:
    coding, length = told.get(b"transfer-encoding"), told.get(b"content-length")
    if coding is not None:
        if length is not None:
            raise Malformed("the body has a length and a transfer coding")
        if coding.lower() != b"chunked":
            raise Malformed("the transfer coding is not `chunked`")
        return CHUNKED
    return UNTIL_CLOSE if length is None else _number(length)


def _number(length: bytes) -> int:
    if _LENGTH.fullmatch(length) is None:
        raise Malformed("the length of the body is no number")
    return int(length)


def _tokens(told: dict[bytes, bytes], headers: Headers) -> frozenset[bytes]:
    """Return the members of Connection.

    SECURITY: a client could have a header inspected here and then taken away by naming the header
    in Connection, so a header that is there and means something to the backend is not named.
    """
    connection = told[b"connection"]
    tokens = frozenset(each.strip(b" \t").lower() for each in connection.split(b","))
    if headers:
        names = tokens - _MAY_BE_NOMINATED
        if names and any(name.lower() in names for name, _ in headers):
            raise Malformed("Connection names a header that is for the backend")
    return tokens


def _path(method: bytes, target: bytes, authority: bytes) -> bytes:
    """Return a target that begins with no `/` in origin form, or `*`."""
    if target == b"*" and method == b"OPTIONS":
        return target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or method == b"CONNECT":
        raise Malformed("the request target is malformed")
    named, rest = absolute.groups()
    if not named or named.lower() != authority.lower():
        raise Malformed("the target and the Host header name two hosts")
    return rest if rest[:1] == b"/" else b"/" + rest
