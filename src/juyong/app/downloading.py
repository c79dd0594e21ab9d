"""The way out for files: one over HTTPS, bounded in size, time, redirects and addresses."""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin

from juyong.api.context import FetchRefused
from juyong.app.outbound import Guard, Resolve, body_within, over_http, resolved, trusted
from juyong.base.addresses import Network
from juyong.base.web_url import split_url, target_of

if TYPE_CHECKING:
    import http.client

_SECONDS = 30.0
_MOVED = frozenset({301, 302, 303, 307, 308})


class Moved(Exception):
    """The server names another place, which is not asked yet."""


def downloaded(
    url: str,
    most: int,
    allowed: Sequence[Network] = (),
    *,
    seconds: float = _SECONDS,
    redirects: int = 0,
    resolve: Resolve = resolved,
    encrypted: Callable[[socket.socket, str], ssl.SSLSocket] = trusted,
) -> bytes:
    """GET a file; a redirect is judged as the first URL is.

    SECURITY: HTTPS alone, under a certificate that this system trusts: whoever stands between could
    otherwise say what a feed or a rule set holds.

    Args:
        url: Of the file.
        most: The bytes that the file may have.
        allowed: Networks that may be asked though they are not public.
        seconds: For all of it.
        redirects: The most that are followed.
        resolve: Turns names into addresses.
        encrypted: Opens TLS for a host.

    Raises:
        FetchRefused: no https URL, or an address that is not asked.
        OSError: no connection, no certificate that is trusted, time-out, another status than 200,
            or a file that is too large or ends early.
    """
    guard, ends = Guard(allowed, resolve), time.monotonic() + seconds
    for _ in range(redirects + 1):
        parts, port = _of_https(url)
        host = parts.hostname or ""
        wire = guard.connect(host, port, ends)
        ask = partial(_file, parts, most, follows=redirects > 0)
        try:
            return over_http(wire, host, port, ends, encrypted=encrypted, ask=ask)
        except Moved as moved:
            url = urljoin(url, str(moved))
    raise OSError("the URL leads on and on")


def _of_https(url: str) -> tuple[SplitResult, int]:
    try:
        parts, port = split_url(url)
    except ValueError:
        raise FetchRefused("the URL is none") from None
    plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
    if parts.scheme != "https" or not port or not parts.hostname or not plain:
        raise FetchRefused("only https URLs without a user are fetched")
    return parts, port


def _file(
    parts: SplitResult, most: int, connection: "http.client.HTTPConnection", *, follows: bool
) -> bytes:
    connection.request("GET", target_of(parts), headers={"Accept-Encoding": "identity"})
    answer = connection.getresponse()
    if follows and answer.status in _MOVED and (place := answer.getheader("Location")):
        raise Moved(place)
    if answer.status != HTTPStatus.OK:
        raise OSError(f"the server answers with the status {answer.status}")
    return body_within(answer, most)
