"""The one way out: documents over HTTPS, bounded in size, time, redirects and addresses."""

import socket
import ssl
import time
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin

from juyong.api.context import Fetched, FetchRefused
from juyong.app.outbound import Guard, Resolve, body_within, over_http, resolved, trusted
from juyong.app.settings import Settings
from juyong.base.addresses import LOOPBACK, Network, networks
from juyong.base.web_url import split_url, target_of

if TYPE_CHECKING:
    import http.client

_LIMIT = 512 * 1024
_SECONDS = 5.0
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


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


class Moved(Exception):
    """The file is elsewhere now; the text is the URL."""


def downloaded(
    url: str,
    allowed: Sequence[Network] = (),
    *,
    most: int,
    seconds: float,
    ca_file: str = "",
    resolve: Resolve = resolved,
) -> bytes:
    """GET a file over HTTPS, through five redirects at most; each is judged as the first URL is.

    Args:
        url: Of the file.
        allowed: Networks that may be asked though they are not public.
        most: The bytes that the file may have.
        seconds: For all of it.
        ca_file: Certificates (PEM) that vouch for the server; empty: the system's.
        resolve: Turns names into addresses.

    Raises:
        FetchRefused: no https URL, or an address that is not asked.
        OSError: no connection, no certificate that is trusted, time-out, another status than 200,
            or a file that is too large.
    """
    guard, ends = Guard(allowed, resolve), time.monotonic() + seconds
    for _ in range(_REDIRECTS + 1):
        parts, port = _of_https(url)
        host = parts.hostname or ""
        try:
            return over_http(
                guard.connect(host, port, ends),
                host,
                port,
                ends,
                encrypted=partial(trusted, ca_file=ca_file),
                ask=partial(_file, parts, most),
            )
        except Moved as moved:
            url = urljoin(url, str(moved))
    raise OSError("the URL leads on and on")


def _of_https(url: str) -> tuple[SplitResult, int]:
    try:
        parts, port = split_url(url)
    except ValueError:
        raise FetchRefused("the URL is none") from None
    plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
    if parts.scheme != "https" or not parts.hostname or not plain:
        raise FetchRefused("only https URLs without a user are fetched")
    return parts, port


def _file(parts: SplitResult, most: int, connection: "http.client.HTTPConnection") -> bytes:
    connection.request("GET", target_of(parts), headers={"Accept-Encoding": "identity"})
    answer = connection.getresponse()
    if answer.status in _MOVED and (place := answer.getheader("Location")):
        raise Moved(place)
    if answer.status != HTTPStatus.OK:
        raise OSError(f"the server answers {answer.status}")
    return body_within(answer, most)


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
