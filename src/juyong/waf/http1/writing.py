"""Heads as they leave, written anew from their parts.

Source: RFC 9110, 7.6.1 (documented).
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Final

from juyong.engines.inspect.http import Headers

HOP_BY_HOP: Final = frozenset(
    (
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        b"http2-settings",
    )
)
_OURS = frozenset(
    (
        *(b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"),
        *(b"x-real-ip", b"forwarded"),
    )
)
"""Headers about the client, which a peer that is not trusted has no say in."""
NOT_TO_BACKEND: Final = HOP_BY_HOP | _OURS | {b"expect", b"proxy", b"content-length"}
"""SECURITY: `Proxy` would be the environment variable HTTP_PROXY of a CGI program."""
NOT_TO_CLIENT: Final = HOP_BY_HOP | {b"content-length"}
_REASONS = {each.value: each.phrase.encode() for each in HTTPStatus}


def request(
    method: bytes,
    path: bytes,
    headers: Headers,
    *,
    framing: bytes,
    about_client: bytes,
    host: bytes = b"",
    lines: bytes | None = None,
) -> bytes:
    """Write the head of a request to a backend.

    Args:
        method: As sent.
        path: The target in origin form.
        headers: As sent; those of the connection, and those about the client, are left out.
        framing: Lines that frame the body or ask for an upgrade, each with its end.
        about_client: Lines with the address and the scheme of the client, likewise.
        host: The Host header of a request that came without, such as one of HTTP/2.
        lines: The headers where they are written already; see lines.py.
    """
    if lines is None:
        lines = _written(headers, goes_to_backend)
    if host:
        lines = b"Host: " + host + b"\r\n" + lines
    return b"".join((method, b" ", path, b" HTTP/1.1\r\n", lines, about_client, framing, b"\r\n"))


def goes_to_backend(key: bytes) -> bool:
    """Tell whether a header is for a backend; key: Its name in lower case.

    SECURITY: programs behind CGI or WSGI do not tell `X_Forwarded_For` from `X-Forwarded-For`.
    """
    if b"_" in key:
        return key.replace(b"_", b"-") not in NOT_TO_BACKEND
    return key not in NOT_TO_BACKEND


def goes_to_client(key: bytes) -> bool:
    """Tell whether a header is for a client; key: Its name in lower case."""
    return key not in NOT_TO_CLIENT


def response(
    status: int,
    headers: Headers,
    *,
    framing: bytes,
    reason: bytes = b"",
    lines: bytes | None = None,
    body: bytes = b"",
) -> bytes:
    """Write the head of a response to a client.

    Args:
        status: 100 to 999.
        headers: As the backend sent them; those of the connection are left out.
        framing: Lines that frame the body and tell whether the connection goes on.
        reason: The phrase; the usual one where it is empty.
        lines: The headers where they are written already; see lines.py.
        body: What follows the head at once, framed.
    """
    if lines is None:
        lines = _written(headers, goes_to_client)
    phrase = reason or _REASONS.get(status, b"")
    return b"".join((b"HTTP/1.1 %d " % status, phrase, b"\r\n", lines, framing, b"\r\n", body))


def _written(headers: Headers, goes: Callable[[bytes], bool]) -> bytes:
    return b"".join([b"%b: %b\r\n" % each for each in headers if goes(each[0].lower())])


def passed(headers: Headers) -> Iterable[tuple[bytes, bytes]]:
    """Yield the headers of a response that are for the client, names in lower case."""
    for name, value in headers:
        key = name.lower()
        if key not in HOP_BY_HOP:
            yield key, value


def chunk(data: bytes) -> bytes:
    """Write a chunk; data: not empty, since an empty chunk ends a body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK: Final = b"0\r\n\r\n"
