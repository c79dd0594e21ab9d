"""Both ends of a client's connection, and how the connection came by TLS."""

from typing import Any

from juyong.engines.inspect.http import Peer, Tls


class Ends:
    """Both ends of one connection; all requests on the connection share them.

    peer: The client, as far as the connection or a PROXY header tells. server: The end here.
    scheme: `http` or `https`. tls: The version of TLS; empty in clear.
    secured: How the connection came by TLS; None in clear.
    members: Kept by plain_line.py: what a line of the log tells of the ends, and of TLS.
    """

    __slots__ = ("members", "peer", "scheme", "secured", "server", "tls")

    def __init__(
        self, peer: Peer, server: Peer, scheme: bytes, tls: str = "", secured: Tls | None = None
    ) -> None:
        self.peer, self.server, self.scheme = peer, server, scheme
        self.tls, self.secured = tls, secured
        self.members: tuple[str, str] | None = None


def ends_of(transport: Any, peer: Peer | None, secured: Tls | None) -> Ends:
    """Return the ends of a connection; peer: None for the other end of the socket."""
    peer = peer or end_of(transport.get_extra_info("peername"))
    server = end_of(transport.get_extra_info("sockname"))
    inside = transport.get_extra_info("ssl_object")
    if inside is None:
        return Ends(peer, server, b"http", secured=secured)
    return Ends(peer, server, b"https", inside.version() or "", secured)


def end_of(name: Any) -> Peer:
    """Return the end of a connection by the name of its socket."""
    if isinstance(name, tuple):
        return Peer(address=str(name[0]), port=int(name[1]))
    return Peer(address="", port=0)
