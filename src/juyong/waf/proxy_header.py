"""The PROXY header with which a load balancer names its client.

Source: The PROXY protocol, versions 1 & 2, section 2 (documented).
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from juyong.engines.inspect.http import Peer
from juyong.waf.http1.heads import Malformed

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_V1_LONGEST = 107
_V2_FIXED = 16
MOST_BYTES: Final = 4_096
_V1 = re.compile(
    rb"PROXY (?:UNKNOWN(?: [\x20-\x7e]*)?|TCP(?P<kind>[46])"
    rb" (?P<client>[0-9A-Fa-f:.]{2,39}) (?P<server>[0-9A-Fa-f:.]{2,39})"
    rb" (?P<port>[0-9]{1,5}) (?P<to>[0-9]{1,5}))\r\n"
)


class Named(msgspec.Struct, frozen=True):
    """A header: its size in bytes, and the client; None where the proxy speaks for itself."""

    size: int
    client: Peer | None = None


def read(data: bytes) -> Named | None:
    """Read a header at the beginning of a connection; None while it is not whole.

    Raises:
        Malformed: the bytes begin no header.
    """
    if _SIGNATURE.startswith(data[: len(_SIGNATURE)]):
        return _second(data) if len(data) >= _V2_FIXED else None
    if not data.startswith(b"PROXY "[: len(data)]):
        raise Malformed("the connection does not begin with a PROXY header")
    end = data.find(b"\r\n", 0, _V1_LONGEST)
    if end < 0:
        if len(data) >= _V1_LONGEST:
            raise Malformed("the PROXY header is malformed")
        return None
    found = _V1.fullmatch(data, 0, end + 2)
    if found is None:
        raise Malformed("the PROXY header is malformed")
    if found["kind"] is None:
        return Named(end + 2)
    text, port = found["client"].decode(), int(found["port"])
    return Named(end + 2, _peer(text, port, four=found["kind"] == b"4"))


def _second(data: bytes) -> Named | None:
    version, family = data[12], data[13]
    size = _V2_FIXED + int.from_bytes(data[14:16], "big")
    if version not in (0x20, 0x21) or size > MOST_BYTES:
        raise Malformed("the PROXY header is malformed")
    if len(data) < size:
        return None
    if version == 0x20 or family == 0:  # noqa: PLR2004  # LOCAL: the proxy itself, as a probe
        return Named(size)
    block = data[_V2_FIXED:size]
    if family == 0x11 and len(block) >= 12:  # noqa: PLR2004
        port = int.from_bytes(block[8:10], "big")
        return Named(size, Peer(address=str(IPv4Address(block[:4])), port=port))
    if family == 0x21 and len(block) >= 36:  # noqa: PLR2004
        port = int.from_bytes(block[32:34], "big")
        return Named(size, Peer(address=str(IPv6Address(block[:16])), port=port))
    raise Malformed("the PROXY header names no client that came by TCP")


def _peer(text: str, port: int, *, four: bool) -> Peer:
    try:
        address = IPv4Address(text) if four else IPv6Address(text)
    except ValueError:
        raise Malformed("the PROXY header has a malformed address") from None
    if port > 65_535:  # noqa: PLR2004
        raise Malformed("the PROXY header has a malformed port")
    return Peer(address=str(address), port=port)
