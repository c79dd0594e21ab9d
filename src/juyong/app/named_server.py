"""A server that the operator named by a URL in the settings."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from juyong.app.outbound import Guard, Resolve, body_within, over_http, resolved, trusted
from juyong.app.settings import BadSetting
from juyong.base.addresses import LOOPBACK, Network
from juyong.base.web_url import split_url

if TYPE_CHECKING:
    import http.client

_SECONDS = 10.0


class NamedServer:
    """A server behind a URL, asked without redirects, within ten seconds where a call sets no time.

    Args:
        url: `http` or `https`, a host, and a path at most, which is a prefix.
        setting: The name of the setting, for errors.
        allowed: Networks that may be asked though they are not public. The address that the URL
            names, and this machine where that is `localhost`, may be asked as well.
        ca_file: Certificates (PEM) that vouch for the server; empty: the system's.

    Raises:
        BadSetting: the URL is none.
    """

    def __init__(
        self,
        url: str,
        setting: str,
        allowed: Sequence[Network] = (),
        *,
        resolve: Resolve = resolved,
        seconds: float = _SECONDS,
        ca_file: str = "",
    ) -> None:
        self._parts, self._port = _read(url, setting)
        self._host = self._parts.hostname or ""
        self._guard = Guard((*allowed, *_named(self._host)), resolve)
        self._seconds = seconds
        self._trusted = partial(trusted, ca_file=ca_file)

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str], most: int
    ) -> tuple[int, bytes]:
        """Send a body to a path below the URL; returns status and body of the answer.

        Args:
            path: Begins with `/`.
            body: As it is sent.
            headers: Of the request.
            most: The bytes that the answer may have.

        Raises:
            FetchRefused: the name leads to an address that is not asked.
            OSError: no connection, no certificate that the system vouches for, time-out, an answer
                that is too large or no HTTP.
        """
        ends = time.monotonic() + self._seconds
        wire = self._guard.connect(self._host, self._port, ends)
        encrypted = None if self._parts.scheme == "http" else self._trusted

        def ask(connection: "http.client.HTTPConnection") -> tuple[int, bytes]:
            connection.request("POST", self._parts.path.rstrip("/") + path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, body_within(answer, most)

        return over_http(wire, self._host, self._port, ends, encrypted=encrypted, ask=ask)


def _read(url: str, setting: str) -> tuple[SplitResult, int]:
    try:
        parts, port = split_url(url)
    except ValueError as bad:
        raise BadSetting(f"`{setting}`: {bad}") from bad
    extra = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or not url.isascii():
        raise BadSetting(f"`{setting}`: give http:// or https://, a host, and a path at most")
    return parts, port


def _named(host: str) -> Sequence[Network]:
    """Return the networks that the operator named by the URL itself."""
    if host == "localhost":
        return LOOPBACK
    try:
        return (ip_network(host),)
    except ValueError:
        return ()
