"""The gate before the application: shut while the platform is sealed.

Shut, it answers every request itself, from nothing but the request: 503, `ServiceUnavailable` to
calls and `{"status":"sealed"}` to `/health`.
"""

import asyncio

from juyong.api.errors import ServiceUnavailable
from juyong.api.hosts import SUFFIX
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.answer_headers import Header, id_headers, product_headers
from juyong.gateway.asgi import Application, Receive, Scope, Send
from juyong.gateway.stages import Answer


class Gate:
    """An ASGI application that hands requests to the one behind it, while there is one."""

    def __init__(self) -> None:
        self._behind: Application | None = None
        self._under_way = 0
        self._idle = asyncio.Event()

    def open(self, application: Application) -> None:
        """Let requests through to an application."""
        self._behind = application

    async def shut(self, grace_seconds: float) -> bool:
        """Let no further request through, and wait for those that are.

        Returns:
            False when some were not finished in time.
        """
        self._behind = None
        if not self._under_way:
            return True
        self._idle.clear()
        try:
            async with asyncio.timeout(grace_seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        behind = self._behind
        if behind is None:
            await _refuse(scope, send)
            return
        self._under_way += 1
        try:
            await behind(scope, receive, send)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()


async def _refuse(scope: Scope, send: Send) -> None:
    """Answer a request without reading its body, and so close its connection."""
    if scope["type"] != "http":
        return
    answer, named = _answer(scope)
    headers = [
        *named,
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


def _answer(scope: Scope) -> tuple[Answer, list[Header]]:
    request_id = new_request_id()
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    own = not host.split(":")[0].endswith(SUFFIX)
    if own and (scope["method"], scope["path"]) == ("GET", "/health"):
        sealed = Answer(
            status=503,
            body=b'{"status":"sealed"}',
            content_type=encode.JSON,
            request_id=request_id,
        )
        return sealed, id_headers(request_id)
    refusal = encode.failure(
        ServiceUnavailable(),
        request_id=request_id,
        host=host,
        product=None,
        xml=b"Format=XML" in scope["query_string"],
    )
    return refusal, product_headers(request_id)
