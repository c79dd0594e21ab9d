"""Where a proxied request wants to go, read from its first line.

Source: RFC 9112, 3.2.2 and 3.2.3 (documented).
"""

import re

import msgspec

_AUTHORITY = re.compile(
    rb"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::(?P<port>[0-9]{1,5}))?"
)
_CONNECT = re.compile(rb"CONNECT (?P<authority>[^ \r\n]{1,300}) HTTP/1\.[01]\r?\n")
_ABSOLUTE = re.compile(
    rb"(?P<scheme>https?)://(?P<authority>[^/?#]{1,300})(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_PORTS = {b"http": 80, b"https": 443}
_LAST_PORT = 65535


class MalformedTarget(ValueError):
    """The first line names no host and port that a proxy could reach."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A host (lower case, no final dot, IPv6 without brackets) and a port."""

    host: str
    port: int


class AbsoluteForm(msgspec.Struct, frozen=True, kw_only=True):
    """A request target in absolute form, taken apart.

    authority: Host and port as they were written. origin: Path and query, never empty.
    """

    scheme: str
    target: Target
    authority: bytes
    origin: bytes


def _target(authority: bytes, default_port: int | None) -> Target:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise MalformedTarget("the authority is malformed")
    host = (match["v6"] or match["name"]).decode("ascii").lower().rstrip(".")
    port = int(match["port"]) if match["port"] else default_port
    if not host or port is None or not 0 < port <= _LAST_PORT:
        raise MalformedTarget("the authority lacks a host or a port")
    return Target(host=host, port=port)


def parse_connect(head: bytes) -> Target:
    """Read the target of a CONNECT request.

    Args:
        head: The request from its first byte; headers are not looked at.

    Raises:
        MalformedTarget: no such first line, or no port from 1 to 65535.
    """
    match = _CONNECT.match(head)
    if match is None:
        raise MalformedTarget("not a CONNECT request")
    return _target(match["authority"], None)


def parse_absolute(url: bytes) -> AbsoluteForm:
    """Read a request target such as `http://host:port/path?query`.

    Raises:
        MalformedTarget: another scheme, credentials in the authority, or a malformed host or port.
    """
    match = _ABSOLUTE.fullmatch(url)
    if match is None:
        raise MalformedTarget("not an http URL")
    scheme, rest = match["scheme"].lower(), match["rest"]
    return AbsoluteForm(
        scheme=scheme.decode("ascii"),
        target=_target(match["authority"], _PORTS[scheme]),
        authority=match["authority"],
        origin=rest if rest.startswith(b"/") else b"/" + rest,
    )
