"""Words of network rules: what is read is written again as one value, all else has its name."""

from collections.abc import Callable

from juyong.engines.packet import Address, Cidr, PacketError, Ports, check_id, parse_protocol

SEEDS: list[bytes] = [
    b"10.0.0.1",
    b"10.0.0.0/8",
    b"fd00:1::/64",
    b"::",
    b"22/22",
    b"-1/-1",
    b"ICMPv6",
    b"255",
    b"sg-bp1gxw6bznjjvhu3abcd",
]
_READERS: tuple[Callable[[str], object], ...] = (
    Address.parse,
    Cidr.parse,
    Ports.parse,
    parse_protocol,
    check_id,
)


def target(data: bytes) -> None:
    """Read a text as each of the words; what was read is found again in what is written."""
    text = data.decode("latin-1")
    for read in _READERS:
        try:
            value = read(text)
        except PacketError:
            continue
        if value is not None and not isinstance(value, int):
            assert read(str(value)) == value
            # Rules are written into the text of the kernel's packet filter: no other characters.
            assert set(str(value)) <= set("0123456789abcdefghijklmnopqrstuvwxyz.:/-")
