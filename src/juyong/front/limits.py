"""The bounds of the listening side."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontLimits:
    """How much, and how long, a peer may keep the front waiting.

    head_bytes: Request line and headers. Below it no head is refused, beyond it by 128 KiB (thrice,
        where it is small) each is. The longest published parameter, a SAML metadata document, has
        300,000 characters and can travel in the query, where `+` and `/` take three bytes each.
    head_lines: Headers of one request, since many short ones take far more memory than bytes.
    connect_head_bytes: A CONNECT request's line and headers.
    held_bytes: What all requests hold together, from the first byte of each until its answer is
        complete. Beyond it the request that has been arriving longest is refused. A request counts
        once it is larger than small_bytes, and then wholly.
    small_bytes: What a request may hold uncounted.
    head_seconds: From accepting to a whole head, and again for each later head once it has begun.
    handshake_seconds: One TLS handshake.
    body_idle_seconds: Silence in the middle of a body.
    write_idle_seconds: How long a client may take none of the bytes on their way to it.
    linger_seconds: How long what a client still sends is thrown away after its request was refused:
        a connection that is closed before is reset, and the client may never see the refusal.
    waiting_requests: Requests of a pipeline behind the one being answered; the connection ends
        after their answers when there are more.
    keep_alive_seconds: Silence between two requests. SDKs pool connections for minutes.
    max_connections: Open connections of every kind; further ones wait in the kernel's backlog.
    tunnel_connect_seconds: Until an allowed host answers.
    tunnel_idle_seconds: Silence in a byte tunnel to an allowed host.
    """

    head_bytes: int = 1024 * 1024
    head_lines: int = 256
    connect_head_bytes: int = 8 * 1024
    held_bytes: int = 64 * 1024 * 1024
    small_bytes: int = 16 * 1024
    head_seconds: float = 10.0
    handshake_seconds: float = 10.0
    body_idle_seconds: float = 60.0
    write_idle_seconds: float = 30.0
    linger_seconds: float = 2.0
    waiting_requests: int = 64
    keep_alive_seconds: int = 75
    max_connections: int = 4096
    tunnel_connect_seconds: float = 10.0
    tunnel_idle_seconds: float = 300.0
