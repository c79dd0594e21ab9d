"""The first bytes of a connection, a CONNECT head, and a request target in absolute form."""

from juyong.front.opening import SNIFF_BYTES, Opening, classify
from juyong.front.target import (
    AbsoluteForm,
    MalformedTarget,
    Target,
    parse_absolute,
    parse_connect,
)

SEEDS: list[bytes] = [
    b"CONNECT ram.aliyuncs.com:443 HTTP/1.1\r\nHost: ram.aliyuncs.com:443\r\n\r\n",
    b"CONNECT [::1]:8443 HTTP/1.0\r\n\r\n",
    b"CONNECT host HTTP/1.1\r\n\r\n",
    b"CONNECT ho st:1 HTTP/1.1\r\n\r\n",
    b"CONN",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET / HTTP/1.1\r\n\r\n",
    b"http://ram.aliyuncs.com/?Action=ListUsers",
    b"http://[::1]:99999/",
    b"HTTPS://User@Host:1/a/b?c#d",
    b"http://host?query",
]


def target(data: bytes) -> None:
    """Classify and parse arbitrary bytes; check what every accepted one must satisfy."""
    _check_opening(data)
    try:
        _check_target(parse_connect(data))
    except MalformedTarget:
        pass
    else:
        assert classify(data) is Opening.CONNECT
    try:
        _check_absolute(parse_absolute(data), data)
    except MalformedTarget:
        return


def _check_opening(data: bytes) -> None:
    settled = classify(data[:SNIFF_BYTES])
    assert classify(data) is settled
    if len(data) >= SNIFF_BYTES:
        assert settled is not None
    for size in range(min(len(data), SNIFF_BYTES)):
        # What few bytes settle, more bytes do not unsettle.
        assert classify(data[:size]) in (None, settled)


def _check_target(found: Target) -> None:
    assert 0 < found.port < 65536
    assert found.host
    assert found.host == found.host.lower()
    assert not set(found.host) & set(" \r\n\t/?#@[]\0")


def _check_absolute(found: AbsoluteForm, data: bytes) -> None:
    _check_target(found.target)
    assert found.scheme in ("http", "https")
    assert found.origin.startswith(b"/")
    prefix = len(found.scheme) + len("://") + len(found.authority)
    assert data[prefix:] in (found.origin, found.origin[1:])
