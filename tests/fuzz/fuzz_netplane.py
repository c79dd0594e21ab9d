"""What the kernel tells the network plane: any bytes are a session, counters, or are refused."""

import json
import struct

from juyong.engines.packet import PacketError
from juyong.netplane.attributes import attribute, attributes
from juyong.netplane.flows import BadCounters, counters_of, since
from juyong.netplane.sessions import BadSession, packet_of


def session(family: int, protocol: int, source: bytes, target: bytes) -> bytes:
    """Return a session as the helper sends it."""
    first = 1 if family == 2 else 3
    addresses = attribute(first, source) + attribute(first + 1, target)
    ports = attribute(2, struct.pack("!H", 4000)) + attribute(3, struct.pack("!H", 80))
    tuple_of = attribute(1, addresses) + attribute(2, attribute(1, bytes((protocol,))) + ports)
    return bytes((family, 4)) + b"iden" + tuple_of


_DUMP = {
    "nftables": [
        {"metainfo": {"version": "1"}},
        {
            "set": {
                "elem": [
                    {
                        "elem": {
                            "val": {"concat": ["10.0.0.1", "10.0.0.2", 6, 1, 2]},
                            "counter": {"packets": 1, "bytes": 60},
                        }
                    }
                ]
            }
        },
    ]
}
SEEDS: list[bytes] = [
    session(2, 6, b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"),
    session(10, 58, b"\xfd" + bytes(15), b"\xfd" + bytes(14) + b"\x01"),
    session(2, 1, b"\x0a\x00\x00\x01", b"\x0a"),
    b"\x02\xff",
    json.dumps(_DUMP).encode(),
    b'{"nftables": []}',
]


def target(data: bytes) -> None:
    """Read the bytes as each of them."""
    assert sum(len(value) for _, value in attributes(data)) <= len(data)
    try:
        packet = packet_of(data)
    except (BadSession, PacketError):
        pass
    else:
        assert 0 <= packet.protocol <= 255
    try:
        counters = counters_of(data)
    except BadCounters:
        return
    assert since(counters, counters) == {}
