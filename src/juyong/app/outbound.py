"""The addresses that the platform connects to by itself: public ones, and networks that are named.

Whoever may write a URL that the platform asks could otherwise reach what only the server reaches:
its own ports, its neighbours, and the metadata service that gives out its credentials.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeVar

from juyong.api.context import FetchRefused
from juyong.base.addresses import LOOPBACK, METADATA, Address, Network, meant
from juyong.base.cutting import cut_after

if TYPE_CHECKING:
    import http.client

T = TypeVar("T")
Resolve = Callable[[str, int], Sequence[str]]
"""Turns a name and a port into addresses, as text; raises OSError."""

_REFUSED_V4 = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
"""Within what is given out to the public; all else of IPv6 is refused too.
Source: IANA special-purpose address registries of IPv4 and IPv6 (documented)."""
_REFUSED: tuple[Network, ...] = tuple(map(ip_network, (*_REFUSED_V4, *_REFUSED_V6)))


def may_reach(address: Address, allowed: Sequence[Network]) -> bool:
    """Tell whether the platform connects to an address.

    A metadata service is reached only where it is named by itself: a wide network does not mean it.

    Args:
        address: Any.
        allowed: The networks that the operator named.
    """
    address = meant(address)
    holding = [each for each in allowed if address in each]
    if address in METADATA:
        return any(each.num_addresses == 1 for each in holding)
    return bool(holding) or not (
        any(address in each for each in _REFUSED)
        or (isinstance(address, IPv6Address) and address not in _PUBLIC_V6)
    )


def resolved(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for _, _, _, _, place in found]


class Guard:
    """Connects to addresses that were judged, and to no others.

    SECURITY: a name is resolved once, and the connection goes to the address that was judged; a
    name that leads elsewhere at the next look gains nothing.
    """

    def __init__(self, allowed: Sequence[Network], resolve: Resolve = resolved) -> None:
        self._allowed = allowed
        self._resolve = resolve

    def connect(
        self, host: str, port: int, ends: float, *, loopback_only: bool = False
    ) -> socket.socket:
        """Connect to a host, by TCP.

        Args:
            host: A name or an address.
            port: The port.
            ends: When to give up, on the monotonic clock.
            loopback_only: Refuse a host that is not this machine.

        Raises:
            FetchRefused: an address of the host may not be reached; nothing was sent.
            OSError: no address, no connection, or no time left.
        """
        addresses = [ip_address(text) for text in self._looked_up(host, port, ends)]
        for address in addresses:
            self._judge(address, loopback_only=loopback_only)
        failure = OSError("the name has no address")
        for address in dict.fromkeys(addresses):
            try:
                return socket.create_connection((str(address), port), timeout=left(ends))
            except OSError as bad:
                failure = bad
        raise failure

    def _judge(self, address: Address, *, loopback_only: bool) -> None:
        if loopback_only and not any(meant(address) in each for each in LOOPBACK):
            raise FetchRefused("only https URLs are fetched")
        if not may_reach(address, self._allowed):
            raise FetchRefused(
                "its address is on a network that is not asked; "
                "the operator may name the network in the setting `outbound_allow`"
            )

    def _looked_up(self, host: str, port: int, ends: float) -> Sequence[str]:
        """Resolve a name within the time; a resolver that hangs is left behind."""
        results: list[Sequence[str] | OSError] = []
        thread = threading.Thread(target=lambda: results.extend(self._looking(host, port)))
        thread.daemon = True
        thread.start()
        thread.join(left(ends))
        if not results:
            raise TimeoutError("the name was not resolved in time")
        if isinstance(results[0], OSError):
            raise results[0]
        return results[0]

    def _looking(self, host: str, port: int) -> Iterator[Sequence[str] | OSError]:
        try:
            yield self._resolve(host, port)
        except OSError as failure:
            yield failure
        except ValueError:  # no name at all
            yield OSError("the name cannot be resolved")


def over_http(
    wire: socket.socket,
    host: str,
    port: int,
    ends: float,
    *,
    encrypted: Callable[[socket.socket, str], ssl.SSLSocket] | None,
    ask: "Callable[[http.client.HTTPConnection], T]",
) -> T:
    """Ask over a connection that a Guard made, and close it.

    Args:
        wire: The connection.
        host, port: Named to the other end.
        ends: When the connection is cut, on the monotonic clock.
        encrypted: Begins TLS; None for plain HTTP.
        ask: Sends a request and reads the answer.

    Raises:
        OSError: no TLS, no HTTP, or no time left.
    """
    import http.client  # noqa: PLC0415  # a start does not wait for it

    kind = http.client.HTTPConnection if encrypted is None else http.client.HTTPSConnection
    with (
        wire,
        cut_after(wire.fileno(), left(ends)),
        closing(kind(host, port)) as connection,
    ):
        try:
            # A connection that has its socket opens none of its own.
            connection.sock = wire if encrypted is None else encrypted(wire, host)
            found = ask(connection)
        except ssl.SSLError:
            raise  # A certificate that does not hold is a ValueError too, and no fault of HTTP.
        except (http.client.HTTPException, ValueError) as bad:
            raise OSError("the answer is not HTTP") from bad
        left(ends)  # What was cut looks as if it had ended.
        return found


def body_within(answer: "http.client.HTTPResponse", most: int) -> bytes:
    """Read the body of an answer.

    Raises:
        OSError: it is longer than `most`, or ends early.
    """
    body = answer.read(most + 1)
    if len(body) > most:
        raise OSError("the answer is too large")
    if answer.length:
        raise OSError("the answer ended early")
    return body


def trusted(wire: socket.socket, host: str, ca_file: str = "") -> ssl.SSLSocket:
    """Begin TLS under a certificate that this system trusts, or that those of a file vouch for."""
    context = ssl.create_default_context(cafile=ca_file or None)
    return context.wrap_socket(wire, server_hostname=host)


def left(ends: float) -> float:
    """Return the seconds until then, more than none.

    Raises:
        TimeoutError: there are none.
    """
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the time is over")
    return seconds
