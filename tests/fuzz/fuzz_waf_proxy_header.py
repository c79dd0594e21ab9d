"""The PROXY header before a connection."""

from ipaddress import ip_address

from juyong.waf import proxy_header
from juyong.waf.http1.heads import Malformed

SEEDS: list[bytes] = [
    b"PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\nGET / HTTP/1.1\r\n",
    b"PROXY TCP6 2001:db8::1 ::1 1000 80\r\n",
    b"PROXY UNKNOWN\r\n",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x03\xe8\x00\x50",
    b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x21\xff\xff",
]


def target(data: bytes) -> None:
    """Read a header; a size that is told stays told, whatever follows."""
    try:
        found = proxy_header.read(data)
    except Malformed:
        return
    if found is None:
        assert len(data) < proxy_header.MOST_BYTES
        return
    assert 0 < found.size <= len(data)
    assert proxy_header.read(data + b"more") == found
    assert proxy_header.read(data[: found.size]) == found
    if found.client is not None:
        ip_address(found.client.address)
        assert 0 <= found.client.port < 1 << 16
