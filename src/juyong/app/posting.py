"""The way out for notices: one request, bounded in time and addresses, and no redirects."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from juyong.api.context import FetchRefused
from juyong.app.outbound import Guard, Resolve, over_http, resolved, trusted
from juyong.base.addresses import Network
from juyong.base.web_url import split_url, target_of

if TYPE_CHECKING:
    import http.client
    import socket
    import ssl

    from juyong.notices.message import Webhook

_SECONDS = 10.0


class BoundedPost:
    """Sends a request within ten seconds in all, to addresses that a Guard lets pass.

    HTTPS needs a certificate that this system trusts. The body of the answer is not read.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        resolve: Resolve = resolved,
        seconds: float = _SECONDS,
        encrypted: "Callable[[socket.socket, str], ssl.SSLSocket]" = trusted,
    ) -> None:
        self._guard = Guard(allowed, resolve)
        self._seconds = seconds
        self._encrypted = encrypted

    def __call__(self, webhook: "Webhook") -> int:
        """Send a request and return the status of the answer.

        Raises:
            FetchRefused: an address that is not asked, or no URL of HTTP.
            OSError: no connection, no trusted certificate, time-out, or no HTTP.
        """
        try:
            parts, port = split_url(webhook.url)
        except ValueError:
            raise FetchRefused("the URL is none") from None
        host, plain = parts.hostname or "", parts.scheme == "http"
        if not port or not (plain or parts.scheme == "https"):
            raise FetchRefused("only URLs of HTTP are asked")
        ends = time.monotonic() + self._seconds
        wire = self._guard.connect(host, port, ends)

        def ask(connection: "http.client.HTTPConnection") -> int:
            connection.request(
                webhook.method, target_of(parts), webhook.body.encode(), dict(webhook.headers)
            )
            return connection.getresponse().status

        encrypted = None if plain else self._encrypted
        return over_http(wire, host, port, ends, encrypted=encrypted, ask=ask)
