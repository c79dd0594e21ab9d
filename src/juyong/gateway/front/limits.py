"""The bounds of the listening side."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontLimits:
    """How much, and how long, a peer may keep the front waiting.

    head_bytes: Request line and headers. Below it no head is refused, beyond thrice each is.
    connect_head_bytes: The same for a CONNECT request.
    head_seconds: From accepting to a whole head, and again for each later head once it has begun.
    handshake_seconds: One TLS handshake.
    body_idle_seconds: Silence in the middle of a body.
    write_idle_seconds: How long a client may take nothing of what is on its way to it.
    waiting_requests: Requests of a pipeline behind the one being answered; the connection ends
        after their answers when there are more.
    keep_alive_seconds: Silence between two requests. SDKs pool connections for minutes.
    max_connections: Open connections of every kind; further ones wait in the kernel's backlog.
    tunnel_connect_seconds, tunnel_idle_seconds: For a byte tunnel to an allowed host.
    """

    head_bytes: int = 64 * 1024
    connect_head_bytes: int = 8 * 1024
    head_seconds: float = 10.0
    handshake_seconds: float = 10.0
    body_idle_seconds: float = 60.0
    write_idle_seconds: float = 30.0
    waiting_requests: int = 64
    keep_alive_seconds: int = 75
    max_connections: int = 4096
    tunnel_connect_seconds: float = 10.0
    tunnel_idle_seconds: float = 300.0
