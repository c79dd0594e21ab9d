"""The answers of the front itself, for requests that never reach the platform."""

from http import HTTPStatus

import msgspec

from juyong.api.answers import Answer
from juyong.api.errors import ApiError, InternalError, ServiceUnavailable
from juyong.api.request import asks_xml, headers_of
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.answer_headers import header_lines, headers_in
from juyong.gateway.whole import Receive, Scope, Send

_CLOSE = b"connection: close\r\n"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One refusal; an ASGI application, and with `raw()` a whole HTTP answer for a bare socket.

    It has the form of every error of the platform, so that SDKs raise their ordinary server error
    with its code and request id. The connection ends after it, since the body was not read.

    hint: Ends the reason phrase of the raw form, since that is the only part of a refused CONNECT
    which most clients show.
    """

    status: HTTPStatus
    code: str
    message: str
    hint: str = ""

    def answer(self, *, host: str = "", xml: bool = False) -> Answer:
        """Render the answer to one request, under an id of its own.

        Args:
            host: The Host header, as far as it is known.
            xml: The request asks for XML.
        """
        request_id = new_request_id()
        return encode.refusal_of(_Refused(self), request_id=request_id, host=host, xml=xml)

    def raw(self, *, host: str = "") -> bytes:
        """Render the whole answer for a socket on which no request was read."""
        answer = self.answer(host=host)
        reason = f"{self.status.phrase} ({self.hint})" if self.hint else self.status.phrase
        first = f"HTTP/1.1 {self.status.value} {reason}\r\n".encode()
        return b"".join([first, header_lines(answer), _CLOSE, b"\r\n", answer.body])

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one ASGI request, and close its connection: its body was never read."""
        sent = headers_of(scope.get("headers", ()))
        query = scope.get("query_string", b"").decode("latin-1")
        answer = self.answer(host=sent.get("host", ""), xml=asks_xml(query, sent))
        headers = headers_in(header_lines(answer) + _CLOSE)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


class _Refused(ApiError):
    """A refusal as the encoder takes it."""

    code, status, text = "", 500, ""

    def __init__(self, refusal: Refusal) -> None:
        Exception.__init__(self, refusal.code)
        self.code = refusal.code  # type: ignore[misc]  # the refusal's own
        self.status = refusal.status.value  # type: ignore[misc]
        self.message = refusal.message


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
MALFORMED = Refusal(
    status=HTTPStatus.BAD_REQUEST,
    code="MalformedRequest",
    message="the request is not well-formed HTTP/1.1",
)
HEAD_TOO_LARGE = Refusal(
    status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    code="RequestHeadTooLarge",
    message="the request line and headers are too large, or there are too many headers",
)
HEAD_TOO_SLOW = Refusal(
    status=HTTPStatus.REQUEST_TIMEOUT,
    code="RequestTimeout",
    message="the request did not arrive in time",
)
BODY_TOO_SLOW = Refusal(
    status=HTTPStatus.REQUEST_TIMEOUT,
    code="RequestTimeout",
    message="the body of the request did not arrive in time",
)
NO_ROOM = Refusal(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    code=ServiceUnavailable.code,
    message="too many large requests are under way; try again",
)
FAILED = Refusal(
    status=HTTPStatus.INTERNAL_SERVER_ERROR,
    code=InternalError.code,
    message=InternalError.text,
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
