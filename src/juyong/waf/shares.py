"""Bytes of bodies that wait, in sum and for each client, so that no client takes all the room."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from juyong.base.addresses import meant

_HOME_BITS = 64
"""A household has so much of IPv6 at the least, and may send from each address of it."""


@lru_cache(4_096)
def holder_of(address: str) -> str:
    """Return the holder that a client counts as: an IPv4 address, or a network of IPv6.

    >>> holder_of("2001:db8::7"), holder_of("192.0.2.7")
    ('2001:db8::/64', '192.0.2.7')
    """
    found = meant(ip_address(address))
    return str(found if found.version == 4 else ip_network((found, _HOME_BITS), strict=False))  # noqa: PLR2004


class Shares:
    """A count that has two bounds.

    Args:
        most: The bound of all clients together.
        most_of_one: The bound of one client; see `holder_of`.

    size: The count of all clients together now.
    """

    __slots__ = ("_most", "_most_of_one", "_of", "size")

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = most, most_of_one
        self._of: dict[str, int] = {}
        self.size = 0

    def add(self, holder: str, size: int) -> bool:
        """Count more, or less; False where the sum is beyond a bound, with the bytes counted.

        Args:
            holder: As `holder_of` returned; empty for one that stands for many clients.
        """
        self.size += size
        if not holder:
            return self.size <= self._most
        held = self._of.get(holder, 0) + size
        if held > 0:
            self._of[holder] = held
        else:
            self._of.pop(holder, None)
        return self.size <= self._most and held <= self._most_of_one
