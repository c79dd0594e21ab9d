"""Addresses of the Internet Protocol: those that stand for others, and metadata services."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
METADATA = frozenset(
    map(ip_address, ("100.100.100.200", "169.254.169.254", "168.63.129.16", "fd00:ec2::254"))
)
"""Metadata services of clouds. Source: ECS, instance metadata; those of other clouds that give
credentials at an address of their own (documented)."""
_NAT64 = IPv6Network("64:ff9b::/96")


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks such as `10.1.0.0/16`, `fd00:1::/48`, or a single address.

    Raises:
        ValueError: one is none, or has bits set behind its prefix.
    """
    return tuple(ip_network(text.strip()) for text in texts)


def meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (mapped, NAT64), or the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return IPv6Address(int(address))  # without a zone
