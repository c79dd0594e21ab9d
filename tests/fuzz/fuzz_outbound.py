"""URLs and addresses that the platform is asked to fetch: it connects to no address that is not public.

The first line is a URL, the second one the networks that the operator allows, and each further line
an address of the name in the URL. A URL whose host is an address, in whatever spelling the system
takes, means that address.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from juyong.api.context import FetchRefused
from juyong.app.fetch import BoundedFetch
from juyong.base.addresses import Network, networks

SEEDS: list[bytes] = [
    b"https://issuer.example/.well-known/openid-configuration\n\n93.184.216.34",
    b"https://issuer.example:8443/\n\n2606:2800:220:1::1\n::ffff:10.0.0.1",
    b"https://issuer.example/\n10.0.0.0/8\n10.1.2.3",
    b"https://issuer.example/\n169.254.0.0/16,100.100.100.200/32\n169.254.169.254\n100.100.100.200",
    b"https://issuer.example/\n::/0\nfd00:ec2::254\n64:ff9b::a9fe:a9fe\nfe80::1%eth0",
    b"https://issuer.example/\n\n64:ff9b:1::1\n2002:7f00:1::\n2001::1\n::127.0.0.1\n100.64.0.1",
    b"https://127.1/\n\n",
    b"https://0x7f000001/\n\n",
    b"https://[::ffff:127.0.0.1]:443/\n\n",
    b"https://user@2130706433\\@issuer.example/\n\n8.8.8.8",
    b"http://localhost:80/\n\n127.0.0.1\n::1",
    b"http://127.0.0.1/\n\n8.8.8.8",
    b"file:///etc/passwd\n\n",
]
_METADATA = {"100.100.100.200", "169.254.169.254", "168.63.129.16", "fd00:ec2::254"}
_NAT64, _LOCAL_NAT64 = IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48")


def target(data: bytes) -> None:
    """Fetch, with and without plain HTTP to this machine; judge what was connected to."""
    url, allowed, *addresses = (*data.decode("utf-8", "replace").split("\n"), "")
    try:
        named = networks(allowed.split(",")) if allowed else ()
    except ValueError:
        named = ()
    for plain in (False, True):
        fetch = BoundedFetch(
            named,
            allow_http_loopback=plain,
            resolve=lambda host, port: _resolved(host, port, addresses),
        )
        with _noted() as reached:
            try:
                fetch(url)
            except FetchRefused:
                assert not reached, "it was refused after a connection"
            except OSError:
                pass
        for each in reached:
            _judge(each, named, is_plain=urlsplit(url).scheme == "http", may_be_plain=plain)


def _resolved(host: str, port: int, addresses: Sequence[str]) -> list[str]:
    """Return the address that a host is; else those of the input that are any."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(place[0]) for *_, place in found]
    except (OSError, UnicodeError):
        return [each for each in addresses if _is_address(each)]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Note what is connected to, and let no connection be made."""
    reached: list[str] = []

    def connect(place: tuple[str, int], **_: Any) -> socket.socket:
        reached.append(place[0])
        raise OSError

    with mock.patch("juyong.app.outbound.socket.create_connection", connect):
        yield reached


def _judge(text: str, allowed: Sequence[Network], *, is_plain: bool, may_be_plain: bool) -> None:
    """Have a second opinion, of the standard library, on an address that was connected to."""
    address = _meant(ip_address(text.partition("%")[0]))
    if is_plain:
        assert may_be_plain, f"plain HTTP to {text}"
        assert address.is_loopback, f"plain HTTP to {text}"
        return
    naming = [each for each in allowed if each.version == address.version and address in each]
    if str(address) in _METADATA:
        assert any(each.num_addresses == 1 for each in naming), f"metadata service at {text}"
        return
    assert naming or (may_be_plain and address.is_loopback) or _is_public(address), text


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    special = (
        address.is_private,
        address.is_loopback,
        address.is_link_local,
        address.is_multicast,
        address.is_reserved,
        address.is_unspecified,
    )
    if isinstance(address, IPv6Address):
        tunnels = (address.is_site_local, address.sixtofour, address.teredo)
        special = (*special, *map(bool, tunnels), address in _LOCAL_NAT64)
    return address.is_global and not any(special)
