"""Typed readings of condition values: number, instant, truth, address, network.

Each reader returns None for a text it cannot read, and remembers recent answers: the same few
texts (a caller's address, the present second) are read over and over.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Reader = Callable[[str], T | None]

_MAX_CHARS = 64
_REMEMBERED = 2048
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAPPED = IPv6Network("::ffff:0:0/96")


class Address(NamedTuple):
    """An address as its version, 4 or 6, and its number."""

    version: int
    number: int


class Network(NamedTuple):
    """The addresses from first to last, both included."""

    version: int
    first: int
    last: int

    def holds(self, address: Address) -> bool:
        """Tell whether the address lies inside."""
        return self.version == address.version and self.first <= address.number <= self.last


def _remember(read: Reader[T]) -> Reader[T]:
    """Cache a reader, and spare it texts no value of its type is as long as."""
    remembered = lru_cache(maxsize=_REMEMBERED)(read)
    return lambda text: remembered(text) if len(text) <= _MAX_CHARS else None


@_remember
def read_number(text: str) -> Decimal | None:
    """Read an integer or decimal, without exponent; at most 64 characters."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@_remember
def read_date(text: str) -> int | None:
    """Read `YYYY-MM-DDThh:mm[:ss[.f]]` with `Z` or an offset, as microseconds since 1970.

    A text without offset is refused: it would name another instant in each time zone.
    """
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)


@_remember
def read_truth(text: str) -> bool | None:
    """Read `true` or `false`, in any case."""
    return {"true": True, "false": False}.get(text.lower())


@_remember
def read_address(text: str) -> Address | None:
    """Read one address; an IPv4 address mapped into IPv6 is read as IPv4. Zones are refused."""
    if "%" in text:
        return None
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return Address(address.version, int(address))


@_remember
def read_network(text: str) -> Network | None:
    """Read one address or a CIDR block; bits behind the prefix are ignored."""
    if "%" in text or not _has_plain_prefix(text):
        return None
    try:
        network: IPv4Network | IPv6Network = ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        low = int(network.network_address) - int(_MAPPED.network_address)
        return Network(4, low, low + network.num_addresses - 1)
    first = int(network.network_address)
    return Network(network.version, first, first + network.num_addresses - 1)


def _has_plain_prefix(text: str) -> bool:
    """Tell whether what follows a slash is a decimal prefix length, not a mask."""
    _, slash, prefix = text.partition("/")
    return not slash or (prefix.isascii() and prefix.isdigit())
