"""The gate before the application: shut while the platform is sealed.

Shut, it answers every request itself, from nothing but the request: 503, `ServiceUnavailable` to
calls and `{"status":"sealed"}` to `/health`.
"""

import asyncio

from juyong.api.answers import Answer
from juyong.api.errors import ServiceUnavailable
from juyong.api.hosts import SUFFIX
from juyong.api.request import Raw
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.asgi import Application, send_reply
from juyong.gateway.whole import Receive, Reply, Scope, Send, Whole, reply_of


class Gate(Whole):
    """An application that hands requests to the one behind it, while there is one."""

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
        """Serve one request; refuse it without reading its body, and so close its connection."""
        behind = self._behind
        if behind is None:
            await _refuse(scope, send)
            return
        self._under_way += 1
        try:
            await behind(scope, receive, send)
        finally:
            self._one_less()

    def streams(self, head: Raw) -> bool:
        """Tell whether a request is served before its body is whole."""
        return self._behind is not None and self._behind.streams(head)

    async def whole(self, raw: Raw) -> Reply:
        """Serve one request whose body is whole."""
        behind = self._behind
        if behind is None:
            return _sealed(raw.method, raw.path, raw.query, raw.host)
        self._under_way += 1
        try:
            return await behind.whole(raw)
        finally:
            self._one_less()

    def _one_less(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] != "http":
        return
    method, query = scope["method"], scope["query_string"].decode("latin-1")
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    await send_reply(send, method, _sealed(method, scope["path"], query, host))


def _sealed(method: str, path: str, query: str, host: str) -> Reply:
    request_id = new_request_id()
    own = not host.partition(":")[0].endswith(SUFFIX)
    if own and (method, path) == ("GET", "/health"):
        answer = Answer(
            status=503,
            body=b'{"status":"sealed"}',
            content_type=encode.JSON_TYPE,
            request_id=request_id,
        )
        return reply_of(answer, any_origin=False, close=True)
    refusal = encode.refusal_of(
        ServiceUnavailable(),
        request_id=request_id,
        host=host,
        xml="Format=XML" in query,
    )
    return reply_of(refusal, close=True)
