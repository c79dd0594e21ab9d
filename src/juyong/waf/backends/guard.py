"""Addresses that no backend may have, whatever its name resolves to.

An operator protects sites on loopback and in private networks, so those are allowed. Metadata
services, link-local and unspecified addresses, and the ports that juyong itself listens on are not:
a proxy to them would hand out credentials or the platform.
"""

import socket
from collections.abc import Collection
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import msgspec

from juyong.base.addresses import METADATA, Address, meant

_NEVER = tuple(
    map(
        ip_network,
        ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/128", "fe80::/10", "ff00::/8"),
    )
)
_PORTS = {"http": 80, "https": 443}


class Guarded(ValueError):
    """A backend may not be dialled; the text says why."""


class Origin(msgspec.Struct, frozen=True):
    """The scheme, host and port of a server; host: Without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Return the URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Read the URL of a backend.

    Raises:
        Guarded: not http or https, no host, or more than scheme, host and port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Guarded("a backend is a URL such as http://127.0.0.1:3000") from None
    extra = parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in _PORTS or not parts.hostname or extra or parts.path not in ("", "/"):
        raise Guarded("a backend is a URL such as http://127.0.0.1:3000, without a path")
    return Origin(parts.scheme, parts.hostname, port)


def check(text: str, port: int, own_ports: Collection[int]) -> None:
    """Refuse an address that is never dialled.

    Args:
        text: An address, not a name.
        port: The port of the backend.
        own_ports: Ports that juyong listens on, on any address of this machine.

    Raises:
        Guarded: the address may not be dialled.
    """
    address = meant(ip_address(text.partition("%")[0]))
    if address in METADATA or any(address in each for each in _NEVER):
        raise Guarded(f"{text} is a metadata service, or no address of one server")
    if port in own_ports and _is_here(address):
        raise Guarded(f"juyong itself listens on port {port} of this machine")


def _is_here(address: Address) -> bool:
    """Tell whether an address is one of this machine: then a socket can be bound to the address."""
    if address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
    with socket.socket(family, socket.SOCK_DGRAM) as tried:
        try:
            tried.bind((str(address), 0))
        except OSError:
            return False
    return True
