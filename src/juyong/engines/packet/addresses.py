"""Ids, addresses, CIDR blocks, port ranges and protocols: the words of rules, read strictly.

Addresses are numbers with an IP version, since the engine compares millions of them.
"""

import ipaddress
import re
from typing import Self

import msgspec

from juyong.engines.packet.errors import BadAddress, BadCidr, BadId, BadPorts, BadProtocol

BITS = {4: 32, 6: 128}
ICMP, TCP, UDP, GRE, ICMPV6 = 1, 6, 17, 47, 58
PROTOCOLS = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "gre": GRE, "icmpv6": ICMPV6}
WITH_PORTS = frozenset({TCP, UDP})
LAST_PORT = 65535

_ID = re.compile(r"[a-z]{1,10}-[a-z0-9]{1,40}", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]{7,15}|[0-9A-Fa-f:]{2,39}", re.ASCII)
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)
_PORTS = re.compile(r"([0-9]{1,5})/([0-9]{1,5})", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,2}", re.ASCII)
_LAST_PROTOCOL = 255


def check_id(text: str) -> str:
    """Return an id as it is.

    SECURITY: ids become names in the text that the kernel's packet filter reads.

    Raises:
        BadId: another form than `sg-…`.
    """
    if _ID.fullmatch(text) is None:
        raise BadId(f"`{text}` is no id")
    return text


class Address(msgspec.Struct, frozen=True, order=True):
    """An address of IPv4 (version 4, 32 bits) or IPv6 (version 6, 128 bits)."""

    version: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address in its usual form.

        Raises:
            BadAddress: anything else, an IPv6 address with a zone or with IPv4 inside included.
        """
        if _ADDRESS.fullmatch(text) is None:
            raise BadAddress(f"`{text}` is no address")
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise BadAddress(f"`{text}` is no address") from None
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            raise BadAddress(f"`{text}` must be written in IPv4 form")
        return cls(address.version, int(address))

    def __str__(self) -> str:
        kind = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address  # noqa: PLR2004
        return str(kind(self.number))


def _address_and_length(text: str) -> tuple[Address, int]:
    base, slash, prefix = text.partition("/")
    try:
        address = Address.parse(base)
    except BadAddress:
        raise BadCidr(f"`{text}` is no CIDR block") from None
    bits = BITS[address.version]
    if slash and (_PREFIX.fullmatch(prefix) is None or int(prefix) > bits):
        raise BadCidr(f"`{text}` is no CIDR block")
    return address, int(prefix) if slash else bits


class Cidr(msgspec.Struct, frozen=True, order=True):
    """A block of addresses: those that share the first `length` bits with `first`."""

    version: int
    first: int
    length: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `10.0.0.0/8`, `fd00::/8`, or one address.

        Raises:
            BadCidr: anything else; bits set behind the prefix included, since it is not known which
                of the two the writer meant.
        """
        address, length = _address_and_length(text)
        block = cls.of(address, length)
        if block.first != address.number:
            raise BadCidr(f"`{text}` has bits behind its prefix")
        return block

    @classmethod
    def around(cls, text: str) -> Self:
        """Read a block by any address in it: `10.159.6.18/12` is `10.144.0.0/12`.

        Rules of security groups are written so, and mean the whole block.

        Raises:
            BadCidr: the text is neither a block nor an address.
        """
        return cls.of(*_address_and_length(text))

    @classmethod
    def of(cls, address: Address, length: int) -> Self:
        """Return the block of a length that holds an address."""
        behind = BITS[address.version] - length
        return cls(address.version, address.number >> behind << behind, length)

    @property
    def last(self) -> int:
        """The number of the block's last address."""
        return self.first | ((1 << (BITS[self.version] - self.length)) - 1)

    def holds(self, address: Address) -> bool:
        """Tell whether the address is in the block."""
        return self.version == address.version and self.first <= address.number <= self.last

    def overlaps(self, other: "Cidr") -> bool:
        """Tell whether an address is in both blocks."""
        return (
            self.version == other.version and self.first <= other.last and other.first <= self.last
        )

    def __str__(self) -> str:
        return f"{Address(self.version, self.first)}/{self.length}"


class Ports(msgspec.Struct, frozen=True, order=True):
    """Ports from first to last, both included, 1 to 65535."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read `22/22` or `1/200`; `-1/-1`, which means a protocol without ports, is None.

        Raises:
            BadPorts: another form, a port outside of 1 to 65535, or a range that runs backwards.
        """
        if text == "-1/-1":
            return None
        found = _PORTS.fullmatch(text)
        if found is None:
            raise BadPorts(f"`{text}` is no port range")
        first, last = int(found[1]), int(found[2])
        if not 1 <= first <= last <= LAST_PORT:
            raise BadPorts(f"`{text}` is no port range within 1 to {LAST_PORT}")
        return cls(first, last)

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"


def parse_protocol(text: str) -> int | None:
    """Read a protocol: TCP, UDP, ICMP, ICMPv6, GRE in any case, or 0 to 255; ALL is None.

    Raises:
        BadProtocol: anything else.

    Source: ECS API reference, AuthorizeSecurityGroup, IpProtocol (documented).
    """
    word = text.lower()
    if word == "all":
        return None
    if word in PROTOCOLS:
        return PROTOCOLS[word]
    if _NUMBER.fullmatch(text) is None or int(text) > _LAST_PROTOCOL:
        raise BadProtocol(f"`{text}` is no protocol")
    return int(text)
