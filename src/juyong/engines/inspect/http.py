"""Requests and responses as the parser of a proxy, a recorded file or a test hands them over."""

import msgspec

Headers = tuple[tuple[bytes, bytes], ...]
"""Names as sent, values without surrounding white space, in the order of the wire."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a connection; address: IPv4 or IPv6, as text."""

    address: str
    port: int


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """The connection of a request that came by TLS, and the offer that the client began with.

    version: As agreed on, such as `TLSv1.3`. cipher: The suite, by OpenSSL's name.
    name: The server name that was asked for; empty where none was.
    protocols: The protocols offered by ALPN, in order.
    ja4: The fingerprint of the client's first message.
    """

    version: str
    cipher: str = ""
    name: bytes = b""
    protocols: tuple[bytes, ...] = ()
    ja4: bytes = b""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a request.

    target: The request target as sent, at most one absolute-form scheme and host before the path.
    version: As `HTTP/1.1`, `HTTP/2.0`.
    client: The client that rules judge: behind trusted proxies, the one that these proxies name.
    unique: The id of the request, in logs and as UNIQUE_ID.
    at: Unix time of its first byte, in seconds; for the TIME variables and DURATION.
    tls: None for a request in clear.
    """

    method: bytes
    target: bytes
    version: str
    headers: Headers
    client: Peer
    server: Peer
    unique: str
    at: float = 0.0
    tls: Tls | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a response; version: As `HTTP/1.1`."""

    status: int
    version: str
    headers: Headers


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return the first value of a header; name: In lower case."""
    return next((value for at, value in headers if at.lower() == name), None)


def all_of(headers: Headers, name: bytes) -> list[bytes]:
    """Return all values of a header, in order; name: In lower case."""
    return [value for at, value in headers if at.lower() == name]
