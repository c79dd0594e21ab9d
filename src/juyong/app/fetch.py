"""The way out for documents of identity providers: HTTPS, bounded in size, time and addresses."""

import socket
import ssl
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from juyong.api.context import Fetched, FetchRefused
from juyong.app.outbound import Guard, Resolve, body_within, over_http, resolved
from juyong.app.settings import Settings
from juyong.base.addresses import LOOPBACK, Network, networks
from juyong.base.web_url import split_url, target_of

if TYPE_CHECKING:
    import http.client

_LIMIT = 512 * 1024
_SECONDS = 5.0


class BoundedFetch:
    """GET within five seconds in all, of addresses that a Guard lets pass, and no redirects.

    SECURITY: certificates are not judged here but handed to the caller, who pins them by
    fingerprint (OIDC providers) — as the service does, which accepts private CAs that way.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        allow_http_loopback: bool = False,
        resolve: Resolve = resolved,
        seconds: float = _SECONDS,
    ) -> None:
        self._allow_http_loopback = allow_http_loopback
        self._guard = Guard((*allowed, *(LOOPBACK if allow_http_loopback else ())), resolve)
        self._seconds = seconds

    def __call__(self, url: str) -> Fetched:
        """GET url.

        Raises:
            FetchRefused: a scheme or an address that is not asked.
            OSError: no connection, time-out, an answer that is too large or no HTTP.
        """
        parts, port = self._read(url)
        host, plain = parts.hostname or "", parts.scheme == "http"
        ends = time.monotonic() + self._seconds
        wire = self._guard.connect(host, port, ends, loopback_only=plain)
        encrypted = None if plain else _encrypted
        return over_http(
            wire, host, port, ends, encrypted=encrypted, ask=lambda asked: _get(asked, parts)
        )

    def _read(self, url: str) -> tuple[SplitResult, int]:
        """Take a URL apart.

        Raises:
            FetchRefused: it is not one the platform asks.
        """
        try:
            parts, port = split_url(url)
        except ValueError as bad:
            raise FetchRefused("the URL is none") from bad
        local = self._allow_http_loopback and parts.hostname in _LOCAL
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise FetchRefused("only https URLs are fetched")
        return parts, port


_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def fetch_of(settings: Settings) -> BoundedFetch:
    """Return the way out of a platform with these settings."""
    return BoundedFetch(
        networks(settings.outbound_allow), allow_http_loopback=settings.oidc_allow_http_loopback
    )


def _encrypted(wire: socket.socket, host: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(wire, server_hostname=host)


def _get(connection: "http.client.HTTPConnection", parts: SplitResult) -> Fetched:
    chain = _chain(connection)
    connection.request("GET", target_of(parts), headers={"Accept": "application/json"})
    answer = connection.getresponse()
    return Fetched(status=answer.status, body=body_within(answer, _LIMIT), chain=chain)


def _chain(connection: "http.client.HTTPConnection") -> tuple[bytes, ...]:
    """Return the peer's certificates, leaf first, as far as this Python shows them."""
    sock = connection.sock
    if not isinstance(sock, ssl.SSLSocket):
        return ()
    inner = getattr(sock, "_sslobj", None)
    whole = getattr(inner, "get_unverified_chain", None)
    if whole is not None:
        return tuple(c.public_bytes(ssl._ssl.ENCODING_DER) for c in whole() or ())  # type: ignore[attr-defined]  # noqa: SLF001  # public in 3.13 only
    leaf = sock.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()
