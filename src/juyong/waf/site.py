"""The settings of one protected site; they travel to each worker as JSON."""

from typing import Literal

import msgspec

from juyong.engines.inspect.limits import Limits
from juyong.waf.rule_source import RuleSource

Forwarded = Literal["replace", "append"]
TlsVersion = Literal["1.2", "1.3"]
"""Older versions are not spoken: RFC 8996 forbids them."""
Http2 = Literal["tls", "clear", "off"]


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long the proxy waits, in seconds.

    head: From the first byte of a head to its end, and for the first head of a connection.
    body_idle: Silence in the middle of a body. slowest: Bytes a second of a body after that time.
    idle: Between two requests of a client. linger: For what a refused client still sends.
    write_idle: How long a client may take nothing of what waits for the client.
    connect, response: Until a backend is connected, and until its head or its next bytes come.
    backend_idle: How long a connection to a backend is kept. Servers in Node.js close after five.
    tunnel_idle: Silence in a web socket.
    probe: Between two looks at the health and the names of backends.
    look: Between two looks at deadlines; a deadline is kept to within that time.
    """

    head: float = 10.0
    body_idle: float = 20.0
    slowest: int = 256
    idle: float = 75.0
    linger: float = 2.0
    write_idle: float = 30.0
    connect: float = 5.0
    response: float = 60.0
    backend_idle: float = 4.0
    tunnel_idle: float = 600.0
    probe: float = 5.0
    look: float = 1.0


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a certificate chain and its key, both PEM; the certificate tells its names."""

    chain: str
    key: str


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site: where clients come, where requests go, and how strictly they are judged.

    backends: URLs with scheme, host and port; no path.
    own_ports: Ports of this machine that no backend may name, since juyong listens on them.
    rules: The set to judge by; None lets all pass.
    plans: Folder of compiled rules that are kept for the next start; empty for none.
    forwarded: What is done with X-Forwarded-For from peers that are not trusted.
    trusted: Networks of proxies whose word on the client counts.
    proxy_protocol: Networks of peers that begin each connection with a PROXY header.
    http2: Spoken inside TLS to clients that choose HTTP/2; with `clear` also to clients that begin
        with HTTP/2 outside TLS, as balancers and gRPC do; with `off` to none.
    fail_open: Let a request pass that the engine failed on.
    oversize: What is done with a body that is longer than the part inspected.
    ciphers: A policy of tls_policies.py, or suites of TLS 1.2 with colons between them.
    held_bytes: Of bodies that wait for a verdict in the memory of one worker; beyond, a request
        gets 503. held_bytes_of_client: The same of one client.
    spool: Folder of bodies that wait for a verdict on the disk; empty for the system's temporary
        one. spooled_bytes, spooled_bytes_of_client: Of such bodies, as above.
    streams, streams_of_client: Of HTTP/2, over all connections of a worker; more are refused, and
        the client may ask again. waiting_bytes, waiting_bytes_of_client: In these streams, of
        bodies and answers that the other end has not taken; beyond, no stream begins, a body that
        comes gets 503, and answers come as their clients take them.
    log: Path of the access log; empty for none. log_bytes: Its size before it is rotated.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    backends: tuple[str, ...]
    own_ports: tuple[int, ...] = ()
    rules: RuleSource | None = None
    plans: str = ""
    detect_only: bool = False
    forwarded: Forwarded = "replace"
    trusted: tuple[str, ...] = ()
    proxy_protocol: tuple[str, ...] = ()
    fail_open: bool = False
    oversize: Literal["refuse", "pass"] = "refuse"
    certificates: tuple[Certificate, ...] = ()
    minimum_tls: TlsVersion = "1.2"
    maximum_tls: TlsVersion = "1.3"
    ciphers: str = "default"
    http2: Http2 = "tls"
    backend_ca: str = ""
    health_path: str = ""
    limits: Limits = Limits()
    times: Times = Times()
    workers: int = 1
    held_bytes: int = 128 * 1024 * 1024
    held_bytes_of_client: int = 64 * 1024 * 1024
    spool: str = ""
    spooled_bytes: int = 4 * 1024 * 1024 * 1024
    spooled_bytes_of_client: int = 2 * 1024 * 1024 * 1024
    streams: int = 8_192
    streams_of_client: int = 2_048
    waiting_bytes: int = 128 * 1024 * 1024
    waiting_bytes_of_client: int = 64 * 1024 * 1024
    connections: int = 4_096
    connections_of_peer: int = 512
    backend_connections: int = 512
    log: str = ""
    log_bytes: int = 64 * 1024 * 1024
    logs_kept: int = 4
