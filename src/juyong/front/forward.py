"""Plain http requests for allowed hosts, fetched on the client's behalf."""

import ssl
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from juyong.front.limits import FrontLimits
from juyong.front.refusal import UPSTREAM_UNREACHABLE
from juyong.gateway.whole import Asgi, Receive, Scope, Send

if TYPE_CHECKING:
    import httpx

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Source: RFC 9110, 7.6.1 (documented)."""


class Upstream:
    """The connections to allowed hosts; opened by the first request that needs them."""

    def __init__(self, limits: FrontLimits) -> None:
        self._limits = limits
        self._transport: httpx.AsyncHTTPTransport | None = None

    def fetch(self, url: str) -> Asgi:
        """Return the application that answers one request with what the URL's host answers."""

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await self._forward(url, scope, receive, send)

        return application

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _connections(self) -> "httpx.AsyncHTTPTransport":
        import httpx  # noqa: PLC0415  # slow to import, and few proxies ever need it

        if self._transport is None:
            # Only http URLs come here: no root needs to be loaded, and none is trusted.
            self._transport = httpx.AsyncHTTPTransport(
                verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False
            )
        return self._transport

    async def _forward(self, url: str, scope: Scope, receive: Receive, send: Send) -> None:
        import httpx  # noqa: PLC0415

        connections = self._connections()
        timeout = httpx.Timeout(
            self._limits.tunnel_idle_seconds, connect=self._limits.tunnel_connect_seconds
        )
        try:
            request = httpx.Request(
                scope["method"],
                url,
                headers=_end_to_end(scope["headers"]),
                content=_body(receive) if _has_body(scope["headers"]) else None,
                extensions={"timeout": timeout.as_dict()},
            )
            response = await connections.handle_async_request(request)
        except (httpx.HTTPError, httpx.InvalidURL, ConnectionAbortedError):
            await UPSTREAM_UNREACHABLE(scope, receive, send)
            return
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": response.status_code,
                    "headers": _end_to_end(response.headers.raw),
                }
            )
            assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101
            async for chunk in response.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()


def _end_to_end(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Drop the headers that speak of one connection only, and those that Connection names."""
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return [(n, v) for n, v in headers if n.lower() not in _HOP_BY_HOP | named]


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            # The upstream must not take a part of the body for all of it.
            raise ConnectionAbortedError
        yield message.get("body", b"")
        more = message.get("more_body", False)
