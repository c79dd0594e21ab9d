"""The names a command asks for: each gets an address of its own, which leads back to the name.

Source: RFC 1035, RFC 6761 (`localhost`), RFC 2544 (the addresses) (documented).
"""

from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address

import dns.rcode
import dns.rdatatype

from juyong.front.resolving import Code, Kind, answer_of

_RANGE = IPv4Network("198.18.0.0/15")
"""Set aside for tests of networks: no host of the world has one."""
_LOCALHOST = "localhost"


class Names:
    """Names and the addresses that were given out for them; there is room for 131,070."""

    def __init__(self) -> None:
        self._free: Iterator[IPv4Address] = _RANGE.hosts()
        self._addresses: dict[str, IPv4Address] = {}
        self._names: dict[IPv4Address | IPv6Address, str] = {}

    def address_of(self, name: str) -> IPv4Address | None:
        """Return the address of a lower-case name, the same each time; None when all are taken."""
        if name not in self._addresses:
            address = next(self._free, None)
            if address is None:
                return None
            self._addresses[name] = address
            self._names[address] = name
        return self._addresses[name]

    def name_of(self, address: IPv4Address | IPv6Address) -> str | None:
        """Return the name that was given an address; None when there is none."""
        return self._names.get(address)


def answer(query: bytes, names: Names) -> bytes | None:
    """Answer a DNS message.

    Every name has one IPv4 address and nothing else, `localhost` and what ends in it the loopback
    addresses.

    Returns:
        None for bytes that are no query; they get no answer.
    """
    return answer_of(query, partial(_resolve, names))


def _resolve(names: Names, name: str, kind: Kind) -> str | Code | None:
    local = name == _LOCALHOST or name.endswith(f".{_LOCALHOST}")
    if kind == dns.rdatatype.AAAA:
        return "::1" if local else None
    if kind != dns.rdatatype.A or name in ("", "."):
        return None
    if local:
        return "127.0.0.1"
    address = names.address_of(name)
    return dns.rcode.SERVFAIL if address is None else str(address)
