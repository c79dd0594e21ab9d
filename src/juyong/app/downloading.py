"""The way out for feeds: one document over HTTPS, bounded in size, time and addresses."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from juyong.api.context import FetchRefused
from juyong.app.outbound import Guard, Resolve, body_within, over_http, resolved, trusted
from juyong.base.addresses import Network
from juyong.base.web_url import split_url, target_of

if TYPE_CHECKING:
    import http.client
    import socket
    import ssl

_SECONDS = 30.0
_GOOD = 200


class BoundedDownload:
    """GET within thirty seconds in all, of addresses that a Guard lets pass, and no redirects.

    SECURITY: HTTPS alone, under a certificate that this system trusts: whoever stands between could
    otherwise say whose packets are dropped.
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

    def __call__(self, url: str, most: int) -> bytes:
        """GET a document of at most so many bytes.

        Raises:
            FetchRefused: an address that is not asked, or no URL of HTTPS.
            OSError: no connection, no trusted certificate, time-out, no HTTP, another status than
                200, or a document that is too large or ends early.
        """
        try:
            parts, port = split_url(url)
        except ValueError:
            raise FetchRefused("the URL is none") from None
        if parts.scheme != "https" or not port or not parts.hostname:
            raise FetchRefused("only https URLs are fetched")
        ends = time.monotonic() + self._seconds
        wire = self._guard.connect(parts.hostname, port, ends)

        def ask(connection: "http.client.HTTPConnection") -> bytes:
            connection.request("GET", target_of(parts), headers={"Accept": "*/*"})
            answer = connection.getresponse()
            if answer.status != _GOOD:
                raise OSError(f"it answers with the status {answer.status}")
            return body_within(answer, most)

        return over_http(wire, parts.hostname, port, ends, encrypted=self._encrypted, ask=ask)
