"""The answers of the front itself, for requests that never reach the platform."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal; an ASGI application, and with `raw()` a whole HTTP answer for a bare socket.

    hint: Ends the reason phrase of the raw form, since that is the only part of a refused CONNECT
    which most clients show.
    """

    status: HTTPStatus
    code: str
    message: str
    hint: str = ""

    def body(self) -> bytes:
        """Render the body, in the shape of the platform's own errors."""
        return json.dumps({"Code": self.code, "Message": self.message}).encode()

    def raw(self) -> bytes:
        """Render the whole answer; the connection ends after it."""
        body = self.body()
        reason = f"{self.status.phrase} ({self.hint})" if self.hint else self.status.phrase
        return (
            f"HTTP/1.1 {self.status.value} {reason}\r\n"
            "content-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        ).encode() + body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one ASGI request, and close its connection: its body was never read."""
        body = self.body()
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": self.status.value, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def host_not_allowed(host: str) -> Refusal:
    """Refuse a host that is neither Alibaba Cloud's nor in the allow list."""
    return Refusal(
        status=HTTPStatus.FORBIDDEN,
        code="Proxy.HostNotAllowed",
        message=f"`{host}` is not an Alibaba Cloud host and the proxy does not let it through; "
        f"name it with `--allow-host {host}`",
        hint="host not allowed by juyong, see --allow-host",
    )


METADATA_ABSENT = Refusal(
    status=HTTPStatus.NOT_FOUND,
    code="Proxy.NoInstanceMetadata",
    message="this is no ECS instance: there is no metadata service here",
    hint="no instance metadata here",
)
BEYOND_LOOPBACK = Refusal(
    status=HTTPStatus.FORBIDDEN,
    code="Proxy.LoopbackOnly",
    message="the proxy serves connections from this machine only",
    hint="juyong's proxy serves loopback only",
)
PROXY_OFF = Refusal(
    status=HTTPStatus.FORBIDDEN,
    code="Proxy.Disabled",
    message="the proxy of this server is switched off",
    hint="juyong's proxy is off",
)
MALFORMED_TARGET = Refusal(
    status=HTTPStatus.BAD_REQUEST,
    code="Proxy.MalformedTarget",
    message="the request names no host and port that a proxy could reach",
)
NOT_A_TUNNEL = Refusal(
    status=HTTPStatus.BAD_REQUEST,
    code="Proxy.NotATunnel",
    message="CONNECT must be the first request of a connection of its own",
)
HTTPS_NEEDS_CONNECT = Refusal(
    status=HTTPStatus.FORBIDDEN,
    code="Proxy.ConnectNeeded",
    message="an https URL on another host is reached by CONNECT only",
)
HEAD_TOO_LARGE = Refusal(
    status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    code="RequestHeadTooLarge",
    message="the request line and headers are too large",
)
HEAD_TOO_SLOW = Refusal(
    status=HTTPStatus.REQUEST_TIMEOUT,
    code="RequestTimeout",
    message="the request did not arrive in time",
)
TLS_EXPECTED = Refusal(
    status=HTTPStatus.BAD_REQUEST,
    code="TlsExpected",
    message="this port speaks TLS; use https",
)
UPSTREAM_UNREACHABLE = Refusal(
    status=HTTPStatus.BAD_GATEWAY,
    code="Proxy.Unreachable",
    message="the allowed host could not be reached",
    hint="the allowed host could not be reached",
)
