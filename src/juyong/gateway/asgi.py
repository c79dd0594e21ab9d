"""The two doors of the application: ASGI, and whole requests for a server that has them whole."""

from collections.abc import Awaitable, Callable, Mapping

from msgspec.structs import replace

from juyong.api.answers import Answer
from juyong.api.hosts import SUFFIX
from juyong.api.request import TLS_NAMES, Raw, asks_xml, headers_of
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.answer_headers import headers_in
from juyong.gateway.arriving import ClientGone, Received, arrived
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.holding import Room
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.whole import Receive, Reply, Scope, Send, Whole, reply_of, sent_blocks

LocalPage = Callable[[Raw], Awaitable[Answer]]

MAX_BODY = 4 * 1024 * 1024
HELD_BYTES = 64 * 1024 * 1024
"""Bytes that bodies taken as they arrive hold together: documents and fields of forms."""


class Application(Whole):
    """Serves the platform's own pages by path, and every product on all other requests."""

    def __init__(self, pipeline: Pipeline, pages: Mapping[tuple[str, str], LocalPage]) -> None:
        self._pipeline = pipeline
        self._pages = pages
        self._room = Room(HELD_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; one that did not arrive whole is not served."""
        if scope["type"] != "http":
            return
        headers = headers_of(scope["headers"])
        head = Raw(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=b"",
            peer=scope["client"][0] if scope.get("client") else "",
            secure=scope["scheme"] == "https",
            port=scope["server"][1] if scope.get("server") else 0,
            tls=_tls(scope),
        )
        try:
            reply = await self._replied(head, receive)
        except ClientGone:
            return
        await send_reply(send, head.method, reply)

    async def _replied(self, head: Raw, receive: Receive) -> Reply:
        if self.streams(head):
            body = Received(receive, _length(head.headers), self._room)
            try:
                return await self.whole(replace(head, arriving=body))
            finally:
                body.let_go()
        found = await _body(receive, head.headers)
        return _too_large(head) if found is None else await self.whole(replace(head, body=found))

    def streams(self, head: Raw) -> bool:
        """Tell whether a request is served before its body is whole."""
        return self._page_of(head) is None and self._pipeline.streams(head)

    async def whole(self, raw: Raw) -> Reply:
        """Serve one request."""
        page = self._page_of(raw)
        answer = await (page or self._pipeline.serve)(raw)
        return reply_of(answer, any_origin=page is None)

    def _page_of(self, head: Raw) -> LocalPage | None:
        """Return the platform's own page that is asked for; hosts of the cloud have none."""
        page = self._pages.get((head.method, head.path))
        if page is None or head.host.split(":")[0].endswith(SUFFIX):
            return None
        return page


def _tls(scope: Scope) -> str:
    """Return the version of TLS of a connection, where the server tells it."""
    extension = scope.get("extensions", {}).get("tls", {})
    return TLS_NAMES.get(extension.get("tls_version"), "")


def _too_large(raw: Raw) -> Reply:
    refusal = encode.refusal_of(
        BodyTooLarge(),
        request_id=new_request_id(),
        host=raw.host,
        xml=asks_xml(raw.query, raw.headers),
    )
    return reply_of(refusal, close=True)


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes | None:
    """Read the body; None when it is larger than any call needs, without reading it all.

    Raises:
        ClientGone: before the end of the body.
    """
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        return None
    message = await arrived(receive)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await arrived(receive)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
    return b"".join(parts)


def _length(headers: Mapping[str, str]) -> int | None:
    """Return the length that a request announces; the server has checked the headers."""
    if "transfer-encoding" in headers:
        return None
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


async def send_reply(send: Send, method: str, reply: Reply) -> None:
    """Send an answer through ASGI; one to HEAD without its body."""
    headers = headers_in(reply.headers)
    if reply.close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.content is None or method == "HEAD":
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
        return
    async for block in sent_blocks(reply.content):
        await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
