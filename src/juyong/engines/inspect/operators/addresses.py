"""Operators on IP addresses."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from juyong.engines.inspect.operators.base import MATCHED, OperatorRefused, Test
from juyong.engines.inspect.patterns import Captures

_LONGEST = 64
_MAPPED = 96
"""Bits ahead of an IPv4 address that is written as IPv6."""
_MAPPED_PREFIX = 0xFFFF << 32


def ip_match(argument: bytes, phrases: tuple[bytes, ...] = ()) -> Test:
    """Match an address that is one of the argument's, or in one of its networks.

    argument: Addresses and networks (`10.0.0.0/8`) with commas between them, where no phrases are
    given. An IPv4 address written as IPv6 (`::ffff:1.2.3.4`) counts as IPv4.

    Raises:
        OperatorRefused: A part is no address and no network.
    """
    parts = phrases or tuple(argument.split(b","))
    networks: dict[tuple[int, int], set[int]] = {}
    for part in parts:
        width, size, bits = _network(part.strip())
        networks.setdefault((width, size), set()).add(bits)
    found = [(width, size, bits) for (width, size), bits in networks.items()]

    def test(value: bytes) -> Captures | None:
        address = address_of(value)
        if address is None:
            return None
        number, width = int(address), address.max_prefixlen
        for of, size, bits in found:
            if of == width and number >> (width - size) in bits:
                return MATCHED
            if of > width and (number | _MAPPED_PREFIX) >> (of - size) in bits:
                return MATCHED
        return None

    return test


def _network(part: bytes) -> tuple[int, int, int]:
    """Return the bits of an address and of the prefix, and the prefix as a number."""
    try:
        network = ip_network(part.decode("ascii"), strict=False)
    except ValueError:
        raise OperatorRefused(f"`{part.decode('latin-1')}` is no address or network") from None
    size, first = network.prefixlen, network.network_address
    if isinstance(first, IPv6Address) and first.ipv4_mapped is not None and size >= _MAPPED:
        return 32, size - _MAPPED, int(first.ipv4_mapped) >> (128 - size)
    return network.max_prefixlen, size, int(first) >> (network.max_prefixlen - size)


def address_of(value: bytes) -> IPv4Address | IPv6Address | None:
    """Return the address that a value is, None where it is none."""
    if not value.isascii() or len(value) > _LONGEST:
        return None
    try:
        address = ip_address(value.decode("ascii"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def geo_lookup(country_of: Callable[[str], str | None]) -> Test:
    """Match an address whose country is known; captures its code, as b"CN".

    country_of: From an address to the ISO 3166-1 code of two letters.
    """

    def test(value: bytes) -> Captures | None:
        address = address_of(value)
        country = None if address is None else country_of(str(address))
        return (country.encode(),) if country else None

    return test
