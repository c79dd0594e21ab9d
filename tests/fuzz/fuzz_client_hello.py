"""The first message of a TLS client, whole and cut, read as OpenSSL reads it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.unit.waf.hellos import (
    Server,
    alpn,
    body,
    hello,
    message,
    of_openssl,
    records,
    server_name,
    signatures,
    versions,
)

from juyong.waf.client_hello import MOST_BYTES, Hello, MalformedHello, read
from juyong.waf.ja4 import ja4_of

SEEDS: list[bytes] = [
    of_openssl("a.example", ("h2", "http/1.1")),
    of_openssl(None, newest=False),
    of_openssl("b.example", ("http/1.1",), newest=False),
    hello((0x0A0A, 0x1301), [server_name(b"a"), alpn(b"h2"), versions(0x0304), signatures(0x0403)]),
    records(message(body(extensions=[alpn(b"\xff")])), 9),
    b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
    b"GET / HTTP/1.1\r\n\r\n",
]


def target(data: bytes) -> None:
    """Read a hello; cut anywhere, the same bytes are not whole or refused as before."""
    data = data[:MOST_BYTES]
    try:
        found = read(data)
    except MalformedHello:
        return
    if found is None:
        assert len(data) < MOST_BYTES
        return
    assert read(data + b"more") == found
    assert _fewest(data) == found
    _as_openssl(data, found)
    told = ja4_of(found)
    assert len(told) == 36
    assert told.isascii()
    assert told[0] == "t"
    assert (told[3] == "d") == (found.name is not None)


def _fewest(data: bytes) -> object:
    """Return what is read from the fewest bytes that are whole; all shorter ones are not."""
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        if read(data[:middle]) is None:
            low = middle + 1
        else:
            high = middle
    return read(data[:high])


@cache
def _server() -> Server:
    with TemporaryDirectory() as folder:
        return Server(Path(folder), ("h2", "http/1.1"))


def _as_openssl(data: bytes, found: Hello) -> None:
    """Hold the name and the protocols to those that OpenSSL acts on."""
    answered, name, chosen = _server().read(data)
    if name is not None:
        assert found.name == name.encode()
    if answered:
        assert (name is None) == (found.name is None)
    if chosen is not None:
        assert chosen.encode() in found.protocols
