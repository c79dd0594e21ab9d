"""The one way out: small documents over HTTPS, bounded in size, time and redirects."""

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from juyong.api.context import Fetched

if TYPE_CHECKING:
    import http.client

_LIMIT = 512 * 1024
_SECONDS = 5.0


class Refused(OSError):
    """The URL is not one the platform asks."""


class BoundedFetch:
    """GET with a five-second limit and no redirects.

    SECURITY: certificates are not judged here but handed to the caller, who pins them by
    fingerprint (OIDC providers) — as the service does, which accepts private CAs that way.
    """

    def __init__(self, *, allow_http_loopback: bool) -> None:
        self._allow_http_loopback = allow_http_loopback

    def __call__(self, url: str) -> Fetched:
        """GET url.

        Raises:
            OSError: refused scheme, no connection, time-out, an answer that is too large.
        """
        import http.client  # noqa: PLC0415  # a start does not wait for it

        parts = urlsplit(url)
        host = parts.hostname or ""
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=_SECONDS, context=context
            )
        elif parts.scheme == "http" and self._allow_http_loopback and host in _LOOPBACK:
            connection = http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
        else:
            raise Refused("only https URLs are fetched")
        try:
            return _get(connection, path)
        except http.client.HTTPException as bad:
            raise OSError("the answer is not HTTP") from bad
        finally:
            connection.close()


_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _get(connection: "http.client.HTTPConnection", path: str) -> Fetched:
    connection.connect()
    chain = _chain(connection)
    connection.request("GET", path, headers={"Accept": "application/json"})
    answer = connection.getresponse()
    body = answer.read(_LIMIT + 1)
    if len(body) > _LIMIT:
        raise OSError("the answer is too large")
    return Fetched(status=answer.status, body=body, chain=chain)


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
